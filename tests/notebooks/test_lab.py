"""An app in a notebook's cell, in JupyterLab and a real Chromium."""

import json
import re

import pytest
from chromium import ARGUMENTS
from jupyter_tools import answers, left_in
from PIL import Image
from playwright.sync_api import expect

IMPORT = "import modelapp as ma\nFACTOR = 3"
APP = """%%modelapp double
n = ma.slider_input(min=0, max=10, value=1)
if n == 10:
    wrong = 1 / (n - 10)
ma.text_output(f"gives {n * FACTOR}")"""
HUB = [*ARGUMENTS, "--host-resolver-rules=MAP hub.example.org 127.0.0.1"]


def test_app_in_a_cell_follows_the_notebook_and_ends_with_its_kernel(open_notebook, lab):
    notebook = open_notebook("follow", IMPORT, APP, "FACTOR = 5", "while True: pass")
    notebook.run(0)
    notebook.run(1)
    app = notebook.app(1)
    expect(app.get_by_text("gives 3", exact=True)).to_be_visible()
    app.get_by_role("slider", name="N").press("ArrowRight")
    expect(app.get_by_text("gives 6", exact=True)).to_be_visible()

    # As high as what it shows.
    notebook.page.wait_for_function(
        """() => { const frame = document.querySelector("model-app").shadowRoot.querySelector("iframe");
                   return frame.offsetHeight !== 480 && frame.style.visibility === "visible"; }"""
    )

    # The next run sees what another cell assigned, and the author what failed, with the line that the notebook numbers.
    notebook.run(2)
    app.get_by_role("slider", name="N").press("ArrowRight")
    expect(app.get_by_text("gives 15", exact=True)).to_be_visible()
    app.get_by_role("slider", name="N").press("End")
    expect(app.get_by_text("ZeroDivisionError: division by zero", exact=True)).to_be_visible()
    expect(app.get_by_text("double:4").first).to_be_visible()

    # Executed again, the cell's app takes the place of the one before.
    port = notebook.port(1)
    notebook.write(1, APP.replace("n * FACTOR", "n * FACTOR + 1000"))
    notebook.run(1)
    app.get_by_role("slider", name="N").press("Home")
    expect(app.get_by_text("gives 1000", exact=True)).to_be_visible()
    assert notebook.port(1) == port

    notebook.start(3)
    expect(notebook.prompt(3)).to_have_text("[*]:")
    notebook.kernel("interrupt")
    expect(notebook.cells.nth(3)).to_contain_text("KeyboardInterrupt")
    app.get_by_role("slider", name="N").press("ArrowRight")
    expect(app.get_by_text("gives 1005", exact=True)).to_be_visible()

    (folder,) = left_in(lab.temporary)
    (key,) = folder.glob(".modelapp/*/key")
    notebook.cells.nth(0).locator(".cm-content").click()
    with notebook.page.expect_response(lambda answer: "follow.ipynb" in answer.url and answer.request.method == "PUT"):
        notebook.page.keyboard.press("Control+s")
    saved = (lab.folder / "follow.ipynb").read_text()
    assert "ticket" in saved
    assert key.read_text() not in saved

    notebook.kernel("restart")
    expect(notebook.page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
    assert not answers(port)
    assert left_in(lab.temporary) == []


@pytest.mark.parametrize("flags", [HUB], ids=["hub"])
def test_app_of_a_machine_elsewhere_is_reached_through_the_proxy_of_jupyter(open_notebook, context, tmp_path):
    picture = "scan = ma.image_input(required=False)\nma.text_output(scan.size if scan else 'nothing')"
    shout = "ma.Interface('text', 'text', model=str.upper).launch()"
    notebook = open_notebook("elsewhere", IMPORT, f"{APP}\n{picture}", shout, host="hub.example.org")
    notebook.run(0)
    notebook.run(1)
    app = notebook.app(1)
    app.get_by_role("slider", name="N").press("ArrowRight")
    expect(app.get_by_text("gives 6", exact=True)).to_be_visible()
    Image.new("RGB", (30, 20), "teal").save(tmp_path / "teal.png")
    app.locator("input[type=file]").set_input_files(tmp_path / "teal.png")
    expect(app.get_by_text("(30, 20)")).to_be_visible()
    app.get_by_role("slider", name="N").press("End")
    expect(app.get_by_text("ZeroDivisionError: division by zero", exact=True)).to_be_visible()
    # All users of a hub share its name: the cookie goes to this app alone.
    (cookie,) = [one for one in context.cookies() if one["name"].startswith("modelapp_key")]
    assert cookie["path"] == f"/user/rao/proxy/{notebook.port(1)}/"
    assert cookie["domain"] == "hub.example.org"

    # What is made in a cell is told by the cell from others.
    notebook.run(2)
    notebook.app(2).get_by_role("textbox").first.fill("once")
    expect(notebook.app(2).get_by_text("ONCE", exact=True)).to_be_visible()
    port = notebook.port(2)
    notebook.run(2)
    expect(notebook.prompt(2)).to_have_text("[4]:")
    expect(notebook.app(2).get_by_text("ONCE", exact=True)).to_be_visible()
    assert notebook.port(2) == port


def test_notebook_that_is_not_trusted_or_exported_shows_a_sentence_and_a_link(lab, context, executed, open_notebook):
    made = executed(IMPORT, "%%modelapp double\nma.text_output('inside')")
    said = re.compile("“double” is an app that ran in this notebook")
    open_notebook("untrusted", "1")
    (lab.folder / "untrusted.ipynb").write_text(json.dumps(made.notebook))
    page = context.pages[0]
    page.reload()
    expect(page.locator(".jp-OutputArea").get_by_text(said)).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)

    (lab.folder / "exported.html").write_text(made.as_html())
    page.goto(f"file://{lab.folder}/exported.html")
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_role("link", name="http://localhost:")).to_be_visible()
    expect(page.locator("iframe, model-app")).to_have_count(0)
