"""What is more than one run of a script, and is done where its model is: a sweep, an explanation, a check, a record.

An errand is a case whose answer holds a report. Those that can be divided are: each replica does its part.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from modelapp.core.errors import RunFailed
from modelapp.model.engines.threads import Answer, Case, Engine


class Done(Answer, frozen=True):
    """What came of an errand."""

    report: Any = None


@dataclass(frozen=True, slots=True)
class Errand(Case):
    """An errand, or a part of one.

    Attributes:
        parts: How many errands like this there are, for different parts of the same.
    """

    parts: int = 1


def done(engine: Engine, errands: Sequence[Errand], told: Callable[[Any], None] | None = None) -> Iterator[Any]:
    """Do errands; yield the report of each, as they are ready.

    Args:
        told: Called with what they tell meanwhile, in any thread, by engines that can.

    Raises:
        ModelAppError: Whatever one of them raises.
        RunFailed: If one is lost.
    """
    engine.told = told
    for answer in engine.run(errands):
        if not isinstance(answer, Done):
            raise RunFailed(str(answer.fault))
        yield answer.report
