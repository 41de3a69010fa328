"""From the execution of a notebook's cell to the app that it shows."""

import re
import statistics
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

Row = tuple[str, str, str]
_IMPORT = "import modelapp as ma"
_APP = '%%modelapp speed{number}\nspeed = ma.slider_input("Speed", 0, 10)\nma.text_output(f"{{speed}} km/h")\n'
_ROUNDS = 5


def notebook(folder: Path) -> list[Row]:
    """Time the first app of a kernel, and further ones, from the execution of the cell."""
    from jupyter_client.manager import start_new_kernel

    first, later, seen = [], [], []
    for _ in range(_ROUNDS):
        manager, client = start_new_kernel(cwd=str(folder))
        try:
            client.execute_interactive(_IMPORT)
            first.append(_until_answered(client, _APP.format(number=1)))
            later.append(_until_answered(client, _APP.format(number=2)))
            seen.append(_until_visible(client, _APP.format(number=3)))
        finally:
            client.stop_channels()
            manager.shutdown_kernel()
    visible, alone = (statistics.median(column) for column in zip(*seen, strict=True))
    return [
        ("first cell to answered page", f"{statistics.median(first):.3f} s", "bar 0.5 s"),
        ("a further cell to answered page", f"{statistics.median(later):.3f} s", ""),
        ("the same till Chromium shows the answer", f"{visible:.3f} s", f"{alone:.3f} s for a page served before"),
    ]


def _executed(client: Any, cell: str) -> str:
    """Execute a cell; return the address of its app."""
    shown: list[str] = []
    client.execute_interactive(
        cell, output_hook=lambda message: shown.append(message["content"].get("data", {}).get("text/plain", ""))
    )
    found = re.search(r"http://localhost:\d+/", "".join(shown))
    assert found, shown
    return found[0]


def _until_answered(client: Any, cell: str) -> float:
    started = time.perf_counter()
    urllib.request.urlopen(_executed(client, cell)).read()
    return time.perf_counter() - started


def _until_visible(client: Any, cell: str) -> tuple[float, float]:
    """Time until a browser that is open shows the answer, and how long such a page takes it that is served already."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        context = browser.new_context()
        context.new_page().goto(_executed(client, _APP.format(number=2)))  # one that is open has shown something

        def opened(find: Callable[[], str]) -> float:
            page = context.new_page()
            started = time.perf_counter()
            page.goto(find())
            page.get_by_text("0 km/h", exact=True).wait_for()
            return time.perf_counter() - started

        served = _executed(client, _APP.format(number=4))
        seconds = opened(lambda: served), opened(lambda: _executed(client, cell))
        browser.close()
    return seconds[1], seconds[0]
