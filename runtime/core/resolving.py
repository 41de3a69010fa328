"""What a run finds of an input that is not just as it was: its value, and its element on the page.

Knows no run: what it needs of one is handed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import CodeType
from typing import Any, NamedTuple

from modelapp.core.blobs import Blobs
from modelapp.core.declared import MISSING, Declared, Given
from modelapp.core.input import Input
from modelapp.core.protocol import Element, Json
from modelapp.core.values import fitted, passed_raw

UNDRAWN = Element("", "", None)
"""Stands for the elements of a run that makes no page."""


@dataclass(slots=True)
class Group:
    """A group of inputs that is being declared.

    Attributes:
        id: Of its element.
        submit: True if its values count only once its button was pressed.
        example: Given values of its first example, by input name.
        names: Of its inputs so far.
        waiting: Names of those that are empty and required.
    """

    id: str
    submit: bool
    example: Mapping[str, Any]
    names: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


class Place(NamedTuple):
    """Where an input is declared.

    Attributes:
        parent: Id of the container that it is in.
        code: The code that declares it, and the number of the instruction that does.
        group: The group that it is in, if that may hold its value back; None if not.
    """

    name: str
    parent: str
    code: CodeType
    instruction: int
    group: Group | None


class Stores(NamedTuple):
    """Where large values are: the session's, and those of the script's own, which outlast the run."""

    session: Blobs
    script: Blobs


def resolved(place: Place, widget: Input[Any], given: Given, stores: Stores, *, drawn: bool) -> Declared:
    """Find an input's value and element, taking over from the last run what has not changed.

    Args:
        place: Where it is declared.
        widget: The input.
        given: What the run starts from.
        stores: Where large values are.
        drawn: True if the run makes a page.
    """
    name, last = place.name, given.parsed.get(place.name)
    same = last is not None and last.input.same_options(widget)
    initial = last.initial if last and same else widget.start(stores.script)
    stored = given.values.get(name, MISSING)
    if name in given.passed or name in given.edits:
        stored = passed_raw(name, widget, given, initial, stores.session)
    raw, note = fitted(widget, stored, initial, stores.session)
    used, group_id = raw, None
    if place.group and place.group.submit:
        group_id = place.group.id
        submitted = given.submitted.get(group_id, {})
        used, _ = fitted(widget, submitted.get(name, MISSING), initial, stores.session)
    element = _element(place, widget, note, last if same else None, stores.session) if drawn else UNDRAWN
    if last and same and last.used == used and type(last.used) is type(used) and not widget.momentary:
        value = last.value
    else:
        blobs = stores.script if stored is MISSING else stores.session
        value = widget.empty_value() if widget.is_empty(used) else widget.parse(used, blobs)
    return Declared(
        name, widget, raw, initial, used, stored, value, element, note, place.code, place.instruction, group_id
    )


def _element(place: Place, widget: Input[Any], note: str | None, last: Declared | None, blobs: Blobs) -> Element:
    """Return the input's element: that of the last run, where nothing of it is another."""
    if last and note == last.note:
        is_there = last.element.parent == place.parent
        return last.element if is_there else Element(place.name, place.parent, last.element.props)
    common: dict[str, Json] = {
        "label": widget.label,
        "help": widget.help,
        "required": widget.required,
        "disabled": widget.disabled,
        "examples": widget.example_list(blobs),
        "note": note,
    }
    return Element(place.name, place.parent, widget.props(common, blobs))
