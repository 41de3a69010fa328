"""A real Chromium, for the conftest of each folder whose tests drive one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# How long a page may take to come to what is expected: an import of a plotting library takes seconds on a busy machine.
expect.set_options(timeout=60_000)

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that use the browser."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the browser once."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def flags() -> list[str]:
    """How the browser is started. A test that parametrises it gets a browser of its own."""
    return ARGUMENTS


@pytest.fixture
def context(chromium: Browser, flags: list[str], request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A fresh profile. A test may ask for other options, such as those of a phone."""
    browser = chromium
    if flags != ARGUMENTS:
        browser = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=flags)
    options = getattr(request, "param", {"viewport": {"width": 1280, "height": 900}})
    context = browser.new_context(**options)
    context.set_default_timeout(60_000)
    yield context
    context.close()
    if browser is not chromium:
        browser.close()


@pytest.fixture
def open_page(serve: Callable[..., Any], context: BrowserContext) -> Iterator[Callable[..., Page]]:
    """Serve a script and open it as its author, or as a visitor; no page may ask another host for anything, or fail."""
    faults: list[str] = []

    def open_it(script: Any, *options: str, visitor: bool = False) -> Page:
        served = serve(script, *options)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((served.url, served.url.replace("http", "ws"), "blob:", "data:"))
                else faults.append(f"asked {request.url}")
            ),
        )
        page.goto(served.url if visitor else served.presenter_url)
        page.served = served  # type: ignore[attr-defined]
        return page

    yield open_it
    assert not faults


def until(page: Page, condition: str, argument: object = None) -> None:
    """Wait for a function of the page, which gets the argument, to be true. Our policy stops Playwright's own way."""
    page.evaluate(
        f"""(argument) => new Promise((done, fail) => {{
            const look = () => (({condition})(argument) ? done() : setTimeout(look, 20));
            setTimeout(() => fail(new Error("it never came")), 60_000);
            look();
        }})""",
        argument,
    )


def barriers(page: Page) -> list[tuple[str, str]]:
    """Return what axe finds serious or critical on a page, each with the element's HTML."""
    page.evaluate(AXE_FILE_PATH.read_text())
    found = page.locator("body").evaluate("async () => (await axe.run()).violations")
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    return [(one["id"], node["html"][:300]) for one in bad for node in one["nodes"]]
