"""The pages of those who may not come in."""

import pytest
from chromium import barriers
from playwright.sync_api import expect

SCRIPT = "import modelapp as ma\nma.text_output('inside')\n"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_password_page_is_accessible_on_a_narrow_phone(serve, context, monkeypatch, scheme):
    monkeypatch.setenv("MODELAPP_PASSWORD", "open sesame")
    served = serve(SCRIPT, "--password")
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(served.url)
    assert page.title() == "Password"
    assert barriers(page) == []
    page.keyboard.type("close sesame")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("That is not the password.")
    assert barriers(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.type("open sesame")
    page.keyboard.press("Enter")
    expect(page.get_by_text("inside")).to_be_visible()
