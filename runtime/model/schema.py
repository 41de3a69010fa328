"""What a script takes and gives, as JSON Schema (2020-12). Pure functions of what its runs have met."""

from collections.abc import Collection, Mapping

from modelapp.core.declared import Declared
from modelapp.core.json_schema import Schema
from modelapp.core.output import Output

KIND = "x-modelapp-kind"
"""Names the widget: "slider_input"."""
REQUIRED = "x-modelapp-required"
"""False if the script takes the absence of an input as a value."""


def schema_of(
    inputs: Mapping[str, Declared], missing: Collection[str], outputs: Mapping[str, type[Output]], *, whole: bool
) -> dict[str, Schema]:
    """Return the schemas of a script's inputs and outputs.

    Args:
        inputs: The inputs that runs have met, by name.
        missing: Names of those that have no default and must be given.
        outputs: The classes of the outputs that they made, by name.
        whole: True if some run came to the script's end, so that these are all that it has by default.
    """
    taken = {name: declared for name, declared in inputs.items() if not declared.input.disabled}
    properties = {
        name: {**declared.input.schema(), KIND: declared.input.kind, REQUIRED: declared.input.required}
        for name, declared in taken.items()
    }
    required = [name for name in taken if name in missing]
    return {
        "inputs": {
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            **({"additionalProperties": False} if whole else {}),
        },
        "outputs": {
            "type": "object",
            "properties": {name: {**widget.schema(), KIND: widget.kind} for name, widget in outputs.items()},
        },
    }
