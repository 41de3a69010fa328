"""A gallery behind a relay that cannot read it: the index, its apps and the way back, in a real browser."""

import io
import re

import modelapp as ma
import pytest
from chromium import barriers, until
from PIL import Image
from playwright.sync_api import expect
from terminal import Terminal
from wires import Recorder

SCANS = """
import modelapp as ma
from PIL import Image
ma.app("Sarcoidosis scans", "Looks for granuloma.")
ma.image_output(Image.linear_gradient("L"))
"""
DOSES = """
import modelapp as ma
ma.app("Warfarin", "A dose of {milligrams}.")
creatinine = ma.slider_input(max=150, value=70)
scan = ma.image_input(required=False, tools=())
ma.text_output(f"{{creatinine:g}} mmol get {milligrams}")
if scan:
    ma.text_output(f"a scan of {{scan.width}} pixels")
    ma.image_output(scan)
"""


@pytest.fixture
def folder(tmp_path):
    """Two apps whose names and words are secret."""
    made = tmp_path / "cardiac_ward"
    made.mkdir()
    (made / "granuloma_finder.py").write_text(SCANS)
    (made / "warfarin_dosing.py").write_text(DOSES.format(milligrams="5 mg"))
    return made


def test_relay_learns_nothing_of_a_gallery_and_all_of_it_works(serve, relay, context, folder):
    through = relay()
    wire = Recorder(through.port)
    try:
        terminal = Terminal(serve(folder, *through.share_sealed))
        url = terminal.says(r"public\s+(\S+#[\w-]{43})$")[1].replace(f":{through.port}/", f":{wire.port}/")
        page = context.new_page()
        faults = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(url)
        expect(page.get_by_role("heading", level=1)).to_have_text("Cardiac ward")
        cards = page.locator("#cards li")
        expect(cards).to_have_count(2)
        # The picture and the answer come while the page is open: pictures and news pass sealed, too.
        until(page, "() => document.querySelector('#cards img')?.naturalWidth > 0")
        expect(cards.filter(has_text="Warfarin")).to_contain_text("70 mmol get 5 mg")
        assert barriers(page) == []
        (folder / "warfarin_dosing.py").write_text(DOSES.format(milligrams="7 mg"))
        expect(cards.filter(has_text="Warfarin")).to_contain_text("70 mmol get 7 mg")

        page.get_by_role("link", name="Warfarin").click()
        expect(page.get_by_text("70 mmol get 7 mg")).to_be_visible()
        page.get_by_role("slider", name="Creatinine").press("ArrowRight")
        expect(page.get_by_text("71 mmol get 7 mg")).to_be_visible()
        picture = io.BytesIO()
        Image.new("RGB", (123, 45), "red").save(picture, "PNG")
        page.locator("input[type=file]").first.set_input_files(
            {"name": "scan.png", "mimeType": "image/png", "buffer": picture.getvalue()}
        )
        expect(page.get_by_text("a scan of 123 pixels")).to_be_visible()
        expect(page.get_by_role("img").last).to_have_js_property("naturalWidth", 123)
        assert barriers(page) == []
        page.reload()
        expect(page.get_by_text("71 mmol get 7 mg")).to_be_visible()
        expect(page.get_by_role("img").last).to_have_js_property("naturalWidth", 123)
        page.get_by_role("link", name="All apps").click()
        page.get_by_role("link", name="Sarcoidosis scans").click()
        expect(page.get_by_role("img").last).to_have_js_property("naturalWidth", 256)

        passed = wire.passed.lower()
        assert b"data-gallery" in passed  # what is not secret can be found, so the search works
        for word in (
            "cardiac",
            "granuloma",
            "warfarin",
            "sarcoid",
            "7 mg",
            "creatinine",
            url.partition("#")[2].lower(),
        ):
            assert word.encode() not in passed, word
        assert not faults
    finally:
        wire.close()


def test_link_of_an_app_can_be_called_and_its_name_leads_nowhere(serve, relay, context, folder):
    through = relay()
    terminal = Terminal(serve(folder, *through.share_sealed))
    url = terminal.says(r"public\s+(\S+#[\w-]{43})$")[1]
    root, _, key = url.partition("#")
    page = context.new_page()
    page.goto(url)
    link = page.get_by_role("link", name="Warfarin").evaluate("(link) => link.href")
    assert re.fullmatch(rf"{re.escape(root)}[0-9a-f]{{24}}/#{re.escape(key)}", link)
    assert list(ma.connect(link)(creatinine=90).values()) == ["90 mmol get 5 mg"]
    answers = {place: page.request.get(f"{root}{place}/") for place in ("warfarin_dosing", "0" * 24)}
    assert [answer.status for answer in answers.values()] == [404, 404]
    assert len({answer.text() for answer in answers.values()}) == 1
    # A link with another key opens neither the index nor an app.
    for place in (root, link.partition("#")[0]):
        page.goto("about:blank")
        page.goto(f"{place}#{'A' * 43}")
        expect(page.get_by_text("not valid any more")).to_be_visible()


def test_password_opens_index_and_apps_at_once(serve, relay, context, folder, monkeypatch):
    through = relay()
    monkeypatch.setenv("MODELAPP_PASSWORD", "correct horse")
    terminal = Terminal(serve(folder, *through.share_sealed, "--password"))
    url = terminal.says(r"public\s+(\S+#[\w-]{43})$")[1]
    page = context.new_page()
    page.goto(url)
    page.get_by_label("Password").fill("correct horse")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Warfarin").click()
    expect(page.get_by_text("70 mmol get 5 mg")).to_be_visible()
