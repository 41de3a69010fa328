"""What several kinds of test share."""

import functools
import http.server
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from served import Served, Socket
from user import Host, User
from waits import Bell, Gate

pytest_plugins = ["chromium", "clusters", "stores"]
# A busy machine is no fault: no test is about time.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[Callable[..., Host]]:
    """Make hosts that are closed at the end; local modules and import paths are put back."""
    made: list[Host] = []
    modules, path, main = set(sys.modules), list(sys.path), sys.modules["__main__"]

    def make(script: str, **options: object) -> Host:
        made.append(Host(tmp_path, script, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for host in made:
        host.close()
    sys.path[:] = path
    sys.modules["__main__"] = main
    for name in set(sys.modules) - modules:
        file = getattr(sys.modules[name], "__file__", None)
        if file and Path(file).is_relative_to(tmp_path):
            del sys.modules[name]


@pytest.fixture
def page(hosts: Callable[..., Host]) -> Callable[..., User]:
    """Serve a script's text and open it as its author."""

    def open_page(script: str, **options: object) -> User:
        return hosts(script, **options).user()

    return open_page


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Serve scripts in processes that are ended at the end."""
    made: list[Served] = []

    def start(script: object, *options: str, **settings: object) -> Served:
        made.append(Served(tmp_path, script, *options, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield start
    for served in made:
        served.stop()


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Callable[[str], Gate]]:
    """Make gates beside the script, which are open at the end: no script is held for longer than its test."""
    made: list[Gate] = []

    def make(name: str) -> Gate:
        made.append(Gate(tmp_path / name))
        return made[-1]

    yield make
    for one in made:
        one.open()


@pytest.fixture
def bell(tmp_path: Path) -> Iterator[Callable[[str], Bell]]:
    """Make bells beside the script."""
    made: list[Bell] = []

    def make(name: str) -> Bell:
        made.append(Bell(tmp_path / name))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def connect() -> Iterator[Callable[..., Socket]]:
    """Open sockets that are closed at the end."""
    made: list[Socket] = []

    def open_socket(served: Served, **options: object) -> Socket:
        made.append(Socket(served, **options))  # type: ignore[arg-type]
        return made[-1]

    yield open_socket
    for socket in made:
        socket.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Callable[[str], str]]:
    """Serve static pages from another origin; return what writes one and tells its address."""
    folder = tmp_path / "site"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def write(body: str) -> str:
        (folder / "index.html").write_text(f"<!doctype html><html lang=en><title>Lab</title><body>{body}")
        return f"http://127.0.0.1:{server.server_port}/index.html"

    write.origin = f"http://127.0.0.1:{server.server_port}"  # type: ignore[attr-defined]
    yield write
    server.shutdown()
    server.server_close()
