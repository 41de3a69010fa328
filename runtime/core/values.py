"""From what somebody set or passed to the raw value of an input, and what is said where that cannot be."""

from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.declared import MISSING, Declared, FromCells, FromJson, FromText, Given
from modelapp.core.describe import describe
from modelapp.core.errors import DuplicateName, InvalidValue, WrongInput
from modelapp.core.input import Input
from modelapp.core.names import unused
from modelapp.core.protocol import Json


def passed_raw(name: str, widget: Input[Any], given: Given, initial: Json, blobs: Blobs) -> Json:
    """Return the raw form of what a caller of the script passed for an input.

    Raises:
        WrongInput: If the input does not accept it; names the input, the value, and what it accepts.
    """
    passed = given.passed.get(name, MISSING)
    try:
        if isinstance(passed, (FromText, FromCells)):
            passed = passed.given_to(widget)
        if isinstance(passed, FromJson):
            raw = passed.raw(widget, blobs)
        else:
            raw = initial if passed is MISSING else widget.encode(passed, blobs)
        if name not in given.edits:
            return raw
        if not isinstance(raw, dict) or "edits" not in raw:
            raise InvalidValue("it cannot be edited" if raw is not None else "it is empty, so it cannot be edited")
        return widget.accept({**raw, "edits": given.edits[name]}, blobs)
    except InvalidValue as problem:
        shown = str(passed) if isinstance(passed, Path) else passed
        what = "" if passed is MISSING else f"={describe(shown)}"
        raise WrongInput(f"{name}{what}: {problem.message}", hint=problem.hint, name=name) from problem


def fitted(widget: Input[Any], stored: Json, initial: Json, blobs: Blobs) -> tuple[Json, str | None]:
    """Return a stored value as an input takes it now, or what it begins with, and why it is another, or None."""
    if stored is MISSING:
        return initial, None
    try:
        return widget.adapt(stored, blobs)
    except InvalidValue as problem:
        return initial, f"Set back to its default. {problem.message}"


def duplicate(name: str, widget: Input[Any], frame: FrameType, inputs: Mapping[str, Declared]) -> DuplicateName:
    """Return the error that a second input of a name is."""
    first = inputs[name]
    where = Path(frame.f_code.co_filename).name
    places = (
        f"lines {first.line} and {frame.f_lineno} of {where}"
        if where == first.file
        else f"line {first.line} of {first.file} and line {frame.f_lineno} of {where}"
    )
    return DuplicateName(
        f"Two inputs are named {name!r}: {places}.",
        hint=f'Pass key= to one of them, for example {widget.kind}(…, key="{unused(name, inputs)}").',
    )
