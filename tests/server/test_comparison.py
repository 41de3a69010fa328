"""The answers to the originals of edited inputs, beside those to what they are now."""

import io

import pytest
from PIL import Image

PICTURE = """
    import modelapp as ma
    import numpy as np
    from pathlib import Path
    scan = ma.image_input(tools=("occlude", "flip"))
    shift = ma.slider_input(min=0, max=10, value=0)
    Path(__file__).with_name("runs").open("a").write("x")
    pixels = np.asarray(scan.convert("L")) / 255
    bright = float(pixels[:, :10].mean())
    ma.label_output({"pacemaker": bright, "none": 1 - bright})
    ma.number_output(round(float(pixels.mean()), 3), unit="units", label="Mean")
    ma.text_output(f"{scan.width} wide", label="Size")
    ma.image_output(scan)
"""
BLACK = {"op": "occlude", "path": [[0.25, 0.5], [0.25, 0.5]], "width": 0.5, "colour": "#000000"}


def half_white():
    """A picture of 20 x 10 whose left half is white."""
    picture = Image.new("RGB", (20, 10))
    picture.paste("white", (0, 0, 10, 10))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def page(serve, connect):
    page = connect(serve(PICTURE))
    page.hello()
    page.receive("run", phase="waiting")
    status, uploaded = page.upload("scan", half_white())
    assert status == 200
    page.raw = {
        key: uploaded[key] for key in ("blob", "name", "preview", "width", "height", "frames") if key in uploaded
    }
    page.set(scan={**page.raw, "edits": []})
    page.receive("run", phase="done")
    return page


def compared(page, **fields):
    return page.receive("compared", pending=False, **fields)


def texts(message):
    return {change["output"]: change["text"] for change in message["changes"]}


def test_an_edited_picture_is_compared_with_the_original(page):
    page.set(scan={**page.raw, "edits": [{"op": "flip", "axis": "horizontal"}]})
    told = compared(page)
    assert told["edited"] == ["scan"]
    # The white half went to the right; the mean of all and the size stayed.
    assert texts(told) == {"output.label": "pacemaker 1.00 → 0.00", "output.image": None}
    label = next(element for element in told["elements"] if element["id"] == "output.label")
    assert (label["props"]["top"], label["props"]["confidence"]) == ("pacemaker", 1)
    # Without edits there is nothing to compare.
    page.set(scan={**page.raw, "edits": []})
    assert compared(page)["edited"] == []


def test_the_original_is_run_once_for_many_edits(page, serve):
    runs = page.served.path.with_name("runs")
    for axis in ("horizontal", "vertical", "horizontal"):
        page.set(scan={**page.raw, "edits": [{"op": "flip", "axis": axis}]})
        compared(page)
    # One waiting for the picture is none; then the original, three edits, and the comparison.
    assert runs.read_text() == "x" * 5


def test_edits_that_change_nothing_are_told_to(page):
    page.set(scan={**page.raw, "edits": [{"op": "flip", "axis": "vertical"}]})
    told = compared(page)
    assert told["edited"] == ["scan"] and told["changes"] == [] and told["elements"] == []


def test_other_inputs_keep_their_values(page):
    page.set(shift=7)
    page.receive("run", phase="done")
    page.set(scan={**page.raw, "edits": [BLACK]})
    assert compared(page)["edited"] == ["scan"]


def test_examples_texts_and_rows_are_originals_too(serve, connect):
    page = connect(
        serve("""
        import modelapp as ma
        note = ma.text_input(value="calm", examples=["calm", "very calm"])
        dose = ma.slider_input(min=0, max=50, value=10)
        row = ma.row_input({"age": 40, "kind": "a"}, examples=[{"age": 40, "kind": "a"}, {"age": 61, "kind": "b"}])
        ma.number_output(len(note), label="Length")
        ma.number_output(row["age"] + dose, label="Sum")
        """)
    )
    page.hello()
    page.receive("run", phase="done")
    page.set(note={"text": "calmer", "original": "calm"})
    told = compared(page)
    assert told["edited"] == ["note"] and texts(told) == {"output.length": "4 → 6"}
    # A figure of the example that the page began with.
    page.set(note="calm", row={"age": 45, "kind": "a"})
    told = compared(page, edited=["row"])
    assert texts(told) == {"output.sum": "50 → 55"}
    # Another example is another original.
    page.set(row={"age": 61, "kind": "b"})
    assert compared(page)["edited"] == []
    page.set(row={"age": 60, "kind": "b"})
    assert texts(compared(page, edited=["row"])) == {"output.sum": "71 → 70"}
    # An input without examples has no original.
    page.set(row={"age": 61, "kind": "b"}, dose=30)
    assert compared(page)["edited"] == []


def test_a_script_whose_runs_are_personal_is_not_compared(serve, connect):
    page = connect(
        serve("""
        import modelapp as ma
        ma.state.count = ma.state.get("count", 0) + 1
        note = ma.text_input(value="calm")
        ma.number_output(ma.state.count + len(note))
        """)
    )
    page.hello()
    page.receive("run", phase="done")
    page.set(note={"text": "calmer", "original": "calm"})
    done = page.receive("run", phase="done")
    assert done["seconds"] >= 0
    other = connect(page.served)
    other.hello(session=page.welcome["session"])
    frame = other.receive("frame")
    assert next(one for one in frame["elements"] if one["id"] == "output.number")["props"]["text"] == "8"


def test_a_reloaded_page_is_told_again(page, connect):
    page.set(scan={**page.raw, "edits": [{"op": "flip", "axis": "horizontal"}]})
    compared(page)
    other = connect(page.served)
    other.hello(session=page.welcome["session"])
    assert texts(compared(other))["output.label"] == "pacemaker 1.00 → 0.00"
