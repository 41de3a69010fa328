"""What a check runs a script on: the examples that it offers, and values at the edge of what its inputs take."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from modelapp.core.context import RunContext
from modelapp.core.declared import Declared
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ModelAppError
from modelapp.core.input import Edge
from modelapp.core.protocol import GroupProps, InputProps, Json
from modelapp.session.blobs import SessionBlobs


@dataclass(frozen=True, slots=True)
class Case:
    """What to run the script on.

    Attributes:
        values: Raw values by input name; the others begin as on the page.
        text: What it is, for a reader.
        declared: True if the script itself offers it: its defaults, examples, bounds and choices.
    """

    values: Mapping[str, Json]
    text: str
    declared: bool = True


def examples(run: RunContext) -> Iterator[Case]:
    """Yield the examples of the inputs and groups that a run met, but for those that it began with."""
    for name, element in run.elements.items():
        props = element.props
        if isinstance(props, InputProps):
            for example in props.examples:
                if run.inputs[name].raw != example.value:
                    yield Case({name: example.value}, f"{name} = {example.label}")
        elif isinstance(props, GroupProps):
            for example in props.examples:
                yield Case(example.value, f"the example {example.label}")


def edges(run: RunContext, blobs: SessionBlobs) -> Iterator[Case]:
    for name, declared in run.inputs.items():
        widget = declared.input
        if widget.momentary or widget.disabled:
            continue
        optional = [] if widget.required else [Edge(None, "empty", True)]
        for edge in (*widget.edges(), *optional):
            try:
                raw = None if edge.given is None else widget.encode(edge.given, blobs)
            except ModelAppError:
                continue  # not one of this input's after all
            if raw != declared.raw:
                yield Case({name: raw}, f"{name} = {edge.text or describe(edge.given)}", edge.declared)


def stand_in(declared: Declared, blobs: SessionBlobs) -> Json:
    """Return a raw value for an input that has none to begin with, or None if nothing is known."""
    sample = declared.input.sample()
    with suppress(InvalidValue):
        return None if sample is None else declared.input.encode(sample, blobs)
    return None
