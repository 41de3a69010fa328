"""The picture editor: what the page shows is what the script gets, whoever drags what."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from chromium import barriers
from editing import Editing, difference, file_of, photo
from PIL import Image
from playwright.sync_api import Browser, expect

# Mean absolute differences in levels of 0-255 that the preview and the script's picture may have.
EXACT = 0.01  # the preview has all pixels
ROUNDED = 1.0  # pixels are mixed: rounding, and a blur that is another approximation of a Gaussian
REDUCED = 2.0  # the preview is made on fewer pixels
# Independent noise on both: 2 / sqrt(pi) times its standard deviation on the reduced copy, and a little for the rest.
REDUCED_NOISE = 1.13 * 0.05 * 255 / 3.46 + 2

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def context(chromium: Browser, request):
    """A fresh profile; a test may ask for a phone."""
    options = getattr(request, "param", {"viewport": {"width": 1280, "height": 900}})
    context = chromium.new_context(**options)
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def editing(open_page, context, tmp_path):
    return Editing(open_page, context, tmp_path)


def crop(editing: Editing) -> None:
    editing.tool("Crop")
    editing.drag((0.2, 0.15), (0.83, 0.9))


def brush(editing: Editing, colour: str = "Black") -> None:
    editing.tool("Occlude")
    editing.press("Brush")
    editing.press(colour)
    editing.drag((0.2, 0.2), (0.5, 0.7), (0.8, 0.3))


def cover_with_box(editing: Editing, colour: str = "White") -> None:
    editing.tool("Occlude")
    editing.press("Box")
    editing.press(colour)
    editing.drag((0.55, 0.5), (0.9, 0.9))


def quarter_turn(editing: Editing) -> None:
    editing.tool("Rotate")
    editing.press("Turn right")


def free_turn(editing: Editing) -> None:
    editing.tool("Rotate")
    editing.slide("Angle", "ArrowRight", 24)


def flip(editing: Editing) -> None:
    editing.tool("Flip")
    editing.press("Left to right")


def brightness(editing: Editing) -> None:
    editing.tool("Brightness")
    editing.slide("Brightness", "ArrowRight", 15)


def contrast(editing: Editing) -> None:
    editing.tool("Contrast")
    editing.slide("Contrast", "ArrowLeft", 30)


def noise(editing: Editing) -> None:
    editing.tool("Noise")
    editing.slide("Noise", "ArrowRight", 10)
    editing.press("New seed")


def blur(editing: Editing) -> None:
    editing.tool("Blur")
    editing.slide("Blur", "ArrowRight", 30)


Action = Callable[[Editing], None]
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


def test_strokes_go_out_while_they_are_drawn_and_are_one_step_to_undo(editing):
    page = editing.open({"given.png": file_of(photo(300, 200))})
    editing.tool("Occlude")
    before = editing.set_messages
    page.mouse.move(*editing.place(0.2, 0.2))
    page.mouse.down()
    page.mouse.move(*editing.place(0.7, 0.7), steps=10)
    editing.answered()
    assert editing.set_messages > before and editing.edits[0]["op"] == "occlude"
    page.mouse.up()
    assert len(editing.edits[0]["path"]) < 8
    editing.press("Undo")
    assert editing.operations() == []
    editing.press("Redo")
    assert editing.operations() == ["occlude"]


def test_undo_redo_and_reset_by_keyboard_and_chips(editing):
    page = editing.open({"given.png": file_of(photo(300, 200))})
    crop(editing)
    brush(editing)
    brush(editing)
    brightness(editing)
    editing.expect_chips("Crop", "Occlude × 2", "Brightness +15 %")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    assert editing.operations() == ["crop", "occlude"]
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+y")
    assert editing.operations() == ["crop", "occlude", "occlude", "brightness"]
    editing.press("Take back Occlude × 2")
    assert editing.operations() == ["crop", "brightness"]
    editing.press("Reset")
    assert editing.operations() == []
    editing.expect_chips("No edits yet")
    editing.press("Undo")
    assert editing.operations() == ["crop", "brightness"]


def test_sliders_change_their_edit_in_its_place(editing):
    editing.open({"given.png": file_of(photo(300, 200))})
    brightness(editing)
    flip(editing)
    editing.tool("Brightness")
    editing.slide("Brightness", "ArrowRight", 5)
    assert editing.operations() == ["brightness", "flip"]
    assert editing.edits[0]["amount"] == pytest.approx(0.2)
    editing.slide("Brightness", "ArrowLeft", 20)
    assert editing.operations() == ["flip"]
    flip(editing)
    assert editing.operations() == []


def test_boxes_are_placed_moved_and_resized_by_keyboard_alone(editing):
    page = editing.open({"given.png": file_of(photo(300, 200))})
    page.get_by_role("button", name="Done").press("Tab")
    tools = page.get_by_role("toolbar").get_by_role("button", name="Crop", exact=True)
    tools.focus()
    tools.press("ArrowRight")
    expect(page.get_by_role("button", name="Occlude", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Box", exact=True).press("Enter")
    page.get_by_role("button", name="Add a box").press("Enter")
    box = page.get_by_role("group", name="Covered box")
    expect(box).to_be_focused()
    box.press("ArrowRight")
    box.press("Shift+ArrowDown")
    editing.answered()
    assert editing.edits[0]["box"] == pytest.approx([0.37, 0.35, 0.67, 0.67])
    box.press("Delete")
    assert editing.operations() == []
    editing.tool("Crop")
    box = page.get_by_role("group", name="Crop box")
    box.focus()
    for key in ["Shift+ArrowLeft"] * 10 + ["ArrowRight"] * 3:
        box.press(key)
    editing.answered()
    assert editing.edits[0]["box"] == pytest.approx([0.06, 0, 0.86, 1])
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_focused()


def test_crop_keeps_its_ratio_and_can_be_changed_until_something_else_is_done(editing):
    editing.open({"given.png": file_of(photo(300, 200))})
    editing.press("1:1")
    editing.answered()
    left, top, right, bottom = editing.edits[0]["box"]
    assert ((right - left) * 300, (bottom - top) * 200) == pytest.approx((200, 200), rel=0.001)
    editing.drag((right, bottom), (right - 0.2, bottom - 0.3))
    editing.answered()
    left, top, right, bottom = editing.edits[0]["box"]
    assert (right - left) * 300 == pytest.approx((bottom - top) * 200, rel=0.01) and len(editing.edits) == 1
    editing.press("Free")
    editing.drag((left, top), (left + 0.1, top))
    editing.answered()
    assert len(editing.edits) == 1 and editing.edits[0]["box"][0] == pytest.approx(left + 0.1, abs=0.01)
    flip(editing)
    crop(editing)
    assert editing.operations() == ["crop", "flip", "crop"]


def test_original_is_shown_while_compare_is_held(editing):
    page = editing.open({"given.png": file_of(photo(300, 200))})
    crop(editing)
    flip(editing)
    compare = page.get_by_role("button", name="Compare")
    compare.hover()
    page.mouse.down()
    expect(page.get_by_text("Original", exact=True)).to_be_visible()
    expect(editing.canvas).to_have_attribute("data-edits", "0")
    page.mouse.up()
    expect(editing.canvas).to_have_attribute("data-edits", "2")
    compare.focus()
    page.keyboard.down("Space")
    expect(editing.canvas).to_have_attribute("data-edits", "0")
    page.keyboard.up("Space")
    expect(editing.canvas).to_have_attribute("data-edits", "2")
    assert editing.operations() == ["crop", "flip"]


def test_zoom_keeps_strokes_where_they_are_drawn(editing):
    page = editing.open({"given.png": file_of(photo(300, 200))})
    editing.tool("Occlude")
    page.mouse.move(*editing.place(0.25, 0.25))
    page.mouse.wheel(0, -600)
    expect(page.get_by_role("button", name="Show all of the picture")).to_be_enabled()
    editing.drag((0.25, 0.25), (0.3, 0.3))
    editing.answered()
    path = editing.edits[0]["path"]
    assert (path[0], path[-1]) == (pytest.approx([0.25, 0.25], abs=0.01), pytest.approx([0.3, 0.3], abs=0.01))
    before = editing.place(0, 0)
    page.keyboard.down("Space")
    editing.drag((0.3, 0.3), (0.25, 0.25))
    page.keyboard.up("Space")
    assert editing.place(0, 0) != before and len(editing.edits) == 1
    editing.press("Show all of the picture")
    expect(page.get_by_role("button", name="Zoom out")).to_be_disabled()


@pytest.mark.parametrize("context", [PHONE], indirect=True)
def test_finger_paints_and_two_fingers_zoom_without_painting(editing, context):
    page = editing.open({"given.png": file_of(photo(300, 200))})
    editing.tool("Occlude")
    hand = context.new_cdp_session(page)

    def touch(kind, *points):
        places = [dict(zip("xy", editing.place(*point), strict=True), id=number) for number, point in enumerate(points)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (0.3, 0.3))
    for step in range(1, 6):
        touch("touchMove", (0.3 + step * 0.08, 0.3))
    touch("touchEnd")
    assert editing.operations() == ["occlude"]
    assert editing.edits[0]["path"][-1] == pytest.approx([0.7, 0.3], abs=0.02)
    touch("touchStart", (0.4, 0.5))
    touch("touchStart", (0.4, 0.5), (0.6, 0.5))
    touch("touchMove", (0.3, 0.5), (0.7, 0.5))
    touch("touchEnd")
    expect(page.get_by_role("button", name="Show all of the picture")).to_be_enabled()
    assert editing.operations() == ["occlude"]


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


def test_denied_camera_is_said_and_nothing_is_lost(editing, context):
    page = editing.open({"given.png": file_of(photo(161, 97))}, edit=False)
    editing.start()
    flip(editing)
    editing.press("Done")
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')) }"
    )
    page.get_by_role("button", name="Camera").click()
    expect(page.get_by_role("alert")).to_contain_text("not allowed to use the camera")
    page.get_by_role("button", name="Cancel").click()
    editing.expect_chips("Flip")


def test_camera_is_let_go_when_the_dialog_closes(editing):
    page = editing.open({"given.png": file_of(photo(161, 97))}, edit=False)
    page.get_by_role("button", name="Camera").click()
    expect(page.get_by_role("button", name="Take the picture")).to_be_enabled()
    track = page.locator("video").evaluate_handle("video => video.srcObject.getVideoTracks()[0]")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("video")).to_have_count(0)
    assert track.evaluate("track => track.readyState") == "ended"


@pytest.mark.parametrize("options", ["tools=()", "disabled=True"])
def test_no_editor_is_offered_without_tools_or_for_a_disabled_input(open_page, tmp_path, options):
    (tmp_path / "given.png").write_bytes(file_of(photo(20, 20)))
    page = open_page(f"""
        import modelapp as ma
        picture = ma.image_input(value="{tmp_path}/given.png", {options})
        ma.text_output(f"{{picture.size}}")
    """)
    expect(page.get_by_text("(20, 20)")).to_be_visible()
    expect(page.get_by_role("img", name="Picture")).to_be_visible()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_have_count(0)


def test_only_the_tools_that_the_script_allows_are_there(open_page, tmp_path):
    (tmp_path / "given.png").write_bytes(file_of(photo(20, 20)))
    page = open_page(f"""
        import modelapp as ma
        picture = ma.image_input(value="{tmp_path}/given.png", tools=["occlude", "flip"])
        ma.text_output(f"{{picture.size}}")
    """)
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_role("toolbar").get_by_role("button")).to_have_text(["Occlude", "Flip"])


@pytest.mark.parametrize("context", [{"viewport": {"width": 1280, "height": 900}}, PHONE], indirect=True)
def test_axe_finds_nothing_serious_with_each_tool_and_nothing_scrolls_sideways(editing):
    page = editing.open({"given.png": file_of(photo(161, 97))}, edit=False)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.reload()
        editing.start()
        for tool in ("Crop", "Occlude", "Rotate", "Flip", "Brightness", "Contrast", "Noise", "Blur"):
            editing.tool(tool)
            assert barriers(page) == [], tool
            wide = page.locator("body").evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, tool


def test_sketch_is_edited_like_any_picture(open_page):
    page = open_page("""
        import modelapp as ma
        picture = ma.image_input(sources=("sketch",))
        ma.text_output(f"{picture.size}")
    """)
    pad = page.locator("canvas").bounding_box()
    page.mouse.move(pad["x"] + 50, pad["y"] + 50)
    page.mouse.down()
    page.mouse.move(pad["x"] + 150, pad["y"] + 150, steps=5)
    page.mouse.up()
    expect(page.get_by_text("(280, 280)")).to_be_visible()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("button", name="16:9").click()
    expect(page.get_by_text(re.compile(r"\(280, 15[78]\)"))).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.locator("canvas[data-edits='1']")).to_be_visible()


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
