"""The same small page in modelapp and in Gradio, Streamlit, marimo and NiceGUI, as a browser sees it.

`python -m benchmarks.others --python OTHER/bin/python` prints the figures of `docs/comparison.md`. The others are run
by a Python that has them, since none of them is needed here. The page is a slider and a sentence with its value,
written the way each project's own tutorial does; requests to other hosts are counted and not let through.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

LOADS, STEPS, DRAGGED = 5, 20, 20
# An asynchronous handler of NiceGUI runs beside the one before: which of them writes last is its author's affair.
NOT_DRAGGED = ("nicegui",)
PATIENCE_SECONDS = 60
# What each step of the slider calls: it takes as long as it is told, and leaves a mark.
SLOW = """
import time
from pathlib import Path

def answer(value):
    with open(Path(__file__).with_name("runs.txt"), "a") as runs:
        runs.write("x")
    time.sleep({seconds})
    return f"answer {{value:g}}"
"""
SCRIPTS = {
    "modelapp": """
import modelapp as ma
from slow import answer
n = ma.slider_input(min=0, max=100, value=0)
ma.text_output(answer(n))
""",
    "gradio": """
import gradio as gr
from slow import answer
with gr.Blocks() as demo:
    n = gr.Slider(0, 100, 0, step=1, label="N")
    text = gr.Markdown()
    n.change(answer, n, text)
    demo.load(answer, n, text)
demo.launch()
""",
    "streamlit": """
import streamlit as st
from slow import answer
n = st.slider("N", 0, 100, 0)
st.write(answer(n))
""",
    "marimo": """
import marimo
app = marimo.App()

@app.cell
def _():
    import marimo as mo
    from slow import answer
    n = mo.ui.slider(0, 100, label="N")
    n
    return answer, mo, n

@app.cell
def _(answer, mo, n):
    mo.md(answer(n.value))
    return

if __name__ == "__main__":
    app.run()
""",
    "nicegui": """
import os
from nicegui import run, ui
from slow import answer

@ui.page("/")
async def index():
    async def show():
        text.text = await run.io_bound(answer, slider.value)
    slider = ui.slider(min=0, max=100, value=0, on_change=show)
    text = ui.label()
    await show()

ui.run(port=int(os.environ["PORT"]), show=False, reload=False)
""",
}
COMMANDS = {
    "modelapp": "-m modelapp run demo.py --no-open --no-check --port {port}",
    "gradio": "demo.py",
    "streamlit": "-m streamlit run demo.py --server.headless true --server.port {port}",
    "marimo": "-m marimo run demo.py --headless --no-token --port {port}",
    "nicegui": "demo.py",
}


@dataclass
class Figures:
    """What was measured of one project."""

    first_kilobytes: float = 0
    first_milliseconds: float = 0
    step_milliseconds: float = 0
    runs: int = 0
    late_milliseconds: float = 0
    hosts: tuple[str, ...] = ()


@contextmanager
def served(name: str, python: str, seconds: float) -> Iterator[tuple[str, Path]]:
    """Serve a project's page whose function takes so long; yield its address and its folder."""
    with tempfile.TemporaryDirectory() as temporary, socket.create_server(("127.0.0.1", 0)) as taken:
        folder, port = Path(temporary), taken.getsockname()[1]
        taken.close()
        (folder / "demo.py").write_text(SCRIPTS[name])
        (folder / "slow.py").write_text(SLOW.format(seconds=seconds))
        environment = {**os.environ, "PORT": str(port), "GRADIO_SERVER_PORT": str(port)}
        command = [python, *COMMANDS[name].format(port=port).split()]
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=quiet, stderr=quiet, stdin=quiet)
        try:
            address = f"http://127.0.0.1:{port}/"
            wait(address)
            yield address, folder
        finally:
            process.terminate()
            process.wait()


def wait(address: str) -> None:
    """Wait until a server answers."""
    ending = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            urllib.request.urlopen(address, timeout=PATIENCE_SECONDS).close()
            return
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > ending:
                raise
            time.sleep(0.1)


def shown(page: Page, value: int) -> None:
    """Wait until the page shows the answer to a value."""
    page.wait_for_function(
        "(words) => (document.body?.innerText ?? '').split('\\n').some((line) => line.trim() === words)",
        arg=f"answer {value}",
    )


def focus(page: Page) -> None:
    """Focus the slider; of NiceGUI's the part that takes the keyboard is inside."""
    page.get_by_role("slider").first.evaluate(
        "(slider) => (slider.tabIndex >= 0 ? slider : slider.querySelector('[tabindex]')).focus()"
    )


def opened(browser: Browser, address: str, hosts: set[str]) -> tuple[Page, float, float]:
    """Open the page in a fresh profile; return it, the milliseconds to its first answer and the bytes that came."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    own = urlsplit(address).netloc

    def elsewhere(url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and parts.netloc != own

    page.route(elsewhere, lambda route: (hosts.add(urlsplit(route.request.url).netloc), route.abort())[0])
    received = [0.0]
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    client.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    started = time.perf_counter()
    page.goto(address, wait_until="commit")
    shown(page, 0)
    taken = (time.perf_counter() - started) * 1000
    page.wait_for_load_state("networkidle")
    return page, taken, sum(received)


def measure(name: str, python: str, browser: Browser) -> Figures:
    """Measure one project."""
    hosts: set[str] = set()
    with served(name, python, 0) as (address, _):
        opened(browser, address, hosts)[0].context.close()  # the server's own first time is not the visitor's
        loads, sizes = [], []
        for _ in range(LOADS):
            page, taken, size = opened(browser, address, hosts)
            loads.append(taken)
            sizes.append(size)
            if len(loads) < LOADS:
                page.context.close()
        focus(page)
        steps = []
        for value in range(1, STEPS + 1):
            started = time.perf_counter()
            page.keyboard.press("ArrowRight")
            shown(page, value)
            steps.append((time.perf_counter() - started) * 1000)
        page.context.close()
    figures = Figures(statistics.median(sizes) / 1000, statistics.median(loads), statistics.median(steps))
    if name not in NOT_DRAGGED:
        drag(name, python, browser, figures, hosts)
    figures.hosts = tuple(sorted(hosts))
    return figures


def drag(name: str, python: str, browser: Browser, figures: Figures, hosts: set[str]) -> None:
    """Measure what quick steps over a slow function cost, and how late the last answer is."""
    with served(name, python, 0.3) as (address, folder):
        page = opened(browser, address, hosts)[0]
        (folder / "runs.txt").unlink()
        focus(page)
        for _ in range(DRAGGED):
            page.keyboard.press("ArrowRight", delay=20)
        started = time.perf_counter()
        shown(page, DRAGGED)
        figures.late_milliseconds = (time.perf_counter() - started) * 1000
        figures.runs = len((folder / "runs.txt").read_text())
        page.context.close()


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="a Python that has the other projects")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(SCRIPTS)}; all without")
    options = parser.parse_args()
    print(
        f"{os.cpu_count()} cores; first load: KB, ms; step: ms; {DRAGGED} steps over 0.3 s each: runs, ms to the last"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        for name in options.names or SCRIPTS:
            found = measure(name, sys.executable if name == "modelapp" else options.python, browser)
            print(
                f"{name:10} {found.first_kilobytes:7.0f} KB {found.first_milliseconds:6.0f} ms"
                f" {found.step_milliseconds:6.0f} ms {found.runs or '-':>4} runs {found.late_milliseconds:6.0f} ms"
                f"  {', '.join(found.hosts) or 'no other host'}",
                flush=True,
            )
        browser.close()


if __name__ == "__main__":
    main()
