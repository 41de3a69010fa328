"""A real browser on a page behind a relay: all of it works, and it goes on by itself after every break."""

import pytest
from pictures import noise
from playwright.sync_api import expect
from terminal import Terminal

SCRIPT = """
    import modelapp as ma
    dose = ma.slider_input(min=0, max=10, value=5)
    scan = ma.image_input(required=False)
    ma.text_output(f"{dose} and {scan.size if scan else 'nothing'}")
    if scan:
        ma.image_output(scan)
"""


@pytest.fixture
def picture(tmp_path):
    return noise(tmp_path)


def test_page_works_through_a_relay_and_outlives_it_and_the_client(serve, relay, context, picture):
    through = relay()
    served = serve(SCRIPT, *through.share)
    terminal = Terminal(served)
    url = terminal.says(r"public\s+(http\S+/a/[a-z2-7]{26}/)$")[1]
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(url)
    expect(page.get_by_text("5 and nothing")).to_be_visible()
    slider = page.get_by_role("slider", name="Dose")
    slider.press("ArrowRight")
    expect(page.get_by_text("6 and nothing")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(picture)
    expect(page.get_by_text("6 and (300, 200)")).to_be_visible()
    media = page.locator("img[src*='media/']").last  # not the visitor's own, which the page has without asking
    expect(media).to_have_js_property("naturalWidth", 300)
    source = media.get_attribute("src")
    part = context.request.get(
        url + source.removeprefix("./") if "://" not in source else source, headers={"Range": "bytes=0-9"}
    )
    assert part.status == 206 and len(part.body()) == 10

    # The relay is killed: the page waits, and goes on in its session.
    through.kill()
    expect(page.get_by_text("onnect").first).to_be_visible()
    through.start()
    terminal.says(r"public\s+\S+ is back")
    slider.press("ArrowRight")
    expect(page.get_by_text("7 and (300, 200)")).to_be_visible()

    # The host is killed: who comes meanwhile sees that it is offline, and both pages go on with it.
    served.kill()
    through.tells(event="down")
    other = context.new_page()
    other.goto(url)
    expect(other.get_by_text("The host is offline.")).to_be_visible()
    served.start()
    assert Terminal(served).says(r"public\s+(\S+)$")[1] == url
    expect(other.get_by_text("5 and nothing")).to_be_visible()
    slider.press("ArrowRight")
    expect(page.get_by_text("8 and (300, 200)")).to_be_visible()
    assert not faults


def test_offline_page_is_calm_and_complete(serve, relay, context):
    from chromium import barriers

    through = relay()
    served = serve(SCRIPT, *through.share)
    url = Terminal(served).says(r"public\s+(\S+)$")[1]
    served.stop()
    through.tells(event="down")
    page = context.new_page()
    faults = []
    page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    page.set_viewport_size({"width": 390, "height": 700})
    page.goto(url)
    expect(page.get_by_role("heading", name="The host is offline.")).to_be_visible()
    expect(page.get_by_text("This page goes on by itself.")).to_be_visible()
    assert not faults
    assert not barriers(page)
