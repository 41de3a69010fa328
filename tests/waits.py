"""What tests and processes wait for each other with. Each blocks until the other acts; none looks again and again.

Linux alone has what this needs.
"""

import ctypes
import os
import select
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

PATIENCE_SECONDS = 90
FoundT = TypeVar("FoundT")
_MODIFIED = 2  # IN_MODIFY of <sys/inotify.h>


class Gate:
    """A named pipe that holds every script that reads it, until the test opens it.

    Args:
        path: Where it is to be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        os.mkfifo(path)
        self._held: int | None = os.open(path, os.O_RDWR)

    def open(self) -> None:
        """Let all go on who wait, and pass who come later."""
        if self._held is None:
            return
        # First the empty file, then the end of the pipe: nobody comes in between to a pipe without a writer.
        empty = self.path.with_suffix(".open")
        empty.touch()
        empty.replace(self.path)
        os.close(self._held)
        self._held = None


class Bell:
    """A named pipe that a script writes a letter to, which the test waits for.

    Args:
        path: Where it is to be.
    """

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._heard = os.open(path, os.O_RDWR)

    def rings(self) -> None:
        """Wait until a script has written."""
        assert select.select([self._heard], [], [], PATIENCE_SECONDS)[0], "nothing was written"
        os.read(self._heard, 1)

    def close(self) -> None:
        """Listen no more."""
        os.close(self._heard)


def found_in(log: Path, look: Callable[[], FoundT]) -> FoundT:
    """Look for something in a file, and again whenever it was written to, until it is there; return it."""
    libc = ctypes.CDLL(None, use_errno=True)
    news = libc.inotify_init1(os.O_CLOEXEC)
    assert news >= 0, os.strerror(ctypes.get_errno())
    try:
        assert libc.inotify_add_watch(news, os.fsencode(log), _MODIFIED) >= 0, os.strerror(ctypes.get_errno())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            assert select.select([news], [], [], max(0.0, deadline - time.monotonic()))[0], log.read_text()
            os.read(news, 1 << 16)
        return found
    finally:
        os.close(news)


def said_in(log: Path, words: str, times: int = 1) -> str:
    """Wait until a file has these words that often; return all of it."""

    def look() -> str:
        text = log.read_text()
        return text if text.count(words) >= times else ""

    return found_in(log, look)
