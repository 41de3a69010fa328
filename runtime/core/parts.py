"""Parts of an input's value that can be hidden, to see what an answer rests on."""

from typing import Literal, NamedTuple

PartKind = Literal["picture", "sound", "words", "columns"]


class Part(NamedTuple):
    """A part of a value.

    Attributes:
        at: Where it is. Of a picture (left, top, right, bottom) in fractions of width and height, of a sound
            (start, end) in seconds, both after the edits that are there; of a text (first, end) in characters; else ().
        name: What a reader calls it, where it has a name: a word, a column.
        value: What it holds, as text, where it has a name.
        input: Name of the input, where parts of several are together; whoever puts them together says it.
    """

    at: tuple[float, ...] = ()
    name: str = ""
    value: str = ""
    input: str = ""


class Parts(NamedTuple):
    """What of a value can be hidden.

    Attributes:
        kind: How it is divided, and drawn.
        parts: The smallest parts. A picture and a sound can be divided at will: all of it is the one part.
    """

    kind: PartKind
    parts: tuple[Part, ...]
