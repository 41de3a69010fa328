"""Personal links and the password behind a relay, where an app lives under a path of its own."""

import json

import pytest
from playwright.sync_api import expect
from terminal import Terminal

SCRIPT = """
    import modelapp as ma
    dose = ma.slider_input(min=0, max=10, value=5)
    ma.text_output(f"{ma.context.visitor} takes {dose}")
"""


@pytest.fixture
def public(serve, relay):
    """Serve the script through a relay; return the host and its public address."""

    def start(*options):
        served = serve(SCRIPT, *relay().share, *options)
        return served, Terminal(served).says(r"public\s+(http\S+/a/[a-z2-7]{26}/)$")[1]

    return start


def test_link_is_for_the_public_address_and_its_cookie_for_this_path(public, context):
    served, url = public()
    facts = json.loads(served.invite("Dr. Rao", "--json").stdout)
    assert facts["public"] is True
    assert facts["link"].startswith(f"{url}?invite=")
    page = context.new_page()
    page.goto(facts["link"])
    assert page.url == url
    expect(page.get_by_text("Dr. Rao takes 5")).to_be_visible()
    page.get_by_role("slider", name="Dose").press("ArrowRight")
    expect(page.get_by_text("Dr. Rao takes 6")).to_be_visible()
    assert {cookie["path"] for cookie in context.cookies()} == {url[url.index("/a/") :]}
    assert context.browser.new_context().request.get(url).status == 404
    served.invite("--revoke", "Dr. Rao")
    expect(page.get_by_text("This link is not valid any more.")).to_be_visible()
    assert page.goto(url).status == 404


def test_password_is_typed_once(public, context, monkeypatch):
    monkeypatch.setenv("MODELAPP_PASSWORD", "open sesame")
    _, url = public("--password")
    page = context.new_page()
    page.goto(url)
    field = page.get_by_label("Password")
    expect(field).to_be_focused()
    field.fill("close sesame")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_have_text("That is not the password.")
    page.get_by_label("Password").fill("open sesame")
    page.keyboard.press("Enter")
    expect(page.get_by_text("None takes 5")).to_be_visible()
    assert page.url == url
    page.get_by_role("slider", name="Dose").press("ArrowRight")
    expect(page.get_by_text("None takes 6")).to_be_visible()
    page.reload()
    expect(page.get_by_text("None takes 6")).to_be_visible()
