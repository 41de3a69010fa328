"""`modelapp run --against`: another script's answers beside those of the page."""

import io
import textwrap

import pytest
from PIL import Image

SCRIPT = """
    import modelapp as ma
    from rule import score
    a = ma.slider_input(min=0.0, max=1.0, value=0.25)
    ma.label_output({"pacemaker": score(a), "none": 1 - score(a)})
    ma.text_output(f"{a:g}", label="Given")
"""


@pytest.fixture
def against(tmp_path, serve, connect):
    """Serve a script beside an earlier one whose module of the same name says the opposite; return a page."""
    folder = tmp_path / "earlier"
    folder.mkdir()
    (folder / "demo.py").write_text(textwrap.dedent(SCRIPT))
    (folder / "rule.py").write_text("def score(a):\n    return 1 - a\n")

    def open_page(script=SCRIPT, earlier=None, rule="def score(a):\n    return a\n"):
        if earlier is not None:
            (folder / "demo.py").write_text(textwrap.dedent(earlier))
        (tmp_path / "rule.py").write_text(rule)
        page = connect(serve(script, "--against", str(folder / "demo.py")))
        page.hello()
        return page

    return open_page


def told(page):
    return page.receive("other", pending=False)


def test_both_answers_are_told_and_how_they_differ(against):
    page = against()
    other = told(page)
    assert other["name"].endswith("earlier/demo.py") and other["problem"] is None
    assert other["changes"] == [{"output": "output.label", "text": "pacemaker 0.75 → 0.25"}]
    (label,) = other["elements"]  # the text is the same
    assert (label["id"], label["props"]["top"], label["props"]["confidence"]) == ("output.label", "pacemaker", 0.75)
    page.set(a=0.5)
    other = told(page)
    assert (other["changes"], other["elements"]) == ([], [])
    page.set(a=1.0)
    assert told(page)["changes"][0]["text"] == "none 1.00 → 0.00"


def test_saved_script_is_compared_anew(against, tmp_path):
    page = against()
    assert told(page)["changes"]
    page.served.path.with_name("rule.py").write_text("def score(a):\n    return 1 - a\n")
    assert told(page)["changes"] == []


def test_pictures_of_the_other_script_can_be_fetched(against):
    script = """
        import modelapp as ma
        scan = ma.image_input()
        ma.image_output(scan.transpose(0))
    """
    page = against(script, script.replace(".transpose(0)", ""))
    page.receive("run", phase="waiting")
    picture = Image.new("RGB", (20, 10))
    picture.paste("white", (0, 0, 10, 10))
    file = io.BytesIO()
    picture.save(file, "PNG")
    status, uploaded = page.upload("scan", file.getvalue())
    assert status == 200
    keys = ("blob", "name", "preview", "width", "height", "frames")
    page.set(scan={**{key: uploaded[key] for key in keys if key in uploaded}, "edits": []})
    (element,) = told(page)["elements"]
    path = f"media/{page.welcome['grant']}/{element['props']['blob']}"
    status, _, content = page.served.request(path)
    assert status == 200
    shown = Image.open(io.BytesIO(content)).convert("RGB")
    assert (shown.getpixel((2, 5))[0], shown.getpixel((17, 5))[0]) == (255, 0)


def test_picture_of_the_other_script_is_kept_no_longer_than_it_is_shown(against):
    script = """
        import modelapp as ma
        import numpy as np
        level = ma.slider_input(min=0, max=200, value=7)
        ma.image_output(np.full((9, 9, 3), level + {more}, np.uint8))
    """
    page = against(script.format(more=0), script.format(more=50))
    (element,) = told(page)["elements"]
    blobs = page.served.path.parent / ".modelapp" / "demo" / "blobs"
    kept = blobs / element["props"]["blob"][:2] / element["props"]["blob"]
    assert kept.exists()
    page.set(level=9)
    told(page)
    for number in range(10, 200):  # it goes once the session rests
        if not kept.exists():
            break
        page.set(level=number)
        told(page)
    assert not kept.exists()


def test_other_script_that_fails_is_told_calmly_to_visitors(against, connect):
    page = against(earlier="import modelapp as ma\na = ma.slider_input(min=0.0, max=1.0, value=0.25)\n1 / 0\n")
    assert (
        told(page)["problem"] == "Something went wrong while computing the answer. The author of this page can see why."
    )


def test_other_script_that_reads_something_else_is_told(against):
    page = against(earlier="import modelapp as ma\nb = ma.text_input(value='x')\nma.text_output(b)\n")
    assert "does not read the input a" in told(page)["problem"]
    page.set(a=0.5)
    assert "does not read the input a" in told(page)["problem"]


def test_page_that_comes_later_is_told_too(against, connect):
    page = against()
    told(page)
    second = connect(page.served)
    second.hello(session=page.welcome["session"])
    assert told(second)["changes"] == [{"output": "output.label", "text": "pacemaker 0.75 → 0.25"}]
