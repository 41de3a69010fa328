"""A sweep as an errand: around the run with some values, where the model is."""

from dataclasses import dataclass

import msgspec
from modelapp.core.errors import RunFailed
from modelapp.model.engines.going import Going
from modelapp.model.errands import Done, Errand
from modelapp.model.headless import Model
from modelapp.model.sweep.runs import Sweep, Varied


class SweepReport(msgspec.Struct, frozen=True):
    """What a sweep, or a part of one, has found.

    Attributes:
        answer: Name of the output that is the answer.
        before: What it decided for, or None.
    """

    answer: str
    before: str | None
    rows: tuple[Varied, ...]


@dataclass(frozen=True, slots=True)
class SweepErrand(Errand):
    """A sweep around a case: every `parts`-th variation, from its position on.

    Attributes:
        answer: Name of the output that is the answer; None takes the first label, else number, else text, else any.
    """

    answer: str | None = None

    def done(self, model: Model, going: Going) -> Done:
        """Do it."""
        base, _ = model.call(self.inputs, self.edits, "explain", begin=going.begin)
        if model.version is None:
            raise RunFailed(f"{model.path.name} cannot be run any more.")
        sweeping = Sweep(model.version, base, self.answer)
        going.stops_by(sweeping.stop)
        for count, _ in enumerate(sweeping.steps(self.position, self.parts), start=1):
            going.tell((self.position, count, sweeping.total))
        return Done(self.position, report=SweepReport(sweeping.answer, sweeping.before, tuple(sweeping.rows)))


def together(reports: list[SweepReport]) -> SweepReport:
    """Return the parts of a sweep as one."""
    rows = sorted((row for report in reports for row in report.rows), key=lambda row: row.number)
    return SweepReport(reports[0].answer, reports[0].before, tuple(rows))
