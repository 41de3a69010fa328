"""What the widgets' tests share: a store of blobs in a folder, and a page that runs a script again and again."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from modelapp.core.context import RunContext
from modelapp.core.current import running
from modelapp.core.declared import Given
from modelapp.core.errors import InvalidValue, Waiting


class FolderBlobs:
    """A content-addressed store in a folder, which only knows what was put into it through this object."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: set[str] = set()

    def put(self, content: bytes | Path) -> str:
        data = content.read_bytes() if isinstance(content, Path) else content
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / digest).write_bytes(data)
        self.seen.add(digest)
        return digest

    def path(self, digest: str) -> Path:
        if digest not in self.seen:
            raise InvalidValue("There is no such file.")
        return self.folder / digest


class Page:
    """One session's page: runs a script with the values that were set, and shows its elements."""

    def __init__(self, blobs: FolderBlobs) -> None:
        self.blobs = blobs
        self.values: dict[str, Any] = {}
        self.pressed: list[str] = []
        self.submitted: dict[str, dict[str, Any]] = {}
        self.memory: dict[Any, Any] = {}
        self.waiting_for: tuple[str, ...] = ()
        self._last = RunContext(Given(), blobs, {}, lambda frame: None)

    def run(self, script: Callable[[], Any], *, mode: Any = "live") -> Any:
        """Run a script; return what it returns, or None if it waits."""
        given = Given(self.values, self.submitted, self.pressed, self._last.inputs)
        self._last = RunContext(given, self.blobs, {}, lambda frame: None, mode=mode, memory=self.memory)
        self.waiting_for = ()
        with running(self._last):
            try:
                return script()
            except Waiting as signal:
                self.waiting_for = signal.names
                return None

    @property
    def ids(self) -> list[str]:
        return list(self._last.elements)

    def parent(self, identity: str) -> str:
        return self._last.elements[identity].parent

    def props(self, identity: str) -> Any:
        return self._last.elements[identity].props

    def result(self, name: str) -> Any:
        return self._last.outputs[name].result()

    def ask(self, name: str, question: Any) -> Any:
        return self._last.outputs[name].query(question)

    @property
    def context(self) -> RunContext:
        return self._last


@pytest.fixture
def blobs(tmp_path: Path) -> FolderBlobs:
    folder = tmp_path / "blobs"
    folder.mkdir()
    return FolderBlobs(folder)


@pytest.fixture
def other_blobs(tmp_path: Path) -> FolderBlobs:
    """Another session's view of another store."""
    folder = tmp_path / "other_blobs"
    folder.mkdir()
    return FolderBlobs(folder)


@pytest.fixture
def page(blobs: FolderBlobs) -> Page:
    return Page(blobs)
