"""Flagging an answer on the page: one click, then words if one likes."""

from chromium import barriers
from modelapp.session.flags import Flags
from playwright.sync_api import expect
from stores import storage_at

SCRIPT = """
    import modelapp as ma
    ma.app("Sum", flags=["wrong label", "bad picture"])
    a = ma.number_input(value=1)
    ma.label_output({"even": float(a % 2 == 0), "odd": float(a % 2)})
"""


def flags_of(page):
    flags = Flags(storage_at(page.served.path))
    found = flags.all()
    flags.close()
    return found


def test_one_click_flags_and_words_come_after(open_page):
    page = open_page(SCRIPT, visitor=True)
    author = page.context.new_page()
    author.goto(page.served.presenter_url)
    expect(author.locator(".top")).to_contain_text("odd")
    button = page.get_by_role("button", name="Flag", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Flagged, thank you")).to_be_visible()
    expect(author.get_by_role("region", name="Notices")).to_contain_text("A visitor flagged “odd” (flag 1).")
    (flag,) = flags_of(page)
    assert flag.inputs == {"a": 1} and not flag.words
    page.get_by_role("button", name="wrong label").click()
    expect(page.get_by_role("button", name="wrong label")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Flagged, thank you")).to_be_visible()
    page.get_by_label("Note").fill("looks even")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("button", name="Add")).to_be_disabled()
    expect(page.get_by_text("Flagged, thank you")).to_be_visible()
    assert not barriers(page)
    # What is typed and not added is not lost when another answer comes.
    page.get_by_label("Right answer").fill("even")
    page.get_by_label("A", exact=True).fill("2")
    expect(page.locator(".top")).to_contain_text("even")
    expect(button).to_be_visible()
    expect(author.get_by_role("region", name="Notices")).to_contain_text("wrong label; right: even; looks even")
    (flag,) = flags_of(page)
    assert (flag.words.note, flag.words.right, flag.words.choice) == ("looks even", "even", "wrong label")
    button.click()
    expect(page.get_by_text("Flagged, thank you")).to_be_visible()
    assert [one.inputs["a"] for one in flags_of(page)] == [1, 2]


def test_a_flag_that_is_said_while_the_host_is_away_is_kept_when_it_is_back(open_page):
    page = open_page(SCRIPT, visitor=True)
    expect(page.locator(".top")).to_contain_text("odd")
    port = page.served.port
    page.served.kill()
    expect(page.get_by_text("Connection lost. Reconnecting…; what you typed is kept.")).to_be_visible()
    page.get_by_role("button", name="Flag", exact=True).click()
    expect(page.get_by_text("it is sent once the connection is back")).to_be_visible()
    page.served.start(port)
    expect(page.get_by_text("Flagged, thank you")).to_be_visible()
    assert [one.inputs["a"] for one in flags_of(page)] == [1]


def test_switched_off_there_is_no_button(open_page):
    page = open_page(SCRIPT.replace('["wrong label", "bad picture"]', "False"))
    expect(page.locator(".top")).to_contain_text("odd")
    expect(page.get_by_role("button", name="Flag", exact=True)).to_have_count(0)
