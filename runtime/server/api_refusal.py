"""The form of an error of the API, for who does not get as far as the API itself."""

import secrets

from modelapp.core.protocol import Json


def refusal_body(message: str, hint: str | None = None) -> dict[str, Json]:
    """Return the body of an answer that is an error, as programs read it."""
    return {
        "error": {
            "message": message,
            "hint": hint,
            "input": None,
            "kind": "ModelAppError",
            "request_id": secrets.token_hex(8),
        }
    }
