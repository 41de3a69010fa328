"""What an answer rests on as a person sees it: heat on the picture and under the brush, words, bars, and a test."""

import io
import re

import numpy as np
import pytest
from chromium import barriers
from PIL import Image
from playwright.sync_api import expect

SQUARE = """
    import modelapp as ma
    import numpy as np
    scan = ma.image_input()
    pixels = np.asarray(scan.convert("L")).astype(float) / 255
    lit = float(min(1, (pixels**2).sum() / 440))
    ma.label_output({"lit": lit, "dark": 1 - lit})
"""
SIDE = (160, 112)
LIT = (120, 16, 142, 36)  # right and at the top


def choose(page):
    """Choose a dark picture with one lit square."""
    pixels = np.zeros((SIDE[1], SIDE[0], 3), np.uint8)
    left, top, right, bottom = LIT
    pixels[top:bottom, left:right] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    page.locator("input[type=file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.locator("[data-kind=label_output] .top")).to_contain_text("lit")


def ask(page):
    page.get_by_role("button", name="What does it rest on?").click()
    panel = page.get_by_role("region", name="What the answer rests on")
    expect(panel.get_by_role("status")).to_contain_text(re.compile("runs, in"))
    return panel


def hottest(page):
    """Return the middle of the strongest part on the screen, once it has faded in."""
    rects = page.locator("svg.heat rect")
    expect(rects.first).to_be_attached()
    strengths = rects.evaluate_all("rects => rects.map(rect => Number(rect.style.fillOpacity))")
    box = rects.nth(strengths.index(max(strengths))).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def shown(locator, ratio):
    """Return (left, top, width, height) of a picture that is fitted into the middle of an element."""
    box = locator.bounding_box()
    width = min(box["width"], box["height"] * ratio)
    height = width / ratio
    return box["x"] + (box["width"] - width) / 2, box["y"] + (box["height"] - height) / 2, width, height


def place_of(point, area):
    return (point[0] - area[0]) / area[2], (point[1] - area[1]) / area[3]


def inside(place, left, top, right, bottom):
    return left <= place[0] <= right and top <= place[1] <= bottom


IN_SQUARE = (LIT[0] / SIDE[0], LIT[1] / SIDE[1], LIT[2] / SIDE[0], LIT[3] / SIDE[1])


@pytest.fixture
def page(open_page):
    page = open_page(SQUARE)
    choose(page)
    return page


def test_heat_lies_on_what_the_answer_rests_on_with_its_test_and_its_source(page):
    panel = ask(page)
    area = shown(page.get_by_role("img", name="Scan"), SIDE[0] / SIDE[1])
    assert inside(place_of(hottest(page), area), *IN_SQUARE)
    expect(panel).to_contain_text("Zeiler and Fergus, 2014")
    expect(panel).to_contain_text(re.compile(r"Faithfulness (1\.00|0\.[4-9]\d) of 1"))
    expect(panel).to_contain_text("hiding it takes away from “lit”")
    assert not barriers(page)
    switch = page.get_by_role("group", name="Heat over the picture")
    switch.get_by_role("button", name="Heat").click()
    expect(page.locator("svg.heat")).to_have_count(0)
    switch.get_by_role("button", name="Heat").click()
    expect(page.locator("svg.heat")).to_have_count(1)
    # The button takes it all away, and brings it back as it was.
    button = page.get_by_role("button", name="What does it rest on?")
    button.click()
    expect(panel).to_have_count(0)
    expect(page.locator("svg.heat")).to_have_count(0)
    button.click()
    expect(panel.get_by_role("status")).to_contain_text("runs, in")
    expect(page.locator("svg.heat")).to_have_count(1)


@pytest.mark.parametrize(
    ("tool", "press", "ratio", "moved"),
    [
        ("Flip", "Left to right", SIDE[0] / SIDE[1], lambda x, y: (1 - x, y)),
        ("Rotate", "right", SIDE[1] / SIDE[0], lambda x, y: (1 - y, x)),
    ],
)
def test_heat_is_of_the_picture_as_it_was_edited(page, tool, press, ratio, moved):
    page.get_by_role("button", name="Edit", exact=True).click()
    editor = page.get_by_role("group", name="Edit Scan")
    editor.get_by_role("button", name=tool, exact=True).click()
    editor.get_by_role("button", name=re.compile(press, re.IGNORECASE)).first.click()
    editor.get_by_role("button", name="Done").click()
    expect(page.locator("canvas[data-edits='1']")).to_be_visible()
    ask(page)
    area = shown(page.locator("canvas[data-edits='1']"), ratio)
    found = place_of(hottest(page), area)
    (left, top), (right, bottom) = moved(*IN_SQUARE[:2]), moved(*IN_SQUARE[2:])
    assert inside(found, min(left, right), min(top, bottom), max(left, right), max(top, bottom))


def test_heat_stays_under_the_brush_and_goes_when_the_picture_is_turned(page):
    ask(page)
    page.get_by_role("button", name="Edit", exact=True).click()
    editor = page.get_by_role("group", name="Edit Scan")
    editor.get_by_role("button", name="Occlude", exact=True).click()
    canvas = editor.locator("canvas")
    box = canvas.bounding_box()
    area = (box["x"], box["y"], box["width"], box["height"])
    point = hottest(page)
    assert inside(place_of(point, area), *IN_SQUARE)
    layer = page.locator("svg.heat").bounding_box()
    assert all(abs(layer[side] - box[side]) < 0.6 for side in box)
    switch = page.get_by_role("group", name="Heat over the picture")
    expect(switch).not_to_contain_text("before")
    # Paint where it is hottest.
    page.mouse.move(*point)
    page.mouse.down()
    page.mouse.move(point[0] + 4, point[1] + 2, steps=3)
    page.mouse.up()
    expect(canvas).to_have_attribute("data-edits", "1")
    expect(switch).to_contain_text("of the picture before")
    expect(page.locator("svg.heat")).to_have_count(1)
    expect(page.get_by_role("region", name="What the answer rests on")).to_contain_text("before you changed them")
    # What is turned lies elsewhere.
    editor.get_by_role("button", name="Flip", exact=True).click()
    editor.get_by_role("button", name=re.compile("left to right", re.IGNORECASE)).first.click()
    expect(switch).to_contain_text("No heat")
    expect(page.locator("svg.heat")).to_have_count(0)
    editor.get_by_role("button", name="Undo").click()
    expect(page.locator("svg.heat")).to_have_count(1)


def test_words_are_shaded_and_columns_have_bars(open_page):
    page = open_page("""
        import modelapp as ma
        weights = {"good": 2.0, "bad": -3.0}
        text = ma.text_input(value="a good film and a bad end")
        dose = ma.number_input(value=4)
        ma.number_output(sum(weights.get(word, 0) for word in text.split()) + dose, label="Mood")
    """)
    panel = ask(page)
    words = panel.get_by_role("group", name="Text")
    titles = words.locator(".words span").evaluate_all("spans => spans.map(span => span.title)")
    assert titles == ["0.00", "2.00", "0.00", "0.00", "0.00", "-3.00", "0.00"]
    bars = panel.get_by_role("group", name="Dose")
    expect(bars.get_by_role("row").last).to_contain_text("Dose4+4.00")
    expect(panel).to_contain_text("takes away from Mood")
    assert not barriers(page)
    # Of other values it is marked, and asked anew.
    page.get_by_role("spinbutton", name="Dose").fill("7")
    expect(panel).to_contain_text("before you changed them")
    panel.get_by_role("button", name="Ask again").click()
    expect(panel).not_to_contain_text("before you changed them")
    expect(bars.get_by_role("row").last).to_contain_text("Dose7+7.00")


def test_map_that_is_no_better_than_chance_is_said_so_and_not_drawn(open_page):
    # It is unsure of everything but of nothing in particular.
    page = open_page("""
        import modelapp as ma
        import zlib
        text = ma.text_input(value="one two three four five six seven eight nine ten eleven twelve")
        noise = zlib.crc32(text.encode()) % 1000 / 1000
        ma.label_output({"yes": noise, "no": 1 - noise})
    """)
    panel = ask(page)
    expect(panel).to_contain_text("no better than chance")
    expect(panel.locator(".words")).to_have_count(0)
    panel.get_by_role("button", name="Show the map all the same").click()
    expect(panel.locator(".words span")).to_have_count(12)


def test_page_that_wants_none_offers_none(open_page):
    page = open_page(
        "import modelapp as ma\nma.app('One', explain=False)\nma.number_output(ma.number_input(value=4))\n"
    )
    expect(page.locator("[data-kind=number_output]")).to_contain_text("4")
    expect(page.get_by_role("button", name="What does it rest on?")).to_have_count(0)


@pytest.mark.parametrize("context", [{"viewport": {"width": 360, "height": 700}}], indirect=True)
def test_panel_fits_a_small_phone(page):
    panel = ask(page)
    assert panel.evaluate("part => part.scrollWidth <= part.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= 360")


def test_heat_over_a_sound_is_where_it_was_heard(open_page):
    page = open_page("""
        import modelapp as ma
        import numpy as np
        tone = np.zeros(8000, np.float32)
        tone[4000:4500] = np.sin(np.arange(500)) / 2
        rate, samples = ma.audio_input("Sound", value=(8000, tone))
        ma.number_output(float(np.abs(samples[4000:4500]).mean()) if len(samples) == 8000 else 0.0)
    """)
    ask(page)
    heat = page.get_by_role("img", name="Heat: what the answer rests on")
    shares = heat.locator("i").evaluate_all(
        "all => all.map(({ style }) => style).filter(({ background }) => !/ 0(.0)?%/.test(background))"
        ".map(({ left, width }) => [parseFloat(left) / 100, (parseFloat(left) + parseFloat(width)) / 100])"
    )
    assert min(start for start, _ in shares) == pytest.approx(0.5, abs=0.01)
    assert max(end for _, end in shares) == pytest.approx(0.5625, abs=0.01)
    page.get_by_role("button", name="Hide it").click()
    expect(heat).to_have_count(0)
    page.get_by_role("button", name="Show it").click()
    expect(heat).to_have_count(1)


def test_gradients_are_a_choice_where_the_model_has_them(open_page):
    page = open_page("""
        import modelapp as ma
        import torch

        @ma.cache
        def load():
            torch.manual_seed(0)
            parts = torch.nn.Conv2d(3, 1, 1), torch.nn.AvgPool2d(16), torch.nn.Flatten(), torch.nn.Linear(70, 2)
            return torch.nn.Sequential(*parts).eval()

        scan = ma.image_input()
        answer = ma.predict(load(), scan, labels=["lit", "lit too"])
        ma.label_output(answer)
    """)
    choose(page)
    panel = ask(page)
    panel.get_by_role("button", name="Gradients").click()
    expect(panel).to_contain_text("by captum")
    expect(panel.get_by_role("status")).to_contain_text(re.compile("runs, in"))
    expect(panel).to_contain_text("speaks for “lit")
    expect(page.locator("svg.heat rect")).to_have_count(196)
