"""A real browser on a page behind a relay that cannot read it: all works, and what passes the relay is ciphertext."""

import hashlib
import io
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from chromium import barriers
from PIL import Image
from playwright.sync_api import expect
from terminal import Terminal
from videos import real
from wires import Recorder

SCRIPT = """
    import modelapp as ma
    ma.app("Atrial flutter", "A secret study.")
    tinzaparin = ma.slider_input(min=0, max=10, value=5)
    patient_name = ma.text_input(value="nobody")
    angiogram = ma.image_input(required=False, tools=())
    film = ma.video_input(required=False, tools=())
    ma.text_output(f"{patient_name} gets {tinzaparin}, {angiogram.size if angiogram else 'no scan'}")
    if angiogram:
        ma.image_output(angiogram)
        ma.file_output(angiogram.tobytes(), "pixels.bin")
    if film:
        ma.video_output(film)
"""


@pytest.fixture
def record():
    """Wires that are cut at the end."""
    made = []

    def start(relay):
        made.append(Recorder(relay.port))
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def picture(tmp_path):
    file = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "PNG")
    path = tmp_path / "heart-of-k.png"
    path.write_bytes(file.getvalue())
    return path


def shared(serve, through, wire, *options):
    """Serve the script through a relay; return what it prints, and the link as somebody behind the wire opens it."""
    terminal = Terminal(serve(SCRIPT, *through.share_sealed, *options))
    url = terminal.says(r"public\s+(\S+#[\w-]{43})$")[1]
    return terminal, url.replace(f":{through.port}/", f":{wire.port}/")


def test_relay_sees_neither_text_nor_picture(serve, relay, record, context, picture, tmp_path):
    through = relay()
    wire = record(through)
    _, url = shared(serve, through, wire)
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(url)
    expect(page.get_by_text("nobody gets 5, no scan")).to_be_visible()
    expect(page).to_have_title("Atrial flutter")
    page.get_by_role("textbox", name="Patient name").fill("Mr Quimby-Xylander")
    page.get_by_role("slider", name="Tinzaparin").press("ArrowRight")
    expect(page.get_by_text("Mr Quimby-Xylander gets 6, no scan")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(picture)
    expect(page.get_by_text("gets 6, (300, 200)")).to_be_visible()
    shown = page.get_by_role("img").last
    expect(shown).to_have_js_property("naturalWidth", 300)
    with page.expect_download() as download:
        page.get_by_role("link", name="pixels.bin").click()
    pixels = np.asarray(Image.open(picture)).tobytes()
    assert download.value.suggested_filename == "pixels.bin"
    download.value.save_as(tmp_path / "saved")
    assert (tmp_path / "saved").read_bytes() == pixels
    page.reload()
    expect(page.get_by_text("Mr Quimby-Xylander gets 6, (300, 200)", exact=True)).to_be_visible()
    expect(page.get_by_role("img").last).to_have_js_property("naturalWidth", 300)

    passed = wire.passed
    raw = picture.read_bytes()
    assert len(passed) > 2 * len(raw)  # up, and down again
    assert b"data-sealed" in passed  # what is not secret can be found, so the search works
    words = ["Quimby", "Atrial", "secret study", "tinzaparin", "patient_name", "angiogram", "heart-of-k", "pixels.bin"]
    digests = [hashlib.sha256(data).hexdigest() for data in (raw, pixels)]
    media = page.get_by_role("img").last.get_attribute("src").rpartition("/")[2]
    for word in [*words, *digests, media, url.partition("#")[2]]:
        assert word.lower().encode() not in passed.lower(), word
    for data in (raw, pixels):
        assert not any(data[at : at + 16] in passed for at in range(64, len(data) - 16, 97))
    assert not faults


def test_page_goes_on_over_breaks_of_relay_and_host(serve, relay, record, context, picture):
    through = relay()
    wire = record(through)
    terminal, url = shared(serve, through, wire)
    served = terminal.served
    page = context.new_page()
    page.goto(url)
    slider = page.get_by_role("slider", name="Tinzaparin")
    slider.press("ArrowRight")
    expect(page.get_by_text("nobody gets 6, no scan")).to_be_visible()

    through.kill()
    expect(page.get_by_text("onnect").first).to_be_visible()
    through.start()
    terminal.says(r"public\s+\S+ is back")
    slider.press("ArrowRight")
    expect(page.get_by_text("nobody gets 7, no scan")).to_be_visible()

    # Another process has another id: requests that were sealed for the first one are sealed again.
    served.kill()
    through.tells(event="down")
    other = context.new_page()
    other.goto(url)
    expect(other.get_by_text("The host is offline.")).to_be_visible()
    served.start()
    Terminal(served).says(r"public\s+\S+$")
    expect(other.get_by_text("nobody gets 5, no scan")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(picture)
    expect(page.get_by_text("nobody gets 7, (300, 200)")).to_be_visible()
    expect(page.get_by_role("img").last).to_have_js_property("naturalWidth", 300)


def test_film_is_fetched_in_the_parts_that_are_played(serve, relay, record, context):
    through = relay()
    wire = record(through)
    _, url = shared(serve, through, wire)
    page = context.new_page()
    parts = []
    page.on("response", lambda response: parts.append(response.status) if "/media/" in response.url else None)
    page.goto(url)
    # A widget that comes later than the page does: the last file input of the moment may be another one.
    page.locator("input[type=file][accept^=video]").set_input_files(real("bikes.mp4"))
    expect(page.locator("video")).to_have_count(2)
    video = page.locator("video").last
    expect(video).to_have_js_property("readyState", 4)
    video.evaluate("video => { video.currentTime = video.duration * .9 }")
    expect(video).to_have_js_property("seeking", False)
    assert video.evaluate("video => video.currentTime > 0 && video.videoWidth > 0")
    assert 206 in parts


def test_watch_link_works_and_loses_its_secret(serve, relay, record, context):
    through = relay()
    wire = record(through)
    terminal, url = shared(serve, through, wire, "--watch")
    served = terminal.served
    presenter = context.new_page()
    presenter.goto(served.presenter_url)
    expect(presenter.get_by_text("nobody gets 5, no scan")).to_be_visible()
    watcher = context.new_page()
    watcher.goto(url + served.watch_query)
    expect(watcher.get_by_text("nobody gets 5, no scan")).to_be_visible()
    presenter.get_by_role("slider", name="Tinzaparin").press("ArrowRight")
    expect(watcher.get_by_text("nobody gets 6, no scan")).to_be_visible()
    expect(watcher).to_have_url(url + "?watch")
    watcher.reload()
    expect(watcher.get_by_text("nobody gets 6, no scan")).to_be_visible()
    assert served.watch_query.partition("=")[2].encode() not in wire.passed


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda url: url.partition("#")[0], "the part after “#” is missing"),
        (lambda url: url[:-1], "its end is damaged"),
        (lambda url: url[:-2] + ("AA" if not url.endswith("AA") else "BB"), "not valid any more"),
        (lambda url: url + "?watch=wrong", "not valid"),
    ],
)
def test_wrong_links_are_told(serve, relay, record, context, change, sentence):
    through = relay()
    wire = record(through)
    _, url = shared(serve, through, wire)
    page = context.new_page()
    page.goto(change(url))
    expect(page.get_by_role("alert")).to_contain_text(sentence)
    assert not barriers(page)


def test_invited_visitor_comes_in_and_nobody_else(serve, relay, record, context):
    through = relay()
    wire = record(through)
    terminal, url = shared(serve, through, wire)
    path = terminal.served.path
    command = [sys.executable, "-m", "modelapp", "invite", "Dr. Quimby", str(path), "--json"]
    link = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)["link"]
    link = link.replace(f":{through.port}/", f":{wire.port}/")
    assert link.startswith(url + "?invite=")
    page = context.new_page()
    page.goto(link)
    expect(page.get_by_text("nobody gets 5, no scan")).to_be_visible()
    expect(page).to_have_url(url)
    page.reload()
    expect(page.get_by_text("nobody gets 5, no scan")).to_be_visible()
    # Who has the address and no link sees that it is not valid; so does she when it was revoked.
    stranger = context.browser.new_page()
    stranger.goto(url)
    expect(stranger.get_by_role("alert")).to_contain_text("not valid")
    stranger.close()
    subprocess.run([sys.executable, "-m", "modelapp", "invite", "--revoke", "Dr. Quimby", str(path)], check=True)
    expect(page.get_by_text("This link is not valid any more").first).to_be_visible()
    for secret in (link.partition("invite=")[2], "Quimby"):
        assert secret.encode() not in wire.passed


def test_password_is_asked_for_and_not_told_to_the_relay(serve, relay, record, context, monkeypatch):
    monkeypatch.setenv("MODELAPP_PASSWORD", "sinus-rhythm-7")
    through = relay()
    wire = record(through)
    _, url = shared(serve, through, wire, "--password")
    page = context.new_page()
    page.goto(url)
    expect(page.get_by_role("heading", name="This page needs a password")).to_be_visible()
    assert not barriers(page)
    page.get_by_label("Password").fill("wrong-rhythm-8")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_contain_text("not the password")
    page.get_by_label("Password").fill("sinus-rhythm-7")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_text("nobody gets 5, no scan")).to_be_visible()
    page.reload()
    expect(page.get_by_text("nobody gets 5, no scan")).to_be_visible()
    assert b"rhythm" not in wire.passed


def test_case_link_works_and_the_relay_does_not_see_it(serve, relay, record, context, chromium, picture):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    through = relay()
    wire = record(through)
    _, url = shared(serve, through, wire)
    page = context.new_page()
    page.goto(url)
    page.locator("input[type=file]").first.set_input_files(picture)
    expect(page.get_by_text("nobody gets 5, (300, 200)")).to_be_visible()
    page.get_by_role("button", name="History").click()
    dialog = page.get_by_role("dialog", name="History")
    dialog.get_by_role("button", name=re.compile("^Copy the link")).click()
    expect(dialog.get_by_role("status").filter(has_text="Link copied")).to_be_visible()
    link = page.evaluate("() => navigator.clipboard.readText()")
    assert link.startswith(f"{url}?case=")
    stranger = chromium.new_context()
    other = stranger.new_page()
    other.goto(link)
    expect(other.get_by_role("region", name="Shared case")).to_contain_text("A visitor’s case")
    expect(other.get_by_text("nobody gets 5, (300, 200)")).to_be_visible()
    expect(other.get_by_role("img").last).to_have_js_property("naturalWidth", 300)
    other.get_by_label("Remark on this case").fill("Zirconium")
    other.get_by_role("button", name="Write").click()
    expect(other.get_by_role("log")).to_contain_text("Zirconium")
    stranger.close()
    for word in (link.partition("case=")[2], "Zirconium", "heart-of-k"):
        assert word.encode() not in wire.passed
    dialog.get_by_role("button", name="Delete all of mine").click()
    dialog.get_by_role("button", name="Delete for good").click()
    expect(dialog).to_contain_text("is empty now")
    page.goto("about:blank")
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("not valid any more")


def test_encrypted_page_says_where_it_can_be_opened_when_a_frame_is_given_no_storage(
    serve, relay, record, context, site
):
    through = relay()
    wire = record(through)
    _, url = shared(serve, through, wire, "--embed-origins", "*")
    # "localhost" is another site than "127.0.0.1", where the link leads.
    around = f'<script src="{url.partition("#")[0]}embed.js"></script><model-app src="{url}"></model-app>'
    page = context.new_page()
    page.goto(site(around).replace("127.0.0.1", "localhost"))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("this browser does not open encrypted apps inside")).to_be_visible()
    with context.expect_page() as opened:
        frame.get_by_role("link", name="Open it in a window of its own.").click()
    expect(opened.value.get_by_text("nobody gets 5, no scan")).to_be_visible()


def test_authors_own_widget_is_drawn_and_its_html_is_sealed(serve, relay, record, context):
    through = relay()
    wire = record(through)
    script = """
        import modelapp as ma
        class Stage(ma.Input[str]):
            html = "<button onclick=\\"modelapp.set('stage IV')\\">Set the tumour stage</button>"
            def accept(self, raw, blobs):
                return str(raw)
        ma.text_output(Stage.ask(value="none", label="Stage"))
    """
    terminal = Terminal(serve(script, *through.share_sealed))
    url = terminal.says(r"public\s+(\S+#[\w-]{43})$")[1].replace(f":{through.port}/", f":{wire.port}/")
    page = context.new_page()
    page.goto(url)
    page.frame_locator("iframe").get_by_role("button", name="Set the tumour stage").click()
    expect(page.get_by_text("stage IV")).to_be_visible()
    assert b"tumour" not in wire.passed and b"stage IV" not in wire.passed and b"data-sealed" in wire.passed
