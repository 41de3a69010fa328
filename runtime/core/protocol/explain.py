"""What of its inputs an answer rests on, as records."""

import msgspec
from modelapp.core.parts import PartKind


class Weight(msgspec.Struct, frozen=True):
    """How much of the answer hiding a part takes away, in the unit of the answer; below 0 where hiding adds to it."""

    at: tuple[float, ...]
    """Where the part is: (left, top, right, bottom) of a picture in fractions, (start, end) of a sound in seconds,
    (first, end) of a text in characters, () of a column."""
    weight: float
    input: str
    """Name of the input."""
    name: str = ""
    """A word's text, or a column's name."""
    value: str = ""
    """What a column holds."""


class Faithfulness(msgspec.Struct, frozen=True):
    """What becomes of the answer as parts are hidden in the order of a map, and in random order."""

    score: float | None
    """0: no better than a random order. 1: the first parts take all away. Below 0: worse than random. None: hiding
    takes nothing away, so that nothing can be said."""
    shares: tuple[float, ...]
    """How much is hidden at each point, 0 to 1."""
    marked: tuple[float, ...]
    """The answer with that much hidden, from the greatest of the map."""
    random: tuple[float, ...]
    """The same in random order, on average over a few."""
    first: int = 1
    """How many regions are hidden at the first point after 0."""


class Explanation(msgspec.Struct, frozen=True):
    """What of an input an answer rests on."""

    kind: PartKind
    method: str
    """With its source."""
    inputs: tuple[str, ...]
    label: str
    """Of the input, for reading."""
    answer: str
    """Name of the output."""
    decision: str | None
    """What the answer decides for, where it decides."""
    before: float
    """The strength of the answer with nothing hidden: a confidence, or the figure."""
    weights: tuple[Weight, ...]
    """In the order of the input."""
    runs: int
    faithfulness: Faithfulness | None = None
    """None before it was measured."""
    made: bool = False
    """True once the map itself is there."""
    values: tuple[tuple[float, ...], ...] | None = None
    """Of a picture [shape=(rows, columns)], the top row first: the share of each cell of the finest grid."""
    peak: tuple[float, ...] | None = None
    """Of a picture (x, y) of the middle of the greatest, in fractions of width and height; of a sound its (time,) in
    seconds."""
