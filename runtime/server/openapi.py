"""The description of a served script's API, as OpenAPI 3.1. Pure functions of the script's schemas."""

from typing import Any

from modelapp.core.json_schema import Schema, record
from modelapp.core.protocol import Json

_ERROR = {
    "type": "object",
    "properties": {
        "error": record(
            {
                "message": {"type": "string", "description": "One sentence: what is wrong."},
                "hint": {"type": ["string", "null"], "description": "What to do about it, where that is known."},
                "input": {"type": ["string", "null"], "description": "The input at fault, where one is."},
                "kind": {"type": "string", "description": "The class of the error in Python."},
                "request_id": {"type": "string", "description": "As in X-Request-Id and in the host's log."},
            },
            ("message", "hint", "input", "kind", "request_id"),
        )
    },
    "required": ["error"],
    "additionalProperties": False,
}
ERRORS = {
    400: "The request is no JSON object or form as described here.",
    401: "A key is needed, or this one is wrong.",
    403: "A page of another site asks, and without a key.",
    404: "The script is not offered over HTTP.",
    405: "The method is not one of this address.",
    413: "The request, or a file in it, is too large.",
    415: "The content is neither JSON nor a form.",
    421: "The host does not answer to the name that it was asked by.",
    422: "An input does not accept its value, is missing, or is unknown.",
    500: "The script failed. Its author can see why, by the request's id.",
    503: "The script cannot be run as it is now.",
    507: "The host's disk is full.",
}
_EVENTS = """\
The run as it goes on, as server-sent events. Each has JSON as its data: `queued` {"place"}, `progress` {"text",
"fraction", "done", "total"}, `text` {"name", "more"} for a text that grows, `output` {"name", "value"} for each output
as it comes, and last `done` with the whole answer or `error` with what an error answer has."""


def openapi(
    title: str, description: str | None, schemas: dict[str, Schema], *, keys: bool, base: str = "/"
) -> dict[str, Json]:
    """Return the description.

    Args:
        title: Of the script.
        description: Of the script, or None.
        schemas: As `Model.schema` returns them.
        keys: True if callers need one.
        base: Path below which the app is, with a slash at both ends.
    """
    security: dict[str, Any] = {"security": [{"key": []}]} if keys else {}
    scheme = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}} if keys else {}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", **({"description": description} if description else {})},
        "servers": [{"url": base[:-1] or "/"}],
        "paths": {
            "/api/run": {"post": {**_run(keys), **security}},
            "/api/openapi.json": {"get": {**_itself(keys), **security}},
        },
        "components": {
            "schemas": {
                "Inputs": schemas["inputs"],
                "Outputs": schemas["outputs"],
                "Edits": {
                    "type": "object",
                    "description": "For inputs that can be edited, what to do to them, in order, as on the page.",
                    "additionalProperties": {
                        "type": "array",
                        "items": {"type": "object", "properties": {"op": {"type": "string"}}, "required": ["op"]},
                    },
                },
                "Run": record(
                    {
                        "inputs": {"$ref": "#/components/schemas/Inputs"},
                        "edits": {"$ref": "#/components/schemas/Edits"},
                        "media": {
                            "type": "string",
                            "enum": ["link", "inline"],
                            "default": "link",
                            "description": "Whether files of the answer are kept and linked, or come within it.",
                        },
                    },
                    ("inputs",) if schemas["inputs"].get("required") else (),
                ),
                "Answer": record(
                    {
                        "outputs": {"$ref": "#/components/schemas/Outputs"},
                        "seconds": {"type": "number", "description": "How long the script ran."},
                        "read": {
                            "type": "array",
                            "items": {"type": "string"},
                            "description": "Names of the inputs that this run read.",
                        },
                    },
                    ("outputs", "seconds", "read"),
                ),
                "Error": _ERROR,
            },
            **scheme,
        },
    }


def example_of(inputs: Schema) -> dict[str, Json]:
    """Return the inputs of the first example: what has neither example nor default is left out."""
    found: dict[str, Json] = {}
    for name, schema in inputs.get("properties", {}).items():
        examples = schema.get("examples")
        if "default" in schema:
            found[name] = schema["default"]
        elif examples:
            found[name] = examples[0]
    return found


def _run(keys: bool) -> dict[str, Any]:
    run = {"$ref": "#/components/schemas/Run"}
    form = {
        "type": "object",
        "description": "A part for each input, named like it: a file, or its value as text. `inputs` and `edits` may "
        "hold JSON as in the other form.",
    }
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}}
    stream = {"text/event-stream": {"schema": {"type": "string", "description": _EVENTS}}}
    return {
        "operationId": "run",
        "summary": "Run the script once.",
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": run}, "multipart/form-data": {"schema": form}},
        },
        "responses": {
            "200": {"description": "What the script returned.", "headers": _HEADERS, "content": {**answer, **stream}},
            **_errors(keys),
        },
    }


def _itself(keys: bool) -> dict[str, Any]:
    return {
        "operationId": "describe",
        "summary": "Describe the API.",
        "responses": {
            "200": {
                "description": "This description.",
                "headers": _HEADERS,
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            **{status: answer for status, answer in _errors(keys).items() if status in ("401", "404", "405", "503")},
        },
    }


_HEADERS = {"X-Request-Id": {"description": "Names the request in the host's log.", "schema": {"type": "string"}}}


def _errors(keys: bool) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        str(status): {"description": text, "headers": _HEADERS, "content": content}
        for status, text in ERRORS.items()
        if keys or status != 401
    }
