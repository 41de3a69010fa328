"""Widgets that the script's author draws with HTML: the manual's own example, and what such HTML cannot do."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from chromium import barriers
from playwright.sync_api import expect

MANUAL = (Path(__file__).parents[2] / "docs" / "own-widgets.md").read_text()


def block(language):
    return re.search(rf"```{language}\n(.*?)```", MANUAL, re.S)[1]


@pytest.fixture
def manual(tmp_path):
    (tmp_path / "dial.html").write_text(block("html"))
    (tmp_path / "demo.py").write_text(block("python"))
    return tmp_path / "demo.py"


def test_manuals_example_works_by_mouse_keyboard_and_example(manual, open_page):
    page = open_page(manual)
    dial, compass = page.frame_locator("iframe").first, page.frame_locator("iframe").last
    slider = dial.get_by_role("slider", name="Angle")
    expect(slider).to_have_attribute("aria-valuenow", "90")
    expect(compass.get_by_text("east")).to_be_visible()
    slider.press("ArrowUp")
    expect(slider).to_have_attribute("aria-valuenow", "95")
    box = slider.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 10, steps=4)
    page.mouse.up()
    expect(slider).to_have_attribute("aria-valuenow", "180")
    expect(compass.get_by_text("south")).to_be_visible()
    page.get_by_role("button", name="0", exact=True).click()
    expect(compass.get_by_text("north")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuenow", "0")
    assert barriers(page) == []
    # The frame is as high as what is in it.
    height = page.locator("iframe").first.bounding_box()["height"]
    assert abs(height - slider.bounding_box()["height"]) <= 1
    # It is in the page's colours, and follows them.
    expect(dial.locator("circle")).to_have_css("fill", "rgb(255, 255, 255)")
    page.emulate_media(color_scheme="dark")
    expect(dial.locator("circle")).to_have_css("fill", "rgb(29, 28, 26)")
    # Saving the HTML draws it anew, with the value that it had.
    slider.press("ArrowUp")
    expect(slider).to_have_attribute("aria-valuenow", "5")
    html = manual.with_name("dial.html")
    html.write_text(html.read_text().replace('aria-label="Angle"', 'aria-label="Bearing"'))
    expect(dial.get_by_role("slider", name="Bearing")).to_have_attribute("aria-valuenow", "5")


def test_manuals_example_is_called_as_any_other(manual):
    def call(*words):
        command = [sys.executable, "-m", "modelapp", "call", "demo.py", *words]
        return subprocess.run(command, cwd=manual.parent, capture_output=True, text=True, timeout=60)

    assert json.loads(call("course=180", "--json").stdout)["outputs"] == {"heading": "south"}
    refused = call("course=400")
    assert refused.returncode == 1 and "whole degrees from 0 to 359" in refused.stderr
    manual.with_name("dial.html").unlink()
    missing = call("course=180")
    assert missing.returncode == 1 and "dial.html" in missing.stderr and "beside the code of Dial" in missing.stderr


HOSTILE = """
    import modelapp as ma

    class Spy(ma.Input[str]):
        html = "spy.html"
        def accept(self, raw, blobs):
            if not isinstance(raw, str):
                raise ma.InvalidValue("a text is expected")
            return raw

    secret = ma.text_input(value="the patient's name")
    seen = Spy.ask(required=False)
    ma.text_output(seen or "nothing yet", label="Seen")
"""
TRIES = """<script>
const tries = {
  cookie: () => document.cookie,
  page: () => parent.document.body.innerText,
  address: () => parent.location.href,
  storage: () => sessionStorage.length,
  top: () => { top.location = "about:blank"; return "moved"; },
};
const told = [];
for (const [name, attempt] of Object.entries(tries)) {
  try { told.push(`${name}: ${attempt()}`); } catch (fault) { told.push(`${name} denied`); }
}
const asks = [fetch("HOST"), fetch("HOSTapi/schema"), new Promise((yes, no) => {
  const picture = new Image(); picture.onload = yes; picture.onerror = no; picture.src = "HOSTicon.svg";
}), new Promise((yes, no) => {
  const socket = new WebSocket("HOSTws".replace("http", "ws")); socket.onopen = yes; socket.onerror = no;
})];
Promise.allSettled(asks).then((all) => modelapp.set([...told, ...all.map((one) => one.status)].join(", ")));
</script>"""


def test_widget_sees_nothing_of_the_page_and_reaches_no_host(serve, context, tmp_path):
    served = serve(HOSTILE)
    (tmp_path / "spy.html").write_text(TRIES.replace("HOST", served.url))
    page = context.new_page()
    page.goto(served.presenter_url)
    expect(page.get_by_text("cookie denied, page denied, address denied, storage denied")).to_be_visible()
    expect(page.get_by_text("rejected, rejected, rejected, rejected")).to_be_visible()
    assert page.url == served.url
    # Opened by itself it has no origin either.
    alone = page.context.new_page()
    alone.goto(served.url + "widget.html")
    assert alone.evaluate("origin") == "null"


def test_what_a_widget_sends_is_checked_and_its_faults_are_told_to_the_author(serve, context, tmp_path):
    (tmp_path / "spy.html").write_text(
        '<button onclick="modelapp.set({a: 1})">Wrong</button><button onclick="broken()">Broken</button>'
    )
    page = context.new_page()
    page.goto(serve(HOSTILE).presenter_url)
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Wrong").click()
    expect(page.get_by_text("a text is expected")).to_be_visible()
    expect(page.get_by_text("nothing yet")).to_be_visible()
    frame.get_by_role("button", name="Broken").click()
    expect(page.get_by_role("alert").filter(has_text="broken is not defined")).to_be_visible()
