"""What stands in the place of a figure, an option or a word of a row, to see what an answer rests on.

Of a figure it is 0 where it may be: what is then taken away from the answer of a linear model is weight x value.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from modelapp.core.protocol import Json
from modelapp.widgets._cell_variations import others

if TYPE_CHECKING:
    from modelapp.widgets._columns import Column


def baseline(raw: Json, low: float | None, high: float | None, initial: Json) -> Json:
    """Return what a figure is replaced by: 0 where it may be, else what it begins with, else the nearest bound.

    Args:
        raw: The figure. What it is replaced by may be the same only if that is 0.
        low: Lowest that it may be, or None.
        high: Highest that it may be, or None.
        initial: What it begins with, or None.
    """
    if (low is None or low <= 0) and (high is None or high >= 0):
        return 0
    nearest, furthest = (low, high) if low is not None and low > 0 else (high, low)
    return next((cell for cell in (initial, nearest, furthest) if cell is not None and cell != raw), raw)


def alternatives(column: "Column", raw: Json) -> list[Json]:
    """Return the cells that stand in the place of one of a row."""
    shown = column.shown
    if raw is None:
        found = [column.default]
    elif shown.kind == "number":
        low, high = (shown.min, shown.max) if shown.bounded else (None, None)
        found = [baseline(raw, low, high, column.default)]
    elif shown.kind == "boolean":
        found = [not raw]
    elif shown.kind == "choice":
        found = [change.raw for change in others(raw, shown.options)] or ([None] if shown.missing else [])
    elif shown.missing:
        found = [None]
    else:
        # Whole numbers that are too large for a browser are texts.
        wordy = shown.kind == "text" and (column.dtype is None or column.dtype.kind not in "iu")
        found = ["" if wordy else column.default]
    return [cell for cell in found if cell != raw]


def together(ways: Mapping[str, list[Json]]) -> Iterator[dict[str, Json]]:
    """Yield what replaces several cells at once: as often as one of them has alternatives, each of which comes up."""
    ways = {name: found for name, found in ways.items() if found}
    for turn in range(max(map(len, ways.values()), default=0)):
        yield {name: found[turn % len(found)] for name, found in ways.items()}


def cell_text(raw: Json) -> str:
    """Return a cell for reading."""
    if raw is None:
        return "missing"
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    return f"{raw:.6g}" if isinstance(raw, float) else str(raw)
