"""The run that is going on in a thread: how the functions that a script calls find it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.core.errors import NoRun
from modelapp.core.frames import calling_frame

if TYPE_CHECKING:
    from modelapp.core.context import RunContext

_current: "ContextVar[RunContext | None]" = ContextVar("modelapp_run", default=None)


def current_run() -> "RunContext":
    """Return the run that is going on in this thread.

    Raises:
        NoRun: If there is none; says how to start the script.
    """
    run = _current.get()
    if run is None:
        raise _no_run()
    return run


def active_run() -> "RunContext | None":
    """Return the run that is going on in this thread, or None."""
    return _current.get()


@contextmanager
def running(run: "RunContext") -> Iterator[None]:
    """Make `run` the current one inside the block."""
    token = _current.set(run)
    try:
        yield
    finally:
        _current.reset(token)


def _no_run() -> BaseException:
    main_file = getattr(sys.modules.get("__main__"), "__file__", None)
    called_from = calling_frame().f_code.co_filename
    if main_file and Path(main_file).resolve() == Path(called_from).resolve():
        # `python demo.py`: the person needs a command, not a traceback.
        return SystemExit(f"This script is a page. Start it with:\n\n    modelapp run {Path(main_file).name}\n")
    return NoRun(
        "No run of a script is going on in this thread.",
        hint="Call modelapp's functions from a script started with `modelapp run`, and in the script's own thread.",
    )
