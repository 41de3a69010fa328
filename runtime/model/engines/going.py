"""A case that is being done: how it is ended from outside, and how it tells of itself before its answer."""

import threading
from collections.abc import Callable
from typing import Any

from modelapp.core.context import RunContext
from modelapp.script.interrupt import Interrupter


class Going:
    """One case that is being done. `stop` is called in any thread, the others in the case's.

    Args:
        tell: Called with what the case says before its answer, which must be picklable; None lets it go.
        prepare: Called with each run before it starts, or None.
        kept: What cases keep for those that come after them, by the class of it.
        give_way: Called by a case of many runs between two of them: lets others be done that came meanwhile.
    """

    def __init__(
        self,
        tell: Callable[[Any], None] | None = None,
        prepare: Callable[[RunContext], None] | None = None,
        kept: dict[type, Any] | None = None,
        give_way: Callable[[], None] = lambda: None,
    ) -> None:
        self.give_way = give_way
        self.kept: dict[type, Any] = {} if kept is None else kept
        self.tell: Callable[[Any], None] = tell or (lambda event: None)
        self.stopped = False
        self._prepare = prepare
        self._stops: list[Callable[[], object]] = []
        self._interrupter: Interrupter | None = None
        self._heard = False
        self._heard_by: Callable[[], None] | None = None
        self._lock = threading.Lock()

    def begin(self, run: RunContext) -> Interrupter:
        """Take note of a run before it starts; return what can end it."""
        if self._prepare is not None:
            self._prepare(run)
        with self._lock:
            self._interrupter = Interrupter(run)
            run.superseded = self.stopped
        return self._interrupter

    def stops_by(self, stop: Callable[[], object]) -> None:
        """Have `stop` called too when the case is ended: it does runs of its own."""
        with self._lock:
            self._stops.append(stop)
        if self.stopped:
            stop()

    def heard_by(self, heard: Callable[[], None] | None) -> None:
        """Have `heard` called once somebody asks what the case tells: nobody may. None takes that back.

        After that it is not going on in another thread. `heard` must be quick, and call nothing here.
        """
        with self._lock:
            self._heard_by = heard
            if heard is not None and self._heard:
                heard()

    def hear(self) -> None:
        """Say that somebody asks what it tells. Called in any thread."""
        with self._lock:
            if self._heard_by is not None and not self._heard:
                self._heard_by()
            self._heard = True

    def stop(self) -> None:
        """End the run that goes on. To be called again where the script held on to it."""
        with self._lock:
            self.stopped = True
            stops = list(self._stops)
            interrupter = self._interrupter
        for stop in stops:
            stop()
        if interrupter is not None:
            interrupter.request()
            interrupter.force()
