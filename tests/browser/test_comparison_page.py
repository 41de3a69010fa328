"""Both answers on the page: to the picture as it was, and to the edited one."""

import io

from chromium import barriers
from PIL import Image
from playwright.sync_api import expect

COVERED = """
    import modelapp as ma
    import numpy as np
    scan = ma.image_input()
    bright = float(np.asarray(scan.convert("L")).mean() / 255)
    ma.label_output({"pacemaker": bright, "none": 1 - bright})
"""
SCRIPT = """
    import modelapp as ma
    import numpy as np
    scan = ma.image_input(tools=("flip",))
    bright = float((np.asarray(scan.convert("L")) / 255)[:, :10].mean())
    ma.label_output({"pacemaker": bright, "none": 1 - bright})
"""


def test_page_shows_both_answers_and_how_they_differ(open_page):
    page = open_page(SCRIPT)
    picture = Image.new("RGB", (20, 10))
    picture.paste("white", (0, 0, 10, 10))
    file = io.BytesIO()
    picture.save(file, "PNG")
    page.locator("input[type=file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    answer = page.locator("[data-kind=label_output] .top")
    expect(answer).to_contain_text("pacemaker")
    comparison = page.get_by_role("region", name="Comparison with the original")
    expect(comparison).to_have_count(0)
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("button", name="Flip").click()
    page.get_by_role("button", name="Left to right").click()
    expect(comparison).to_contain_text("pacemaker 1.00 → 0.00")
    expect(answer).to_contain_text("none")
    comparison.get_by_role("button", name="Original").click()
    expect(answer).to_contain_text("pacemaker")
    comparison.get_by_role("button", name="Edited").click()
    expect(answer).to_contain_text("none")
    assert not barriers(page)
    # Mirrored again it is the original, and there is nothing to compare.
    page.get_by_role("button", name="Left to right").click()
    expect(comparison).to_have_count(0)


def test_what_was_edited_is_outlined_and_the_original_is_shown_with_its_answer(open_page):
    page = open_page(COVERED)
    file = io.BytesIO()
    Image.new("RGB", (400, 200), "white").save(file, "PNG")
    page.locator("input[type=file]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": file.getvalue()}
    )
    page.get_by_role("button", name="Edit").click()
    page.get_by_role("toolbar").get_by_role("button", name="Occlude").click()
    page.get_by_role("button", name="Box", exact=True).click()
    page.get_by_role("button", name="Add a box").click()
    page.get_by_role("button", name="Done").click()
    region = page.get_by_role("img", name="Edited region").locator("rect").first
    # The box is the middle three tenths each way.
    shares = [float(region.get_attribute(name)) for name in ("x", "y", "width", "height")]
    width, height = page.get_by_role("img", name="Edited region").get_attribute("viewBox").split()[2:]
    found = [shares[0] / float(width), shares[1] / float(height), shares[2] / float(width), shares[3] / float(height)]
    assert all(abs(one - expected) < 0.02 for one, expected in zip(found, (0.35, 0.35, 0.3, 0.3), strict=True))
    comparison = page.get_by_role("region", name="Comparison with the original")
    canvas = page.locator("canvas[data-edits]")
    comparison.get_by_role("button", name="Original").click()
    expect(canvas).to_have_attribute("data-edits", "0")
    expect(page.get_by_role("img", name="Edited region")).to_be_visible()  # it tells where to look
    comparison.get_by_role("button", name="Edited").click()
    expect(canvas).to_have_attribute("data-edits", "1")
    assert not barriers(page)
