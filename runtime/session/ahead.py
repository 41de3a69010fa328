"""Answers for examples, computed while nobody waits for anything and remembered until the script changes.

Choosing an example then shows its answer at once. The run that the choice causes goes on as always, so that what is on
the page in the end never depends on what was remembered. A script whose runs depend on more than its inputs (`state`,
`once`, the visitor, what is cached for a session) is left alone, and so is one that says `app(precompute=False)`.

All methods are called in the event loop's thread unless they say otherwise.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.declared import MISSING, Given
from modelapp.core.output import Output
from modelapp.core.protocol import Element, GroupProps, InputProps, Json
from modelapp.script.execution import Execution
from modelapp.script.run import Outcome
from modelapp.script.source import Version
from modelapp.session.active_run import ActiveRun
from modelapp.session.blobs import SessionBlobs, digests_in
from modelapp.session.loop import Loop
from modelapp.session.queue import Job, Queue

IDLE_SECONDS = 0.5
_FORCE_SECONDS = 0.05
_MOST_ANSWERS = 64
_MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Case:
    """An example: what choosing it sets, and the group whose button it would need, or None."""

    values: dict[str, Json]
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """The page that a case leads to.

    Attributes:
        used: What each input gave to the script, by name.
        untouched: Names of inputs that had the value that they begin with.
        groups: The group with a submit button that an input is in, by the input's name.
        shown: Raw values of the inputs on the page.
        digests: Blobs that the page shows.
    """

    used: dict[str, Json]
    untouched: set[str]
    groups: dict[str, str]
    shown: dict[str, Json]
    elements: dict[str, Element]
    outputs: dict[str, Output]
    digests: set[str]


class Idle(Protocol):
    """What this needs of the app."""

    loop: Loop
    queue: Queue

    @property
    def version(self) -> Version | None:
        """The script as it is now."""

    @property
    def busy(self) -> bool:
        """True while a run of any session is queued or going on."""

    def blobs_for(self, visible: set[str]) -> SessionBlobs:
        """Return the blobs as somebody sees them who knows these digests."""

    def execution(self, run: RunContext, who: str, *, background: bool = False) -> Execution:
        """Return what does a run."""


@dataclass(slots=True)
class _Open:
    case: Case
    tries: int = 0


@dataclass(slots=True)
class ExampleAnswers:
    """What is remembered of one app's examples, and what is still to be computed.

    Args:
        app: The app.
        idle_seconds: How long nothing must have run before a case is taken.
    """

    app: Idle
    idle_seconds: float = IDLE_SECONDS
    remembered: list[Remembered] = field(default_factory=list)
    _version: Version | None = None
    _seen: set[bytes] = field(default_factory=set)
    _open: list[_Open] = field(default_factory=list)
    _active: ActiveRun | None = None
    _armed: bool = False
    _stopped: bool = False
    _noted: dict[str, Element] = field(default_factory=dict)

    def note(self, run: RunContext, outcome: Outcome, version: Version) -> None:
        """Take in the examples of a live run that has ended."""
        if self._version is not version:
            self.remembered, self._open, self._seen, self._noted = [], [], set(), {}
            self._version = version
        ended = outcome.phase in ("done", "waiting") and version is self.app.version
        if not ended or not run.precompute or run.personal:
            return
        for case in self._new_cases(run):
            key = msgspec.json.encode([case.values, case.group], order="deterministic")
            if key not in self._seen and len(self._seen) < _MOST_ANSWERS:
                self._seen.add(key)
                self._open.append(_Open(case))
        self._arm()

    def answer(self, effective: Callable[[str, str | None], Json]) -> Remembered | None:
        """Return what is remembered for the values that a session has, or None.

        Args:
            effective: For the name of an input and the group with a button that it is in: the raw value that the script
                would get, or `MISSING` for what it begins with.
        """
        if self._version is not self.app.version:
            return None
        return next((known for known in self.remembered if _fits(known, effective)), None)

    def give_way(self) -> None:
        """Told when a live run begins: whatever is computed here ends, and is tried again later."""
        if self._active is not None and not self._active.superseded:
            self._active.end_early()
            self.app.loop.call_later(_FORCE_SECONDS, self._force, self._active)

    def digests(self) -> set[str]:
        """Return the blobs that are remembered. Called in any thread."""
        return {digest for known in list(self.remembered) for digest in known.digests}

    def stop(self) -> None:
        """Told when the host stops: nothing more is begun."""
        self._stopped = True
        self.give_way()

    # ------------------------------------------------------------ computing

    def _new_cases(self, run: RunContext) -> Iterator[Case]:
        for name, element in run.elements.items():
            props = element.props
            if not isinstance(props, (InputProps, GroupProps)) or not props.examples:
                continue
            known = self._noted.get(name)
            self._noted[name] = element
            if known is element or (known is not None and known.props is props):
                continue  # the last run had the very same ones
            if isinstance(props, GroupProps):
                group = name if name in run.submit_groups else None
                yield from (Case(example.value, group) for example in props.examples)
            elif run.inputs[name].group is None:
                yield from (Case({name: example.value}) for example in props.examples)

    def _arm(self) -> None:
        if self._open and not self._stopped and not self._armed and self._active is None:
            self._armed = True
            self.app.loop.call_later(self.idle_seconds, self._take)

    def _take(self) -> None:
        self._armed = False
        version = self.app.version
        if version is None or version is not self._version or not self._open or self._active is not None:
            return
        if self.app.busy:
            self._arm()
            return
        taken = self._open.pop(0)
        taken.tries += 1
        active = self._active = ActiveRun(pressed=False)
        work = partial(self._compute, taken, active, version)
        active.job = Job(work, lambda place: None, client="examples", background=True)
        self.app.queue.submit(active.job)

    def _compute(self, taken: _Open, active: ActiveRun, version: Version) -> None:
        """Run a case. Called in the queue's thread."""
        case = taken.case
        blobs = self.app.blobs_for(set(digests_in(case.values)))
        submitted = {case.group: case.values} if case.group else {}
        run = RunContext(Given(dict(case.values), submitted), blobs, {}, version.variable_at)
        execution = self.app.execution(run, "examples", background=True)
        outcome = active.begin(run, case.values, execution).execute(version)
        with suppress(RuntimeError):  # the host stopped meanwhile, and its loop is closed
            self.app.loop.call_soon_threadsafe(self._computed, taken, active, run, outcome, blobs)

    def _computed(
        self, taken: _Open, active: ActiveRun, run: RunContext, outcome: Outcome, blobs: SessionBlobs
    ) -> None:
        self._active = None
        if run.personal or not run.precompute:
            self._open.clear()
        elif outcome.phase == "cancelled" and taken.tries < _MOST_TRIES:
            self._open.append(taken)
        elif outcome.phase == "done" and not outcome.rerun and self._version is self.app.version:
            self.remembered.append(_remembered(run, blobs))
        self._arm()

    def _force(self, active: ActiveRun) -> None:
        if self._active is active:
            active.force()
            self.app.loop.call_later(_FORCE_SECONDS, self._force, active)


def _remembered(run: RunContext, blobs: SessionBlobs) -> Remembered:
    inputs = {name: declared for name, declared in run.inputs.items() if not declared.input.momentary}
    return Remembered(
        used={name: declared.used for name, declared in inputs.items()},
        untouched={name for name, declared in inputs.items() if declared.used == declared.initial},
        groups={name: declared.group for name, declared in inputs.items() if declared.group is not None},
        shown={name: declared.raw for name, declared in run.inputs.items()},
        elements=dict(run.elements),
        outputs={f"output.{name}": output for name, output in run.outputs.items()},
        digests=set(blobs.visible),
    )


def _fits(known: Remembered, effective: Callable[[str, str | None], Json]) -> bool:
    for name, used in known.used.items():
        raw = effective(name, known.groups.get(name))
        if raw is MISSING:
            if name not in known.untouched:
                return False
        elif raw != used or type(raw) is not type(used):
            return False
    return True
