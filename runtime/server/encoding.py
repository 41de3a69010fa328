"""Records and plain data as the bytes of JSON, whatever a script has put into them."""

import json
import math
from typing import Any

import msgspec

_encoder = msgspec.json.Encoder()


def encoded(value: Any) -> bytes:
    """Return a value as JSON."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        # Half a surrogate pair, as in names of files that are no UTF-8: the reader gets a mark in its place.
        return encoded(_without_surrogates(msgspec.to_builtins(value)))
    except OverflowError:
        # Whole numbers of more than 64 bits.
        return json.dumps(_without_surrogates(_finite(msgspec.to_builtins(value))), ensure_ascii=False).encode()


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return value
