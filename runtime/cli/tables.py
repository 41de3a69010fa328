"""Rows as lines of a terminal."""

from collections.abc import Sequence

_WIDEST = 40


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table, its head first; a column that is empty in all rows is left out.

    What visitors wrote stays in its cell: it cannot move the cursor or begin a line.
    """
    cells = [[_cell(cell) for cell in row] for row in rows]
    shown = [column for column in range(len(head)) if any(row[column] for row in cells)]
    lines = [[head[column] for column in shown], *([row[column] for column in shown] for row in cells)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(shown))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]


def _cell(text: str) -> str:
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"
