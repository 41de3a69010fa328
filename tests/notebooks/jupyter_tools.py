"""A real JupyterLab, notebooks in a browser, and notebooks that are executed without one."""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import FrameLocator, Locator, Page, expect
from waits import found_in

TOKEN = "for-this-test-alone"


class Lab:
    """JupyterLab below a path."""

    def __init__(self, folder: Path, environment: dict[str, str], base: str = "/user/rao/") -> None:
        self.folder = folder
        self.log = folder / "jupyter.log"
        self.temporary = Path(environment["TMPDIR"])
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": "0",
            "ServerApp.root_dir": str(folder),
            "ServerApp.base_url": base,
            "IdentityProvider.token": TOKEN,
            "ServerApp.allow_remote_access": "True",
            "ServerApp.allow_root": "True",
            "ServerApp.open_browser": "False",
            "FileContentsManager.delete_to_trash": "False",
        }
        # No question whether news may be fetched.
        settings = Path(environment["JUPYTER_CONFIG_DIR"], "lab", "user-settings", "@jupyterlab", "apputils-extension")
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
        command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=folder)
        found = found_in(self.log, lambda: re.search(r"http://(?:localhost|127\.0\.0\.1):(\d+)/", self.log.read_text()))
        self.port = int(found[1])
        self.path = base

    def url(self, host: str = "localhost") -> str:
        """Address of the server, by a name of this machine."""
        return f"http://{host}:{self.port}{self.path}"

    def ask(self, path: str, method: str = "GET") -> Any:
        """Ask the server something, as a program does."""
        headers = {"Authorization": f"token {TOKEN}"}
        request = urllib.request.Request(self.url() + path, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = answer.read()
        return json.loads(body) if body else None

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

    def kernel(self, action: str) -> None:
        """Interrupt or restart the kernel, as the menu does."""
        self.page.evaluate(
            """async (action) => {
                const { baseUrl } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
                const [kernel] = await (await fetch(`${baseUrl}api/kernels`)).json();
                const token = /_xsrf=([^;]+)/.exec(document.cookie)[1];
                const headers = { "X-XSRFToken": token };
                const done = await fetch(`${baseUrl}api/kernels/${kernel.id}/${action}`, { method: "POST", headers });
                if (!done.ok) throw new Error(await done.text());
            }""",
            action,
        )

    def port(self, index: int) -> int:
        """Where the app in a cell's output is served."""
        source = self.output(index).locator("iframe").get_attribute("src")
        found = re.search(r"/proxy/(\d+)/", source or "") or re.search(r":(\d+)/\?", source or "")
        assert found, source
        return int(found[1])


class Executed:
    """A notebook that was executed without a front end; its kernel goes on until it is closed."""

    def __init__(self, environment: dict[str, str], cells: Sequence[str], folder: Path) -> None:
        self.notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        self.notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        self.client = NotebookClient(
            self.notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}
        )
        self.client.create_kernel_manager()
        self.client.start_new_kernel(env=environment)
        self.client.start_new_kernel_client()
        self.process = int(self.client.km.provisioner.pid)
        for index in range(len(self.notebook.cells)):
            self.run(index)

    def run(self, index: int) -> None:
        """Execute a cell, again perhaps."""
        self.client.execute_cell(self.notebook.cells[index], index)

    def add(self, text: str) -> str:
        """Execute a further cell; return what it shows."""
        self.notebook.cells.append(nbformat.v4.new_code_cell(text))
        self.run(len(self.notebook.cells) - 1)
        return self.text(-1)

    def text(self, index: int) -> str:
        """What a cell shows, as text."""
        shown = []
        for output in self.notebook.cells[index].outputs:
            if output.output_type == "stream":
                shown.append(output.text)
            elif output.output_type == "error":
                shown.append("\n".join(output.traceback))
            else:
                shown.append(output.data.get("text/plain", ""))
        return re.sub(r"\x1b\[[\d;]*m", "", "\n".join(shown))

    def html(self, index: int) -> str:
        """What a cell shows, as HTML."""
        return "".join(output.get("data", {}).get("text/html", "") for output in self.notebook.cells[index].outputs)

    def url(self, index: int) -> str:
        """Address of the app in a cell."""
        found = re.search(r"http://localhost:\d+/", self.text(index))
        assert found, self.text(index)
        return found[0]

    def as_html(self) -> str:
        """The notebook as nbconvert makes a page of it."""
        text, _ = HTMLExporter().from_notebook_node(self.notebook)
        return str(text)

    def close(self) -> None:
        """Shut the kernel down."""
        if self.client.km is not None:
            self.client._cleanup_kernel()


def answers(port: int) -> bool:
    """Return True if something serves at a port of this machine."""
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10).close()
    except OSError:
        return False
    return True


def left_in(folder: Path) -> list[Any]:
    """Return the folders of pages in a folder for what is temporary. A check that goes on has one of its own there."""
    return sorted(folder.glob("modelapp-page-*"))
