"""What cached functions of this process have returned, by file and function, and what may be done with all of it.

How a result comes here is `cache`'s own.
"""

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext

log = logging.getLogger("modelapp")
Place = tuple[str, ...]
"""The file of a function and its name there."""


@dataclass(slots=True)
class Entry:
    """One result, or what is on its way to one."""

    ready: threading.Event = field(default_factory=threading.Event)
    loader: int = field(default_factory=threading.get_ident)
    value: Any = None
    error: BaseException | None = None
    loaded_at: float = 0.0
    owner: RunContext | None = None
    within: dict[tuple[str, int], Any] = field(default_factory=dict)
    """What the function got of other cached functions, in the form of `RunContext.cached`."""
    by_module: bool = False
    """True if a module asked for it while it was imported: it may use that in all runs."""


class Results:
    """The results of one function, for one state of its code."""

    def __init__(self, key: str, on_release: Callable[[Any], None] | None) -> None:
        self.key = key
        self.entries: dict[Hashable, Entry] = {}
        self.on_release = on_release

    def release(self, entries: list[Entry]) -> None:
        """Hand values that nobody keeps any more to the script's own function."""
        for entry in entries:
            if self.on_release and entry.ready.is_set() and entry.error is None:
                self.on_release(entry.value)


@dataclass(slots=True)
class Calls:
    """How often cached functions were called in this process: a hit found what was kept, or is being loaded."""

    hits: int = 0
    misses: int = 0


calls = Calls()
lock = threading.Lock()
process: dict[Place, Results] = {}


def kept_values(file: str) -> list[tuple[str, Any]]:
    """Return what functions of a file have cached for the process, each with the function's name."""
    with lock:
        return [
            (place[1], entry.value)
            for place, results in process.items()
            if place[0] == file
            for entry in results.entries.values()
            if entry.ready.is_set() and entry.error is None
        ]


def release(files: set[str]) -> bool:
    """Drop what functions of these files have cached for the process; return False if there was nothing.

    What is being loaded stays, and who uses a result keeps it until then. It is loaded anew when it is asked for.
    """
    dropped: list[tuple[Results, list[Entry]]] = []
    with lock:
        for place, results in process.items():
            if place[0] in files:
                ready = [key for key, entry in results.entries.items() if entry.ready.is_set()]
                dropped.append((results, [results.entries.pop(key) for key in ready]))
    for results, entries in dropped:
        try:
            results.release(entries)
        except Exception:  # the script's own function: the others are released all the same
            log.exception("What is called on_release failed")
    return any(entries for _, entries in dropped)


def used_values(run: RunContext, folder: Path) -> list[tuple[str, Any]]:
    """Return what a run used of cached functions, each with the function's name, and what modules got for all runs.

    Args:
        run: The run.
        folder: Of the script. Other scripts of the process have other folders.
    """
    with lock:
        lasting = [
            (place[1], entry)
            for place, results in process.items()
            if Path(place[0]).is_relative_to(folder)
            for entry in results.entries.values()
            if entry.by_module and entry.ready.is_set() and entry.error is None
        ]
    found = dict(run.cached)
    for name, entry in lasting:
        found.update(used(name, entry))
    return [(name, value) for (name, _), value in found.items()]


def used(name: str, entry: Entry) -> dict[tuple[str, int], Any]:
    """Return a result with what it was made of, in the form of `RunContext.cached`."""
    return {(name, id(entry.value)): entry.value, **entry.within}
