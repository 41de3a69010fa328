"""A page of recorded answers, opened from a file without any network."""

import textwrap
from pathlib import Path

import modelapp as ma
import pytest
from chromium import barriers
from modelapp.core.names import slug
from playwright.sync_api import expect

TUMOUR = Path(__file__).parents[2] / "examples" / "tumour.py"


@pytest.fixture
def open_file(context, tmp_path):
    """Export a script and open the file; nothing may be asked of any host, and nothing may fail."""
    faults: list[str] = []
    context.set_offline(True)

    def seen(request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            faults.append(f"asked {request.url}")

    def open_it(script, **wanted):
        path = script
        if not isinstance(script, Path):
            path = tmp_path / "demo.py"
            path.write_text(textwrap.dedent(script))
        ma.load(path).export(tmp_path / "demo.html", **wanted)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("request", seen)
        page.goto((tmp_path / "demo.html").as_uri())
        return page

    yield open_it
    assert not faults


LIT = """
    import modelapp as ma
    import numpy as np
    from PIL import Image

    ma.app("Lit or dark", "Whether the left of a picture is lit. </script><script>document.title = 'broken'</script>")

    def half(x):
        picture = Image.new("RGB", (320, 200))
        picture.paste("white", (x, 0, x + 160, 200))
        return picture

    scan = ma.image_input(examples={"left": half(0), "right": half(160)})
    level = ma.slider_input(min=0.0, max=1.0, value=0.5)
    mode = ma.choice_input(options=["soft", "hard", "broken"])
    fine = ma.checkbox_input("Fine print")
    if mode == "broken":
        raise ValueError("no such mode")
    lit = float(np.asarray(scan.convert("L"))[:, :160].mean()) / 255
    lit = 0.5 + (lit - 0.5) * (level if mode == "soft" else 1)
    ma.label_output({"lit": lit, "dark": 1 - lit})
    if fine:
        ma.markdown("In *short*: <img src='https://example.org/x.png'> nothing <script>document.title = 'x'</script>.")
"""


def test_examples_controls_edits_variations_and_maps_show_what_the_model_gave_and_nothing_else(open_file):
    flip = {"op": "flip", "axis": "horizontal"}
    page = open_file(LIT, grid={"level": [0.2, 1.0]}, edits=[{"scan": [flip]}])
    expect(page).to_have_title("Lit or dark")
    expect(page.get_by_text("nothing is computed here")).to_be_visible()
    answer = page.locator(".top")
    expect(answer).to_have_text("lit 75 %")

    # The slider has three positions: the two of the grid, and where it begins.
    slider = page.get_by_label("Level")
    slider.focus()
    page.keyboard.press("End")
    expect(answer).to_have_text("lit 100 %")
    expect(slider).to_have_attribute("aria-valuetext", "1.00")
    page.keyboard.press("Home")
    expect(answer).to_have_text("lit 60 %")
    assert slider.evaluate("slider => [slider.min, slider.max, slider.step]") == ["0", "2", "1"]

    page.get_by_role("button", name="right").click()
    expect(answer).to_have_text("dark 60 %")

    # Two controls away from where it began: nobody asked the model that.
    page.get_by_role("radio", name="hard").check()
    expect(page.get_by_text("The model was not asked this.")).to_be_visible()
    expect(answer).to_have_count(0)
    page.get_by_role("button", name="Back to the last answer").click()
    expect(answer).to_have_text("dark 60 %")
    expect(page.get_by_role("radio", name="soft")).to_be_checked()

    page.keyboard.press("Tab")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(answer).to_have_text("dark 75 %")
    page.get_by_role("radio", name="broken").check()
    expect(page.get_by_text("It said: ValueError: no such mode")).to_be_visible()
    page.get_by_role("radio", name="soft").check()
    page.get_by_label("Fine print").check()
    expect(page.get_by_text("In short: nothing")).to_be_visible()
    page.get_by_label("Fine print").uncheck()

    page.get_by_role("button", name="left").click()
    page.get_by_role("radio", name="Flip").check()
    expect(answer).to_have_text("dark 75 %")
    page.get_by_role("radio", name="As it is").check()

    variations = page.get_by_role("region", name="Variations")
    row = variations.get_by_role("row", name="flipped left to right")
    expect(row).to_contain_text("lit 0.75 → 0.25")
    expect(row).to_contain_text("now dark")
    assert row.locator("img").evaluate("image => image.naturalWidth") > 0
    heat = page.locator("svg.heat")
    expect(heat).to_have_count(0)
    page.get_by_role("button", name="Heat").click()
    expect(heat).to_be_visible()
    strongest = "svg => [...svg.children].sort((a, b) => b.style.fillOpacity - a.style.fillOpacity)[0].x.baseVal.value"
    assert heat.evaluate(strongest) < 160
    expect(page).to_have_title("Lit or dark")


def test_a_slider_of_a_real_model_shows_what_a_call_of_it_returns(open_file):
    page = open_file(TUMOUR, sweep=False, explain=False)
    model = ma.load(TUMOUR)
    for label, key, place in (("Worst radius", "End", -1), ("Worst texture", "Home", 0)):
        page.reload()
        slider = page.get_by_label(label)
        slider.focus()
        page.keyboard.press(key)
        ends = model.schema()["inputs"]["properties"][slug(label)]
        called = model(**{slug(label): (ends["minimum"], ends["maximum"])[place]})["label"]
        expect(page.locator(".top b")).to_have_text(called["label"])
        expect(page.locator("li.first span").nth(1)).to_have_text(f"{called['confidences'][called['label']]:.2f}")


EVERYTHING = """
    import altair
    import modelapp as ma
    import numpy as np
    import pandas as pd
    import plotly.graph_objects as plotly

    ma.app("Everything")
    name = ma.text_input(examples=["Ada", "Grace"])
    sides = ma.choice_input(options=["front", "back"], multiple=True, required=False)
    tone = ma.audio_input(examples={"beep": (8000, np.sin(np.arange(4000) / 3).astype(np.float32))})
    ma.button("Go")
    ma.text_output(f"Hello {name}")
    frame = pd.DataFrame({"x": range(60), "y": range(60)})
    ma.table_output(frame, label="Rows")
    ma.plot_output(altair.Chart(frame).mark_line().encode(x="x", y="y"), label="Vega")
    ma.plot_output(plotly.Figure(plotly.Scatter(y=[1, 3, 2])), label="Plotly")
    ma.audio_output((8000, np.sin(np.arange(8000) / 5)), label="Sound")
    ma.file_output(b"abc", "abc.txt")
    ma.json_output({"a": 1})
"""


def test_plots_sounds_tables_and_files_are_in_the_file(open_file):
    page = open_file(EVERYTHING, sweep=False, explain=False)
    expect(page.get_by_text("Hello Ada")).to_be_visible()
    expect(page.get_by_text("The first 50 of 60 rows: the others were not recorded.")).to_be_visible()
    expect(page.get_by_role("region", name="Vega").locator("svg path").first).to_be_attached()
    expect(page.get_by_role("region", name="Plotly").locator("svg .scatterlayer path").first).to_be_attached()
    page.get_by_role("button", name="Play sound").click()
    expect(page.get_by_role("button", name="Pause sound").or_(page.get_by_text("0:01.0 /"))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="abc.txt").click()
    assert Path(download.value.path()).read_bytes() == b"abc"
    expect(page.locator("audio")).to_have_js_property("duration", 0.5)
    page.get_by_role("button", name="Grace").click()
    expect(page.get_by_text("Hello Grace")).to_be_visible()
    page.get_by_label("front").check()
    page.get_by_label("back").check()
    expect(page.get_by_text("Hello Grace")).to_be_visible()
    expect(page.get_by_role("button", name="Go")).to_be_disabled()


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_page(open_file, width, scheme):
    page = open_file(LIT, most=500)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 800})
    expect(page.get_by_role("region", name="Variations")).to_be_visible()
    page.get_by_role("button", name="Heat").click()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("radio", name="hard").check()
    page.get_by_label("Fine print").check()
    expect(page.get_by_text("The model was not asked this.")).to_be_visible()
    assert barriers(page) == []


def test_tutorial_keeps_its_script_with_the_position_that_is_shown(open_file):
    page = open_file(
        """
        import modelapp as ma
        ma.app("Squares", code=True)
        number = ma.slider_input(min=0, max=9, value=3)
        ma.number_output(number * number, label="Square")
        """,
        grid={"number": [3, 7]},
        explain=False,
    )
    script = page.get_by_role("region", name="The script")
    expect(script.get_by_text("ma.slider_input", exact=False)).to_be_visible()
    expect(script.get_by_role("button", name="number is 3")).to_be_visible()
    page.get_by_label("Number").press("End")
    expect(script.get_by_role("button", name="number is 7")).to_be_visible()
    expect(page.get_by_text("49")).to_be_visible()
