"""Ways a picture comes in: picked, dropped, pasted, taken, drawn; and what is answered when it is none."""

import base64
import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    picture = ma.image_input()
    ma.text_output(f"{picture.size} {picture.getpixel((0, 0))}")
"""
TRANSFER = """([name, type, data]) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
    return transfer;
}"""


@pytest.fixture
def blue():
    data = io.BytesIO()
    Image.new("RGB", (8, 6), (0, 0, 255)).save(data, "PNG")
    return data.getvalue()


def transfer(page, name, kind, data):
    return page.locator("body").evaluate_handle(
        f"(body, file) => ({TRANSFER})(file)", [name, kind, base64.b64encode(data).decode()]
    )


def test_picture_is_dropped_anywhere_on_the_page(open_page, blue):
    page = open_page(SCRIPT)
    page.get_by_text("Waiting for Picture").wait_for()
    files = transfer(page, "blue.png", "image/png", blue)
    for event in ("dragenter", "dragover", "drop"):
        page.locator("main").dispatch_event(event, {"dataTransfer": files})
    expect(page.get_by_text("(8, 6) (0, 0, 255)")).to_be_visible()


def test_picture_is_pasted(open_page, blue):
    page = open_page(SCRIPT)
    page.get_by_text("Waiting for Picture").wait_for()
    files = transfer(page, "blue.png", "image/png", blue)
    page.locator("main").evaluate(
        "(main, clipboardData) => main.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }))",
        files,
    )
    expect(page.get_by_text("(8, 6) (0, 0, 255)")).to_be_visible()


def test_picture_is_taken_with_the_camera_which_is_then_let_go(open_page):
    page = open_page(SCRIPT)
    page.get_by_role("button", name="Camera").click()
    page.get_by_role("dialog").get_by_role("button", name=re.compile("Take|Capture")).click()
    expect(page.get_by_text(re.compile(r"\(\d+, \d+\) \("))).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_text_named_png_is_answered_and_the_picture_stays(open_page, blue):
    page = open_page(SCRIPT)
    picker = page.locator("input[type=file]").first
    picker.set_input_files({"name": "blue.png", "mimeType": "image/png", "buffer": blue})
    expect(page.get_by_text("(8, 6) (0, 0, 255)")).to_be_visible()
    picker.set_input_files({"name": "words.png", "mimeType": "image/png", "buffer": b"only words"})
    expect(page.get_by_text("is not a picture that can be read")).to_be_visible()
    expect(page.get_by_text("(8, 6) (0, 0, 255)")).to_be_visible()


def test_example_is_there_at_the_start_and_another_is_one_click_away(open_page):
    page = open_page("""
        import modelapp as ma
        from PIL import Image
        picture = ma.image_input(examples={name: Image.new("RGB", (9, 9), name) for name in ("red", "lime")})
        ma.text_output(f"{picture.getpixel((0, 0))}")
    """)
    expect(page.get_by_text("(255, 0, 0)")).to_be_visible()
    page.get_by_role("button", name="lime").click()
    expect(page.get_by_text("(0, 255, 0)")).to_be_visible()
    expect(page.get_by_role("button", name="lime")).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_text("(0, 255, 0)")).to_be_visible()
