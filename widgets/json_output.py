"""Nested data, as indented JSON."""

import json
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.output import Output
from modelapp.core.plain import plain_json
from modelapp.core.protocol import OutputProps

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
