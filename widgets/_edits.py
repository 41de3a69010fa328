"""Lists of edits as they come from the wire: checked, and brought into their normal form.

An edit never destroys: a raw value holds the untouched original and `edits`, the list of what to do to it. What the
edits of a medium are is in a module of its own (`_picture_edits`, `_sound_edits`, …): records that extend
`modelapp.core.protocol.Edit` through one base class for the medium. Pure functions do them.
"""

from collections.abc import Collection
from typing import Any

import msgspec
from modelapp.core.errors import InvalidValue, did_you_mean
from modelapp.core.protocol import Json

MOST_EDITS = 500
"""Longest list that is taken: a person makes a few dozen, and every run applies them all."""


def checked_edits(
    name: str, raw: Json, union: Any, allowed: Collection[str] | None = None, *, most: int = MOST_EDITS
) -> list[Any]:
    """Return a list of edits from the wire as records.

    Args:
        name: What a message calls the input.
        raw: The list of objects.
        union: The union of the records that can be in it.
        allowed: The values of `op` that this input offers; None is all.
        most: Longest list that is taken.

    Raises:
        InvalidValue: If one of them is none of these, or has a value that it cannot have; names its place and its `op`.
    """
    if not isinstance(raw, list):
        raise InvalidValue(f"The edits of “{name}” must be a list.")
    if len(raw) > most:
        raise InvalidValue(f"“{name}” has {len(raw):,} edits: at most {most:,} are taken. Undo some, or reset it.")
    known = [record.__struct_config__.tag for record in getattr(union, "__args__", (union,))]
    return [_checked(name, place, item, union, known, allowed) for place, item in enumerate(raw, 1)]


def _checked(name: str, place: int, item: Json, union: Any, known: list[Any], allowed: Collection[str] | None) -> Any:
    operation = item.get("op") if isinstance(item, dict) else None
    if not isinstance(operation, str) or operation not in known:
        hint = did_you_mean(operation, known) if isinstance(operation, str) else None
        raise InvalidValue(f"Edit {place} of “{name}” is none that can be made: {', '.join(known)}.", hint=hint)
    if allowed is not None and operation not in allowed:
        raise InvalidValue(f"Edit {place} of “{name}” is a {operation}, which the script does not offer.")
    try:
        return msgspec.json.decode(msgspec.json.encode(item), type=union)  # by way of JSON, which has no NaN
    except (msgspec.ValidationError, TypeError, OverflowError) as problem:
        raise InvalidValue(f"Edit {place} of “{name}” ({operation}) cannot be made: {problem}.") from problem


def as_raw(edits: Collection[msgspec.Struct]) -> list[Json]:
    """Return edits as they are stored and sent: with lists where a record has tuples, so that they equal what came."""
    raw: list[Json] = msgspec.json.decode(msgspec.json.encode(list(edits)))
    return raw
