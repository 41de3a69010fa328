"""A real browser on a page behind a relay that cannot read it: all works, and what passes the relay is ciphertext."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from recorder import Recorder
from terminal import Terminal

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
        one.stop()


@pytest.fixture
def picture(tmp_path):
    file = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "PNG")
    path = tmp_path / "heart-of-k.png"
    path.write_bytes(file.getvalue())
    return path


def shared(serve, through, wire, *options):
    """Serve the script through a relay; return the process and the link as somebody behind the wire opens it."""
    served = serve(SCRIPT, *through.share_sealed, *options)
    url = Terminal(served).says(r"public\s+(\S+#[\w-]{43})$")[1]
    return served, url.replace(f":{through.port}/", f":{wire.port}/")


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
    expect(page.get_by_text("Mr Quimby-Xylander gets 6, (300, 200)")).to_be_visible()
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
