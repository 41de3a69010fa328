"""Which runs a sweep is made of: the variations of every input that a run met."""

from collections.abc import Iterator
from dataclasses import dataclass

from modelapp.core.context import RunContext
from modelapp.core.declared import Declared
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Json


@dataclass(frozen=True, slots=True)
class SweepCase:
    """One run of a sweep.

    Attributes:
        number: Its place, from 1.
        input: Name of the input that is varied.
        label: The input's label.
        name: What was done to the value.
        raw: The varied raw value.
    """

    number: int
    input: str
    label: str
    name: str
    raw: Json


def cases(run: RunContext) -> list[SweepCase]:
    """Return the variations of the inputs that a run met, in the order of the page."""
    found: list[SweepCase] = []
    for declared in run.inputs.values():
        label = declared.input.label or declared.name
        for name, raw in _varied(declared, run):
            found.append(SweepCase(len(found) + 1, declared.name, label, name, raw))
    return found


def _varied(declared: Declared, run: RunContext) -> Iterator[tuple[str, Json]]:
    """Yield what an input's value could have been as well: what it takes, and each of it once."""
    widget = declared.input
    if widget.momentary or widget.disabled or widget.is_empty(declared.raw):
        return
    seen = [declared.raw]
    for name, raw in widget.variations(declared.raw):
        try:
            accepted = widget.accept(raw, run.blobs)
        except InvalidValue:
            continue  # beyond a bound, or too long
        if accepted in seen or (widget.required and widget.is_empty(accepted)):
            continue
        seen.append(accepted)
        yield name, accepted
