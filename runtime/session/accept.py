"""Checking what a page sends against the inputs that the script declared. Pure: it changes nothing."""

from collections.abc import Iterable

from modelapp.core.blobs import Blobs
from modelapp.core.declared import Declared
from modelapp.core.errors import InvalidValue, did_you_mean
from modelapp.core.protocol import Json, Set


class Refused(Exception):
    """A message that is not taken.

    Args:
        text: Why, as a sentence for the reader.
        name: The input at fault, or None.
    """

    def __init__(self, text: str, name: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.name = name


class Known:
    """The inputs and groups that a session met, in its last runs and the one that is going on.

    Args:
        inputs: Inputs by name; of several mappings the first that has a name counts.
        groups: Ids of groups with a submit button.
    """

    def __init__(self, *inputs: dict[str, Declared], groups: Iterable[set[str]]) -> None:
        self._inputs = inputs
        self._groups = tuple(groups)

    def input(self, name: str) -> Declared | None:
        """Return an input by its name, or None."""
        for inputs in self._inputs:
            if name in inputs:
                return inputs[name]
        return None

    def is_group(self, name: str) -> bool:
        """Return True for the id of a group with a submit button."""
        return any(name in group for group in self._groups)

    def has(self, message: Set) -> bool:
        """Return True if all that a message names is known."""
        named = [*message.values, *([message.pressed] if message.pressed else [])]
        return all(self.input(name) is not None or self.is_group(name) for name in named)

    def members(self, group: str) -> list[Declared]:
        """Return the inputs of a group that have values."""
        found = {name: one for inputs in reversed(self._inputs) for name, one in inputs.items()}
        return [one for one in found.values() if one.group == group and not one.input.momentary]

    def no_input(self, name: str) -> str:
        """Return the sentence for a name that is not known."""
        near = did_you_mean(name, {other for inputs in self._inputs for other in inputs})
        return f"There is no input {name!r}." + (f" {near}" if near else "")


def accept(message: Set, known: Known, blobs: Blobs) -> dict[str, Json]:
    """Return a message's values in their normal form.

    Raises:
        Refused: At the first thing that is wrong.
    """
    accepted = {name: _accept_one(name, raw, known, blobs) for name, raw in message.values.items()}
    if message.pressed is not None and not known.is_group(message.pressed):
        target = known.input(message.pressed)
        if target is None or not target.input.momentary:
            raise Refused(f"There is no button {message.pressed!r}.")
        if target.input.disabled:
            raise Refused(f"“{target.input.label}” cannot be pressed now.", message.pressed)
    return accepted


def _accept_one(name: str, raw: Json, known: Known, blobs: Blobs) -> Json:
    declared = known.input(name)
    if declared is None:
        raise Refused(known.no_input(name))
    widget = declared.input
    if widget.momentary:
        raise Refused(f"“{widget.label}” is pressed, it has no value.", name)
    if widget.disabled:
        raise Refused(f"“{widget.label}” cannot be changed.", name)
    try:
        return None if raw is None else widget.accept(raw, blobs)
    except InvalidValue as problem:
        raise Refused(problem.message, name) from None


def same(one: Json, other: Json) -> bool:
    """Return True if two raw values are equal and of one type: 1 is neither 1.0 nor True."""
    return type(one) is type(other) and bool(one == other)
