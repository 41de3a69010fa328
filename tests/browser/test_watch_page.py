"""A watcher's page beside the presenter's, each in a browser profile of its own."""

import pytest
from chromium import barriers
from playwright.sync_api import expect

LONG = """
import modelapp as ma

ma.app("Long page")
age = ma.slider_input(value=10)
for part in range(14):
    with ma.section(f"Part {part}"):
        ma.text_output(f"Words of part {part} at length. " * (30 + 20 * (part % 3)), label=f"Text {part}")
"""
# The slider stays in view beside the outputs.
BESIDE = LONG.replace('with ma.section(f"Part {part}"):', "if True:")
SCRIPT = """
from PIL import Image
from pathlib import Path
import modelapp as ma

here = Path(__file__).parent
Image.new("RGB", (300, 200), (40, 90, 160)).save(here / "given.png")
ma.app("Pacemaker", precompute=False)
age = ma.slider_input(value=10)
picture = ma.image_input(examples=[here / "given.png"])
name = ma.text_input(value="Ada")
if ma.button("Go"):
    ma.text_output("pressed")
with ma.tabs("Answer", "Details") as (answer, details):
    with answer:
        ma.text_output(f"age {age}, name {name}")
    with details:
        ma.text_output("some details")
with ma.inputs(submit="Send"):
    late = ma.number_input(value=1)
"""


@pytest.fixture
def watch(context, open_page):
    """Open a served page as a watcher, in a profile of its own."""
    made = []

    def open_it(presenter, **options):
        profile = context.browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        profile.set_default_timeout(20_000)
        made.append(profile)
        page = profile.new_page()
        page.goto(presenter.served.url + presenter.served.watch_query)
        return page

    yield open_it
    for profile in made:
        profile.close()


def canvas(page):
    return page.locator("canvas[data-edits]").first


def test_watcher_sees_a_slider_and_a_stroke_while_they_are_moved(open_page, watch):
    page = open_page(SCRIPT, "--watch")
    expect(page.get_by_text("age 10, name Ada")).to_be_visible()
    watcher = watch(page)
    expect(watcher.get_by_text("You are watching Pacemaker")).to_be_visible()
    assert watcher.url == page.served.url + "?watch"
    expect(watcher.get_by_text("age 10, name Ada")).to_be_visible()
    page.get_by_role("slider", name="Age", exact=True).press("ArrowRight")
    expect(watcher.get_by_text("age 11, name Ada")).to_be_visible()
    expect(watcher.get_by_role("slider", name="Age", exact=True)).to_have_value("11")
    page.get_by_role("textbox", name="Name", exact=True).fill("Grace")
    expect(watcher.get_by_role("textbox", name="Name", exact=True)).to_have_value("Grace")

    expect(watcher.get_by_role("img", name="Picture")).to_be_visible()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("toolbar").get_by_role("button", name="Occlude", exact=True).click()
    canvas(page).scroll_into_view_if_needed()
    box = canvas(page).bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=8)
    # The stroke is not finished, and the watcher sees what there is of it.
    expect(watcher.locator("canvas[data-edits='1']")).to_be_visible()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.2, steps=8)
    page.mouse.up()
    expect(page.locator(".status")).to_have_attribute("data-busy", "false")
    expect(watcher.get_by_role("list", name="Edits")).to_contain_text("Occlude")
    # Her tabs are hers.
    watcher.get_by_role("tab", name="Details").click()
    expect(watcher.get_by_text("some details")).to_be_visible()
    expect(page.get_by_text("some details")).to_be_hidden()
    page.get_by_role("slider", name="Age", exact=True).press("ArrowRight")
    expect(watcher.get_by_role("slider", name="Age", exact=True)).to_have_value("12")
    expect(watcher.get_by_text("some details")).to_be_visible()


def test_watcher_can_read_inputs_and_change_nothing(open_page, watch):
    page = open_page(SCRIPT, "--watch")
    watcher = watch(page)
    expect(watcher.get_by_text("age 10, name Ada")).to_be_visible()
    sent = []
    watcher.on("websocket", lambda socket: socket.on("framesent", lambda message: sent.append(message)))
    watcher.reload()
    expect(watcher.get_by_role("slider", name="Age", exact=True)).to_be_disabled()
    expect(watcher.get_by_role("textbox", name="Name", exact=True)).to_be_disabled()
    for name in ("Send", "Go", "given"):
        expect(watcher.get_by_role("button", name=name, exact=True)).to_be_disabled()
    expect(watcher.get_by_role("button", name="Many cases")).to_have_count(0)
    slider = watcher.get_by_role("slider", name="Age", exact=True)
    box = slider.bounding_box()
    watcher.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    slider.dispatch_event("input")
    slider.dispatch_event("change")
    for name in ("Send", "Go", "given"):
        watcher.get_by_role("button", name=name, exact=True).dispatch_event("click")
    watcher.get_by_role("textbox", name="Name", exact=True).dispatch_event("input")
    page.get_by_role("slider", name="Age", exact=True).press("ArrowRight")
    expect(watcher.get_by_text("age 11, name Ada")).to_be_visible()
    expect(watcher.get_by_text("pressed")).to_have_count(0)
    assert all('"hello"' in message for message in sent), sent


def test_presenter_sees_who_watches_and_hands_out_her_turn(open_page, watch):
    page = open_page(SCRIPT, "--watch")
    expect(page.get_by_text("age 10, name Ada")).to_be_visible()
    expect(page.get_by_role("button", name="watching")).to_have_count(0)
    first, second = watch(page), watch(page)
    count = page.get_by_role("button", name="2 watching")
    expect(count).to_be_visible()
    count.click()
    page.get_by_role("button", name="Give the turn to Watcher 1").click()
    expect(page.get_by_role("button", name="2 watching, Watcher 1’s turn")).to_be_visible()
    expect(first.get_by_text("It is your turn")).to_be_visible()
    expect(second.get_by_text("Another watcher has the turn.")).to_be_visible()
    first.get_by_role("slider", name="Age", exact=True).press("ArrowRight")
    expect(page.get_by_text("age 11, name Ada")).to_be_visible()
    expect(page.get_by_role("slider", name="Age", exact=True)).to_have_value("11")
    expect(second.get_by_text("age 11, name Ada")).to_be_visible()
    first.get_by_role("textbox", name="Name", exact=True).fill("Grace")
    expect(page.get_by_text("age 11, name Grace")).to_be_visible()
    first.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_text("pressed")).to_be_visible()
    first.get_by_label("Picture").first.set_input_files(
        {"name": "own.png", "mimeType": "image/png", "buffer": (page.served.path.parent / "given.png").read_bytes()}
    )
    expect(page.get_by_role("img", name="Picture")).to_be_visible()
    page.get_by_role("button", name="Take the turn back from Watcher 1").click()
    expect(first.get_by_text("You are watching Pacemaker")).to_be_visible()
    expect(first.get_by_role("slider", name="Age", exact=True)).to_be_disabled()
    expect(first.get_by_role("textbox", name="Name", exact=True)).to_have_value("Grace")
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Watchers")).to_be_hidden()
    expect(count).to_be_focused()
    first.close()
    expect(page.get_by_role("button", name="1 watching")).to_be_visible()


def test_watcher_waits_for_the_presenter_and_goes_on_by_itself(open_page, watch):
    page = open_page(SCRIPT, "--watch")
    expect(page.get_by_text("age 10, name Ada")).to_be_visible()
    watcher = watch(page)
    page.get_by_role("slider", name="Age", exact=True).press("ArrowRight")
    expect(watcher.get_by_text("age 11, name Ada")).to_be_visible()
    page.reload()
    page.get_by_role("slider", name="Age", exact=True).press("ArrowRight")
    expect(watcher.get_by_text("age 12, name Ada")).to_be_visible()
    other = page.context.new_page()
    page.close()
    expect(watcher.get_by_text("The presenter has no page open. This page goes on by itself.")).to_be_visible()
    expect(watcher.get_by_text("age 12, name Ada")).to_be_visible()
    other.goto(page.served.url)
    expect(watcher.get_by_text("You are watching Pacemaker")).to_be_visible()
    expect(watcher.get_by_text("age 10, name Ada")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_pages_are_accessible_on_a_narrow_phone(open_page, watch, scheme):
    page = open_page(SCRIPT, "--watch")
    page.set_viewport_size({"width": 360, "height": 740})
    page.emulate_media(color_scheme=scheme)
    expect(page.get_by_text("age 10, name Ada")).to_be_visible()
    watcher = watch(page)
    watcher.set_viewport_size({"width": 360, "height": 740})
    watcher.emulate_media(color_scheme=scheme)
    expect(watcher.get_by_text("age 10, name Ada")).to_be_visible()
    page.get_by_role("button", name="1 watching").click()
    assert barriers(page) == []
    assert barriers(watcher) == []
    page.get_by_role("button", name="Give the turn to Watcher 1").click()
    expect(watcher.get_by_text("It is your turn")).to_be_visible()
    assert barriers(watcher) == []
    for one in (page, watcher):
        assert one.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    panel = page.get_by_role("group", name="Watchers").bounding_box()
    assert panel["x"] >= 0
    assert panel["x"] + panel["width"] <= 360


def test_edit_that_fails_is_a_quiet_line_for_a_watcher_and_an_error_for_the_presenter(open_page, watch):
    page = open_page(SCRIPT, "--watch")
    watcher = watch(page)
    expect(watcher.get_by_text("age 10, name Ada")).to_be_visible()
    visitor = page.context.browser.new_context().new_page()
    visitor.goto(page.served.url)
    expect(visitor.get_by_text("age 10, name Ada")).to_be_visible()
    quiet = "This page is being edited. You see its last version that works."
    page.served.path.write_text(SCRIPT.replace('value="Ada"', "value=missing"))
    for other in (watcher, visitor):
        expect(other.get_by_text(quiet)).to_be_visible()
        expect(other.get_by_text("age 10, name Ada")).to_be_visible()
        expect(other.locator(".status")).to_have_text("Being edited")
        expect(other.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_text("NameError: name 'missing' is not defined")).to_be_visible()
    expect(page.get_by_text(quiet)).to_have_count(0)
    page.served.path.write_text(SCRIPT + "\nif (")
    expect(page.get_by_text("SyntaxError")).to_be_visible()
    page.served.path.write_text(SCRIPT.replace('f"age', 'f"years'))
    for other in (watcher, visitor):
        expect(other.get_by_text("years 10, name Ada")).to_be_visible()
        expect(other.get_by_text(quiet)).to_have_count(0)
    expect(page.get_by_text("SyntaxError")).to_have_count(0)
    expect(page.get_by_text("NameError")).to_have_count(0)
    visitor.context.close()


def at_the_top(page):
    """Return the output that the top of the window goes through, and how much of it is above."""
    return page.evaluate("""() => {
        for (const one of document.querySelectorAll("main [data-name^='output.']")) {
            const box = one.getBoundingClientRect();
            if (box.top <= 0 && box.bottom > 0) return [one.dataset.name, -box.top / box.height];
        }
        return [null, 0];
    }""")


def scroll_into(page, name, fraction):
    page.locator(f"[data-name='{name}']").evaluate(
        """(one, fraction) => {
            const box = one.getBoundingClientRect();
            scrollBy({ top: box.top + fraction * box.height, behavior: "instant" });
        }""",
        fraction,
    )


def comes_to(page, name, fraction=0.0):
    """Wait until this is at the top of a window; None is the top of the page."""
    for _ in range(2000):
        found, share = at_the_top(page)
        if found == name and abs(share - fraction) < 0.05:
            return
        page.evaluate("() => new Promise(requestAnimationFrame)")
    assert (found, share) == (name, fraction)


@pytest.mark.parametrize(("script", "motion"), [(LONG, "no-preference"), (BESIDE, "no-preference"), (LONG, "reduce")])
def test_watcher_scrolls_along_by_what_is_at_the_top_until_she_scrolls_herself(open_page, watch, script, motion):
    page = open_page(script, "--watch")
    sent = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda message: sent.append(message)))
    page.reload()
    watcher = watch(page)
    watcher.emulate_media(reduced_motion=motion)
    watcher.set_viewport_size({"width": 900, "height": 700})
    expect(watcher.get_by_text("Words of part 13").first).to_be_visible()
    expect(page.get_by_role("button", name="1 watching")).to_be_visible()
    scroll_into(page, "output.text_4", 0.5)
    assert not any('"scrolled"' in message for message in sent)
    along = watcher.get_by_role("button", name="Follow scrolling")
    expect(along).to_have_attribute("aria-pressed", "false")
    along.click()
    expect(along).to_have_attribute("aria-pressed", "true")
    comes_to(watcher, "output.text_4", 0.5)
    heights = [one.locator("[data-name='output.text_4']").bounding_box()["height"] for one in (page, watcher)]
    assert heights[0] < heights[1]
    scroll_into(page, "output.text_7", 0.3)
    comes_to(watcher, "output.text_7", 0.3)
    page.evaluate("() => scrollTo({ top: 0, behavior: 'instant' })")
    comes_to(watcher, None)
    scroll_into(page, "output.text_7", 0.3)
    comes_to(watcher, "output.text_7", 0.3)
    watcher.set_viewport_size({"width": 800, "height": 600})
    comes_to(watcher, "output.text_7", 0.3)

    watcher.mouse.move(400, 300)
    watcher.mouse.wheel(0, -300)
    expect(along).to_have_attribute("aria-pressed", "false")
    sent.clear()
    scroll_into(page, "output.text_2", 0.3)
    page.get_by_role("slider", name="Age", exact=True).press("ArrowRight")
    expect(watcher.get_by_role("slider", name="Age", exact=True)).to_have_value("11")
    assert not any('"scrolled"' in message for message in sent)
    assert at_the_top(watcher)[0] not in (None, "output.text_2")
    watcher.set_viewport_size({"width": 390, "height": 800})
    expect(along).to_be_hidden()
