"""What can be done to a table, as records that are stored and as pure functions.

Each edit applies to what the one before it left: row numbers count from 0 in the table as it is then. Cells are in
their raw form, as `_columns` has it. No edit changes the original.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import msgspec
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Edit, Json

if TYPE_CHECKING:
    import pandas as pd
    from modelapp.widgets._columns import Column

Place: TypeAlias = Annotated[int, msgspec.Meta(ge=0, lt=10_000_000)]
MOST_TABLE_EDITS = 10_000


class TableEdit(Edit, frozen=True):
    """One change to a table."""


class SetCell(TableEdit, frozen=True, tag="set"):
    """Put a value into a cell."""

    row: Place
    column: str
    value: Json


class SetCells(TableEdit, frozen=True, tag="paste"):
    """Put a block of values over cells."""

    row: Place
    """Its first row."""
    columns: tuple[str, ...]
    cells: tuple[tuple[Json, ...], ...]
    """By row, in the order of `columns`."""


class AddRows(TableEdit, frozen=True, tag="add"):
    """Put new rows before the row `at`, or at the end."""

    at: Place
    rows: tuple[tuple[Json, ...], ...]
    """The cells of each, in the order of the table's columns."""


class RemoveRows(TableEdit, frozen=True, tag="remove"):
    """Take rows away."""

    rows: tuple[Place, ...]


AnyTableEdit: TypeAlias = SetCell | SetCells | AddRows | RemoveRows


def row_count(rows: int, edits: Sequence[TableEdit]) -> int:
    """Return how many rows a table has after edits, of which it had `rows` before."""
    for edit in edits:
        if isinstance(edit, AddRows):
            rows += len(edit.rows)
        elif isinstance(edit, RemoveRows):
            rows -= len(edit.rows)
    return rows


def checked_cells(edits: Sequence[TableEdit], columns: Sequence["Column"], rows: int) -> list[TableEdit]:
    """Return edits with every cell in its normal form.

    Args:
        edits: What to do.
        columns: The table's columns.
        rows: How many rows the original has.

    Raises:
        InvalidValue: If a row or a column is not there then, or a cell is none that its column can have; says which.
    """
    by_name = {column.name: column for column in columns}
    checked: list[TableEdit] = []
    for edit in edits:
        checked.append(_checked(edit, columns, by_name, rows))
        rows = row_count(rows, checked[-1:])
    return checked


def _checked(edit: TableEdit, columns: Sequence["Column"], by_name: dict[str, "Column"], rows: int) -> TableEdit:
    match edit:
        case SetCell(row, name, value):
            _check_row(row, rows)
            return SetCell(row, name, _accepted(_named(name, by_name), row, value))
        case SetCells(row, names, cells):
            _check_row(row + max(0, len(cells) - 1), rows)
            block = [_named(name, by_name) for name in names]
            return SetCells(row, names, _accepted_rows(block, row, cells))
        case AddRows(at, cells):
            if at > rows:
                raise InvalidValue(f"Rows cannot be added before row {at + 1}: the table has {rows}.")
            return AddRows(at, _accepted_rows(columns, at, cells))
        case RemoveRows(gone):
            for row in gone:
                _check_row(row, rows)
            return RemoveRows(tuple(sorted(set(gone))))
    raise TypeError(f"{edit!r} is no edit of a table.")


def _check_row(row: int, rows: int) -> None:
    if row >= rows:
        raise InvalidValue(f"There is no row {row + 1}: the table has {rows}.")


def _named(name: str, by_name: dict[str, "Column"]) -> "Column":
    if name not in by_name:
        raise InvalidValue(f"There is no column “{name}”: the table has {', '.join(by_name)}.")
    return by_name[name]


def _accepted(column: "Column", row: int, value: Json) -> Json:
    try:
        return column.accept(value)
    except InvalidValue as problem:
        raise InvalidValue(f"Row {row + 1}: {problem.message}", hint=problem.hint) from None


def _accepted_rows(
    columns: Sequence["Column"], first: int, rows: tuple[tuple[Json, ...], ...]
) -> tuple[tuple[Json, ...], ...]:
    for row in rows:
        if len(row) != len(columns):
            raise InvalidValue(f"A row of {len(row)} cells does not fit to {len(columns)} columns.")
    return tuple(
        tuple(_accepted(column, first + place, cell) for column, cell in zip(columns, row, strict=True))
        for place, row in enumerate(rows)
    )


# ---------------------------------------------------------------- doing them


def edited(frame: "pd.DataFrame", columns: Sequence["Column"], edits: Sequence[TableEdit]) -> "pd.DataFrame":
    """Return a table with edits done in order; a frame of its own, in the dtypes of the original.

    A column keeps its dtype, but where a cell is missing that the dtype has no room for: whole numbers become floats
    then, and truth values objects.

    Args:
        frame: The original, with rows numbered from 0; it is not changed.
        columns: Its columns.
        edits: What to do, as `checked_cells` returned them.
    """
    import pandas as pd  # heavy: only scripts with tables need it

    if not edits:
        return frame.copy()
    rows, changed = _followed(len(frame), [column.name for column in columns], edits)
    made = {
        column.name: _column_after(frame.iloc[:, place], column, rows, changed.get(column.name, {}))
        for place, column in enumerate(columns)
    }
    return pd.DataFrame(made, index=pd.RangeIndex(len(rows)))


def _followed(
    count: int, names: Sequence[str], edits: Sequence[TableEdit]
) -> tuple[list[int], dict[str, dict[int, Json]]]:
    """Return which row is where at the end, and the changed cells: column to row to cell.

    Rows are known by a number that stays theirs: that of the original, or for a new one a number from `count` on.
    """
    rows = list(range(count))
    changed: dict[str, dict[int, Json]] = {}
    next_row = count

    def put(row: int, name: str, value: Json) -> None:
        changed.setdefault(name, {})[row] = value

    for edit in edits:
        match edit:
            case SetCell(row, name, value):
                put(rows[row], name, value)
            case SetCells(first, block, cells):
                for row, line in enumerate(cells, first):
                    for name, value in zip(block, line, strict=True):
                        put(rows[row], name, value)
            case AddRows(at, cells):
                rows[at:at] = range(next_row, next_row + len(cells))
                for row, line in enumerate(cells, next_row):
                    for name, value in zip(names, line, strict=True):
                        put(row, name, value)
                next_row += len(cells)
            case RemoveRows(gone):
                absent = set(gone)
                rows = [row for place, row in enumerate(rows) if place not in absent]
    return rows, changed


def _column_after(
    series: "pd.Series[Any]", column: "Column", rows: list[int], changed: dict[int, Json]
) -> "pd.Series[Any]":
    import pandas as pd  # heavy: only scripts with tables need it

    changed = {row: changed[row] for row in rows if row in changed} if changed else changed
    if not changed:
        return series.take(rows).reset_index(drop=True)
    part = column.series(list(changed.values()))
    place_of = {row: place for place, row in enumerate(changed, len(series))}
    both = part if series.empty else pd.concat([series, part], ignore_index=True)
    shift = len(series) if series.empty else 0
    return both.take([place_of.get(row, row) - shift for row in rows]).reset_index(drop=True)
