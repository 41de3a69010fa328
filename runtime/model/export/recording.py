"""The runs of a record, one after the other, and what is kept of them. Prints nothing and writes no file."""

import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of_package
from pathlib import Path
from shutil import rmtree
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.declared import Declared, Given
from modelapp.core.errors import InvalidValue, RunFailed, ScriptError
from modelapp.core.protocol import AppProps, Explanation, Json, RecordedCase, RecordedPage, SweepRow
from modelapp.core.values import passed_raw
from modelapp.model.check.cases import examples
from modelapp.model.explain.runs import Explaining
from modelapp.model.export.cases import Values, around, check_names, edited, key_of, values_of
from modelapp.model.export.keeping import Keeping
from modelapp.model.export.telling import failure_text, title_of, told
from modelapp.model.sweep.runs import Sweep, worst_first
from modelapp.script.results import used_values
from modelapp.script.run import MOST_RERUNS, TOO_MANY_RERUNS, Outcome, Script, execute
from modelapp.script.weights import version_of
from modelapp.session.blobs import FileBlobs, SessionBlobs

MOST_RUNS = 1000
"""How often a script is run for one record, where nobody says another number."""


_AT_ONCE = 20
"""More runs than one step of a map does."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a record is to hold.

    Attributes:
        sweep: True for variations of what the page begins with and of its examples.
        explain: True for maps of what their answers rest on.
        edits: Each a set of edits by input name, done to all of these.
        grid: Values of inputs by name, in any form that the input takes; all combinations are asked.
        most: How often the script may be run.
    """

    sweep: bool = True
    explain: bool = True
    edits: Sequence[Mapping[str, list[Json]]] = ()
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    most: int = MOST_RUNS


@dataclass(slots=True)
class _Asked:
    """One run that was done."""

    run: RunContext
    outcome: Outcome
    rows: tuple[SweepRow, ...] | None = None
    maps: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A record, and what went into it: see `ExportReport`."""

    page: RecordedPage
    cases: int
    runs: int
    seconds: float
    faults: tuple[str, ...]
    left_out: tuple[str, ...]


class Recording:
    """The making of one record.

    Args:
        script: The script, which compiles.
        wanted: What the record is to hold.
    """

    def __init__(self, script: Script, wanted: Wanted) -> None:
        version = script.version
        assert version is not None
        self._script, self._version, self._wanted = script, version, wanted
        folder = Path(tempfile.mkdtemp(prefix="modelapp-"))
        weakref.finalize(self, rmtree, folder, ignore_errors=True)
        self._blobs = SessionBlobs(FileBlobs(folder), set())
        self._asked: dict[bytes, _Asked] = {}
        self._starts: list[_Asked] = []
        self.runs = 0
        """How often the script was run."""
        self.seconds = 0.0
        """How long it ran for the cases, without sweeps and maps."""
        self.left_out: list[str] = []
        """Sentences: what was not asked for want of runs."""

    @property
    def cases(self) -> int:
        """How many cases there are so far."""
        return len(self._asked)

    @property
    def faults(self) -> list[str]:
        """What became of the cases without an answer: a line each."""
        return [f"{told(one.run)}: {said}" for one in self._asked.values() if (said := self._said(one)) is not None]

    def steps(self) -> Iterator[int]:
        """Ask all that is wanted, one run a step or more; yields how many are done.

        Raises:
            InvalidValue: If `grid` or `edits` name no input, or give one what it does not take.
            RunFailed: If no case has an answer; says why.
        """
        begin = self._ask({})
        yield self.runs
        wanted = [{**values_of(begin.run), **case.values} for case in examples(begin.run)]
        yield from self._ask_all(wanted, "examples")
        self._starts = list(self._asked.values())
        met = {name: one for start in self._starts for name, one in start.run.inputs.items()}
        check_names(self._wanted.grid, met, "grid")
        grid = {name: self._raws(name, met, values) for name, values in self._wanted.grid.items()}
        yield from self._ask_all(self._edited(met), "edited cases")
        more = (values for start in self._starts for values in around(start.run, grid))
        yield from self._ask_all(list(more), "positions of controls")
        if not any(one.outcome.phase == "done" for one in self._asked.values()):
            raise self._nothing(begin)
        if self._wanted.sweep:
            yield from self._sweeps()
        if self._wanted.explain:
            yield from self._maps()

    def record(self) -> Record:
        """Return the record, and what went into it."""
        return Record(
            self.page(), self.cases, self.runs, round(self.seconds, 4), tuple(self.faults), tuple(self.left_out)
        )

    def page(self) -> RecordedPage:
        """Return the record."""
        asked = list(self._asked.values())
        first = asked[0].run
        app = first.elements.get("layout.app")
        title = app.props.title if app is not None and isinstance(app.props, AppProps) else ""
        keeping = Keeping(self._blobs)
        cases = tuple(self._recorded(one, keeping) for one in asked)
        return keeping.page(
            title=title or self._script.path.stem,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            modelapp=_own_version(),
            version=self._version_text(asked),
            cases=cases,
            left_out=tuple(self.left_out),
        )

    # ------------------------------------------------------------ cases

    def _ask(self, values: Values) -> _Asked:
        """Run the script on a case."""
        parsed = next(iter(self._asked.values())).run.inputs if self._asked else {}
        run, outcome = self._run(Given(values, parsed=parsed))
        if isinstance(outcome.error, KeyboardInterrupt):
            raise outcome.error
        self.runs += 1
        self.seconds += outcome.seconds
        asked = self._asked[key_of(values_of(run))] = _Asked(run, outcome)
        return asked

    def _run(self, given: Given) -> tuple[RunContext, Outcome]:
        state, memory = dict[str, Any](), dict[Any, Any]()
        for _ in range(MOST_RERUNS):
            run = RunContext(given, self._blobs, state, self._version.variable_at, mode="bulk", memory=memory)
            run.drawn = True  # the page is what is kept
            outcome = execute(self._version, run)
            if not outcome.rerun:
                return run, outcome
        return run, Outcome("failed", error=RunFailed(TOO_MANY_RERUNS))

    def _ask_all(self, wanted: list[dict[str, Json]], what: str) -> Iterator[int]:
        new = {key: values for values in wanted if (key := key_of(values)) not in self._asked}
        room = max(0, self._wanted.most - self.runs)
        for values in list(new.values())[:room]:
            self._ask(values)
            yield self.runs
        if len(new) > room:
            self.left_out.append(f"{len(new) - room} of {len(new)} {what} were not asked.")

    def _raws(self, name: str, met: Mapping[str, Declared], given: Sequence[Any]) -> list[Json]:
        widget, initial = met[name].input, met[name].initial
        return [passed_raw(name, widget, Given(passed={name: one}), initial, self._blobs) for one in given]

    def _edited(self, met: Mapping[str, Declared]) -> list[dict[str, Json]]:
        found = []
        for edits in self._wanted.edits:
            check_names(edits, met, "edits")
            cases = [case for one in self._starts if (case := edited(one.run, edits)) is not None]
            if not cases:
                names = ", ".join(edits)
                raise InvalidValue(
                    f"No case has {names} to edit.", hint=f"Give the script's input examples: {names}=…(examples=[…])."
                )
            found += cases
        return found

    def _nothing(self, begin: _Asked) -> ScriptError | RunFailed:
        """Return why there is nothing to record."""
        name = self._script.path.name
        if begin.outcome.phase == "waiting":
            missing = [name for name in begin.outcome.waiting_for if name in begin.run.inputs]
            calls = [f"{name} = {begin.run.inputs[name].input.kind}(examples=[…])" for name in missing]
            have = "has" if len(missing) == 1 else "have"
            return ScriptError(
                f"{name} has nothing to record: {', '.join(missing)} {have} no example.",
                hint=f"Give examples: {'; '.join(calls)}.",
            )
        return RunFailed(f"{name} has nothing to record, as no case has an answer.\n" + "\n".join(self.faults[:3]))

    # ------------------------------------------------------------ sweeps and maps

    def _answered(self, option: str) -> list[_Asked]:
        """Return what the page begins with and its examples, as far as there is an answer and the script allows it."""
        found = []
        for one in self._starts:
            app = one.run.elements.get("layout.app")
            allowed = getattr(app.props, option) if app is not None else True
            if allowed and one.outcome.phase == "done" and one.run.outputs and one.run.inputs:
                found.append(one)
        return found

    def _sweeps(self) -> Iterator[int]:
        left = 0
        for one in self._answered("sweep"):
            sweep = Sweep(self._version, one.run)
            if len(sweep.cases) > self._wanted.most - self.runs:
                left += 1
                continue
            for _ in sweep.steps():
                self.runs += 1
                yield self.runs
            if sweep.rows:
                one.rows = tuple(self._row(sweep, row) for row in worst_first(sweep.rows))
        if left:
            self.left_out.append(f"The variations of {left} {'case' if left == 1 else 'cases'} were not asked.")

    def _row(self, sweep: Sweep, row: Any) -> SweepRow:
        picture = None
        with suppress(Exception):  # foreign bytes may make a decoder raise anything, and the row says all without it
            content = sweep.picture_of(row.number)
            picture = None if content is None else self._blobs.put(content)
        fault = None if row.fault is None else f"{row.fault.type}: {row.fault.message}"
        named = (row.number, row.input, row.label, row.variation, row.change, row.distance, row.now)
        return SweepRow(*named, fault, picture)

    def _maps(self) -> Iterator[int]:
        """Make the maps, as long as there is room for a whole one."""
        open_cases = self._answered("explain")
        last = self._wanted.most - _AT_ONCE
        while open_cases and self.runs < last:
            one = open_cases[0]
            explaining, before = Explaining(self._version, one.run), self.runs
            for done in explaining.steps():
                self.runs = before + done
                yield self.runs
                if self.runs > last:
                    explaining.stop()
                    break
            else:
                one.maps = tuple(found for found in explaining.reports() if found.made)
                open_cases.pop(0)
        if open_cases:
            left = "1 case" if len(open_cases) == 1 else f"{len(open_cases)} cases"
            self.left_out.append(f"What the answer rests on was not asked of {left}.")

    # ------------------------------------------------------------ what is kept

    def _recorded(self, one: _Asked, keeping: Keeping) -> RecordedCase:
        run, outcome = one.run, one.outcome
        for name, declared in run.inputs.items():
            if not declared.input.momentary:
                keeping.value(name, declared.input, declared.raw, title_of(run, name, declared.raw))
        for row in one.rows or ():
            keeping.digest(row.picture)
        return RecordedCase(
            values=values_of(run),
            elements=tuple(keeping.element(element) for element in run.elements.values()),
            phase=outcome.phase,
            seconds=round(outcome.seconds, 4),
            waiting_for=outcome.waiting_for,
            said=failure_text(outcome),
            rows=one.rows,
            maps=one.maps,
        )

    def _said(self, one: _Asked) -> str | None:
        if one.outcome.phase == "waiting":
            return f"waits for {', '.join(one.outcome.waiting_for)}"
        return failure_text(one.outcome)

    def _version_text(self, asked: list[_Asked]) -> str:
        used = [pair for one in asked for pair in used_values(one.run, self._script.path.parent)]
        return version_of(self._script.code_digest(self._version), used)


def _own_version() -> str:
    try:
        return version_of_package("modelapp")
    except PackageNotFoundError:  # sent to this node, and not installed
        return "unknown"
