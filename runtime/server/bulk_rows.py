"""The rows of a bulk run as a page asks for them: sorted, searched, some at a time. Safe to be added to and asked."""

import threading
from operator import itemgetter
from typing import Any

import msgspec
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Json
from modelapp.model.bulk.results import Row, column_names

_MOST_COUNT = 500


class RowQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question for rows.

    Attributes:
        start: Number of the first, from 0.
        sort: Number of the column to sort by, or None for the order of the cases.
        search: Only rows in which this text is, in any column and any case.
        failed: Only rows without outputs.
    """

    start: int = 0
    count: int = 100
    sort: int | None = None
    descending: bool = False
    search: str = ""
    failed: bool = False


class Rows:
    """Rows that come while they are asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flat: list[dict[str, Json]] = []
        self._names: dict[str, None] = {}
        self.failed = 0

    def __len__(self) -> int:
        return len(self._flat)

    def add(self, row: Row) -> None:
        """Take in a row."""
        flat = row.flat()
        with self._lock:
            self._flat.append(flat)
            self._names.update(dict.fromkeys(flat))
            self.failed += row.fault is not None

    def in_order(self) -> list[dict[str, Json]]:
        """Return the rows so far, flat, in the order of the cases."""
        with self._lock:
            return sorted(self._flat, key=itemgetter("case"))

    def page(self, query: Json) -> dict[str, Any]:
        """Answer a question.

        Returns:
            {"columns": [{"name", "kind"}], "rows": [[cell, …]], "total": rows that fit, "cases": number of each row}.

        Raises:
            InvalidValue: If it is no question for rows.
        """
        try:
            asked = msgspec.convert(query, RowQuery)
        except msgspec.ValidationError as problem:
            raise InvalidValue(f"That is no question for rows: {problem}.") from None
        flat = self.in_order()
        names = column_names([self._names])
        if asked.start < 0 or not 0 < asked.count <= _MOST_COUNT or not _is_column(asked.sort, names):
            raise InvalidValue("There are no such rows.")
        fitting = [row for row in flat if _fits(row, asked)]
        if asked.sort is not None:
            name = names[asked.sort]
            known = [row for row in fitting if row.get(name) is not None]
            known.sort(key=lambda row: _order(row[name]), reverse=asked.descending)
            fitting = [*known, *(row for row in fitting if row.get(name) is None)]  # missing ones come last, always
        shown = fitting[asked.start : asked.start + asked.count]
        return {
            "columns": [{"name": name, "kind": _kind(flat, name)} for name in names],
            "rows": [[row.get(name) for name in names] for row in shown],
            "total": len(fitting),
            "cases": [row["case"] for row in shown],
        }


def _is_column(sort: int | None, names: list[str]) -> bool:
    return sort is None or 0 <= sort < max(1, len(names))


def _fits(row: dict[str, Json], asked: RowQuery) -> bool:
    if asked.failed and row["error"] is None:
        return False
    search = asked.search.strip().lower()
    return not search or any(search in str(cell).lower() for cell in row.values() if cell is not None)


def _order(cell: Json) -> tuple[int, Any]:
    """Return what sorts numbers, and texts that are some, before other texts."""
    if isinstance(cell, bool | int | float):
        return 0, cell
    text = cell if isinstance(cell, str) else msgspec.json.encode(cell).decode()
    try:
        return 0, float(text)
    except ValueError:
        return 1, text.lower()


def _kind(rows: list[dict[str, Json]], name: str) -> str:
    cells = [cell for row in rows[:200] if (cell := row.get(name)) is not None]
    return "number" if cells and all(_order(cell)[0] == 0 for cell in cells) else "text"
