"""The index of a gallery in a browser: cards, search, keyboard, an app and the way back."""

from chromium import barriers
from playwright.sync_api import expect

TIMES = """
import modelapp as ma
ma.app("Times {factor}", "Multiplies by {factor}.")
n = ma.number_input(value=6)
ma.text_output(f"product {{n * {factor}:g}}")
"""
PICTURE = """
import modelapp as ma
from PIL import Image
ma.app("A red picture", "Shows one.")
ma.image_output(Image.new("RGB", (80, 50), "red"))
"""


def test_index_leads_to_an_app_and_back_and_its_cards_fill_in_without_jumping(open_page, tmp_path):
    folder = tmp_path / "many_apps"
    folder.mkdir()
    (folder / "picture.py").write_text(PICTURE)
    (folder / "broken.py").write_text("import modelapp as ma\nn = ma.number_input(\n")
    page = open_page(folder)
    expect(page.get_by_role("heading", level=1)).to_have_text("Many apps")
    cards = page.locator("#cards li")
    expect(cards).to_have_count(2)
    before = cards.last.bounding_box()
    expect(page.locator("#cards img")).to_be_visible()
    assert page.locator("#cards img").evaluate("async (image) => { await image.decode(); return image.naturalWidth; }")
    expect(cards.last).to_contain_text("Not available just now")
    assert cards.last.bounding_box() == before
    expect(page.get_by_role("searchbox")).to_be_hidden()
    assert barriers(page) == []

    for factor in range(1, 13):
        (folder / f"times_{factor}.py").write_text(TIMES.format(factor=factor))
    expect(cards).to_have_count(14)
    expect(page.get_by_text("14 apps")).to_be_visible()
    page.keyboard.press("/")
    search = page.get_by_role("searchbox", name="Search apps")
    expect(search).to_be_focused()
    search.fill("by 11")
    expect(cards.filter(visible=True)).to_have_count(1)
    search.fill("by no such")
    expect(page.get_by_text("No app has these words.")).to_be_visible()
    page.keyboard.press("Escape")
    expect(cards.filter(visible=True)).to_have_count(14)

    page.get_by_role("link", name="Times 7").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Times 7")
    expect(page.get_by_text("product 42")).to_be_visible()
    page.get_by_label("N", exact=True).fill("5")
    expect(page.get_by_text("product 35")).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="All apps").click()
    expect(cards).to_have_count(14)
    page.get_by_role("link", name="Times 7").click()
    expect(page.get_by_text("product 35")).to_be_visible()
