"""Formatted text."""

from functools import lru_cache
from inspect import cleandoc

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.json_schema import Schema
from modelapp.core.output import Output
from modelapp.core.protocol import OutputProps


class MarkdownProps(OutputProps, frozen=True, kw_only=True, tag="markdown"):
    """Markdown, which the page turns into sanitised HTML."""

    text: str


class Markdown(Output):
    """Formatted text. See `markdown`."""

    kind = "markdown"

    def __init__(self, text: str, label: str | None = None, *, key: str | None = None) -> None:
        super().__init__(label, key=key)
        self.text = _dedented(str(text))

    def props(self, blobs: Blobs) -> MarkdownProps:
        return MarkdownProps(label=self.label, text=self.text)

    @classmethod
    def schema(cls) -> Schema:
        return {"type": "string"}

    def result(self) -> str:
        return self.text


_dedented = lru_cache(maxsize=256)(cleandoc)


def markdown(text: str, *, label: str | None = None, key: str | None = None) -> None:
    """Show text formatted with Markdown.

    Args:
        text: Markdown; indentation that all its lines share is taken off, so that it can be indented with the code.
            HTML in it is sanitised.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "markdown".

    Example:
        >>> import modelapp as ma
        >>> ma.markdown('''
        ...     ## How it works
        ...     The network saw **1.2 million** pictures.
        ... ''')
    """
    current_run().show(Markdown(text, label, key=key))
