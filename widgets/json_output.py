"""Nested data, as indented JSON."""

import dataclasses
import json
from collections.abc import Mapping, Set
from datetime import date, time
from enum import Enum
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.context import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.protocol import OutputProps
from modelapp.core.widget import Output

_CHARACTERS_SHOWN = 200_000
_DEPTH_LIMIT = 100


class JsonOutputProps(OutputProps, frozen=True, kw_only=True, tag="json_output"):
    """JSON text, indented."""

    text: str
    truncated: bool = False
    """True: there was more than is worth sending to a page."""


class JsonOutput(Output):
    """Nested data. See `json_output`."""

    kind = "json_output"

    def __init__(self, value: Any, label: str | None = None, *, key: str | None = None) -> None:
        super().__init__(label, key=key)
        self.value = plain_json(value)

    def props(self, blobs: Blobs) -> JsonOutputProps:
        text = json.dumps(self.value, indent=2, ensure_ascii=False)
        return JsonOutputProps(label=self.label, text=text[:_CHARACTERS_SHOWN], truncated=len(text) > _CHARACTERS_SHOWN)

    def result(self) -> Any:
        return self.value


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
        raise ScriptError(
            f"json_output({describe(value)}): it is nested more than {_DEPTH_LIMIT} deep. Does it contain itself?"
        )
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


def json_output(value: Any, *, label: str | None = None, key: str | None = None) -> None:
    """Show nested data as indented JSON.

    Args:
        value: dicts, lists and what is in them; arrays, tensors, dataclasses, dates and sets are written as plain
            data, anything else as str(value). The page shows the first 200,000 characters.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "json".

    Raises:
        ScriptError: If the data contains itself.

    Example:
        >>> import modelapp as ma
        >>> ma.json_output({"scores": [0.1, 0.9], "model": {"name": "forest", "trees": 100}})
    """
    current_run().show(JsonOutput(value, label, key=key))
