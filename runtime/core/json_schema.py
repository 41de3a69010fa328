"""Pieces of JSON Schema (2020-12) that inputs and outputs describe themselves with. Pure functions of plain data."""

from collections.abc import Collection
from typing import Any

Schema = dict[str, Any]
"""A JSON Schema as plain data."""

FILE = {
    "type": "object",
    "description": "A file: by link, kept for a while, or with its content as base64.",
    "properties": {
        "name": {"type": "string"},
        "size_bytes": {"type": "integer"},
        "media_type": {"type": "string"},
        "url": {"type": "string"},
        "kept_seconds": {"type": "integer", "description": "How long the link works."},
        "base64": {"type": "string", "contentEncoding": "base64"},
    },
    "required": ["name", "size_bytes", "media_type"],
}
"""What stands for a file that an output made."""


def with_null(schema: Schema) -> Schema:
    """Return a schema that also takes null."""
    kind = schema.get("type")
    if isinstance(kind, str) and "enum" not in schema:
        return {**schema, "type": [kind, "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def number(low: float | None, high: float | None, *, integer: bool) -> Schema:
    """Return the schema of a number within bounds; None is no bound."""
    schema: Schema = {"type": "integer" if integer else "number"}
    if low is not None:
        schema["minimum"] = low
    if high is not None:
        schema["maximum"] = high
    return schema


def record(properties: dict[str, Schema], required: Collection[str] = ()) -> Schema:
    """Return the schema of an object that has these properties and no others."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return schema


def either(*schemas: Schema) -> Schema:
    """Return the schema of what one of several takes."""
    return schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)}


def sample_of(schema: Schema) -> Any:
    """Return a value that a schema of numbers, texts, choices or lists of them takes; None for others."""
    if "anyOf" in schema:
        return sample_of(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind in ("number", "integer"):
        low, high = schema.get("minimum", -1), schema.get("maximum", 1)
        return min(max(1 if kind == "integer" else 1.0, low), high)
    if kind == "string":
        return "2000-01-01" if schema.get("format") == "date" else "a"
    if kind == "array":
        one = sample_of(schema["items"])
        return None if one is None else [one] * schema.get("minItems", 1)
    return None
