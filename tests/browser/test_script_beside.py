"""`app(code=True)`: the script beside the page."""

from chromium import barriers
from playwright.sync_api import expect

SCRIPT = """
    import modelapp as ma
    from pathlib import Path
    ma.app("Steps", code=True)
    ma.markdown(\"\"\"
    ## One
    Some prose.
    \"\"\")
    n = ma.slider_input(min=0, max=9, value=3)
    ma.text_output(f"the square is {n * n}", label="Square")
    name = ma.text_input(required=False)
    while Path(__file__).with_name("wait").exists():
        pass
    1 / (n - 7)
    ma.text_output(f"{name or 'nobody'} and {n}", label="End")
"""
LINES = [line[4:] for line in SCRIPT.splitlines()]
N, NAME, LOOP, FAILS = (
    1 + next(i for i, line in enumerate(LINES) if line.startswith(begin)) for begin in ("n =", "name", "while", "1 /")
)


def test_script_stands_beside_with_the_readers_values_and_the_line_that_runs(open_page, tmp_path):
    page = open_page(SCRIPT, visitor=True)
    script = page.get_by_role("region", name="The script")
    line = lambda number: script.locator(f'[data-line="{number}"]')  # noqa: E731
    expect(line(N)).to_contain_text("n = ma.slider_input(min=0, max=9, value=3)")
    expect(line(N).get_by_role("button", name="n is 3", exact=True)).to_be_visible()
    expect(line(NAME).get_by_role("button", name='name is ""')).to_be_visible()
    # Prose that the page shows is folded.
    expect(script.get_by_text("Some prose.")).to_have_count(0)
    expect(page.get_by_text("Some prose.")).to_have_count(1)
    script.get_by_role("button", name="Text of line").click()
    expect(script.get_by_text("Some prose.")).to_be_visible()
    # The page is read from the top: the second input stands below the first answer.
    answer, second = page.get_by_text("the square is 9"), page.get_by_role("textbox", name="Name")
    assert answer.bounding_box()["y"] < second.bounding_box()["y"]
    line(NAME).get_by_role("button").click()
    expect(second).to_be_focused()
    page.keyboard.type("Ada")
    expect(page.get_by_text("Ada and 3")).to_be_visible()
    expect(line(NAME).get_by_role("button", name='name is "Ada"')).to_be_visible()
    assert barriers(page) == []

    slider = page.get_by_role("slider", name="N", exact=True)
    (tmp_path / "wait").touch()
    slider.press("ArrowRight")
    loop = script.locator(f'.marked:is([data-line="{LOOP}"], [data-line="{LOOP + 1}"])')
    expect(loop).to_have_count(1)
    (tmp_path / "wait").unlink()
    expect(page.get_by_text("Ada and 4")).to_be_visible()
    expect(script.locator(".marked")).to_have_count(0)

    # Where it fails is seen; why, only by the author.
    for _ in range(3):
        slider.press("ArrowRight")
    expect(line(FAILS)).to_contain_text("failed here")
    expect(page.get_by_text("ZeroDivisionError")).to_have_count(0)
    slider.press("ArrowRight")
    expect(page.get_by_text("Ada and 8")).to_be_visible()
    expect(script.locator(".marked")).to_have_count(0)

    # Saving the script shows its new text.
    page.served.path.write_text(page.served.path.read_text().replace("and {n}", "and also {n}"))
    expect(script.get_by_text("and also {n}")).to_be_visible()


def test_phone_has_the_script_folded_above_the_page(open_page):
    page = open_page(SCRIPT)
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    expect(page.get_by_role("region", name="The script")).to_be_hidden()
    page.get_by_text("The script").click()
    expect(page.get_by_role("region", name="The script")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_script_is_not_sent_where_it_is_not_shown(open_page):
    page = open_page(SCRIPT.replace("code=True", "code=False"))
    expect(page.get_by_text("nobody and 3")).to_be_visible()
    expect(page.get_by_text("The script")).to_have_count(0)
