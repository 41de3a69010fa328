"""Runs around one run: its values slightly changed, or parts of them hidden.

Whoever drives them can let others go first between two of them. Where the script calls a model on an accelerator by
`predict`, several go on at the same time and share its calls.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.core.errors import InvalidValue, RunFailed
from modelapp.core.protocol import Json
from modelapp.model.together import MOST, Together
from modelapp.script.interrupt import Interrupter
from modelapp.script.run import MOST_RERUNS, TOO_MANY_RERUNS, Outcome, execute
from modelapp.script.source import Version

Begin = Callable[[RunContext], Interrupter]


class Around:
    """Runs around one run.

    Args:
        version: The script.
        base: The run; it ended well.
        visitor: Name of the person for whom they are done, or None.
    """

    def __init__(self, version: Version, base: RunContext, visitor: str | None = None) -> None:
        self.version = version
        self.base = base
        self.stopped = False
        self._visitor = visitor
        self._lock = threading.Lock()
        self._interrupters: set[Interrupter] = set()
        self._together: Together | None = None

    @property
    def at_once(self) -> int:
        """How many runs go on at the same time."""
        return MOST if self.base.stackable else 1

    def runs(self, givens: Sequence[Given]) -> list[tuple[RunContext, Outcome]]:
        """Run the script on each of these values, at most `at_once`."""
        if len(givens) == 1:
            return [self._run(givens[0])]
        if self._together is None:
            self._together = Together()
        together = self._together
        return together.all([lambda given=given: self._run(given, together) for given in givens])  # type: ignore[misc]

    def stop(self) -> None:
        """End the runs that are going on, from any thread, and begin no other."""
        with self._lock:
            self.stopped = True
            for interrupter in self._interrupters:
                interrupter.request()
                interrupter.force()

    def close(self) -> None:
        """Give back threads."""
        if self._together is not None:
            self._together.close()

    def _run(self, given: Given, together: Together | None = None) -> tuple[RunContext, Outcome]:
        begun: list[Interrupter] = []

        def begin(run: RunContext) -> Interrupter:
            interrupter = Interrupter(run)
            with self._lock:
                run.superseded = self.stopped
                self._interrupters.add(interrupter)
            begun.append(interrupter)
            return interrupter

        base = self.base
        try:
            return explaining(
                self.version, given, base.blobs, begin, visitor=self._visitor, like=base, together=together
            )
        finally:
            with self._lock:
                self._interrupters.difference_update(begun)


def run_around(
    version: Version, values: Mapping[str, Json], blobs: Blobs, begin: Begin, visitor: str | None = None
) -> RunContext:
    """Return the run with these raw values, around which others are to be.

    Args:
        begin: Called with each run before it starts; returns what can end it.
        visitor: Name of the person for whom it is done, or None.

    Raises:
        InvalidValue: If there is no answer.
    """
    run, outcome = explaining(version, Given(dict(values)), blobs, begin, visitor=visitor)
    if outcome.phase == "waiting":
        names = [run.inputs[name].input.label or name for name in outcome.waiting_for if name in run.inputs]
        raise InvalidValue(f"There is no answer yet: {', '.join(names) or 'an input'} is empty.")
    if outcome.phase != "done":
        raise InvalidValue("There is no answer to compare with: the run with these values did not end well.")
    return run


def explaining(
    version: Version,
    given: Given,
    blobs: Blobs,
    begin: Begin,
    *,
    visitor: str | None = None,
    like: RunContext | None = None,
    together: Together | None = None,
) -> tuple[RunContext, Outcome]:
    """Run a script once more than anybody asked for, on raw values, with an empty state.

    Args:
        begin: Called with each run before it starts; returns what can end it.
        visitor: Name of the person for whom it is done, or None.
        like: A run of which to take over where the script's own files are, and what inputs begin with.
        together: Calls models for several runs at once, or None.
    """
    state, memory = dict[str, Any](), dict[Any, Any]()
    for _ in range(MOST_RERUNS):
        run = RunContext(given, blobs, state, version.variable_at, mode="explain", visitor=visitor, memory=memory)
        if like is not None:
            run.starts_empty, run.script_blobs = like.starts_empty, like.script_blobs
        run.together = together
        outcome = execute(version, run, begin(run))
        if not outcome.rerun:
            return run, outcome
    return run, Outcome("failed", error=RunFailed(TOO_MANY_RERUNS))
