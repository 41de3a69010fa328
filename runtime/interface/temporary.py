"""Folders of pages that have no file: removed when their page ends, and if the program was killed, by the next one."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: what a killed program left behind stays there
    fcntl = None  # type: ignore[assignment]

_PREFIX = "modelapp-page-"
_MARK = ".in-use"
_marks: dict[Path, int] = {}


def temporary_folder() -> Path:
    """Return a new folder, and remove those of programs that were killed."""
    if fcntl is not None:
        for other in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_MARK}"):
            _remove_if_left(other)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    if fcntl is not None:
        mark = os.open(folder / _MARK, os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(mark, fcntl.LOCK_EX)  # until this process ends, however it does
        _marks[folder] = mark
    return folder


def remove(folder: Path) -> None:
    """Remove a folder that `temporary_folder` made."""
    shutil.rmtree(folder, ignore_errors=True)
    mark = _marks.pop(folder, None)
    if mark is not None:
        os.close(mark)


def _remove_if_left(path: Path) -> None:
    with suppress(OSError):  # another user's, or one that is in use
        mark = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path.parent, ignore_errors=True)
        finally:
            os.close(mark)
