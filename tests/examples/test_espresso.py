"""What makes it an espresso: known answers of the network to known pictures, whole and painted over."""

import re

import pytest
from answers import choose_example, label
from playwright.sync_api import expect

TOLERANCE = 0.02
FIRST_ANSWER_MILLISECONDS = 180_000


def test_each_ready_picture_gets_its_known_answer(example):
    user = example("espresso.py")
    known = {
        "coffee": ("espresso", 0.951),
        "chelsea": ("tiger cat", 0.40),
        "motorcycle_left": ("moped", 0.50),
        "flower": ("daisy", 0.35),
        "palace": ("palace", 0.31),
    }
    assert [one.label for one in user.elements["photo"].props.examples] == list(known)
    for title, (name, confidence) in known.items():
        choose_example(user, "photo", title)
        top, confidences = label(user)
        assert top == name, (title, confidences)
        assert confidences[top] == pytest.approx(confidence, abs=TOLERANCE), title
        assert len(confidences) == 5


def answer(page):
    """Return the winner and its figure in per cent."""
    text = page.locator("[data-kind=label_output]").inner_text()
    name, figure = re.match(r"(.+?)\s+([\d.]+)\s*%", text).groups()
    return name, float(figure)


def test_painted_over_the_cup_it_is_no_espresso_and_beside_it_it_still_is(open_page, copied):
    page = open_page(copied("espresso.py"))
    output = page.locator("[data-kind=label_output]")
    expect(output).to_contain_text("espresso", timeout=FIRST_ANSWER_MILLISECONDS)
    name, original = answer(page)
    assert (name, original) == ("espresso", pytest.approx(95, abs=2))
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("button", name="Occlude", exact=True).click()
    brush = page.get_by_role("slider", name="Width of the brush")
    brush.focus()
    for _ in range(17):  # from 8 to 25 % of the longer side
        brush.press("ArrowRight")
    canvas = page.locator("canvas[data-edits]").bounding_box()

    def to(across, down):
        page.mouse.move(canvas["x"] + across * canvas["width"], canvas["y"] + down * canvas["height"], steps=5)

    to(0.36, 0.3)
    page.mouse.down()
    for place in ((0.52, 0.3), (0.52, 0.66), (0.36, 0.66), (0.36, 0.48), (0.52, 0.48)):
        to(*place)
    page.mouse.up()
    expect(output).to_contain_text(re.compile(r"^\s*coffee mug"))
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(output).to_contain_text(re.compile(rf"^\s*espresso\s+{original:.0f} %"))
    page.get_by_role("button", name="Box", exact=True).click()
    to(0.22, 0.78)
    page.mouse.down()
    to(0.34, 0.93)
    page.mouse.up()
    expect(page.get_by_role("list", name="Edits")).to_contain_text("Occlude")
    expect(output).to_contain_text(re.compile(rf"^\s*espresso\s+(?!{original:.0f} )\d+ %"))
    name, covered = answer(page)
    assert name == "espresso" and covered > 90
