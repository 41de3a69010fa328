"""Stopping a run from another thread.

A run ends by itself at its next call of the library (`RunContext.checkpoint`). For pure Python code that makes none,
such as `while True: pass`, an exception is raised in the run's thread by CPython's `PyThreadState_SetAsyncExc`. The
lock here makes sure that it can hit only while the user's code is going on, and never while `cache` loads a model.
"""

import ctypes
import sys
import threading

from modelapp.core.context import RunContext
from modelapp.core.errors import Superseded


class Interrupter:
    """The switch of one run. `arm` and `disarm` are called in the run's thread, the others in any."""

    def __init__(self, run: RunContext) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._sent = False

    def arm(self) -> None:
        """Allow interruption of the calling thread from here on."""
        with self._lock:
            self._thread = threading.get_ident()
        self._run.checkpoint()

    def disarm(self) -> None:
        """Forbid interruption, and let one that was sent and has not hit yet hit here.

        It is not taken back by sending none: CPython 3.11 would then take the slow path at every check of its
        evaluation loop from there on, and never end under a tracing function.
        """
        while self._thread is not None or self._sent:
            try:
                with self._lock:
                    self._thread = None
                if self._sent:
                    for _ in range(100):  # each turn is a point where it hits
                        pass
                    self._sent = False
            except Superseded:
                continue

    def line(self, file: str) -> int | None:
        """Return the line of a script's outermost code that the run is at; None if it is in none of it."""
        with self._lock:
            frame = sys._current_frames().get(self._thread) if self._thread is not None else None
        line = None
        while frame is not None:
            if frame.f_code.co_filename == file:
                line = frame.f_lineno  # the outermost is the last that is met
            frame = frame.f_back
        return line

    def request(self) -> None:
        """Ask the run to end at its next checkpoint."""
        self._run.superseded = True

    def force(self) -> bool:
        """Raise in the run's thread if user code is going on there. Return False if the run has ended."""
        with self._lock:
            if self._thread is None:
                return False
            if not self._run.shielded:
                self._sent = True
                _raise_in(self._thread, Superseded)
            return True


def _raise_in(thread: int, exception: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(exception))
