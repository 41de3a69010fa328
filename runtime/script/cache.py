"""`cache`: what a script loads once and keeps from run to run.

Results are shared by reference. However many runs ask for one at the same time, it is loaded once; the loading run
cannot be interrupted, the others can leave the queue. Results are looked up by the function's code, so that an edit
elsewhere keeps them, and an edit of the function, or of script code that it calls, drops them.
"""

import copy as copying
import functools
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Hashable
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Any, Generic, Literal, ParamSpec, TypeVar, overload

from modelapp.core.context import RunContext
from modelapp.core.current import active_run
from modelapp.core.errors import ScriptError
from modelapp.script.code_key import argument_key, code_key, holds_identity
from modelapp.script.results import Entry, Place, Results, calls, lock, process, used

P = ParamSpec("P")
R = TypeVar("R")
_POLL_SECONDS = 0.02
_MOST_BY_IDENTITY = 16


_turn = threading.Condition(lock)
_waits_for: dict[int, Entry] = {}


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
            run.cached.update(used(self._name, entry))
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
        with lock:
            entries = list(results.entries.values())
            results.entries.clear()
        results.release(entries)

    @property
    def _name(self) -> str:
        return getattr(self.__wrapped__, "__qualname__", "function")

    def _results(self, run: RunContext | None) -> Results:
        place: Place = (_file(self.__wrapped__), self._name)
        if self._key is None:
            folder = Path(_file(self.__wrapped__)).parent
            self._key = code_key(self.__wrapped__, lambda file: Path(file).is_relative_to(folder))
        if getattr(getattr(self.__wrapped__, "__code__", None), "co_freevars", ()):
            place = (*place, self._key)  # made by another function: several live side by side
        kept: Any = process
        if self._scope == "session" and run:
            kept, run.personal = run.memory, True
        dropped: Results | None = None
        with lock:
            results: Results | None = kept.get(place)
            if results is None or results.key != self._key:
                dropped = results
                results = kept[place] = Results(self._key, self._on_release)
        if dropped:
            dropped.release(list(dropped.entries.values()))
        return results

    def _entry(self, results: Results, key: Hashable) -> tuple[Entry, bool, list[Entry]]:
        """Return the entry for a key, whether the caller must load it, and the entries that it displaced."""
        dropped: list[Entry] = []
        with lock:
            entry = results.entries.get(key)
            if entry is not None and entry.ready.is_set() and self._is_old(entry):
                dropped.append(results.entries.pop(key))
                entry = None
            if entry is not None:
                results.entries[key] = results.entries.pop(key)  # the least recently used goes first
                calls.hits += 1
                return entry, False, dropped
            calls.misses += 1
            entry = results.entries[key] = Entry()
            for old_key in self._surplus(results):
                if results.entries[old_key].ready.is_set():
                    dropped.append(results.entries.pop(old_key))
        return entry, True, dropped

    def _surplus(self, results: Results) -> list[Hashable]:
        if self._max_entries is not None:
            return list(results.entries)[: max(0, len(results.entries) - self._max_entries)]
        if len(results.entries) <= _MOST_BY_IDENTITY:
            return []
        # An array made anew in each run is never asked for again: such results must not pile up.
        by_identity = [key for key in results.entries if holds_identity(key)]
        return by_identity[: max(0, len(by_identity) - _MOST_BY_IDENTITY)]

    def _is_old(self, entry: Entry) -> bool:
        return self._ttl is not None and time.monotonic() - entry.loaded_at > self._ttl

    def _load(
        self,
        results: Results,
        key: Hashable,
        entry: Entry,
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
                with lock:
                    results.entries.pop(key, None)
            finally:
                entry.within = cached
                if run:
                    run.cached = around
                entry.ready.set()


def _is_importing() -> bool:
    """Return True if a module is being imported whose top level has led to the call that is going on."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_name != "<module>":
        frame = frame.f_back
    return frame is not None and frame.f_globals.get("__name__") != "__main__"


def _file(function: Callable[..., Any]) -> str:
    code = getattr(function, "__code__", None)
    return code.co_filename if code else getattr(function, "__module__", "")


def _take(entry: Entry, run: RunContext, name: str) -> None:
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


def _give_back(entry: Entry) -> None:
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
