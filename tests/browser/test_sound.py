"""Sounds in a real browser: upload, microphone, trimming, and the page's edits against the host's."""

import base64
import io
import re
import wave

import numpy as np
import pytest
from chromium import ARGUMENTS, barriers
from playwright.sync_api import expect
from sounds import KINDS, sound_file

SCRIPT = """
    import modelapp as ma
    import numpy as np
    from pathlib import Path
    sound = ma.audio_input(mono=False)
    ma.text_output(f"{len(sound.samples)} frames at {sound.rate} Hz")
    if ma.context.mode == "live":  # not the run with the original
        np.save(Path(__file__).with_name("heard.npy"), sound.samples)
    ma.audio_output(sound, label="Heard")
"""
DENYING = [flag for flag in ARGUMENTS if flag != "--use-fake-ui-for-media-stream"]
SECONDS = 4


def give(page, content, name="voice.wav"):
    page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "audio/wav", "buffer": content})


@pytest.fixture
def with_sound(open_page):
    """A page with four seconds of a chirp in two channels, 8 kHz."""
    page = open_page(SCRIPT)
    time = np.arange(SECONDS * 8000) / 8000
    chirp = np.stack([0.4 * np.sin((300 + 100 * time) * 2 * np.pi * time), 0.3 * np.cos(2000 * time)], 1)
    give(page, sound_file(KINDS["wav 16 bit"]._replace(rate=8000), chirp.astype("f4")))
    expect(page.get_by_text("32000 frames at 8000 Hz")).to_be_visible()
    return page


def handle(page, side):
    return page.get_by_role("slider", name=f"{side} of Sound")


def test_uploaded_sound_reaches_the_script_and_is_shown(with_sound):
    expect(handle(with_sound, "End")).to_have_attribute("aria-valuetext", "4.00 s")
    expect(with_sound.get_by_role("region", name="Heard").get_by_text("8,000 Hz, stereo")).to_be_visible()


def test_trim_by_keyboard_is_what_the_script_gets(with_sound):
    handle(with_sound, "Start").focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight"):
        with_sound.keyboard.press(key)
    expect(handle(with_sound, "Start")).to_have_attribute("aria-valuetext", "0.17 s")
    handle(with_sound, "End").focus()
    with_sound.keyboard.press("PageDown")
    expect(handle(with_sound, "End")).to_have_attribute("aria-valuetext", "3.20 s")
    expect(with_sound.get_by_text(f"{round(3.03 * 8000)} frames at 8000 Hz")).to_be_visible()
    expect(handle(with_sound, "End")).to_be_focused()


def test_trim_by_dragging_is_one_step_and_can_be_undone(with_sound):
    box = handle(with_sound, "Start").bounding_box()
    wave_box = with_sound.locator(".wave .ground").first.bounding_box()
    with_sound.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    with_sound.mouse.down()
    with_sound.mouse.move(wave_box["x"] + wave_box["width"] / 2, box["y"] + 30, steps=8)
    with_sound.mouse.up()
    expect(handle(with_sound, "Start")).to_have_attribute("aria-valuetext", re.compile(r"^(1\.9|2\.0)\d s$"))
    expect(with_sound.get_by_text(re.compile(r"^1[56]\d{3} frames at 8000 Hz"))).to_be_visible()
    with_sound.get_by_role("button", name="Undo").click()
    expect(with_sound.get_by_text("32000 frames at 8000 Hz")).to_be_visible()
    expect(handle(with_sound, "Start")).to_have_attribute("aria-valuetext", "0.00 s")
    with_sound.get_by_role("button", name="Redo").click()
    expect(with_sound.get_by_text(re.compile(r"^1[56]\d{3} frames at 8000 Hz"))).to_be_visible()
    with_sound.get_by_role("button", name="Reset").click()
    expect(with_sound.get_by_text("32000 frames at 8000 Hz")).to_be_visible()


def test_edits_are_there_after_a_reload(with_sound):
    with_sound.get_by_role("button", name="Edit", exact=True).click()
    with_sound.get_by_role("slider", name="Speed").fill("1")
    expect(with_sound.get_by_text("16000 frames at 8000 Hz")).to_be_visible()
    with_sound.get_by_role("button", name="Backwards").click()
    with_sound.reload()
    expect(with_sound.get_by_text("16000 frames at 8000 Hz")).to_be_visible()
    expect(with_sound.get_by_role("button", name="Backwards")).to_have_attribute("aria-pressed", "true")
    expect(with_sound.get_by_role("slider", name="Speed")).to_have_attribute("aria-valuetext", "2.00 times")


RECORD_BLOBS = """() => {
    const create = URL.createObjectURL;
    URL.createObjectURL = (blob) => { window.made = blob; return create.call(URL, blob); };
}"""
READ_BLOB = """async () => {
    const bytes = new Uint8Array(await window.made.arrayBuffer());
    return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
}"""


@pytest.mark.parametrize(("speed", "tolerance"), [("0", 1e-4), ("0.7", 1e-3), ("-0.7", 1e-3)])
# Chromium takes 32,767 for full scale where the host takes 32,768; the two filters of "speed" differ in their slopes.
def test_what_the_page_plays_is_what_the_script_gets(with_sound, speed, tolerance):
    page = with_sound
    page.get_by_role("button", name="Edit", exact=True).click()
    handle(page, "Start").focus()
    page.keyboard.press("PageUp")
    page.get_by_role("slider", name="Volume").fill("9")
    page.get_by_role("slider", name="Noise").fill("-20")
    page.get_by_role("button", name="New noise").click()
    page.get_by_role("button", name="Backwards").click()
    page.get_by_role("slider", name="Speed").fill(speed)
    factor = round(2 ** float(speed), 3)
    frames = int(25600 / factor + 0.5)
    expect(page.get_by_text(f"{frames} frames at 8000 Hz")).to_be_visible()
    page.evaluate(RECORD_BLOBS)
    page.get_by_role("button", name="Play edited").click()
    expect(page.get_by_role("button", name="Pause edited")).to_be_visible()
    with wave.open(io.BytesIO(base64.b64decode(page.evaluate(READ_BLOB)))) as file:
        assert file.getframerate() == 8000
        played = np.frombuffer(file.readframes(frames * 2), "<i2").reshape(-1, 2) / 32768
    heard = np.load(page.served.path.with_name("heard.npy"))
    assert played.shape == heard.shape == (frames, 2)
    assert np.abs(played - heard)[100:-100].max() <= tolerance


def test_sound_is_played_and_the_playhead_moves(with_sound):
    with_sound.get_by_role("button", name="Play heard").click()
    expect(
        with_sound.get_by_role("region", name="Heard").get_by_text(re.compile(r"^0\.[1-9]\d s / 4\.00 s"))
    ).to_be_visible()
    with_sound.get_by_role("button", name="Pause heard").click()
    with_sound.get_by_role("button", name="Play sound").click()
    expect(with_sound.get_by_text(re.compile(r"^0\.[1-9]\d s / 4\.00 s")).first).to_be_visible()


def test_microphone_is_recorded_and_let_go(open_page):
    page = open_page(SCRIPT)
    page.get_by_text("Waiting for Sound").wait_for()
    page.evaluate("""() => {
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wish) => (window.stream = await ask(wish));
    }""")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("meter", name="Level")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^[1-9]\d*\.\d\d s$"))).to_be_visible()
    assert page.evaluate("window.stream.getTracks().map((track) => track.readyState)") == ["live"]
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile(r"^\d+ frames at \d+ Hz"))).to_be_visible()
    assert page.evaluate("window.stream.getTracks().map((track) => track.readyState)") == ["ended"]
    heard = np.load(page.served.path.with_name("heard.npy"))
    assert np.abs(heard).max() > 0.05  # the pretended microphone beeps


def test_recording_can_be_thrown_away(with_sound):
    with_sound.get_by_role("button", name="Record").click()
    with_sound.get_by_role("meter", name="Level").wait_for()
    with_sound.get_by_role("button", name="Cancel").click()
    expect(handle(with_sound, "Start")).to_be_visible()
    expect(with_sound.get_by_text("32000 frames at 8000 Hz")).to_be_visible()


@pytest.mark.parametrize("flags", [DENYING], ids=["denying"])
def test_denied_microphone_is_told_and_nothing_is_lost(with_sound):
    with_sound.get_by_role("button", name="Record").click()
    expect(with_sound.get_by_text("The browser was not allowed to use the microphone.")).to_be_visible()
    expect(handle(with_sound, "Start")).to_be_visible()
    expect(with_sound.get_by_text("32000 frames at 8000 Hz")).to_be_visible()


def test_file_that_is_no_sound_is_answered_and_the_sound_stays(with_sound):
    give(with_sound, b"only words", "words.mp3")
    expect(with_sound.get_by_text("“words.mp3” is not a sound that can be read")).to_be_visible()
    expect(with_sound.get_by_text("32000 frames at 8000 Hz")).to_be_visible()


def test_browser_draws_and_plays_what_was_kept_of_any_format(open_page):
    page = open_page(SCRIPT)
    for name in ("mp3", "opus", "m4a with its index at the end", "wav of a slow sensor", "wav 5.1", "wav 24 bit"):
        kind = KINDS[name]
        give(page, sound_file(kind), "sound" + kind.suffix)
        expect(page.get_by_text(f"frames at {kind.rate} Hz")).to_be_visible()
        expect(page.locator(".wave.known")).to_have_count(2)
        page.get_by_role("button", name="Play sound").click()
        expect(page.get_by_role("button", name="Pause sound")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        page.get_by_role("button", name="Remove").click()
        page.get_by_text("Waiting for Sound").wait_for()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_page(with_sound, width, scheme):
    page = with_sound
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("slider", name="Volume").fill("3")
    expect(page.get_by_role("button", name="Play edited")).to_be_visible()
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_first_example_is_there_at_the_start(open_page):
    page = open_page("""
        import modelapp as ma
        import numpy as np
        quiet, loud = (np.full(8000, level, "f4") for level in (0.1, 0.9))
        sound = ma.audio_input(examples={"Quiet": (8000, quiet), "Loud": (8000, loud)})
        ma.text_output(f"{sound.samples.max():.1f}")
    """)
    expect(page.get_by_text("0.1", exact=True)).to_be_visible()
    page.get_by_role("button", name="Loud").click()
    expect(page.get_by_text("0.9", exact=True)).to_be_visible()
