"""Tables on their way between scripts, the blob store and the page: one form for all, with the exact dtypes.

A stored table is JSON of our own, so that the page can read it as it is: its columns as the page shows them, what a new
row begins with, what was assumed when it was read, and the cells, column by column. The dtype of each column stands
beside it. Stored tables never change: whatever is done to one is a list of edits beside it (`_table_edits`).
"""

import math
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.protocol import Json, Stored
from modelapp.widgets._checking import LARGEST_WHOLE
from modelapp.widgets._columns import Column, DataColumn, columns_of_frame

if TYPE_CHECKING:
    import pandas as pd

_TABLES_KEPT = 4


class StoredTable(Stored, frozen=True):
    """A table in the blob store."""

    columns: tuple[DataColumn, ...]
    defaults: tuple[Json, ...]
    """The cells of a new row."""
    dtypes: tuple[Json, ...]
    """The name of each column's dtype, or {"categories", "of", "ordered"}."""
    cells: tuple[list[Json], ...]
    """The cells of each column."""
    rows: int
    said: tuple[str, ...] = ()
    """Sentences: what was assumed when the file was read."""


class Table:
    """A table that was taken out of the store.

    Args:
        stored: Its form in the store.
    """

    def __init__(self, stored: StoredTable) -> None:
        self.stored = stored
        self.rows = stored.rows
        self.columns = [
            _column(shown, default, dtype)
            for shown, default, dtype in zip(stored.columns, stored.defaults, stored.dtypes, strict=True)
        ]
        self._frame: pd.DataFrame | None = None

    @property
    def frame(self) -> "pd.DataFrame":
        """The table as it was, which must not be changed."""
        import pandas as pd  # heavy: only scripts with tables need it

        if self._frame is None:
            series = [
                decoded(cells, column.dtype, column.shown.kind)
                for cells, column in zip(self.stored.cells, self.columns, strict=True)
            ]
            self._frame = pd.DataFrame(
                {column.name: one for column, one in zip(self.columns, series, strict=True)},
                index=pd.RangeIndex(self.rows),
            )
        return self._frame


@lru_cache(maxsize=_TABLES_KEPT)
def table_at(path: Path) -> Table:
    """Return the table in a blob, whose content never changes.

    Raises:
        InvalidValue: If the blob holds none.
    """
    try:
        return Table(msgspec.json.decode(path.read_bytes(), type=StoredTable))
    except (msgspec.DecodeError, ValueError) as fault:
        raise InvalidValue("That is no table that was uploaded here.") from fault


def stored(frame: "pd.DataFrame", columns: Sequence[Column], said: Sequence[str] = ()) -> bytes:
    """Return a table in the form of the store.

    Args:
        frame: Its data; its index is left out.
        columns: Its columns in their order.
        said: What was assumed when it was read.
    """
    series = [frame.iloc[:, place] for place in range(frame.shape[1])]
    table = StoredTable(
        tuple(column.shown for column in columns),
        tuple(column.default for column in columns),
        tuple(_dtype_name(one.dtype) for one in series),
        tuple(encoded(one) for one in series),
        len(frame),
        tuple(said),
    )
    return msgspec.json.encode(table)


def free_columns(frame: "pd.DataFrame") -> list[Column]:
    """Return the columns of a table that anybody may fill: any number, any text, and all may be missing.

    Raises:
        ScriptError: If two have one name, or one holds what a page cannot show.
    """
    columns = columns_of_frame(frame, most_choices=0)
    for place, column in enumerate(columns):
        check_values(column.name, frame.iloc[:, place])
    return [_free(column) for column in columns]


def _free(column: Column) -> Column:
    shown = msgspec.structs.replace(column.shown, missing=True)
    if shown.kind == "date" and getattr(column.dtype, "tz", None) is not None:
        shown = msgspec.structs.replace(shown, kind="datetime")  # midnight in one zone is none in another
    return Column(shown, None, column.dtype, column.values, column.key)


def check_values(name: str, series: "pd.Series[Any]") -> None:
    """Raise ScriptError if a column holds anything but numbers, texts, truth values, days and categories."""
    dtype: Any = series.dtype.categories.dtype if hasattr(series.dtype, "categories") else series.dtype
    odd: Any = None
    if dtype.kind in "mc" or type(dtype).__name__ in ("PeriodDtype", "IntervalDtype", "SparseDtype"):
        odd = dtype
    elif str(dtype) == "object":
        values = map(_cell, series.dropna())
        odd = next((value for value in values if not isinstance(value, (bool, int, float, str))), None)
        if type(odd) is date and all(type(value) is date for value in series.dropna()):
            odd = None
    if odd is not None:
        raise ScriptError(
            f"The column {name!r} holds {describe(odd)}: numbers, texts, true or false, days and categories can be in "
            "a table on a page.",
            hint=f"Turn it into one of them: frame[{name!r}] = frame[{name!r}].astype(str).",
        )


# ---------------------------------------------------------------- cells


def encoded(series: "pd.Series[Any]") -> list[Json]:
    """Return a column's cells as JSON, from which `decoded` makes the same again."""
    dtype = series.dtype
    if hasattr(dtype, "categories"):
        texts = [str(category) for category in dtype.categories]
        return [None if code < 0 else texts[code] for code in series.cat.codes.tolist()]
    if dtype.kind == "f" and not hasattr(dtype, "na_value"):  # by far the most cells of large tables
        numbers = series.tolist()
        return [one if -math.inf < one < math.inf else None if math.isnan(one) else str(one) for one in numbers]
    values = _objects(series)
    if dtype.kind == "b" or str(dtype) in ("str", "string"):
        return values
    if dtype.kind == "M":
        times = [None if time is None else time.isoformat() for time in values]
        whole_days = all(time is None or time.endswith("T00:00:00") for time in times)
        return [time and time[:10] for time in times] if whole_days else times
    if dtype.kind in "iu" and any(value is not None and abs(value) > LARGEST_WHOLE for value in values):
        return [None if value is None else str(value) for value in values]  # a browser would change them
    return [_cell(value) for value in values]


def decoded(cells: Sequence[Json], dtype: Any, kind: str = "text") -> "pd.Series[Any]":
    """Return cells as a column of exactly that dtype. `kind` tells days from texts where the dtype does not."""
    import pandas as pd  # heavy: only scripts with tables need it

    values: Sequence[Any] = cells
    if hasattr(dtype, "categories"):
        place_of = {str(category): place for place, category in enumerate(dtype.categories)}
        codes = [-1 if cell is None else place_of[cell] for cell in cells]
        return pd.Series(pd.Categorical.from_codes(codes, dtype=dtype))
    if dtype.kind == "M":
        zoned = getattr(dtype, "tz", None) is not None
        times = pd.to_datetime(pd.Series(cells, dtype=object), format="ISO8601", utc=zoned)
        return times if times.dtype == dtype else times.astype(dtype)
    if dtype.kind == "f" and not hasattr(dtype, "na_value"):
        values = [math.nan if cell is None else float(cell) for cell in cells]
    elif dtype.kind in "iu":
        values = [int(cell) if isinstance(cell, str) else cell for cell in cells]
    elif kind == "date":
        values = [cell and date.fromisoformat(cell) for cell in cells]
    made: pd.Series[Any] = pd.Series(values, dtype=dtype)
    return made


def _objects(series: "pd.Series[Any]") -> list[Any]:
    """Return a column's values as Python's own, with None for what is missing."""
    missing = series.isna().tolist()
    return [None if gone else value for value, gone in zip(series.tolist(), missing, strict=True)]


def _cell(value: Any) -> Json:
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # "inf", which JSON has no number for
    return value


# ---------------------------------------------------------------- dtypes


def _dtype_name(dtype: Any) -> Json:
    if not hasattr(dtype, "categories"):
        return str(dtype)
    import pandas as pd  # heavy: only scripts with tables need it

    categories = pd.Series(dtype.categories)
    return {"categories": encoded(categories), "of": str(categories.dtype), "ordered": bool(dtype.ordered)}


def _dtype(name: Json) -> Any:
    import pandas as pd  # heavy: only scripts with tables need it
    from pandas.api.types import pandas_dtype

    if isinstance(name, str):
        return pandas_dtype(name)
    categories = decoded(name["categories"], pandas_dtype(name["of"]))
    return pd.CategoricalDtype(categories, ordered=name["ordered"])


def _column(shown: DataColumn, default: Json, name: Json) -> Column:
    dtype = _dtype(name)
    values = {str(value): value for value in dtype.categories} if hasattr(dtype, "categories") else None
    return Column(shown, default, dtype, values)


def with_dtype(column: Column) -> Column:
    """Return a column that a script described, with the dtype that its values have in a table."""
    import pandas as pd  # heavy: only scripts with tables need it

    if column.dtype is not None:
        return column
    kind = column.shown.kind
    if kind == "choice":
        dtype = pd.Series(list((column.values or {}).values())).dtype
    elif kind == "text":
        dtype = pd.Series(["text"]).dtype
    elif kind == "number":
        dtype = pd.Series([1 if column.shown.integer else 1.0]).dtype
    else:
        dtype = pd.Series([True]).dtype if kind == "boolean" else pd.Series([pd.Timestamp("2000-01-01")]).dtype
    return Column(column.shown, column.default, dtype, column.values, column.key)
