"""Which runs a sweep is made of: the variations of every input that a run met."""

from collections.abc import Iterator
from dataclasses import dataclass

from modelapp.core.context import RunContext
from modelapp.core.declared import Declared
from modelapp.core.errors import InvalidValue, did_you_mean
from modelapp.core.protocol import Json
from modelapp.core.variation import Transform


@dataclass(frozen=True, slots=True)
class SweepCase:
    """One run of a sweep.

    Attributes:
        number: Its place, from 1.
        input: Name of the input that is varied.
        label: The input's label.
        name: What was done to the value.
        raw: The varied raw value; of a transform only the run makes it.
        transform: What is done to the value instead, or None.
    """

    number: int
    input: str
    label: str
    name: str
    raw: Json
    transform: Transform | None = None


def cases(run: RunContext) -> list[SweepCase]:
    """Return the variations of the inputs that a run met, in the order of the page.

    Raises:
        InvalidValue: If the script names an input that there is not.
    """
    found: list[SweepCase] = []
    for name in run.transforms:
        if name not in run.inputs:
            raise InvalidValue(
                f"app(sweep=…) names {name!r}, and there is no such input. The script has: {', '.join(run.inputs)}.",
                hint=did_you_mean(name, run.inputs),
            )
    for declared in run.inputs.values():
        label = declared.input.label or declared.name
        for name, raw in _varied(declared, run):
            found.append(SweepCase(len(found) + 1, declared.name, label, name, raw))
        for transform in _transforms(declared, run):
            found.append(SweepCase(len(found) + 1, declared.name, label, transform.name, None, transform))
    return found


def _varied(declared: Declared, run: RunContext) -> Iterator[tuple[str, Json]]:
    """Yield what an input's value could have been as well: what it takes, and each of it once."""
    widget = declared.input
    if not _can_be_varied(declared):
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


def _transforms(declared: Declared, run: RunContext) -> list[Transform]:
    if not _can_be_varied(declared):
        return []
    return [*declared.input.transforms(), *run.transforms.get(declared.name, ())]


def _can_be_varied(declared: Declared) -> bool:
    widget = declared.input
    return not (widget.momentary or widget.disabled or widget.is_empty(declared.raw))
