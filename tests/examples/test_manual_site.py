"""The manual as a built site: complete, searchable, usable by all, and alone: nothing comes from another host."""

import functools
import http.server
import importlib.util
import os
import re
import subprocess
import sys
import threading

import pytest
from chromium import barriers
from manual import ROOT
from PIL import Image
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
# What makes a browser load something by itself; a link that a reader follows is none.
LOADS = re.compile(
    r"<(?:script|img|source|iframe|video|audio)\b[^>]*\bsrc=\"(?:https?:)?//|<link\b[^>]*\bhref=\"(?:https?:)?//"
)
STYLES = re.compile(r"url\([\"']?(?:https?:)?//|@import\s+[\"']?(?:https?:)?//")
SHOTS = {"digits": "Handwritten digits", "robustness": "variations overturn “pacemaker”"}


@pytest.fixture(scope="module")
def screenshots(tmp_path_factory):
    """Make two screenshots in a process of its own, as `make docs` does; return the folder."""
    folder = tmp_path_factory.mktemp("screenshots")
    command = [sys.executable, "docs/screenshots.py", *SHOTS, "--target", str(folder), "--text"]
    subprocess.run(command, check=True, cwd=ROOT, timeout=300)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory, screenshots):
    """Build the site with strict checks, and return its folder."""
    folder = tmp_path_factory.mktemp("built")
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "MODELAPP_SCREENSHOTS": str(screenshots)}
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def address(built):
    """Serve the site."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=built))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def watched(context, address):
    """Return a page, and the list of the addresses elsewhere that it asked for."""
    page = context.new_page()
    elsewhere = []
    page.on(
        "request", lambda request: None if request.url.startswith((address, "data:")) else elsewhere.append(request.url)
    )
    return page, elsewhere


def test_every_page_is_in_the_site_and_loads_nothing_from_elsewhere(built):
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")} | {"CONTRIBUTING", "CHANGELOG"}
    assert pages <= {path.stem for path in built.glob("*.html")}
    assert not list(built.rglob("*.py"))
    for path in built.rglob("*.html"):
        text = path.read_text()
        assert not LOADS.search(text), path.name
        # The theme's script would fetch a library for these from elsewhere.
        assert 'class="mermaid"' not in text, path.name
    for path in built.rglob("*.css"):
        assert not STYLES.search(path.read_text()), path.name


def test_search_finds_a_word_and_leads_to_it(context, address):
    page, elsewhere = watched(context, address)
    page.goto(address + "index.html")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Manual")
    assert not barriers(page)
    page.keyboard.press("/")
    expect(page.get_by_text("Type to start searching")).to_be_visible()
    page.get_by_role("textbox", name="Search").press_sequentially("saliency")
    results = page.locator(".md-search-result__item")
    expect(results.first).to_contain_text("saliency", ignore_case=True)
    results.first.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"\.html"))
    expect(page.locator("article")).to_contain_text("saliency", ignore_case=True)
    page.goto(address + "architecture.html")
    page.get_by_role("article").get_by_role("link", name="CONTRIBUTING").or_(
        page.get_by_role("link", name="CONTRIBUTING")
    ).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Contributing")
    assert elsewhere == []


@pytest.mark.parametrize("context", [PHONE], indirect=True)
def test_pages_fit_a_phone_and_show_code_of_both_side_after_side(context, address):
    page, elsewhere = watched(context, address)
    for name in ("from-gradio.html", "robustness.html", "comparison.html"):
        page.goto(address + name)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
        assert not barriers(page), name
    assert elsewhere == []


def test_screenshots_show_what_they_should_in_the_scheme_of_the_reader(screenshots, context, address):
    for name, words in SHOTS.items():
        assert words in (screenshots / f"{name}.txt").read_text()
        light, dark = (Image.open(screenshots / f"{name}-{scheme}.webp").convert("L") for scheme in ("light", "dark"))
        assert light.getpixel((4, 4)) > dark.getpixel((4, 4))
        assert all((screenshots / f"{name}-{scheme}.webp").stat().st_size < 120_000 for scheme in ("light", "dark"))
    page, elsewhere = watched(context, address)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(address + "robustness.html")
        shown = page.locator("img.robustness").filter(visible=True)
        expect(shown).to_have_count(1)
        expect(shown).to_have_attribute("src", re.compile(f"robustness-{scheme}"))
        shown.scroll_into_view_if_needed()
        assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1280
    assert elsewhere == []


def test_every_screenshot_of_the_manual_is_one_that_is_made():
    spec = importlib.util.spec_from_file_location("screenshots", ROOT / "docs" / "screenshots.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["screenshots"] = module
    spec.loader.exec_module(module)
    texts = [path.read_text() for path in (ROOT / "docs").glob("*.md")]
    shown = {name for text in texts for name in re.findall(r"^<!-- screenshot ([\w-]+): .+ -->$", text, re.MULTILINE)}
    assert shown == set(module.SCREENSHOTS)
