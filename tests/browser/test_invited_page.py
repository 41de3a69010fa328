"""The page of somebody who was invited, in a browser profile of her own."""

import pytest
from chromium import barriers
from playwright.sync_api import expect

SCRIPT = """
import modelapp as ma

ma.app("Pacemaker")
age = ma.slider_input(value=10)
ma.text_output(f"{ma.context.visitor} sees {age}")
"""
NOT_VALID = "This link is not valid any more. Please ask for a new one."


@pytest.fixture
def profile(context):
    """Make browser profiles that are closed at the end."""
    made = []

    def make(**options):
        made.append(context.browser.new_context(viewport={"width": 1280, "height": 900}, **options))
        made[-1].set_default_timeout(20_000)
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_link_loses_its_token_and_a_revoked_page_says_so_and_stays_quiet(open_page, profile):
    page = open_page(SCRIPT)
    expect(page.get_by_text("None sees 10")).to_be_visible()
    served = page.served
    rao = profile().new_page()
    rao.goto(served.url + served.invited("Dr. Rao"))
    expect(rao.get_by_text("Dr. Rao sees 10")).to_be_visible()
    assert rao.url == served.url
    rao.get_by_role("slider", name="Age", exact=True).press("ArrowRight")
    expect(rao.get_by_text("Dr. Rao sees 11")).to_be_visible()
    rao.reload()
    expect(rao.get_by_text("Dr. Rao sees 11")).to_be_visible()
    tries = []
    rao.on("websocket", lambda socket: tries.append(socket.url))
    served.invite("--revoke", "Dr. Rao")
    expect(rao.get_by_text(NOT_VALID)).to_be_visible()
    expect(rao.get_by_text("Dr. Rao sees 11")).to_be_visible()
    expect(rao.get_by_role("slider", name="Age", exact=True)).to_be_disabled()
    page.get_by_role("slider", name="Age", exact=True).press("ArrowRight")
    expect(page.get_by_text("None sees 11")).to_be_visible()
    assert tries == []
    assert rao.goto(served.url).status == 404


def test_page_that_was_away_while_its_link_was_revoked_learns_why_it_is_not_let_in(open_page, profile):
    page = open_page(SCRIPT)
    served = page.served
    rao = profile().new_page()
    rao.goto(served.url + served.invited("Dr. Rao"))
    expect(rao.get_by_text("Dr. Rao sees 10")).to_be_visible()
    served.stop()
    served.invite("--revoke", "Dr. Rao")
    served.start(served.port)
    expect(rao.get_by_text(NOT_VALID)).to_be_visible()
    expect(rao.get_by_text("Dr. Rao sees 10")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_presenter_sees_who_is_here(open_page, profile, scheme):
    page = open_page(SCRIPT)
    page.emulate_media(color_scheme=scheme)
    served = page.served
    expect(page.get_by_text("None sees 10")).to_be_visible()
    queries = [served.invited(name) for name in ("Dr. Rao", "Dr. Lee")]
    served.invite("--open")
    rao = profile().new_page()
    rao.goto(served.url + queries[0])
    expect(page.get_by_role("button", name="Dr. Rao", exact=True)).to_be_visible()
    expect(rao.get_by_role("button", name="Dr. Rao")).to_have_count(0)
    profile().new_page().goto(served.url + queries[1])
    profile().new_page().goto(served.url)
    who = page.get_by_role("button", name="Dr. Rao and 2 others")
    who.click()
    listed = page.get_by_role("group", name="Visitors")
    expect(listed.get_by_role("listitem")).to_have_text(["Dr. Rao", "Dr. Lee", "1 without a name"])
    assert barriers(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    box = listed.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert barriers(page) == []
    rao.close()
    expect(page.get_by_role("button", name="Dr. Lee and 1 other")).to_be_visible()
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()
