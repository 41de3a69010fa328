"""Both answers on the page: to the picture as it was, and to the edited one."""

import io

from chromium import barriers
from PIL import Image
from playwright.sync_api import expect

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
