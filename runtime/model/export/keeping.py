"""What is kept for a page without a host: each element, value and picture once."""

from contextlib import suppress
from typing import Any

import msgspec
from modelapp.core.errors import InvalidValue
from modelapp.core.input import Input
from modelapp.core.protocol import (
    Element,
    GroupProps,
    InputProps,
    Json,
    OutputProps,
    RecordedMedia,
    RecordedPage,
    RecordedValue,
)
from modelapp.model.export.cases import key_of
from modelapp.model.export.media import recorded
from modelapp.session.blobs import SessionBlobs, digests_in

_SHOWN_HEIGHT = 720
"""Pixels of a picture's height as the page shows an input."""


class Keeping:
    """Collects what a record is made of.

    Args:
        blobs: Where the pictures and files are that elements and values name.
    """

    def __init__(self, blobs: SessionBlobs) -> None:
        self._blobs = blobs
        self._elements: dict[bytes, tuple[int, Element]] = {}
        self._values: dict[str, dict[bytes, RecordedValue]] = {}
        self._media: dict[str, RecordedMedia] = {}

    def element(self, element: Element) -> int:
        """Keep an element and what it shows; return its place."""
        if isinstance(element.props, GroupProps) and element.props.submit is not None:
            # Nothing runs on the page, so nothing waits for a press.
            element = Element(element.id, element.parent, msgspec.structs.replace(element.props, submit=None))
        key = msgspec.json.encode(element)
        if key not in self._elements:
            self._elements[key] = (len(self._elements), element)
            self._shown(element.props)
        return self._elements[key][0]

    def _shown(self, props: Any) -> None:
        if isinstance(props, InputProps | GroupProps):
            for example in props.examples:
                self.digest(example.thumbnail)
        elif isinstance(props, OutputProps):
            for digest in digests_in(msgspec.to_builtins(props)):
                self.digest(digest)

    def value(self, name: str, widget: Input[Any], raw: Json, text: str) -> None:
        """Keep a value of an input, as it is shown."""
        values = self._values.setdefault(name, {})
        key = key_of({name: raw})
        if key in values:
            return
        picture = None
        with suppress(Exception):  # foreign bytes may make a decoder raise anything, and the text says what it is
            content = widget.picture_of(raw, self._blobs, _SHOWN_HEIGHT)
            picture = None if content is None else self._blobs.put(content)
        edited = isinstance(raw, dict) and bool(raw.get("edits"))
        values[key] = RecordedValue(raw, text, self.digest(picture), self.digest(widget.playable_of(raw)), edited)

    def digest(self, digest: str | None) -> str | None:
        """Keep what has this digest, if there is such a thing; return the digest."""
        if digest is not None and digest not in self._media:
            with suppress(InvalidValue):  # a text that looks like a digest, and is none
                self._media[digest] = recorded(self._blobs.path(digest).read_bytes())
        return digest

    def page(self, **told: Any) -> RecordedPage:
        """Return the record; `told` is the rest of its fields."""
        return RecordedPage(
            elements=tuple(element for _, element in self._elements.values()),
            inputs={name: tuple(values.values()) for name, values in self._values.items()},
            media=self._media,
            **told,
        )
