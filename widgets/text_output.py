"""Text, whole or as it comes."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError, Superseded
from modelapp.core.json_schema import Schema
from modelapp.core.output import Output
from modelapp.core.protocol import OutputProps


class TextOutputProps(OutputProps, frozen=True, kw_only=True, tag="text_output"):
    """Plain text; line breaks are kept."""

    text: str
    streaming: bool = False
    """True while more is to come: `append` messages add to `text`."""


class TextOutput(Output):
    """Text, whole or as it comes. See `text_output`."""

    kind = "text_output"
    answers = 1

    def __init__(self, text: str, label: str | None = None, *, streaming: bool = False, key: str | None = None) -> None:
        super().__init__(label, key=key)
        self.text = text
        self.streaming = streaming

    def props(self, blobs: Blobs) -> TextOutputProps:
        return TextOutputProps(label=self.label, text=self.text, streaming=self.streaming)

    def decision(self) -> str:
        return self.text

    @classmethod
    def schema(cls) -> Schema:
        return {"type": "string"}

    def result(self) -> str:
        return self.text


def text_output(value: Any, *, label: str | None = None, key: str | None = None) -> str:
    """Show text.

    Args:
        value: A str, anything else as str(value), or an iterator of str such as a generator: its pieces are shown as
            they come.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "text".

    Returns:
        The whole text.

    Raises:
        ScriptError: If an iterator yields something other than str.

    Example:
        >>> import modelapp as ma
        >>> name = ma.text_input()
        >>> ma.text_output(f"Hello {name}")
        >>> answer = ma.text_output(word + " " for word in ["one", "by", "one"])
    """
    if isinstance(value, Iterator):
        return _stream(value, label, key)
    text = str(value)
    current_run().show(TextOutput(text, label, key=key))
    return text


def _stream(pieces: Iterator[Any], label: str | None, key: str | None) -> str:
    run = current_run()
    output = TextOutput("", label, streaming=True, key=key)
    identity = run.show(output)
    try:
        for piece in pieces:
            if not isinstance(piece, str):
                raise ScriptError(
                    f"text_output(…): the iterator yielded {describe(piece)}; pieces of text are expected.",
                    hint="For example text_output(str(piece) for piece in pieces).",
                )
            output.text += piece
            run.update(identity, output.props(run.blobs))
    finally:
        # Also when the iterator stops the run: nothing more will come.
        output.streaming = False
        with suppress(Superseded):  # the run ends at its next call anyway
            run.update(identity, output.props(run.blobs))
    return output.text
