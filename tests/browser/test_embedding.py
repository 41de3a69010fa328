"""An app in another site's page, in a real Chromium. "127.0.0.1" and "localhost" are two sites to a browser."""

import pytest
from chromium import barriers
from PIL import Image
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    ma.app("Doubles", "Two of each.")
    many = ma.slider_input(min=1, max=40, value=2)
    scan = ma.image_input(required=False)
    ma.text_output(f"{many} and {scan.size if scan else 'nothing'}")
    for number in range(many):
        ma.text_output(f"line {number}", label=f"Line {number}")
"""


def component(url, **attributes):
    given = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    script = f'<script src="{url}embed.js"></script>'
    return f'<h1>Our lab</h1>{script}<model-app src="{url}" {given}></model-app>'


def test_app_works_in_another_sites_page_and_follows_it(serve, context, site, tmp_path):
    served = serve(SCRIPT, "--embed-origins", site.origin)
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(site(component(served.url)))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("2 and nothing")).to_be_visible()
    expect(page.get_by_title("Doubles")).to_be_visible()

    # As high as what it shows: nothing in it has to be scrolled, and nothing is left over.
    def excess():
        box = page.locator("iframe").bounding_box()
        return box["height"] - frame.locator("#page").bounding_box()["height"]

    low = page.locator("iframe").bounding_box()["height"]
    frame.get_by_role("slider", name="Many").press("End")
    expect(frame.get_by_text("line 39", exact=True)).to_be_visible()
    page.wait_for_function("low => document.querySelector('model-app').offsetHeight > low + 1000", arg=low)
    assert 0 <= excess() < 2
    frame.get_by_role("slider", name="Many").press("Home")
    page.wait_for_function("low => document.querySelector('model-app').offsetHeight <= low + 2", arg=low)
    assert 0 <= excess() < 2

    # Light or dark as the ground on which it stands.
    expect(frame.locator("html")).to_have_attribute("data-theme", "light")
    page.evaluate("document.body.style.background = '#101418'")
    expect(frame.locator("html")).to_have_attribute("data-theme", "dark")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(21, 20, 19)")
    page.locator("model-app").evaluate("app => app.setAttribute('theme', 'light')")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(250, 249, 247)")

    Image.new("RGB", (30, 20), "teal").save(tmp_path / "teal.png")
    frame.locator("input[type=file]").set_input_files(tmp_path / "teal.png")
    expect(frame.get_by_text("1 and (30, 20)")).to_be_visible()
    assert context.cookies() == []
    page.evaluate("document.body.style.background = ''")
    assert barriers(page) == []
    assert not faults


def test_plain_frame_works_and_may_use_the_microphone(serve, context, site):
    served = serve(
        """
        import modelapp as ma
        voice = ma.audio_input(type="samples")
        ma.number_output(len(voice.samples) > 0 and voice.rate, label="Rate")
        """,
        "--embed-origins",
        f"https://elsewhere.example, {site.origin}",
    )
    page = context.new_page()
    allowed = "camera; microphone; clipboard-write; fullscreen"
    page.goto(site(f'<iframe src="{served.url}?theme=dark" title=App allow="{allowed}" width=900 height=900></iframe>'))
    frame = page.frame_locator("iframe")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(21, 20, 19)")
    frame.get_by_role("button", name="Record").click()
    frame.get_by_role("button", name="Stop").click()
    expect(frame.get_by_label("Rate").or_(frame.get_by_text("48"))).to_be_visible()


@pytest.mark.parametrize("options", [(), ("--embed-origins", "https://elsewhere.example")])
def test_site_that_is_not_named_shows_a_sentence_and_a_link(serve, context, site, options):
    served = serve(SCRIPT, *options)
    page = context.new_page()
    page.goto(site(component(served.url)))
    expect(page.get_by_role("status")).to_contain_text("does not let this site show it")
    with context.expect_page() as opened:
        page.get_by_role("link", name="Open it in a window of its own.").click()
    expect(opened.value.get_by_text("2 and nothing")).to_be_visible()
    assert page.frames[-1].url != served.url


def test_page_with_a_password_is_opened_in_a_window_of_its_own(serve, context, site, monkeypatch):
    monkeypatch.setenv("MODELAPP_PASSWORD", "open sesame")
    served = serve(SCRIPT, "--password", "--embed-origins", "*")
    page = context.new_page()
    page.goto(site(f'<iframe src="{served.url}" title=App></iframe>'))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("This page needs a password")).to_be_visible()
    expect(frame.get_by_role("textbox")).to_have_count(0)
    with context.expect_page() as opened:
        frame.get_by_role("link", name="Open it in a window of its own").click()
    expect(opened.value.get_by_label("Password")).to_be_visible()


def test_address_that_is_none_is_told(serve, context, site):
    served = serve(SCRIPT, "--embed-origins", site.origin)
    page = context.new_page()
    for wrong in ("", "javascript:alert(1)", "http://"):
        page.goto(site(component(served.url).replace(f'src="{served.url}"', f'src="{wrong}"')))
        expect(page.get_by_role("status")).to_contain_text("This frame has no address")
