"""The answers of another script beside those of the page."""

import textwrap

from chromium import barriers
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    a = ma.slider_input(min=0.0, max=1.0, value=0.25)
    ma.label_output({"pacemaker": a, "none": 1 - a})
"""


def test_page_shows_what_the_other_script_answers(tmp_path, open_page):
    other = tmp_path / "before.py"
    other.write_text(textwrap.dedent(SCRIPT).replace('"pacemaker": a, "none": 1 - a', '"pacemaker": 1 - a, "none": a'))
    page = open_page(SCRIPT, "--against", str(other))
    answer = page.locator("[data-kind=label_output] .top")
    card = page.get_by_role("region", name="Comparison with another script")
    expect(card).to_contain_text(f"Against {other}")
    expect(card).to_contain_text("pacemaker 0.75 → 0.25")
    expect(answer).to_contain_text("none")
    card.get_by_role("button", name="Other").click()
    expect(answer).to_contain_text("pacemaker")
    assert not barriers(page)
    card.get_by_role("button", name="This").click()
    expect(answer).to_contain_text("none")
    slider = page.get_by_role("slider")
    slider.focus()
    slider.press("End")
    expect(card).to_contain_text("none 1.00 → 0.00")
    expect(answer).to_contain_text("pacemaker")
