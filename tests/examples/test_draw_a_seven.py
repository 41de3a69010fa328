"""The whole way in Chromium: open the page, draw a 7 with the mouse, see "7"."""

import re

from playwright.sync_api import expect


def answer(page, digit):
    return page.get_by_role("paragraph").filter(has_text=re.compile(rf"^\s*{digit}\s*[\d.]+\s*%\s*$")).first


def test_seven_drawn_with_the_mouse_is_answered_with_seven(open_page, copied):
    page = open_page(copied("digits.py"))
    # The page starts with an example; the pad takes its place.
    expect(answer(page, 0)).to_be_visible(timeout=180_000)
    page.get_by_role("button", name="Draw", exact=True).click()
    pad = page.locator("canvas")
    expect(pad).to_be_visible()
    box = pad.bounding_box()

    def to(x, y, steps=12):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=steps)

    to(0.22, 0.15)
    page.mouse.down()
    to(0.78, 0.15)
    to(0.45, 0.88)
    page.mouse.up()
    expect(answer(page, 7)).to_be_visible()
