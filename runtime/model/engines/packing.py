"""Cases as bytes, with the files that they name: a node of a cluster does not see this machine's.

Which texts of a table or a command line name files only the script's inputs know; so whatever names an existing file
brings it along, and an input that takes a path gets where it lies then.
"""

import io
import os
import pickle
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from modelapp.core.declared import FromCells, FromText
from modelapp.core.input import Input
from modelapp.model.kept import KeptCase
from modelapp.session.blobs import FileBlobs, digests_in

_LONGEST_PATH = 1024


class ArrivedText(FromText):
    """A text of a command line that may name a file, which came along."""

    path: Path

    def given_to(self, widget: Input[Any]) -> Any:
        """Return the given value."""
        given = super().given_to(widget)
        return self.path if isinstance(given, Path) else given


class ArrivedCells(FromCells):
    """Cells that may name files, which came along."""

    __slots__ = ("files",)
    files: Mapping[str, Path]

    def given_to(self, widget: Input[Any]) -> Any:
        """Return the given value.

        Raises:
            InvalidValue: If a path leads out of the folder and must not.
        """
        given = widget.from_cells(self.cells)
        if isinstance(given, Path) and str(given) in self.files:
            return self.files[str(given)]
        return super().given_to(widget)


class _Packer(pickle.Pickler):
    def persistent_id(self, value: Any) -> Any:
        """Return what stands for a value that names files, or None."""
        if isinstance(value, FromText):
            path = _file(Path(value.removeprefix("@")))
            return None if path is None else ("text", str(value), path.name, path.read_bytes())
        if isinstance(value, FromCells):
            files = _files_of(value)
            return ("cells", value.cells, value.folder.as_posix(), value.confined, files) if files else None
        if isinstance(value, Path):
            path = _file(value)
            return None if path is None else ("path", path.name, path.read_bytes())
        if isinstance(value, KeptCase) and value.blobs != Path():
            kept = FileBlobs(value.blobs)
            found = [path for digest in digests_in(dict(value.inputs)) if (path := kept.path(digest)) is not None]
            return ("kept", pickle.dumps(replace(value, blobs=Path())), [path.read_bytes() for path in found])
        return None


class _Unpacker(pickle.Unpickler):
    def __init__(self, packed: bytes) -> None:
        super().__init__(io.BytesIO(packed))
        self.folder: Path | None = None
        """Made when the first file comes: most cases have none."""
        self._count = 0

    def persistent_load(self, what: Any) -> Any:
        """Return the value again, its files on this machine."""
        kind, *parts = what
        if kind == "path":
            return self._placed(*parts)
        if kind == "text":
            text = ArrivedText(parts[0])
            text.path = self._placed(*parts[1:])
            return text
        if kind == "kept":
            case, contents = parts
            folder = self._own_folder() / "blobs"
            blobs = FileBlobs(folder)
            for content in contents:
                blobs.put(content)
            return replace(pickle.loads(case), blobs=folder)
        cells, folder, confined, files = parts
        arrived = ArrivedCells(cells, Path(folder), confined)
        placed = {given: self._placed(name, content) for given, (name, content) in files.items()}
        object.__setattr__(arrived, "files", placed)
        return arrived

    def _placed(self, name: str, content: bytes) -> Path:
        self._count += 1
        path = self._own_folder() / str(self._count) / name
        path.parent.mkdir()
        path.write_bytes(content)
        return path

    def _own_folder(self) -> Path:
        if self.folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="modelapp-case-"))
        return self.folder


def packed_with_files(work: Any) -> bytes:
    """Return a case as bytes, with the files that it names."""
    buffer = io.BytesIO()
    _Packer(buffer).dump(work)
    return buffer.getvalue()


@contextmanager
def unpacked_with_files(packed: bytes) -> Iterator[Any]:
    """Return a case again; its files are there until the end of the block."""
    unpacker = _Unpacker(packed)
    try:
        yield unpacker.load()
    finally:
        if unpacker.folder is not None:
            shutil.rmtree(unpacker.folder, ignore_errors=True)


def _file(path: Path) -> Path | None:
    try:
        return path if len(os.fspath(path)) < _LONGEST_PATH and path.is_file() else None
    except (OSError, ValueError):  # no path at all
        return None


def _files_of(value: FromCells) -> dict[str, tuple[str, bytes]]:
    """Return the files that cells name, by the path as it stands there."""
    cells = [value.cells] if isinstance(value.cells, str) else list(value.cells.values())
    found: dict[str, tuple[str, bytes]] = {}
    for cell in cells:
        given = cell.strip()
        path = _file(value.folder / given) if given else None
        if path is None or (value.confined and not path.resolve().is_relative_to(value.folder.resolve())):
            continue
        found[str(Path(given))] = (path.name, path.read_bytes())
    return found
