"""The runs of a sweep, one after the other, so that whoever drives it can let others go first between two of them."""

from collections.abc import Iterable, Iterator

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.core.errors import InvalidValue, did_you_mean
from modelapp.core.output import Output
from modelapp.core.protocol import Json
from modelapp.model.around import Around
from modelapp.model.engines.threads import Fault, fault_of
from modelapp.model.sweep.cases import SweepCase, cases
from modelapp.script.run import Outcome
from modelapp.script.source import Version

_SAME = 1e-6
"""A distance below is none: a model that is called for several examples at once may round in another order."""


class Varied(msgspec.Struct, frozen=True):
    """What became of the answer where one input was slightly another."""

    number: int
    """From 1, in the order of the runs."""
    input: str
    label: str
    """The input's."""
    variation: str
    """What was done to its value."""
    change: str = "no change"
    """For reading, as "pacemaker 0.97 → 0.08"."""
    distance: float = 0.0
    """From the answer before: 0 is equal, 1 as far as can be."""
    now: str | None = None
    """What the answer decides for now, if that is something else."""
    fault: Fault | None = None
    """Why there is no answer, or None."""


class Sweep:
    """The sweep around one run.

    Args:
        version: The script.
        base: The run whose answer is compared with; it ended well.
        answer: Name of the output that is the answer; None takes the first label, else number, else text, else any.
        visitor: Name of the person for whom it is done, or None.

    Raises:
        InvalidValue: If the run has no such output, or none at all.
    """

    def __init__(
        self, version: Version, base: RunContext, answer: str | None = None, visitor: str | None = None
    ) -> None:
        self._around = Around(version, base, visitor)
        self._base = base
        self.answer = answer_of(base, answer)
        self.before = base.outputs[self.answer].decision()
        """What the answer decides for, or None."""
        self.values: dict[str, Json] = {
            name: declared.raw for name, declared in base.inputs.items() if not declared.input.momentary
        }
        """Raw values of the inputs that are varied around."""
        self.cases: list[SweepCase] = cases(base)
        self.rows: list[Varied] = []
        """What is done, in the order of the cases."""
        self._made: dict[int, Json] = {}
        """Raw values that transforms made, by the number of the case."""

    @property
    def total(self) -> int:
        """How many runs there are."""
        return len(self.cases)

    def steps(self, part: int = 0, parts: int = 1) -> Iterator[Varied]:
        """Do the sweep; several runs may have been done at once for a row.

        Args:
            part: The first run that is done, from 0.
            parts: Every so many-th is done from there.
        """
        around = self._around
        cases = self.cases[part::parts]
        try:
            for first in range(0, len(cases), around.at_once):
                rows = self._done(cases[first : first + around.at_once])
                self.rows.extend(rows)
                yield from rows
                if around.stopped:
                    return
        finally:
            around.close()

    def picture_of(self, number: int) -> bytes | None:
        """Return a small picture file of a case's value, or None where a picture says nothing."""
        case = self.cases[number - 1]
        raw = self._made.get(number, case.raw)
        return self._base.inputs[case.input].input.picture_of(raw, self._base.blobs)

    def values_of(self, number: int) -> dict[str, Json]:
        """Return the raw values of a case by input name.

        Raises:
            InvalidValue: If there is none of that number.
        """
        if not 0 < number <= len(self.cases):
            raise InvalidValue("There is no such variation any more.")
        case = self.cases[number - 1]
        if case.transform is not None and number not in self._made:
            raise InvalidValue("There is no value to show: the variation failed.")
        return {**self.values, case.input: self._made.get(number, case.raw)}

    def stop(self) -> None:
        """End the runs that are going on, from any thread, and begin no other."""
        self._around.stop()

    def _done(self, cases: list[SweepCase]) -> list[Varied]:
        """Do cases at once; return what became of the answers, without those that were ended."""
        rows: dict[int, Varied] = {}
        givens: list[tuple[SweepCase, Given]] = []
        for case in cases:
            try:
                givens.append((case, self._given(case)))
            except Exception as error:  # the script's own function may raise anything
                rows[case.number] = _failed(case, fault_of(error, self._around.version.path, self._base.inputs))
        done = self._around.runs([given for _, given in givens])
        for (case, _), (run, outcome) in zip(givens, done, strict=True):
            if outcome.phase == "cancelled":
                continue
            if case.transform is not None and case.input in run.inputs:
                self._made[case.number] = run.inputs[case.input].raw
            rows[case.number] = self._compared(case, run, outcome)
        return [rows[number] for number in sorted(rows)]

    def _given(self, case: SweepCase) -> Given:
        """Return what a case's run gets. What is not varied is not decoded again."""
        parsed = self._base.inputs
        if case.transform is None:
            return Given({**self.values, case.input: case.raw}, parsed=parsed)
        declared = parsed[case.input]
        passed = {case.input: case.transform.apply(declared.input.copy_value(declared.value))}
        return Given(self.values, parsed=parsed, passed=passed)

    def _compared(self, case: SweepCase, run: RunContext, outcome: Outcome) -> Varied:
        before, output = self._base.outputs[self.answer], run.outputs.get(self.answer)
        if outcome.phase == "failed" and outcome.error is not None:
            return _failed(case, fault_of(outcome.error, self._around.version.path, run.inputs))
        if outcome.phase == "waiting":
            names = ", ".join(outcome.waiting_for)
            return _failed(case, Fault("MissingInput", f"The script waits for {names}.", case.input))
        if output is None or type(output) is not type(before):
            return _failed(case, Fault("NoAnswer", f"There is no {self.answer} of the same kind any more."))
        distance = output.distance_from(before)
        if distance < _SAME:
            return Varied(case.number, case.input, case.label, case.name)
        decision = output.decision()
        now = decision if decision != before.decision() else None
        change = output.change_from(before) or "changed"
        return Varied(case.number, case.input, case.label, case.name, change, distance, now)


def _failed(case: SweepCase, fault: Fault) -> Varied:
    return Varied(case.number, case.input, case.label, case.name, "failed", 1.0, fault=fault)


def answer_of(run: RunContext, name: str | None = None) -> str:
    """Return the name of the output that stands for a run's answer.

    Raises:
        InvalidValue: If the run has no output of that name, or none at all.
    """
    outputs: dict[str, Output] = run.outputs
    if name is not None and name not in outputs:
        known = ", ".join(outputs) or "none"
        raise InvalidValue(f"There is no output {name!r}. The script has: {known}.", hint=did_you_mean(name, outputs))
    if not outputs:
        raise InvalidValue("The script has no output that could change.")
    return name or max(outputs, key=lambda one: outputs[one].answers)


def worst_first(rows: Iterable[Varied]) -> list[Varied]:
    """Return rows by what they say against the answer: faults, then other decisions, then by distance."""
    return sorted(rows, key=lambda row: (row.fault is None, row.now is None, -row.distance, row.number))
