"""What another script shows for inputs of a page: its outputs as elements, made in a worker process."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.declared import FromRaw
from modelapp.core.output import Output
from modelapp.core.protocol import Change, Element
from modelapp.model.call_files import CallBlobs
from modelapp.model.engines.going import Going
from modelapp.model.engines.threads import Answer, Fault
from modelapp.model.headless import Model
from modelapp.model.kept import NOT_TAKEN, KeptCase, failure_text, hindrance
from modelapp.script.interrupt import Interrupter
from modelapp.session.blobs import FileBlobs, SessionBlobs, digests_in


@dataclass(frozen=True, slots=True)
class DrawnCase(KeptCase):
    """A run on raw values whose outputs are drawn.

    Attributes:
        made: The folder that files go to of which the outputs are made.
    """

    made: Path = Path()

    def done(self, model: Model, going: Going) -> Answer:
        """Run the script on it."""
        return drawn(model, self)


class Drawn(Answer, frozen=True):
    """What became of a run whose outputs were to be drawn: elements or a fault."""

    elements: tuple[Element, ...] = ()
    packed: dict[str, bytes] = msgspec.field(default_factory=dict)
    """Pickled outputs by name, of those that can be."""


def drawn(model: Model, case: DrawnCase) -> Drawn:
    """Run one case in a worker process. A fault of the script or a value is part of the answer."""
    blobs = CallBlobs(lambda: case.made, SessionBlobs(FileBlobs(case.blobs), set(digests_in(dict(case.inputs)))))
    passed = {name: FromRaw(raw) for name, raw in case.inputs.items()}
    run, outcome = model.trial(passed, "explain", blobs=blobs, visitor=case.visitor, begin=_drawing)
    reason = hindrance(case.inputs, run, outcome)
    if reason is not None:
        return Drawn(case.position, fault=Fault(NOT_TAKEN, reason))
    if outcome.phase != "done":
        return Drawn(case.position, fault=Fault(type(outcome.error).__name__, failure_text(outcome)))
    elements = tuple(element for identity, element in run.elements.items() if identity.startswith("output."))
    packed = {name: found for name, output in run.outputs.items() if (found := _packed(output)) is not None}
    return Drawn(case.position, seconds=outcome.seconds, elements=elements, packed=packed)


def differences(other: Drawn, run: RunContext) -> tuple[tuple[Element, ...], tuple[Change, ...]]:
    """Return the other script's outputs where they differ from those of a run, and how the run's differ from them."""
    elements, changes = [], []
    theirs = {element.id: element for element in other.elements}
    outputs: Mapping[str, Output] = run.outputs
    for name, output in outputs.items():
        identity = f"output.{name}"
        element = theirs.get(identity)
        if element is None or element == run.elements.get(identity):
            continue
        elements.append(element)
        before = _unpacked(other.packed.get(name))
        text = output.change_from(before) if type(before) is type(output) else None
        changes.append(Change(identity, text))
    return tuple(elements), tuple(changes)


def _drawing(run: RunContext) -> Interrupter:
    run.drawn = True
    return Interrupter(run)


def _packed(output: Output) -> bytes | None:
    if not output.answers:  # pictures and tables change in no line of text
        return None
    try:
        return pickle.dumps(output)
    except Exception:  # what the script passed may be anything
        return None


def _unpacked(packed: bytes | None) -> Any:
    try:
        return None if packed is None else pickle.loads(packed)
    except Exception:  # a class that only the other script has
        return None
