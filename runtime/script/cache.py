"""`cache`: what a script loads once and keeps from run to run.

Results are shared by reference. However many runs ask for one at the same time, it is loaded once; the loading run
cannot be interrupted, the others can leave the queue. Results are looked up by the function's code, so that an edit
elsewhere keeps them, and an edit of the function, or of script code that it calls, drops them.
"""

import copy as copying
import functools
import logging
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Hashable
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Generic, Literal, ParamSpec, TypeVar, overload

from modelapp.core.context import RunContext
from modelapp.core.current import active_run
from modelapp.core.errors import ScriptError
from modelapp.script.code_key import argument_key, code_key, holds_identity

log = logging.getLogger("modelapp")
P = ParamSpec("P")
R = TypeVar("R")
_POLL_SECONDS = 0.02
_MOST_BY_IDENTITY = 16
_Place = tuple[str, ...]


@dataclass(slots=True)
class _Entry:
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


class _Results:
    """The results of one function, for one state of its code."""

    def __init__(self, key: str, on_release: Callable[[Any], None] | None) -> None:
        self.key = key
        self.entries: dict[Hashable, _Entry] = {}
        self.on_release = on_release

    def release(self, entries: list[_Entry]) -> None:
        for entry in entries:
            if self.on_release and entry.ready.is_set() and entry.error is None:
                self.on_release(entry.value)


@dataclass(slots=True)
class Calls:
    """How often cached functions were called in this process: a hit found what was kept, or is being loaded."""

    hits: int = 0
    misses: int = 0


calls = Calls()
_lock = threading.Lock()
_turn = threading.Condition(_lock)
_process: dict[_Place, _Results] = {}
_waits_for: dict[int, _Entry] = {}


def kept_values(file: str) -> list[tuple[str, Any]]:
    """Return what functions of a file have cached for the process, each with the function's name."""
    with _lock:
        return [
            (place[1], entry.value)
            for place, results in _process.items()
            if place[0] == file
            for entry in results.entries.values()
            if entry.ready.is_set() and entry.error is None
        ]


def release(files: set[str]) -> bool:
    """Drop what functions of these files have cached for the process; return False if there was nothing.

    What is being loaded stays, and who uses a result keeps it until then. It is loaded anew when it is asked for.
    """
    dropped: list[tuple[_Results, list[_Entry]]] = []
    with _lock:
        for place, results in _process.items():
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
    with _lock:
        lasting = [
            (place[1], entry)
            for place, results in _process.items()
            if Path(place[0]).is_relative_to(folder)
            for entry in results.entries.values()
            if entry.by_module and entry.ready.is_set() and entry.error is None
        ]
    found = dict(run.cached)
    for name, entry in lasting:
        found.update(_used(name, entry))
    return [(name, value) for (name, _), value in found.items()]


class Cached(Generic[P, R]):
    """A function whose results are kept. See `cache`."""

    def __init__(
        self,
        function: Callable[P, R],
        *,
        ttl: float | None,
        max_entries: int | None,
        scope: Literal["process", "session"],
        exclusive: bool,
        copy: bool,
        on_release: Callable[[R], None] | None,
    ) -> None:
        functools.update_wrapper(self, function)
        self.__wrapped__ = function
        self._ttl = ttl
        self._max_entries = max_entries
        self._scope = scope
        self._exclusive = exclusive
        self._copy = copy
        self._on_release = on_release
        self._key: str | None = None

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the kept result for these arguments, or call the function."""
        run = active_run()
        results, key = self._results(run), argument_key(args, kwargs)
        entry, mine, dropped = self._entry(results, key)
        results.release(dropped)
        if mine:
            self._load(results, key, entry, run, args, kwargs)
        else:
            if entry.loader == threading.get_ident() and not entry.ready.is_set():
                raise ScriptError(
                    f"The cached function {self._name}() calls itself with the same arguments.",
                    hint="Cache an outer function that calls the recursive one.",
                )
            while not entry.ready.wait(_POLL_SECONDS):
                if run:
                    run.checkpoint()
        if entry.error is not None:
            raise entry.error
        if run:
            run.cached.update(_used(self._name, entry))
        if not entry.by_module and _is_importing():
            entry.by_module = True
        if self._exclusive and run:
            _take(entry, run, self._name)
        value: R = copying.deepcopy(entry.value) if self._copy else entry.value
        return value

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """Bind like a function, so that methods can be cached (by the identity or value of `self`)."""
        return self if instance is None else functools.partial(self, instance)

    def clear(self) -> None:
        """Drop all results of this function that this process or session keeps."""
        results = self._results(active_run())
        with _lock:
            entries = list(results.entries.values())
            results.entries.clear()
        results.release(entries)

    @property
    def _name(self) -> str:
        return getattr(self.__wrapped__, "__qualname__", "function")

    def _results(self, run: RunContext | None) -> _Results:
        place: _Place = (_file(self.__wrapped__), self._name)
        if self._key is None:
            folder = Path(_file(self.__wrapped__)).parent
            self._key = code_key(self.__wrapped__, lambda file: Path(file).is_relative_to(folder))
        if getattr(getattr(self.__wrapped__, "__code__", None), "co_freevars", ()):
            place = (*place, self._key)  # made by another function: several live side by side
        kept: Any = _process
        if self._scope == "session" and run:
            kept, run.personal = run.memory, True
        dropped: _Results | None = None
        with _lock:
            results: _Results | None = kept.get(place)
            if results is None or results.key != self._key:
                dropped = results
                results = kept[place] = _Results(self._key, self._on_release)
        if dropped:
            dropped.release(list(dropped.entries.values()))
        return results

    def _entry(self, results: _Results, key: Hashable) -> tuple[_Entry, bool, list[_Entry]]:
        """Return the entry for a key, whether the caller must load it, and the entries that it displaced."""
        dropped: list[_Entry] = []
        with _lock:
            entry = results.entries.get(key)
            if entry is not None and entry.ready.is_set() and self._is_old(entry):
                dropped.append(results.entries.pop(key))
                entry = None
            if entry is not None:
                results.entries[key] = results.entries.pop(key)  # the least recently used goes first
                calls.hits += 1
                return entry, False, dropped
            calls.misses += 1
            entry = results.entries[key] = _Entry()
            for old_key in self._surplus(results):
                if results.entries[old_key].ready.is_set():
                    dropped.append(results.entries.pop(old_key))
        return entry, True, dropped

    def _surplus(self, results: _Results) -> list[Hashable]:
        if self._max_entries is not None:
            return list(results.entries)[: max(0, len(results.entries) - self._max_entries)]
        if len(results.entries) <= _MOST_BY_IDENTITY:
            return []
        # An array made anew in each run is never asked for again: such results must not pile up.
        by_identity = [key for key in results.entries if holds_identity(key)]
        return by_identity[: max(0, len(by_identity) - _MOST_BY_IDENTITY)]

    def _is_old(self, entry: _Entry) -> bool:
        return self._ttl is not None and time.monotonic() - entry.loaded_at > self._ttl

    def _load(
        self,
        results: _Results,
        key: Hashable,
        entry: _Entry,
        run: RunContext | None,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        around: dict[tuple[str, int], Any] = run.cached if run else {}
        cached: dict[tuple[str, int], Any] = {}
        with run.shield() if run else nullcontext():
            try:
                if run:
                    run.cached = cached
                entry.value = self.__wrapped__(*args, **kwargs)
                if isinstance(entry.value, Generator | Coroutine):
                    raise ScriptError(
                        f"The cached function {self._name}() gives a {type(entry.value).__name__}: it serves once.",
                        hint="Return a list of its items, or leave out the cache.",
                    )
                entry.loaded_at = time.monotonic()
            except BaseException as error:  # whatever it is, those who wait must learn of it
                entry.error = error
                with _lock:
                    results.entries.pop(key, None)
            finally:
                entry.within = cached
                if run:
                    run.cached = around
                entry.ready.set()


def _used(name: str, entry: _Entry) -> dict[tuple[str, int], Any]:
    return {(name, id(entry.value)): entry.value, **entry.within}


def _is_importing() -> bool:
    """Return True if a module is being imported whose top level has led to the call that is going on."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") != "__main__"


def _file(function: Callable[..., Any]) -> str:
    code = getattr(function, "__code__", None)
    return code.co_filename if code else getattr(function, "__module__", "")


def _take(entry: _Entry, run: RunContext, name: str) -> None:
    """Keep a result for this run alone until the run ends.

    Raises:
        ScriptError: If two runs wait for each other's results.
    """
    run.together = None  # others may wait for this very result: this run must not wait for them
    with _turn:
        if entry.owner is run:
            return
        _waits_for[id(run)] = entry
        try:
            while entry.owner is not None:
                if _is_deadlock(run):
                    raise ScriptError(
                        f"Two runs wait for each other's exclusive results; one of them is {name}().",
                        hint="Ask for exclusive results in the same order everywhere.",
                    )
                _turn.wait(_POLL_SECONDS)
                run.checkpoint()
        finally:
            del _waits_for[id(run)]
        entry.owner = run
    run.finalizers.append(functools.partial(_give_back, entry))


def _give_back(entry: _Entry) -> None:
    with _turn:
        entry.owner = None
        _turn.notify_all()


def _is_deadlock(run: RunContext) -> bool:
    seen = set()
    owner: RunContext | None = run
    while owner is not None and id(owner) not in seen:
        seen.add(id(owner))
        wanted = _waits_for.get(id(owner))
        owner = wanted.owner if wanted else None
    return owner is run


@overload
def cache(function: Callable[P, R], /) -> Cached[P, R]: ...
@overload
def cache(
    *,
    ttl: float | None = None,
    max_entries: int | None = None,
    scope: Literal["process", "session"] = "process",
    exclusive: bool = False,
    copy: bool = False,
    on_release: Callable[[Any], None] | None = None,
) -> Callable[[Callable[P, R]], Cached[P, R]]: ...
def cache(
    function: Callable[..., Any] | None = None,
    /,
    *,
    ttl: float | None = None,
    max_entries: int | None = None,
    scope: Literal["process", "session"] = "process",
    exclusive: bool = False,
    copy: bool = False,
    on_release: Callable[[Any], None] | None = None,
) -> Any:
    """Keep a function's results from run to run, shared by all sessions.

    The result is loaded once, however many sessions ask at the same time, and a run that is loading is never
    interrupted. It is dropped when the function's code, or code of the script that it calls, changes. Arguments that
    cannot be hashed count by identity.

    Args:
        function: What to cache, when used without parentheses.
        ttl: Seconds after which a result is loaded again; None keeps it.
        max_entries: How many results are kept, the least recently used going first; None keeps all, but at most 16 of
            those whose arguments count by identity.
        scope: "process" shares results among sessions; "session" keeps them for each session.
        exclusive: If True, a run that got the result keeps it for itself until it ends: for models that are not
            thread-safe.
        copy: If True, each caller gets a deep copy, so that changes in place stay its own.
        on_release: Called with a result that is dropped.

    Raises:
        ScriptError: If an option is out of range.

    Example:
        >>> import modelapp as ma
        >>> @ma.cache
        ... def model():
        ...     return load_weights("net.pt")
    """
    if scope not in ("process", "session"):
        raise ScriptError(f"cache got scope={scope!r}.", hint='Pass scope="process" or scope="session".')
    if ttl is not None and not ttl > 0:
        raise ScriptError(f"cache got ttl={ttl!r}; it is a number of seconds above 0.", hint="For example ttl=3600.")
    if max_entries is not None and max_entries < 1:
        raise ScriptError(
            f"cache got max_entries={max_entries!r}; it is 1 or more.", hint="For example max_entries=10."
        )

    def wrap(wrapped: Callable[..., Any]) -> Cached[..., Any]:
        return Cached(
            wrapped,
            ttl=ttl,
            max_entries=max_entries,
            scope=scope,
            exclusive=exclusive,
            copy=copy,
            on_release=on_release,
        )

    return wrap if function is None else wrap(function)
