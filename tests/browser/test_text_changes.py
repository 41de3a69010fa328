"""What was changed in a text that was there, in a real browser."""

import pytest
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    review = ma.text_input(lines=3, examples=["A joy from start to end.", "Two hours gone."])
    ma.text_output(f"heard: {review}")
"""


@pytest.fixture
def with_text(open_page):
    page = open_page(SCRIPT)
    expect(page.get_by_text("heard: A joy from start to end.")).to_be_visible()
    return page


def changes(page):
    return page.get_by_label("What was changed")


def field(page):
    return page.get_by_label("Review", exact=True)


def test_what_was_typed_over_an_example_is_shown(with_text):
    with_text.get_by_role("button", name="Two hours gone.").click()
    expect(field(with_text)).to_have_value("Two hours gone.")
    expect(changes(with_text)).to_have_count(0)
    field(with_text).fill("Three hours gone.")
    expect(changes(with_text).locator("del")).to_contain_text("Two")
    expect(changes(with_text).locator("ins")).to_contain_text("Three")
    expect(with_text.get_by_text("heard: Three hours gone.")).to_be_visible()


def test_way_back_leads_to_the_original(with_text):
    field(with_text).fill("A bore from start to end.")
    with_text.get_by_role("button", name="Back to the original").click()
    expect(field(with_text)).to_have_value("A joy from start to end.")
    expect(changes(with_text)).to_have_count(0)
    expect(with_text.get_by_text("heard: A joy from start to end.")).to_be_visible()


def test_pasted_text_is_an_original_of_its_own(with_text):
    with_text.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with_text.evaluate("navigator.clipboard.writeText('Seen twice.')")
    field(with_text).press("Control+a")
    field(with_text).press("Control+v")
    expect(field(with_text)).to_have_value("Seen twice.")
    expect(changes(with_text)).to_have_count(0)
    field(with_text).press("End")
    field(with_text).press_sequentially(" Again.")
    expect(changes(with_text).locator("ins")).to_contain_text("Again.")
    expect(changes(with_text).locator("del")).to_have_count(0)


def test_text_typed_into_an_empty_field_is_no_change(with_text):
    field(with_text).fill("")
    field(with_text).press_sequentially("Mine.")
    expect(with_text.get_by_text("Mine.").last).to_be_visible()
    expect(changes(with_text)).to_have_count(0)


def test_changes_are_there_after_a_reload(with_text):
    field(with_text).fill("A bore from start to end.")
    expect(with_text.get_by_text("heard: A bore from start to end.")).to_be_visible()
    with_text.reload()
    expect(changes(with_text).locator("del")).to_contain_text("joy")
    expect(changes(with_text).locator("ins")).to_contain_text("bore")
    with_text.get_by_role("button", name="Back to the original").click()
    expect(field(with_text)).to_have_value("A joy from start to end.")
