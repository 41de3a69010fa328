"""The picture editor's preview is what the script gets, by every tool and on every picture."""

import numpy as np
import pytest
from editing import difference, file_of, photo
from picture_actions import (
    Action,
    blur,
    brightness,
    brush,
    contrast,
    cover_with_box,
    crop,
    flip,
    free_turn,
    noise,
    quarter_turn,
)
from PIL import Image
from playwright.sync_api import expect

# Mean absolute differences in levels of 0-255 that the preview and the script's picture may have.
EXACT = 0.01  # the preview has all pixels
ROUNDED = 1.0  # pixels are mixed: rounding, and a blur that is another approximation of a Gaussian
REDUCED = 2.0  # the preview is made on fewer pixels
# Independent noise on both: 2 / sqrt(pi) times its standard deviation on the reduced copy, and a little for the rest.
REDUCED_NOISE = 1.13 * 0.05 * 255 / 3.46 + 2
TOOLS: dict[str, tuple[Action, float]] = {
    "crop": (crop, EXACT),
    "brush": (brush, EXACT),
    "brush, mean": (lambda editing: brush(editing, "Mean colour of the picture"), EXACT),
    "brush, blur": (lambda editing: brush(editing, "Blurred picture"), ROUNDED),
    "box": (cover_with_box, EXACT),
    "quarter turn": (quarter_turn, EXACT),
    "free turn": (free_turn, ROUNDED),
    "flip": (flip, EXACT),
    "brightness": (brightness, EXACT),
    "contrast": (contrast, EXACT),
    "noise": (noise, EXACT),
    "blur": (blur, ROUNDED),
}


@pytest.mark.parametrize("tool", TOOLS)
def test_preview_of_each_tool_is_what_the_script_gets(editing, tool):
    act, tolerance = TOOLS[tool]
    original = photo(161, 97)
    editing.open({"given.png": file_of(original)})
    act(editing)
    shown, got = editing.both()
    assert len(editing.edits) == 1
    assert difference(shown, got) <= tolerance
    assert got.shape != (97, 161, 3) or difference(got, np.asarray(original).astype(float)) > 0.5, "nothing was done"


def test_every_tool_in_a_row_on_a_photo_turned_by_exif(editing):
    turned = photo(2999, 4001).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    editing.open({"given.jpg": file_of(turned, "JPEG", quality=92, exif=exif)})
    for act in (crop, brush, cover_with_box, quarter_turn, free_turn, flip, brightness, contrast, blur):
        act(editing)
    shown, got = editing.both()
    assert len(editing.edits) == 10 - 1
    assert difference(shown, got) <= REDUCED


def test_noise_on_the_reduced_copy_of_a_large_photo_is_as_strong_as_the_scripts_would_look(editing):
    editing.open({"given.png": file_of(photo(4001, 2999), compress_level=1)})
    noise(editing)
    shown, got = editing.both()
    assert difference(shown, got) <= REDUCED_NOISE
    clean = np.asarray(photo(4001, 2999).resize(shown.shape[1::-1], Image.Resampling.BOX)).astype(float)
    assert np.std(shown - clean) == pytest.approx(np.std(got - clean), rel=0.15)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (8, 8)])
def test_tiny_and_thin_pictures_are_edited_too(editing, size):
    editing.open({"given.png": file_of(photo(*size))})
    editing.tool("Occlude")
    editing.press("Box")
    editing.press("Add a box")
    for act in (quarter_turn, flip, brightness, contrast, noise):
        act(editing)
    shown, got = editing.both()
    assert len(editing.edits) == 6
    assert difference(shown, got) <= EXACT


def test_clear_pixels_are_laid_on_white_and_covered_ones_are_opaque(editing):
    picture = photo(120, 80).convert("RGBA")
    picture.putalpha(Image.fromarray(np.tile(np.linspace(0, 255, 120), (80, 1)).astype(np.uint8)))
    editing.open({"given.png": file_of(picture)})
    for act in (brush, brightness, free_turn, blur):
        act(editing)
    shown, got = editing.both()
    assert difference(shown, got) <= ROUNDED


def test_edits_are_shown_after_a_reload_and_after_the_host_was_killed(editing):
    page = editing.open({"given.png": file_of(photo(161, 97))})
    for act in (crop, brush, free_turn, noise):
        act(editing)
    before, _ = editing.both()
    page.reload()
    after, got = editing.both_as_they_are()
    assert difference(after, before) == 0 and difference(after, got) <= ROUNDED
    page.served.kill()
    page.served.start(page.served.port)
    page.reload()
    after, got = editing.both_as_they_are()
    assert difference(after, before) == 0 and difference(after, got) <= ROUNDED
    expect(page.get_by_role("list", name="Edits").locator("li").first).to_have_text("Crop")
    editing.start()
    editing.press("Undo")
    assert editing.operations() == ["crop", "occlude", "rotate"]


def test_second_page_of_the_session_shows_the_edits_too(editing, context):
    page = editing.open({"given.png": file_of(photo(161, 97))})
    flip(editing)
    shown, _ = editing.both()
    kept = page.evaluate("() => JSON.stringify({...sessionStorage})")
    other = context.new_page()
    other.add_init_script(f"Object.assign(sessionStorage, {kept})")
    other.goto(page.served.url)
    expect(other.get_by_role("list", name="Edits")).to_contain_text("Flip")
    editing.page = other
    assert difference(editing.both_as_they_are()[0], shown) == 0
    editing.start()
    editing.press("Reset")
    expect(page.get_by_role("list", name="Edits")).to_have_count(0)
    expect(page.get_by_role("img", name="Picture")).to_be_visible()


def test_another_example_keeps_the_tool_in_hand(editing):
    pictures = {"given1.png": file_of(photo(161, 97)), "given2.png": file_of(photo(90, 120))}
    page = editing.open(pictures)
    brush(editing)
    page.get_by_role("button", name="given2").click()
    expect(editing.canvas).to_have_attribute("width", "90")
    expect(page.get_by_role("button", name="Occlude", exact=True)).to_have_attribute("aria-pressed", "true")
    assert editing.operations() == []
    editing.drag((0.2, 0.2), (0.8, 0.8))
    assert editing.operations() == ["occlude"]
    shown, got = editing.both()
    assert difference(shown, got) <= EXACT
    expect(page.get_by_role("button", name="given2")).to_have_attribute("aria-pressed", "true")


def test_another_frame_of_a_clip_keeps_the_edits(editing):
    from pydicom import examples

    page = editing.open({"given.dcm": examples.get_path("ybr_color").read_bytes()}, edit=False)
    expect(page.get_by_text("Frame 1 of 30")).to_be_visible()
    editing.start()
    flip(editing)
    first, _ = editing.both()
    frame = page.get_by_role("slider", name="Frame of Picture")
    frame.focus()
    frame.press("End")
    expect(page.get_by_text("Frame 30 of 30")).to_be_visible()
    assert editing.operations() == ["flip"]
    shown, got = editing.both_as_they_are()
    assert difference(shown, got) <= EXACT and difference(shown, first) > 1
