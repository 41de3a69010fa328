"""Files within the JSON of a caller on another machine: `{"base64": …, "name": …}`, or `{"example": title}`.

Never a path or an address: what a caller names would be read with the rights of the host.
"""

import base64
import binascii
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.errors import InvalidValue, did_you_mean
from modelapp.core.input import Input
from modelapp.core.json_schema import Schema, either, record
from modelapp.core.protocol import Json
from modelapp.widgets._checking import name_of, refused
from modelapp.widgets._files import temporary

_FORMS = '{"base64": the file\'s content, "name": its file name}'
_LONGEST_NAME = 200


def file_schema(titles: Sequence[str], *, named: bool, media_type: str | None = None) -> Schema:
    """Return the JSON Schema of a file.

    Args:
        titles: Those of the script's examples, which can be named in place of a file.
        named: True if the file's name must be given, since it says what is in the file.
        media_type: Such as "image/*", where one says it.
    """
    content = {"type": "string", "minLength": 4, "contentEncoding": "base64"}
    if media_type is not None:
        content["contentMediaType"] = media_type
    name = {"type": "string", "minLength": 1, "maxLength": _LONGEST_NAME}
    sent = record({"base64": content, "name": name}, ("base64", "name") if named else ("base64",))
    if not titles:
        return sent
    return either(sent, record({"example": {"type": "string", "enum": list(dict.fromkeys(titles))}}, ("example",)))


def titles_of(widget: Input[Any]) -> list[str]:
    """Return the titles that the examples of an input can be named by."""
    return [label or f"Example {place}" for place, (label, _) in enumerate(widget.examples_given(), 1)]


def sent_file(widget: Input[Any], given: Json, blobs: Blobs, *, named: bool = False) -> Json:
    """Return the raw value of a file that came within JSON.

    Raises:
        InvalidValue: If it is none, or the input does not take it.
    """
    if isinstance(given, dict) and given.keys() == {"example"}:
        return _example(widget, given["example"], blobs)
    fields = given.keys() if isinstance(given, dict) else set()
    if "base64" not in fields or fields - {"base64", "name"} or (named and "name" not in fields):
        hint = None
        if isinstance(given, str):
            hint = "A path or an address is not taken: send the file itself, here or as a part of a multipart form."
        raise InvalidValue(refused(widget, given, _FORMS).message, hint=hint)
    name = given.get("name", "file")
    if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME:
        raise InvalidValue(f"“{name_of(widget)}”: the name of a file is text of 1 to {_LONGEST_NAME} characters.")
    with temporary() as path:
        path.write_bytes(_content(widget, given["base64"]))
        return widget.from_uploads([(path, name)], blobs)


def _content(widget: Input[Any], text: Json) -> bytes:
    if not isinstance(text, str):
        raise InvalidValue(f"“{name_of(widget)}”: base64 is text.")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise InvalidValue(
            f"“{name_of(widget)}”: the base64 cannot be decoded: {fault}.",
            hint="It has no line breaks and no “data:…;base64,” before it.",
        ) from None


def _example(widget: Input[Any], title: Json, blobs: Blobs) -> Json:
    titles = titles_of(widget)
    if not isinstance(title, str) or title not in titles:
        known = ", ".join(titles) or "none"
        near = did_you_mean(title, titles) if isinstance(title, str) else None
        raise InvalidValue(f"“{name_of(widget)}” has no example {title!r}. It has: {known}.", hint=near)
    return widget.encode_option("examples", widget.examples_given()[titles.index(title)][1], blobs)


def file_to_send(raw: Json, blobs: Blobs) -> list[tuple[Path, str]]:
    """Return the file of a raw value, to be sent to another host."""
    return [(blobs.path(raw["blob"]), raw["name"])]
