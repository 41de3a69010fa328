"""What several kinds of test share."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from user import Host, User  # noqa: E402


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
