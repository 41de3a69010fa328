"""Text with parts of it marked, each with a category."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.json_schema import Schema
from modelapp.core.output import Output
from modelapp.core.protocol import OutputProps

_PIECES = 'For example highlight_output([("Ada", "person"), (" lives in ", None), ("London", "place")]).'
_SPANS = 'For example highlight_output([(0, 3, "person")], text="Ada lives in London").'
_CATEGORY_KEYS = ("category", "label", "entity_group", "entity")


class Piece(msgspec.Struct, frozen=True):
    """A stretch of the text."""

    text: str
    category: int | None = None
    """Index into `categories`, or None where nothing is marked."""
    score: float | None = None
    """How sure the model is, or None."""


class HighlightOutputProps(OutputProps, frozen=True, kw_only=True, tag="highlight_output"):
    """Text with parts of it marked."""

    pieces: tuple[Piece, ...]
    """The whole text in order."""
    categories: tuple[str, ...]


class Span(msgspec.Struct, frozen=True):
    """A marked stretch: characters `start` to `end` (not included), counted from 0."""

    start: int
    end: int
    category: str
    score: float | None = None


class HighlightOutput(Output):
    """Text with parts of it marked. See `highlight_output`."""

    kind = "highlight_output"

    def __init__(
        self, spans: Iterable[Any], label: str | None = None, *, text: str | None = None, key: str | None = None
    ) -> None:
        super().__init__(label, key=key)
        if isinstance(spans, (str, bytes)) or not isinstance(spans, Iterable):
            raise ScriptError(
                f"highlight_output({describe(spans)}): a list of marked pieces or spans is expected.", hint=_PIECES
            )
        given = list(spans)
        if text is None:
            self.text, self.spans = _of_pieces(given)
        else:
            if not isinstance(text, str):
                raise ScriptError(f"highlight_output(text={describe(text)}): the whole text is expected.", hint=_SPANS)
            self.text, self.spans = text, _of_spans(given, text)

    def props(self, blobs: Blobs) -> HighlightOutputProps:
        categories = list(dict.fromkeys(span.category for span in self.spans))
        pieces: list[Piece] = []
        done = 0
        for span in self.spans:
            if span.start > done:
                pieces.append(Piece(self.text[done : span.start]))
            pieces.append(Piece(self.text[span.start : span.end], categories.index(span.category), span.score))
            done = span.end
        if done < len(self.text):
            pieces.append(Piece(self.text[done:]))
        return HighlightOutputProps(label=self.label, pieces=tuple(pieces), categories=tuple(categories))

    @classmethod
    def schema(cls) -> Schema:
        return {"type": "array", "items": {"type": "object"}}

    def result(self) -> list[dict[str, Any]]:
        """Return the marked stretches: {"start", "end", "text", "category", "score"}."""
        return [msgspec.to_builtins(span) | {"text": self.text[span.start : span.end]} for span in self.spans]


def highlight_output(
    spans: Iterable[Any], *, text: str | None = None, label: str | None = None, key: str | None = None
) -> None:
    """Show text with parts of it marked, such as the names that a model found in it.

    Args:
        spans: Without `text`: the whole text in pieces, each (piece, category), (piece, category, score in [0, 1]) or a
            plain str; category None marks nothing. With `text`: the marked stretches, each
            (start, end, category[, score]) or a dict of "start", "end" and "category" (or "label", "entity",
            "entity_group") and perhaps "score". Characters are counted from 0, `end` is not included.
        text: The whole text, or None.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "highlight".

    Raises:
        ScriptError: If a span lies outside of the text, overlaps another, or has another form.

    Example:
        >>> import modelapp as ma
        >>> ma.highlight_output([("Ada", "person"), (" lives in ", None), ("London", "place", 0.98)])
        >>> ma.highlight_output([{"start": 0, "end": 3, "entity": "person"}], text="Ada lives in London")
    """
    current_run().show(HighlightOutput(spans, label, text=text, key=key))


def _of_pieces(pieces: list[Any]) -> tuple[str, list[Span]]:
    text = ""
    spans = []
    for piece in pieces:
        parts = (piece,) if isinstance(piece, str) else tuple(piece) if isinstance(piece, (tuple, list)) else ()
        if not parts or len(parts) > 3 or not isinstance(parts[0], str):
            raise ScriptError(
                f"highlight_output(…): {describe(piece)} is no piece. (text, category) is expected.", hint=_PIECES
            )
        category = parts[1] if len(parts) > 1 else None
        if category is not None and parts[0]:
            score = _score(parts[2], piece) if len(parts) > 2 else None
            spans.append(Span(len(text), len(text) + len(parts[0]), str(category), score))
        text += parts[0]
    return text, spans


def _of_spans(given: list[Any], text: str) -> list[Span]:
    spans = sorted((_span(one, text) for one in given), key=lambda span: span.start)
    for before, after in itertools.pairwise(spans):
        if after.start < before.end:
            raise ScriptError(
                f"highlight_output(…): {before.category!r} at {before.start}-{before.end} and {after.category!r} at "
                f"{after.start}-{after.end} overlap.",
                hint="Show them in two outputs, or keep the more certain one.",
            )
    return spans


def _span(one: Any, text: str) -> Span:
    if isinstance(one, Mapping):
        category = next((one[key] for key in _CATEGORY_KEYS if one.get(key) is not None), None)
        parts: Sequence[Any] = (one.get("start"), one.get("end"), category, one.get("score"))
    else:
        parts = tuple(one) if isinstance(one, (tuple, list)) else ()
    if len(parts) not in (3, 4) or parts[2] is None or not all(_is_place(place) for place in parts[:2]):
        raise ScriptError(
            f"highlight_output(…, text=…): {describe(one)} is no span. (start, end, category) is expected.", hint=_SPANS
        )
    start, end = int(parts[0]), int(parts[1])
    if not 0 <= start < end <= len(text):
        raise ScriptError(
            f"highlight_output(…, text=…): {describe(one)} is not within the text, which has {len(text)} characters.",
            hint="start is counted from 0, and end, which is not included, is above it.",
        )
    score = _score(parts[3], one) if len(parts) == 4 else None
    return Span(start, end, str(parts[2]), score)


def _is_place(place: Any) -> bool:
    return hasattr(place, "__index__") and not isinstance(place, bool)


def _score(score: Any, piece: Any) -> float | None:
    if score is None:
        return None
    try:
        number = float(score)
    except (TypeError, ValueError):
        number = float("nan")
    if not -1e-6 <= number <= 1 + 1e-6:
        raise ScriptError(f"highlight_output(…): the score of {describe(piece)} is not in [0, 1].", hint=_PIECES)
    return min(1.0, max(0.0, number))
