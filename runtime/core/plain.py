"""Data of any library as what JSON has."""

import dataclasses
from collections.abc import Mapping, Set
from datetime import date, time
from enum import Enum
from typing import Any

from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError

_DEPTH_LIMIT = 100


def plain_json(value: Any, depth: int = 0) -> Any:
    """Return data of any library as what JSON has: None, bool, int, float, str, lists and dicts with str keys.

    Raises:
        ScriptError: If it is nested more than 100 deep, which it is if it contains itself.
    """
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Enum):
        return plain_json(value.value, depth)
    if isinstance(value, (int, float)):
        return value if type(value) in (int, float) else value.real
    if depth > _DEPTH_LIMIT:
        raise ScriptError(f"{describe(value)} is nested more than {_DEPTH_LIMIT} deep. Does it contain itself?")
    if isinstance(value, Mapping):
        return {str(key): plain_json(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(entry, depth + 1) for entry in value]
    if isinstance(value, Set):
        return sorted((plain_json(entry, depth + 1) for entry in value), key=str)
    if isinstance(value, (date, time)):  # a datetime is a date
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (field.name for field in dataclasses.fields(value))
        return {name: plain_json(getattr(value, name), depth + 1) for name in names}
    if hasattr(value, "detach"):  # a PyTorch tensor
        value = value.detach().cpu()
    elif hasattr(value, "numpy") and hasattr(value, "shape"):  # a TensorFlow tensor
        value = value.numpy()
    for method in ("tolist", "to_dict", "_asdict"):
        if hasattr(value, method) and not isinstance(value, type):
            return plain_json(getattr(value, method)(), depth + 1)
    return str(value)
