"""A real JupyterLab on loopback, with folders of its own, and notebooks in a browser."""

import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect
from waits import found_in

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def jupyter_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What programs of Jupyter need so as to read and write in folders of the test alone."""
    home = tmp_path_factory.mktemp("jupyter")
    temporary = home / "tmp"
    temporary.mkdir()
    folders = {
        name: str(home / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    }
    packages = str(Path(sys.modules["modelapp"].__file__ or "").parents[1])
    paths = os.pathsep.join(filter(None, (packages, os.environ.get("PYTHONPATH"))))
    return {**os.environ, **folders, "TMPDIR": str(temporary), "PYTHONPATH": paths, "JUPYTER_PLATFORM_DIRS": "1"}


class Lab:
    """JupyterLab below a path, without a token."""

    def __init__(self, folder: Path, environment: dict[str, str], base: str = "/user/rao/") -> None:
        self.folder = folder
        self.log = folder / "jupyter.log"
        self.temporary = Path(environment["TMPDIR"])
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": "0",
            "ServerApp.root_dir": str(folder),
            "ServerApp.base_url": base,
            "IdentityProvider.token": "",
            "LabApp.news_url": "None",
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "ServerApp.allow_root": "True",
            "ServerApp.open_browser": "False",
            "FileContentsManager.delete_to_trash": "False",
        }
        command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
        found = found_in(self.log, lambda: re.search(r"http://(?:localhost|127\.0\.0\.1):(\d+)/", self.log.read_text()))
        self.port = int(found[1])
        self.path = base

    def url(self, host: str = "localhost") -> str:
        """Address of the server, by a name of this machine."""
        return f"http://{host}:{self.port}{self.path}"

    def close(self) -> None:
        """End the server and its kernels."""
        self.process.terminate()
        self.process.wait(60)

    def write(self, name: str, *cells: str) -> None:
        """Write a notebook."""
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(made, self.folder / f"{name}.ipynb")


class Notebook:
    """A notebook that is open in a browser."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")

    def run(self, index: int) -> None:
        """Execute a cell, and wait for its end."""
        self.start(index)
        expect(self.prompt(index)).to_have_text(re.compile(r"\[\d+\]:"))

    def start(self, index: int) -> None:
        """Execute a cell."""
        self.cells.nth(index).locator(".cm-content").click()
        self.page.keyboard.press("Control+Enter")

    def prompt(self, index: int) -> Locator:
        """What stands before a cell."""
        return self.cells.nth(index).locator(".jp-InputPrompt")

    def write(self, index: int, text: str) -> None:
        """Write something else into a cell."""
        self.cells.nth(index).locator(".cm-content").fill(text)

    def output(self, index: int) -> Locator:
        """What a cell shows."""
        return self.cells.nth(index).locator(".jp-OutputArea-output").first

    def app(self, index: int) -> FrameLocator:
        """The app in a cell's output."""
        return self.output(index).frame_locator("iframe")

    def port(self, index: int) -> int:
        """Where the app in a cell's output is served."""
        source = self.output(index).locator("iframe").get_attribute("src")
        found = re.search(r"/proxy/(\d+)/|:(\d+)/", (source or "").replace(":8888", ""))
        assert found, source
        return int(found[1] or found[2])


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, jupyter_environment: dict[str, str]) -> Iterator[Lab]:
    """Start JupyterLab once."""
    server = Lab(tmp_path_factory.mktemp("notebooks"), jupyter_environment)
    yield server
    server.close()


@pytest.fixture
def open_notebook(lab: Lab, context: BrowserContext) -> Callable[..., Notebook]:
    """Write a notebook and open it, with its kernel."""
    faults: list[str] = []

    def open_it(name: str, *cells: str, host: str = "localhost") -> Notebook:
        lab.write(name, *cells)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{lab.url(host)}doc/tree/{name}.ipynb")
        expect(page.locator(".jp-Notebook-ExecutionIndicator")).to_have_attribute("data-status", "idle")
        notebook = Notebook(page)
        return notebook

    return open_it


def answers(port: int) -> bool:
    """Return True if something serves at a port of this machine."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10).close()
    except OSError:
        return False
    return True


def left_in(folder: Path) -> list[Any]:
    """Return what pages left in a folder for what is temporary."""
    return sorted(folder.glob("modelapp-*"))
