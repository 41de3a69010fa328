"""The pilot study from end to end: a cardiologist opens a link and tests a model; its author gets what she found.

She sees "pacemaker", paints over the lead and elsewhere, mirrors the picture, flags what fails. The author has the
flag, and its tools name what she found: the sweep the mirror, the occlusion map the lead, the replay the answer.
"""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from terminal import Terminal, complains

SEEN = re.compile(r"^\s*pacemaker")
EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def study(tmp_path):
    """The example in a folder of its own; returns its path, and where the lead of its first picture runs."""
    for name in ("pacemaker.py", "pacemaker_model.py", "pacemaker.pt"):
        shutil.copy(EXAMPLES / name, tmp_path)
    code = "import json, pacemaker_model as m; print(json.dumps((m.ready()['Lead 1'][1] / m.SIZE).tolist()))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    return tmp_path / "pacemaker.py", np.array(json.loads(done.stdout))


def tool(script, *words, status=0):
    """Call a command of modelapp on the script, as its author does."""
    command = [sys.executable, "-m", "modelapp", words[0], script.name, *words[1:], "--json"]
    done = subprocess.run(command, cwd=script.parent, capture_output=True, text=True, timeout=300)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


class Cardiologist:
    """A person at the page.

    Args:
        page: The page, which she has opened.
    """

    def __init__(self, page):
        self.page = page
        self.answer = page.locator("[data-kind=label_output] .top")
        self.comparison = page.get_by_role("region", name="Comparison with the original")

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).click()

    def tool(self, name):
        self.page.get_by_role("toolbar").get_by_role("button", name=name, exact=True).click()

    def paint(self, path):
        """Paint along a path, in fractions of the picture."""
        box = self.page.locator("canvas[data-edits]").bounding_box()
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in path]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*place)
        self.page.mouse.up()


def test_cardiologist_finds_what_the_model_rests_on_and_its_author_gets_it(serve, relay, context, study):
    script, lead = study
    served = serve(script, *relay().share_sealed)
    terminal = Terminal(served)
    page = context.new_page()
    page.goto(terminal.says(r"public\s+(\S+#[\w-]{43})$", 120)[1])
    she = Cardiologist(page)
    expect(she.answer).to_have_text(SEEN, timeout=120_000)

    # An example: the lead is seen.
    page.get_by_role("button", name="Lead 2", exact=True).click()
    page.get_by_role("button", name="Lead 1", exact=True).click()
    expect(she.answer).to_have_text(SEEN)

    # She paints over the lead, and the answer flips.
    she.press("Edit")
    she.tool("Occlude")
    she.paint(lead)
    expect(she.answer).to_contain_text("no pacemaker")
    expect(she.comparison).to_contain_text(re.compile(r"pacemaker (1\.00|0\.9\d) → 0\.[0-4]"))

    # As much paint on the other side of the heart changes nothing.
    she.press("Undo")
    expect(she.answer).to_have_text(SEEN)
    she.paint(lead * (-1, 1) + (1, 0))
    expect(page.get_by_role("list", name="Edits").locator("li")).to_have_count(1)
    expect(she.comparison).to_contain_text(re.compile("pacemaker .* → (1.00|0.9)|change nothing"))
    expect(she.answer).to_have_text(SEEN)

    # Mirrored it fails.
    she.press("Undo")
    she.tool("Flip")
    she.press("Left to right")
    expect(she.answer).to_contain_text("no pacemaker")

    # One click, and no word.
    she.press("Done")
    she.press("Flag")
    expect(page.get_by_text("Flagged, thank you")).to_be_visible()

    # It is in the author's terminal, with what it takes to see it again.
    complains(served, "A visitor flagged “no pacemaker”")
    (flag,) = tool(script, "flags")
    assert flag["inputs"]["scan"]["edits"] == [{"op": "flip", "axis": "horizontal"}]
    assert (flag["note"], flag["right"]) == ("", "")
    assert flag["outputs"]["label"]["label"] == "no pacemaker"

    # Replay reports it; with the right answer it is wrong until the model is mended.
    said = tool(script, "replay")
    assert (said["flags"][0]["verdict"], said["flags"][0]["same_version"]) == ("same", True)
    page.get_by_label("Right answer").fill("pacemaker")
    page.get_by_role("button", name="Add").click()
    complains(served, "right: pacemaker")
    assert tool(script, "replay", status=1)["counts"] == {"still wrong": 1}


def test_tools_of_the_author_name_the_mirror_and_the_lead(study):
    script, lead = study
    code = "import pacemaker_model as m; m.ready()['Lead 1'][0].save('lead.png')"
    subprocess.run([sys.executable, "-c", code], cwd=script.parent, check=True, timeout=120)
    worst = tool(script, "sweep", "scan=lead.png")["rows"][0]
    assert (worst["variation"], worst["now"]) == ("flipped left to right", "no pacemaker")
    (found,) = tool(script, "explain", "scan=lead.png")["maps"]
    assert found["decision"] == "pacemaker"
    assert np.hypot(*(lead - found["peak"]).T).min() < 1 / 20
