"""The robustness sweep as a person sees it: one click, a table worst first, a row opened as an edit."""

import io

import pytest
from chromium import barriers
from PIL import Image
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    import numpy as np
    scan = ma.image_input()
    lit = float((np.asarray(scan.convert("L")) / 255)[:, : scan.width // 2].mean())
    ma.label_output({"lit": lit, "dark": 1 - lit})
"""


def choose(page, *, right=False):
    """Choose a picture of which one half is white."""
    picture = Image.new("RGB", (64, 40))
    picture.paste("white", (32, 0, 64, 40) if right else (0, 0, 32, 40))
    file = io.BytesIO()
    picture.save(file, "PNG")
    page.locator("input[type=file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    expect(page.locator("[data-kind=label_output] .top")).to_contain_text("dark" if right else "lit")


@pytest.fixture
def page(open_page):
    page = open_page(SCRIPT)
    choose(page)
    return page


def test_worst_row_comes_first_and_opens_as_an_edit(page):
    page.get_by_role("button", name="Test robustness").click()
    dialog = page.get_by_role("dialog", name="Robustness")
    expect(dialog.get_by_role("status")).to_contain_text("of 25 variations overturn “lit”")
    rows = dialog.locator("tbody tr")
    expect(rows).to_have_count(25)
    expect(rows.first).to_contain_text("flipped left to right")
    expect(rows.first).to_contain_text("now dark")
    assert rows.first.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert not barriers(page)
    # By keyboard, and then it is an edit like any other.
    rows.first.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.locator("[data-kind=label_output] .top")).to_contain_text("dark")
    expect(page.get_by_role("region", name="Comparison with the original")).to_contain_text("lit 1.00 → 0.00")
    # The table is still about this: it is shown again, with the focus back on the button before.
    button = page.get_by_role("button", name="Test robustness")
    expect(button).to_be_focused()
    button.click()
    expect(rows.first).to_contain_text("lit 1.00 → 0.00")
    page.keyboard.press("Escape")
    # Of another picture a new sweep begins by itself.
    choose(page, right=True)
    expect(page.get_by_role("region", name="Comparison with the original")).to_have_count(0)
    button.click()
    expect(dialog.get_by_role("status")).to_contain_text("overturn “dark”")
    expect(rows.first).to_contain_text("dark 1.00 → 0.00")


@pytest.mark.parametrize("context", [{"viewport": {"width": 360, "height": 700}}], indirect=True)
def test_table_fits_a_small_phone(page):
    page.get_by_role("button", name="Test robustness").click()
    dialog = page.get_by_role("dialog", name="Robustness")
    expect(dialog.locator("tbody tr")).to_have_count(25)
    for part in (dialog, dialog.get_by_role("group")):
        assert part.evaluate("part => part.scrollWidth <= part.clientWidth")


def test_page_that_wants_none_offers_none(open_page):
    page = open_page("import modelapp as ma\nma.app('One', sweep=False)\nma.number_output(ma.number_input(value=4))\n")
    expect(page.locator("[data-kind=number_output]")).to_contain_text("4")
    expect(page.get_by_role("button", name="Test robustness")).to_have_count(0)


def test_row_of_a_group_with_a_button_is_opened_as_if_it_was_pressed(open_page):
    page = open_page("""
        import modelapp as ma
        with ma.inputs(submit="Dose it"):
            dose = ma.number_input(value=4)
        ma.text_output(f"twice is {2 * dose}")
    """)
    page.get_by_role("group").get_by_role("button", name="Dose it").click()
    expect(page.get_by_text("twice is 8")).to_be_visible()
    page.get_by_role("button", name="Test robustness").click()
    page.get_by_role("dialog").get_by_role("button", name="one step up to 5").click()
    expect(page.get_by_text("twice is 10")).to_be_visible()
