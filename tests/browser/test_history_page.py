"""The history as a person sees it: the list, a case seen again, two side by side, deleting, and links with remarks."""

import io
import re

import pytest
from chromium import barriers
from PIL import Image
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    import numpy as np
    scan = ma.image_input(required=False, tools=("flip",))
    a = ma.number_input(value=1)
    lit = float((np.asarray(scan.convert("L")) / 255)[:, : scan.width // 2].mean()) if scan else 0.0
    ma.label_output({"lit": lit, "dark": 1 - lit})
    ma.text_output(f"a is {a:g}")
"""
GROUP = """
    import modelapp as ma
    with ma.inputs(submit="Dose it"):
        kind = ma.choice_input(options=["plain", "by weight"])
        if kind == "by weight":
            weight = ma.number_input(value=70)
        dose = ma.number_input(value=4)
    ma.text_output(f"{kind} {dose * (weight if kind == 'by weight' else 1):g}")
"""


def half_white():
    picture = Image.new("RGB", (64, 40))
    picture.paste("white", (0, 0, 32, 40))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return {"name": "half.png", "mimeType": "image/png", "buffer": file.getvalue()}


def top(page):
    return page.locator("[data-kind=label_output] .top")


@pytest.fixture
def page(open_page):
    """A page with two cases: a picture, and the same with another number."""
    page = open_page(SCRIPT, visitor=True)
    expect(page.get_by_role("button", name="History")).to_have_count(0)
    page.locator("input[type=file]").set_input_files(half_white())
    expect(top(page)).to_contain_text("lit")
    expect(page.get_by_role("button", name="History")).to_be_visible()
    page.get_by_label("A", exact=True).fill("5")
    expect(page.get_by_text("a is 5")).to_be_visible()
    shown(page, 2)
    return page


def shown(page, count):
    """Open the history and wait until it has that many cases; return the dialog."""
    if not page.get_by_role("dialog").count():
        page.get_by_role("button", name="History").click()
    dialog = page.get_by_role("dialog", name="History")
    expect(dialog.get_by_role("checkbox")).to_have_count(count)
    return dialog


def test_case_is_seen_again_by_keyboard(page):
    dialog = shown(page, 2)
    expect(dialog).to_contain_text("Kept on the machine of who runs this page; she can see what you try.")
    first, second = dialog.locator(".region > ul > li").all()
    expect(first).to_contain_text("A 5")
    expect(second).not_to_contain_text("A 5")
    expect(second).to_contain_text("half.png")
    assert second.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert not barriers(page)
    second.get_by_role("button", name=re.compile("^See again")).focus()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("a is 1")).to_be_visible()
    expect(page.get_by_role("button", name="History")).to_be_focused()
    # It moves up, and is not there twice.
    dialog = shown(page, 2)
    expect(dialog.locator(".region > ul > li").first).not_to_contain_text("A 5")


def test_two_cases_are_put_side_by_side(page):
    dialog = shown(page, 2)
    compare = dialog.get_by_role("button", name="Compare two")
    expect(compare).to_be_disabled()
    for box in dialog.get_by_role("checkbox").all():
        box.check()
    compare.click()
    expect(dialog).to_contain_text("Other in the second: A.")
    expect(dialog.get_by_role("region", name="First case")).to_contain_text("a is 1")
    expect(dialog.get_by_role("region", name="Second case")).to_contain_text("a is 5")
    assert not barriers(page)
    dialog.get_by_role("button", name="All cases").click()
    expect(dialog.get_by_role("checkbox")).to_have_count(2)


def test_one_and_then_all_are_deleted(page):
    dialog = shown(page, 2)
    dialog.get_by_role("button", name=re.compile("^Delete: .*A 5")).click()
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog.get_by_role("status").filter(has_text="One case was deleted for good.")).to_be_visible()
    shown(page, 1)
    dialog.get_by_role("button", name="Delete all of mine").click()
    expect(dialog).to_contain_text("Delete your case for good, with their files?")
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog).to_contain_text("“Scan” is empty now.")
    expect(dialog).to_contain_text("Nothing was tried here yet.")
    page.keyboard.press("Escape")
    expect(top(page)).to_contain_text("dark")
    expect(page.get_by_role("button", name="History")).to_have_count(0)


def test_presenter_sees_everybodys_live(page):
    author = page.context.new_page()
    author.goto(page.served.presenter_url)
    dialog = shown(author, 0)
    dialog.get_by_role("button", name="Everybody").click()
    expect(dialog.get_by_role("checkbox")).to_have_count(2)
    expect(dialog).to_contain_text("A visitor, ")
    page.keyboard.press("Escape")
    page.get_by_label("A", exact=True).fill("7")
    expect(dialog.get_by_role("checkbox")).to_have_count(3)
    expect(dialog.locator(".region > ul > li").first).to_contain_text("A 7")
    expect(dialog.get_by_role("button", name=re.compile("^Delete"))).to_have_count(0)
    dialog.get_by_role("button", name=re.compile("^See again")).first.click()
    expect(top(author)).to_contain_text("lit")
    expect(author.get_by_text("a is 7")).to_be_visible()


@pytest.mark.parametrize("context", [{"viewport": {"width": 360, "height": 700}}], indirect=True)
def test_history_fits_a_small_phone(page):
    dialog = shown(page, 2)
    for part in (dialog, dialog.get_by_role("group", name="Cases, the newest first")):
        assert part.evaluate("part => part.scrollWidth <= part.clientWidth")


def test_page_that_wants_none_offers_none(open_page):
    page = open_page(
        "import modelapp as ma\nma.app('One', history=False)\nma.number_output(ma.number_input(value=4))\n"
    )
    expect(page.locator("[data-kind=number_output]")).to_contain_text("4")
    page.get_by_label("Number", exact=False).first.fill("5")
    expect(page.locator("[data-kind=number_output]")).to_contain_text("5")
    expect(page.get_by_role("button", name="History")).to_have_count(0)


def test_input_that_only_another_one_makes_is_seen_again_too_and_the_button_pressed(open_page):
    page = open_page(GROUP)
    answer = page.locator("[data-kind=text_output]")  # the list of cases says the same words
    page.get_by_role("radio", name="by weight").check()
    page.locator("button.primary").click()
    page.get_by_role("spinbutton", name="Weight").fill("50")
    page.locator("button.primary").click()
    expect(answer).to_contain_text("by weight 200")
    expect(page.get_by_role("button", name="History")).to_be_visible()
    page.get_by_role("radio", name="plain").check()
    page.locator("button.primary").click()
    expect(answer).to_contain_text("plain 4")
    dialog = shown(page, 2)
    dialog.get_by_role("button", name=re.compile("^See again: by weight 200")).click()
    expect(answer).to_contain_text("by weight 200")


@pytest.mark.parametrize(
    "context",
    [{"viewport": {"width": 1280, "height": 900}, "permissions": ["clipboard-read", "clipboard-write"]}],
    indirect=True,
)
def test_link_opens_the_case_for_somebody_else_with_live_remarks(page, chromium):
    dialog = shown(page, 2)
    dialog.get_by_role("button", name=re.compile("^Copy the link of: .*A 5")).click()
    expect(dialog.get_by_role("status").filter(has_text="Link copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert re.fullmatch(re.escape(page.served.url) + r"c/[\w-]{22}", link)
    page.goto(link)
    mine = page.get_by_role("region", name="Shared case")
    expect(mine).to_contain_text("Your case")
    stranger = chromium.new_context()
    other = stranger.new_page()
    other.goto(link)
    theirs = other.get_by_role("region", name="Shared case")
    expect(theirs).to_contain_text("A visitor’s case")
    expect(top(other)).to_contain_text("lit")
    expect(other.get_by_text("a is 5")).to_be_visible()
    theirs.get_by_label("Remark on this case").fill("Is this so?\n<b>Look</b>")
    theirs.get_by_role("button", name="Write").click()
    expect(theirs.get_by_role("log")).to_contain_text("You, ")
    expect(mine.get_by_role("log")).to_contain_text("Is this so?\n<b>Look</b>")
    expect(mine.get_by_role("log")).to_contain_text("A visitor, ")
    assert not barriers(other)
    # What she changes stays hers when she loads the page again.
    other.get_by_label("A", exact=True).fill("9")
    expect(other.get_by_text("a is 9")).to_be_visible()
    other.reload()
    expect(theirs.get_by_role("log")).to_contain_text("Is this so?")
    expect(other.get_by_text("a is 9")).to_be_visible()
    # Deleted, it is gone for both.
    dialog = shown(page, 2)
    dialog.get_by_role("button", name=re.compile("^Delete: .*A 5")).click()
    dialog.get_by_role("button", name="Delete for good").click()
    expect(theirs).to_contain_text("That case is not here any more.")
    assert other.goto(link).status == 404
    stranger.close()
