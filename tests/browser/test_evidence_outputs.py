"""Outputs that show what an answer rests on: spans of a text, and weights as heat."""

import pytest
from chromium import barriers
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    import numpy as np
    ma.highlight_output([("Ada", "person", 0.9), " lives in ", ("London", "place")], label="Names")
    ma.saliency_output("not a good film", [-1, 0, 0.5, 0.25], label="Words")
    ma.saliency_output({"age": 70, "dose": None}, {"age": 2.0, "dose": -1.0}, label="Columns")
    ma.saliency_output(np.full((60, 90, 3), 200, np.uint8), np.eye(6), label="Picture")
    ma.saliency_output((8000, np.sin(np.arange(8000) / 9)), [0, 1, 0, -1], label="Sound")
"""


@pytest.fixture(params=[(1280, "light"), (360, "dark")], ids=["wide light", "narrow dark"])
def page(request, open_page):
    width, scheme = request.param
    page = open_page(SCRIPT)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.get_by_role("button", name="Play sound")).to_be_visible()
    return page


def test_evidence_is_readable_by_everybody_and_fits_a_phone(page):
    expect(page.get_by_role("row", name="dose missing -1")).to_be_visible()
    expect(page.get_by_alt_text("Heat: what the answer depends on")).to_be_visible()
    assert barriers(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_a_category_can_be_brought_out(page):
    person = page.get_by_role("button", name="person 1")
    person.click()
    expect(person).to_have_attribute("aria-pressed", "true")
    expect(page.locator("mark.back")).to_have_count(1)
    person.click()
    expect(page.locator("mark.back")).to_have_count(0)


def test_heat_can_be_faded_to_nothing(page):
    heat = page.get_by_label("Picture").get_by_role("slider", name="Heat")
    shown = page.get_by_alt_text("Heat: what the answer depends on")
    expect(shown).to_have_css("opacity", "0.5")
    heat.fill("0")
    expect(shown).to_have_css("opacity", "0")
