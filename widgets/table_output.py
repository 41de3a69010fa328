"""A table of any length, of which the page holds a few rows."""

import math
from collections.abc import Callable, Mapping
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.json_schema import Schema
from modelapp.core.output import Output
from modelapp.core.protocol import Json, OutputProps

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

Kind = Literal["number", "text", "boolean", "date"]
_FIRST_ROWS = 50
_ROWS_OF_ONE_ANSWER = 500
_CHARACTERS_OF_A_CELL = 1000
_DATE_CHARACTERS = frozenset("0123456789-:Tt ")


class Column(msgspec.Struct, frozen=True):
    """One column of a table."""

    name: str
    kind: Kind


class TableOutputProps(OutputProps, frozen=True, kw_only=True, tag="table_output"):
    """A table's columns and first rows; the page asks for others."""

    columns: tuple[Column, ...]
    rows: int
    """How many there are in all."""
    first: tuple[tuple[Json, ...], ...]
    """The first 50 rows."""
    caption: str | None = None


class TableQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rows the page wants."""

    start: int
    count: int
    sort: int | None = None
    """Index of a column, or None for the table's own order."""
    descending: bool = False
    search: str = ""
    """Text that a row must have in one of its columns, whatever its case; "" takes all rows."""


class TableOutput(Output):
    """A table. See `table_output`."""

    kind = "table_output"

    def __init__(
        self, table: Any, label: str | None = None, *, caption: str | None = None, key: str | None = None
    ) -> None:
        super().__init__(label, key=key)
        self.frame = _frame(table)
        self.caption = caption
        self._shown = _with_index(self.frame)
        self._kinds = [_kind(self._shown.iloc[:, index]) for index in range(self._shown.shape[1])]
        self._order: tuple[Any, np.ndarray[Any, Any] | None] = ((None, False, ""), None)

    def props(self, blobs: Blobs) -> TableOutputProps:
        return TableOutputProps(
            label=self.label,
            columns=tuple(
                Column(_column_name(name), kind) for name, kind in zip(self._shown.columns, self._kinds, strict=True)
            ),
            rows=len(self._shown),
            first=tuple(self._rows(self._shown.iloc[:_FIRST_ROWS])),
            caption=self.caption,
        )

    @classmethod
    def schema(cls) -> Schema:
        return {"type": "array", "items": {"type": "object"}}

    @classmethod
    def from_portable(cls, value: Json, content: Callable[[Json], tuple[str, bytes]]) -> Any:
        import pandas as pd  # heavy: only scripts with tables need it

        return pd.DataFrame(value)

    def result(self) -> "pd.DataFrame":
        return self.frame

    def portable(self, keep: Callable[[str, bytes | Path], Json]) -> Json:
        names = [_column_name(name) for name in self._shown.columns]
        return [dict(zip(names, row, strict=True)) for row in self._rows(self._shown)]

    def query(self, question: Json) -> Json:
        """Return {"rows": rows, "total": how many there are for this search}."""
        try:
            asked = msgspec.convert(question, TableQuestion)
        except msgspec.ValidationError as problem:
            raise InvalidValue(f"That is no question about rows: {problem}") from problem
        if asked.start < 0 or not 0 <= asked.count <= _ROWS_OF_ONE_ANSWER:
            raise InvalidValue(f"Rows are asked for from 0 on, and at most {_ROWS_OF_ONE_ANSWER} at a time.")
        if asked.sort is not None and not 0 <= asked.sort < len(self._kinds):
            raise InvalidValue(f"There is no column {asked.sort}: the table has {len(self._kinds)}.")
        order = self._order_for(asked)
        if order is None:
            return {
                "rows": self._rows(self._shown.iloc[asked.start : asked.start + asked.count]),
                "total": len(self._shown),
            }
        page = order[asked.start : asked.start + asked.count]
        return {"rows": self._rows(self._shown.iloc[page]), "total": len(order)}

    def _rows(self, part: "pd.DataFrame") -> list[tuple[Json, ...]]:
        columns = [[_cell(value) for value in part.iloc[:, index].tolist()] for index in range(part.shape[1])]
        return list(zip(*columns, strict=True))

    def _order_for(self, asked: TableQuestion) -> "np.ndarray[Any, Any] | None":
        """Return the positions of the rows that were asked for, in order; None is all of them as they are."""
        wanted = (asked.sort, asked.descending, asked.search.strip())
        if self._order[0] != wanted:  # paging on asks for the same order again and again
            self._order = (wanted, self._sorted_and_searched(*wanted))
        return self._order[1]

    def _sorted_and_searched(self, sort: int | None, descending: bool, search: str) -> "np.ndarray[Any, Any] | None":
        import numpy as np  # heavy: only scripts with tables need it

        found: np.ndarray[Any, Any] | None = None
        if search:
            hits = np.zeros(len(self._shown), dtype=bool)
            for index, kind in enumerate(self._kinds):
                hits |= _matches(self._shown.iloc[:, index], kind, search)
            found = np.flatnonzero(hits)
        if sort is None:
            return found
        column = self._shown.iloc[:, sort]
        return _sorted(column if found is None else column.iloc[found], found, descending)


def _sorted(
    column: "pd.Series[Any]", positions: "np.ndarray[Any, Any] | None", descending: bool
) -> "np.ndarray[Any, Any]":
    import numpy as np  # heavy: only scripts with tables need it

    plain = column.reset_index(drop=True)
    try:
        ordered = plain.sort_values(ascending=not descending, kind="stable", na_position="last")
    except TypeError:  # values of several types have no order but that of their text
        ordered = plain.astype(str).sort_values(ascending=not descending, kind="stable")
    order = np.asarray(ordered.index)
    return order if positions is None else np.asarray(positions[order])


def _matches(column: "pd.Series[Any]", kind: Kind, search: str) -> "np.ndarray[Any, Any]":
    """Return which values contain the text that is searched for; a number matches if it begins so, or rounds to it."""
    import numpy as np  # heavy: only scripts with tables need it

    nothing = np.zeros(len(column), dtype=bool)
    if kind == "number":
        try:
            number = float(search.replace(",", ""))
        except ValueError:
            return nothing
        values = column.to_numpy(dtype=float, na_value=math.nan)
        if column.dtype.kind in "iu" or "e" in search.lower():
            return np.asarray(values == number)
        unit = 10.0 ** -len(search.partition(".")[2])
        beyond = (values - number) * (-1 if number < 0 else 1)
        return np.asarray((beyond >= -0.5 * unit) & (beyond < unit))
    if kind == "boolean":
        wanted = {"true": True, "false": False}.get(search.lower())
        return nothing if wanted is None else np.asarray((column == wanted).fillna(False), dtype=bool)
    if kind == "date" and not _DATE_CHARACTERS.issuperset(search):
        return nothing  # writing a million dates out takes seconds
    texts = column.dt.strftime("%Y-%m-%dT%H:%M:%S") if kind == "date" else column.astype(str)
    return np.asarray(texts.str.contains(search, case=False, regex=False, na=False), dtype=bool)


def _cell(value: Any) -> Json:
    """Return one value of a column as JSON: NaN and missing values are None, dates ISO text, odd objects their text."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    if isinstance(value, str):
        return value[:_CHARACTERS_OF_A_CELL]
    if type(value).__name__ in ("NAType", "NaTType"):  # pandas' own; comparing them gives no truth value
        return None
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)[:_CHARACTERS_OF_A_CELL]


def _frame(table: Any) -> "pd.DataFrame":
    import pandas as pd  # heavy: only scripts with tables need it

    if isinstance(table, pd.DataFrame):
        return table
    if isinstance(table, pd.Series):
        return table.to_frame(name=table.name if table.name is not None else "value")
    if hasattr(table, "detach"):  # a PyTorch tensor
        table = table.detach().cpu().numpy()
    if hasattr(table, "shape") and hasattr(table, "__array__"):
        table = table.__array__()
        if table.ndim > 2:
            raise _no_table(table)
    elif hasattr(table, "to_pandas"):  # polars, pyarrow
        return table.to_pandas()  # type: ignore[no-any-return]
    elif not isinstance(table, (Mapping, list, tuple)):
        raise _no_table(table)
    try:
        return pd.DataFrame(table)
    except (ValueError, TypeError) as problem:
        raise _no_table(table, f" pandas says: {problem}") from problem


def _no_table(table: Any, reason: str = "") -> ScriptError:
    return ScriptError(
        f"table_output({describe(table)}): a DataFrame, a list of dicts, a dict of lists of one length, or an array of "
        f"one or two dimensions is expected.{reason}",
        hint='For example table_output([{"name": "Ada", "age": 36}, {"name": "Alan", "age": 41}]).',
    )


def _with_index(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a frame with its index as columns, unless that only counts the rows."""
    import pandas as pd  # heavy: only scripts with tables need it

    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        return frame
    index = frame.index.to_frame(index=False)
    index.columns = pd.Index(["" if name is None else name for name in frame.index.names])
    bare = frame.reset_index(drop=True)
    return pd.concat([index, bare], axis=1)


def _kind(column: "pd.Series[Any]") -> Kind:
    from pandas.api import types  # heavy: only scripts with tables need it

    if types.is_bool_dtype(column.dtype):
        return "boolean"
    if types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype):
        return "number"
    if types.is_datetime64_any_dtype(column.dtype):
        return "date"
    return "text"


def _column_name(name: Any) -> str:
    return " / ".join(str(part) for part in name if part != "") if isinstance(name, tuple) else str(name)


def table_output(table: Any, *, caption: str | None = None, label: str | None = None, key: str | None = None) -> None:
    """Show a table that can be sorted, searched and paged, however long it is.

    Args:
        table: pandas DataFrame or Series (its index is shown unless it only counts); list of dicts (rows); dict of
            lists (columns); array or tensor [shape=(rows,) or (rows, columns)]. It must not be changed afterwards.
        caption: A sentence below it, or None.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "table".

    Raises:
        ScriptError: If it is no table.

    Example:
        >>> import modelapp as ma
        >>> ma.table_output([{"name": "Ada", "age": 36}, {"name": "Alan", "age": 41}])
    """
    current_run().show(TableOutput(table, label, caption=caption, key=key))
