"""From the execution of a notebook's cell to the app that it shows."""

import re
import statistics
import time
import urllib.request
from pathlib import Path
from typing import Any

Row = tuple[str, str, str]
_IMPORT = "import modelapp as ma"
_APP = (
    "%%modelapp speed{number}\n"
    'speed = ma.slider_input("Speed", 0, 10)\n'
    'ma.text_output(f"{{speed}} km/h")\n'
)
_ROUNDS = 5


def notebook(folder: Path) -> list[Row]:
    """Time the first app of a kernel, and further ones, from the execution of the cell."""
    import nbformat
    from nbclient import NotebookClient

    def cell(text: str) -> Any:
        return nbformat.v4.new_code_cell(text)

    first, later = [], []
    for _ in range(_ROUNDS):
        client = NotebookClient(nbformat.v4.new_notebook(), resources={"metadata": {"path": str(folder)}})
        client.nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        with client.setup_kernel():
            client.nb.cells.append(cell(_IMPORT))
            client.execute_cell(client.nb.cells[0], 0)
            first.append(_until_answered(client, cell(_APP.format(number=1))))
            later.append(_until_answered(client, cell(_APP.format(number=2))))
            visible = _until_visible(client, cell(_APP.format(number=3)))
    return [
        ("first cell to answered page", f"{statistics.median(first):.3f} s", "bar 0.5 s"),
        ("a further cell to answered page", f"{statistics.median(later):.3f} s", ""),
        ("a further cell to visible answer", f"{visible:.3f} s", "bar 0.5 s; in Chromium"),
    ]


def _executed(client: Any, cell: Any) -> str:
    """Execute a cell; return the address of its app."""
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1)
    found = re.search(r"http://localhost:\d+/", cell.outputs[0].data["text/plain"])
    assert found
    return found[0]


def _until_answered(client: Any, cell: Any) -> float:
    started = time.perf_counter()
    urllib.request.urlopen(_executed(client, cell)).read()
    return time.perf_counter() - started


def _until_visible(client: Any, cell: Any) -> float:
    """Time until a browser that is open shows the answer."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        started = time.perf_counter()
        page.goto(_executed(client, cell))
        page.get_by_text("0 km/h", exact=True).wait_for()
        seconds = time.perf_counter() - started
        browser.close()
    return seconds
