"""How a value is written in an error."""

from collections.abc import Sequence
from typing import Any


def describe(value: Any, limit: int = 60) -> str:
    """Return a value as short text for an error: its repr, or its type and shape for an array, cut to `limit`."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, Sequence):
        return f"{type(value).__name__} of shape {tuple(shape)}"
    try:
        text = repr(value)
    except Exception as error:  # a user's own __repr__ may do anything
        text = f"<{type(value).__name__}: repr failed with {type(error).__name__}>"
    return text if len(text) <= limit else text[: limit - 1] + "…"
