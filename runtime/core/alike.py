"""Whether two options of a script are surely the same."""

from typing import Any


def alike(one: Any, other: Any) -> bool:
    """Return True if two options are surely equal; False where that cannot be told (arrays, frames, odd objects)."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    try:
        if hasattr(one, "iterrows"):  # a frame, which a script may make anew in every run
            return bool(one.equals(other))
        return bool(one == other)
    except Exception:  # == of an array, a frame or a user's class may raise or have no truth
        pass
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(alike(a, b) for a, b in zip(one, other, strict=True))
    if hasattr(one, "tobytes") and hasattr(one, "dtype"):
        return bool(one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes())
    return False
