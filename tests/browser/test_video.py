"""Videos in a real browser: upload, cutting by hand and by keyboard, picking a frame, the camera."""

import base64
import io
import re

import numpy as np
import pytest
from chromium import ARGUMENTS, until
from PIL import Image
from playwright.sync_api import expect
from videos import KINDS, real, video_file

SCRIPT = """
    import modelapp as ma
    import numpy as np
    from pathlib import Path
    clip = ma.video_input(type="frames")
    ma.text_output(f"{len(clip)} frames of {clip.width} x {clip.height}")
    if ma.context.mode == "live":  # not the run with the original
        np.save(Path(__file__).with_name("first.npy"), clip[0])
"""
DENYING = [flag for flag in ARGUMENTS if flag != "--use-fake-ui-for-media-stream"]


def give(page, content, name="bikes.mp4"):
    page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "video/mp4", "buffer": content})


@pytest.fixture
def with_video(open_page):
    """A page with ten seconds of bicycles, 25 frames a second."""
    page = open_page(SCRIPT)
    give(page, real("bikes.mp4").read_bytes())
    expect(page.get_by_text("250 frames of 640 x 272")).to_be_visible()
    return page


def slider(page, name):
    return page.get_by_role("slider", name=name)


def drag(page, name, to):
    """Drag a handle to a part of the strip."""
    box = slider(page, name).bounding_box()
    strip = page.locator(".pictures").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(strip["x"] + strip["width"] * to, box["y"] + 24, steps=8)


def test_uploaded_video_reaches_the_script_and_is_shown(with_video):
    expect(slider(with_video, "End of Clip")).to_have_attribute("aria-valuetext", "10.00 s")
    expect(slider(with_video, "Position in Clip")).to_have_attribute("aria-valuetext", "0.00 s, frame 1 of 250")
    with_video.get_by_role("button", name="Play Clip").click()
    expect(with_video.get_by_role("button", name="Pause Clip")).to_be_visible()
    expect(with_video.locator(".time")).to_have_text(re.compile(r"^0\.[1-9]\d s\s/ 10\.00 s$"))


def test_dragging_both_handles_is_what_the_script_gets_when_they_are_let_go(with_video):
    page = with_video
    drag(page, "Start of Clip", 0.3)
    # The frame at the handle is shown at once; the script is told when it is let go.
    expect(slider(page, "Start of Clip")).to_have_attribute("aria-valuetext", "3.00 s")
    expect(slider(page, "Position in Clip")).to_have_attribute("aria-valuetext", "3.02 s, frame 76 of 250")
    expect(page.get_by_text("250 frames of 640 x 272")).to_be_visible()
    page.mouse.up()
    expect(page.get_by_text("175 frames of 640 x 272")).to_be_visible()
    drag(page, "End of Clip", 0.5)
    page.mouse.up()
    expect(page.get_by_text("50 frames of 640 x 272")).to_be_visible()
    expect(page.get_by_role("button", name="Remove Trim 3.00 s to 5.00 s")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("175 frames of 640 x 272")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("250 frames of 640 x 272")).to_be_visible()
    page.get_by_role("button", name="Redo").click()
    expect(page.get_by_text("175 frames of 640 x 272")).to_be_visible()
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("250 frames of 640 x 272")).to_be_visible()


def test_keys_move_a_handle_by_frames(with_video):
    page = with_video
    slider(page, "Start of Clip").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(slider(page, "Start of Clip")).to_have_attribute("aria-valuetext", "0.48 s")
    expect(page.get_by_text("238 frames of 640 x 272")).to_be_visible()
    slider(page, "End of Clip").focus()
    page.keyboard.press("PageDown")
    expect(page.get_by_text("213 frames of 640 x 272")).to_be_visible()
    page.keyboard.press("Home")
    expect(page.get_by_text("1 frames of 640 x 272")).to_be_visible()
    expect(slider(page, "End of Clip")).to_be_focused()


def test_what_is_kept_is_played_in_a_loop(with_video):
    page = with_video
    slider(page, "Start of Clip").focus()
    page.keyboard.press("PageUp")
    slider(page, "End of Clip").focus()
    page.keyboard.press("Home")
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_text("8 frames of 640 x 272")).to_be_visible()
    page.evaluate("""() => {
        window.loops = 0;
        document.querySelector("video").addEventListener("seeking", () => window.loops++);
    }""")
    page.get_by_role("button", name="Play Clip").click()
    until(page, "() => window.loops >= 3")
    expect(page.locator(".time")).to_have_text(re.compile(r"^(0\.99|1\.[0-3]\d) s\s/ 10\.00 s$"))


CANVAS = """() => {
    const video = document.querySelector("video");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext("2d").drawImage(video, 0, 0);
    return canvas.toDataURL("image/png").split(",")[1];
}"""
SETTLED = """() => {
    const video = document.querySelector("video");
    const time = Number(document.querySelector("[aria-label='Position in Clip']").ariaValueNow);
    return !video.seeking && video.readyState >= 2 && Math.abs(video.currentTime - time) < 1e-3;
}"""


@pytest.mark.parametrize("name", ["bikes.mp4", "bigbuckbunny.mp4", "webm in VP9", "mp4 in H.265"])
def test_picked_frame_is_the_picture_that_the_script_gets(open_page, name):
    page = open_page(SCRIPT)
    give(page, real(name).read_bytes() if name.endswith(".mp4") else video_file(KINDS[name], 60))
    expect(slider(page, "Position in Clip")).to_be_visible()
    position = slider(page, "Position in Clip")
    position.focus()
    page.keyboard.press("PageUp")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Use this frame")).to_be_enabled()
    page.get_by_role("button", name="Use this frame").click()
    expect(page.get_by_role("button", name="Frame is used")).to_be_disabled()
    expect(page.get_by_text(re.compile("^1 frames of"))).to_be_visible()
    until(page, SETTLED)
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(page.evaluate(CANVAS)))).convert("RGB")).astype(float)
    seen = np.load(page.served.path.with_name("first.npy")).astype(float)
    assert shown.shape == seen.shape
    # Frames of these films differ by more from one to the next; a preview is a copy of lower quality.
    assert np.abs(shown - seen).mean() < (8 if "H.265" in name else 3)


def test_edits_are_there_after_a_reload(with_video):
    page = with_video
    slider(page, "Start of Clip").focus()
    page.keyboard.press("PageUp")
    expect(page.get_by_text("225 frames of 640 x 272")).to_be_visible()
    slider(page, "Position in Clip").focus()
    page.keyboard.press("PageUp")
    page.get_by_role("button", name="Use this frame").click()
    expect(page.get_by_text("1 frames of 640 x 272")).to_be_visible()
    page.reload()
    expect(page.get_by_text("1 frames of 640 x 272")).to_be_visible()
    expect(slider(page, "Start of Clip")).to_have_attribute("aria-valuetext", "1.00 s")
    expect(page.get_by_role("button", name="Remove Frame 51")).to_be_visible()
    expect(slider(page, "Position in Clip")).to_have_attribute("aria-valuetext", "2.02 s, frame 51 of 250")
    page.get_by_role("button", name="Remove Frame 51").click()
    expect(page.get_by_text("225 frames of 640 x 272")).to_be_visible()


def test_cut_file_is_encoded_and_shown(open_page):
    page = open_page("""
        import modelapp as ma
        clip = ma.video_input()
        ma.text_output(f"{clip.name}: {len(ma.Frames(clip))} frames" if clip.suffix == ".mp4" else clip.name)
        ma.output(clip, label="Result")
    """)
    give(page, real("bigbuckbunny.mp4").read_bytes(), "bunny.mov")
    expect(page.get_by_text("bunny.mp4: 132 frames")).to_be_visible()
    slider(page, "End of Clip").focus()
    page.keyboard.press("Home")
    page.keyboard.press("PageUp")
    expect(page.get_by_text("bunny.mp4: 26 frames")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("1280 × 720, 26 frames at 25 a second")).to_be_visible()
    result = page.get_by_role("region", name="Result").locator("video")
    until(page, "(video) => video.readyState >= 1 || video.error !== null", result.element_handle())
    assert result.evaluate("(video) => [video.videoWidth, video.videoHeight, video.error]") == [1280, 720, None]
    page.get_by_role("button", name="Use this frame").click()
    expect(page.get_by_text("bunny.png")).to_be_visible()
    expect(page.get_by_role("region", name="Result").get_by_role("img").first).to_be_visible()


def test_browser_shows_the_colours_that_the_script_gave(open_page):
    page = open_page("""
        import modelapp as ma
        import numpy as np
        large = ma.checkbox_input()
        width, height = (1280, 720) if large else (320, 180)
        ma.video_output(np.full((10, height, width, 3), (200, 30, 40), "uint8"), rate=10)
    """)
    for height in (180, 720):
        if height == 720:
            page.get_by_role("checkbox", name="Large").check()
        expect(page.get_by_text(f"× {height}, 10 frames at 10 a second")).to_be_visible()
        until(page, "(height) => document.querySelector('video').videoHeight === height", height)
        page.locator("video").evaluate("(video) => { video.currentTime = 0.55; }")
        until(page, "(video) => !video.seeking && video.readyState >= 2", page.locator("video").element_handle())
        with Image.open(io.BytesIO(base64.b64decode(page.evaluate(CANVAS)))) as shown:
            colour = np.asarray(shown.convert("RGB"))[90, 100].astype(int)
        assert np.abs(colour - (200, 30, 40)).max() <= 6, height


def test_browser_plays_what_was_kept_of_any_format(open_page):
    page = open_page(SCRIPT)
    for name in KINDS:
        kind = KINDS[name]
        give(page, video_file(kind), "clip" + kind.suffix)
        size = kind.size[::-1] if kind.turn % 180 else kind.size
        expect(page.get_by_text(f"30 frames of {size[0]} x {size[1]}")).to_be_visible()
        page.get_by_role("button", name="Play Clip").click()
        expect(page.get_by_role("button", name="Pause Clip")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        shape = page.locator("video").evaluate("(video) => video.videoWidth > video.videoHeight")
        assert shape is (size[0] > size[1]), name
        page.get_by_role("button", name="Remove", exact=True).click()
        page.get_by_text("Waiting for Clip").wait_for()


SPY = """() => {
    const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.wishes = [];
    navigator.mediaDevices.getUserMedia = async (wish) => {
        window.wishes.push(wish);
        return (window.stream = await ask(wish));
    };
}"""
TRACKS = "window.stream.getTracks().map((track) => [track.kind, track.readyState])"


@pytest.mark.parametrize("sound", [False, True], ids=["silent", "with sound"])
def test_camera_is_recorded_and_let_go(open_page, sound):
    page = open_page(SCRIPT)
    page.get_by_text("Waiting for Clip").wait_for()
    page.evaluate(SPY)
    page.get_by_role("button", name="Record").click()
    camera = page.get_by_role("dialog", name="Camera for Clip")
    expect(camera.get_by_role("button", name="Record")).to_be_enabled()
    assert page.evaluate("window.wishes") == [{"video": {"facingMode": {"ideal": "environment"}}, "audio": False}]
    if sound:
        camera.get_by_role("checkbox", name="With sound").check()
        expect(camera.get_by_role("button", name="Record")).to_be_enabled()
    camera.get_by_role("button", name="Record").click()
    expect(camera.get_by_text(re.compile(r"^[1-9]\d*\.\d\d s$"))).to_be_visible()
    kinds = ["audio", "video"] if sound else ["video"]
    assert sorted(page.evaluate(TRACKS)) == [[kind, "live"] for kind in kinds]
    camera.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile(r"^\d+ frames of \d+ x \d+"))).to_be_visible()
    assert sorted(page.evaluate(TRACKS)) == [[kind, "ended"] for kind in kinds]
    expect(camera).to_have_count(0)


def test_recording_can_be_thrown_away(with_video):
    page = with_video
    page.evaluate(SPY)
    page.get_by_role("button", name="Record").click()
    camera = page.get_by_role("dialog", name="Camera for Clip")
    camera.get_by_role("button", name="Record").click()
    camera.get_by_role("button", name="Stop").wait_for()
    page.keyboard.press("Escape")
    expect(camera).to_have_count(0)
    assert page.evaluate(TRACKS) == [["video", "ended"]]
    expect(page.get_by_text("250 frames of 640 x 272")).to_be_visible()


@pytest.mark.parametrize("flags", [DENYING], ids=["denying"])
def test_denied_camera_is_told_and_nothing_is_lost(with_video):
    with_video.get_by_role("button", name="Record").click()
    expect(with_video.get_by_text("The browser was not allowed to use the camera.")).to_be_visible()
    with_video.get_by_role("button", name="Cancel").click()
    expect(with_video.get_by_text("250 frames of 640 x 272")).to_be_visible()
    expect(slider(with_video, "End of Clip")).to_be_visible()


def test_file_that_is_no_video_is_answered_and_the_video_stays(with_video):
    give(with_video, b"only words", "words.mp4")
    expect(with_video.get_by_text("“words.mp4” is not a video that can be read")).to_be_visible()
    expect(with_video.get_by_text("250 frames of 640 x 272")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_nothing_serious_and_nothing_is_wider_than_the_page(with_video, width, scheme):
    from axe_playwright_python.base import AXE_FILE_PATH

    page = with_video
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    slider(page, "Start of Clip").focus()
    page.keyboard.press("PageUp")
    page.get_by_role("button", name="Use this frame").click()
    expect(page.get_by_role("button", name="Remove Frame 26")).to_be_visible()
    expect(page.get_by_text("1 frames of 640 x 272")).to_be_visible()
    page.evaluate(AXE_FILE_PATH.read_text())
    found = page.locator("body").evaluate("async () => (await axe.run()).violations")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("dialog", name="Camera for Clip").get_by_role("button", name="Record")).to_be_enabled()
    page.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished)).then(() => null)")
    found = page.locator("body").evaluate("async () => (await axe.run()).violations")
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
