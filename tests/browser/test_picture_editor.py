"""The picture editor in a person's hands: mouse, keyboard and fingers."""

import re

import pytest
from chromium import barriers
from editing import PHONE, file_of, photo
from picture_actions import brightness, brush, crop, flip
from playwright.sync_api import expect


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
    expect(page.locator("[data-editor]").get_by_text("Original", exact=True)).to_be_visible()
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
    editing.canvas.scroll_into_view_if_needed()  # to reach the tool the page was scrolled
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
