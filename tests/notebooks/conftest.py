"""JupyterLab on loopback with folders of its own, and kernels, for the tests of this folder."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jupyter_tools import TOKEN, Executed, Lab, Notebook
from playwright.sync_api import BrowserContext, expect


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


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, jupyter_environment: dict[str, str]) -> Iterator[Lab]:
    """Start JupyterLab once."""
    server = Lab(tmp_path_factory.mktemp("notebooks"), jupyter_environment)
    yield server
    server.close()


@pytest.fixture
def open_notebook(lab: Lab, context: BrowserContext) -> Iterator[Callable[..., Notebook]]:
    """Write a notebook and open it, with its kernel."""
    faults: list[str] = []

    def open_it(name: str, *cells: str, host: str = "localhost") -> Notebook:
        lab.write(name, *cells)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{lab.url(host)}doc/tree/{name}.ipynb?token={TOKEN}")
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible()
        return Notebook(page)

    yield open_it
    for page in context.pages:
        page.goto("about:blank")
    for kernel in lab.ask("api/sessions"):
        lab.ask(f"api/sessions/{kernel['id']}", "DELETE")
    assert not faults


@pytest.fixture
def executed(jupyter_environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Executed]]:
    """Execute notebooks, whose kernels are shut down at the end."""
    made: list[Executed] = []

    def execute(*cells: str, folder: Path = tmp_path, **environment: str) -> Executed:
        made.append(Executed({**jupyter_environment, **environment}, cells, folder))
        return made[-1]

    yield execute
    for one in made:
        one.close()
