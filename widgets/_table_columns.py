"""The columns that a script wants of a table, and bringing any table to them: by name, cell by cell.

Pure: knows columns and frames, no files and no pages.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError, did_you_mean
from modelapp.core.examples import is_frame
from modelapp.widgets._checking import plain_number
from modelapp.widgets._columns import Column, DataColumn, column_of, columns_of_frame
from modelapp.widgets._tables import check_values, free_columns, with_dtype

if TYPE_CHECKING:
    import pandas as pd

_HINT = 'For example columns=["age", "sex"], or columns={"age": (0, 120), "sex": ["f", "m"], "smoker": False}.'


class Wanted:
    """The columns that a script wants.

    Args:
        columns: None for any; a list of names; a mapping of name to what the column holds; or a frame to be like.

    Raises:
        ScriptError: If it is something else, or there are none or two of one name.
    """

    def __init__(self, columns: Any) -> None:
        self.names: list[str] | None = None
        """Their names in order, or None for any."""
        self.columns: list[Column] | None = None
        """What they hold, or None if that is free."""
        if columns is None:
            return
        if is_frame(columns):
            self.columns = [with_dtype(column) for column in columns_of_frame(columns)]
            for place, column in enumerate(self.columns):
                check_values(column.name, columns.iloc[:, place])
        elif isinstance(columns, Mapping):
            self.columns = [_keyed(with_dtype(column_of(str(key), given)), key) for key, given in columns.items()]
        elif isinstance(columns, (list, tuple)) and all(isinstance(name, str) for name in columns):
            self.names = list(columns)
        else:
            raise ScriptError(
                f"table_input(columns={describe(columns)}): a list of names, a mapping or a DataFrame is expected.",
                hint=_HINT,
            )
        if self.columns is not None:
            self.names = [column.name for column in self.columns]
        names = self.names or []
        twice = next((name for place, name in enumerate(names) if name in names[:place]), None)
        if not names or twice is not None:
            fault = "there is not one column" if not names else f"there are two columns {twice!r}"
            raise ScriptError(f"table_input(columns=…): {fault}.", hint=_HINT)

    @property
    def texts(self) -> list[str]:
        """Names of columns that a file must not be guessed to have numbers in."""
        return [column.name for column in self.columns or () if column.shown.kind in ("text", "choice")]

    def empty(self) -> "tuple[pd.DataFrame, list[Column]] | None":
        """Return a table without rows, or None if its columns are not known."""
        import pandas as pd  # heavy: only scripts with tables need it

        if self.columns is not None:
            return pd.DataFrame(
                {column.name: pd.Series([], dtype=column.dtype) for column in self.columns}
            ), self.columns
        if self.names is None:
            return None
        frame = pd.DataFrame({name: pd.Series([], dtype=pd.Series(["text"]).dtype) for name in self.names})
        return frame, free_columns(frame)

    def brought(self, frame: "pd.DataFrame") -> "tuple[pd.DataFrame, list[Column], tuple[str, ...]]":
        """Return a table with the columns that are wanted, those columns, and what to say about it.

        Raises:
            InvalidValue: If one is not there, or has a cell that it cannot have; names the row.
            ScriptError: If any is taken, and one holds what a page cannot show.
        """
        if self.names is None:
            return frame, free_columns(frame), ()
        there = {str(name): place for place, name in enumerate(frame.columns)}
        places = [_found(name, there) for name in self.names]
        extra = [name for name, place in there.items() if place not in places]
        said = (f"Left out: {', '.join(extra[:8])}{', …' if len(extra) > 8 else ''}.",) if extra else ()
        part = frame.iloc[:, places]
        part.columns = self.names
        if self.columns is None:
            return part, free_columns(part), said
        import pandas as pd  # heavy: only scripts with tables need it

        made = {column.name: _as(column, part.iloc[:, place]) for place, column in enumerate(self.columns)}
        return pd.DataFrame(made, index=pd.RangeIndex(len(part))), self.columns, said


def _keyed(column: Column, key: Any) -> Column:
    return Column(column.shown, column.default, column.dtype, column.values, key)


def _found(name: str, there: Mapping[str, int]) -> int:
    """Return where a column is: by its name, else by the only one that differs in case or spaces alone."""
    if name in there:
        return there[name]
    near = [place for other, place in there.items() if _simple(other) == _simple(name)]
    if len(near) == 1:
        return near[0]
    suggestion = did_you_mean(name, there)
    raise InvalidValue(
        f"There is no column “{name}”. " + (suggestion or f"There are: {', '.join(list(there)[:12])}."),
    )


def _simple(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _as(column: Column, series: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column of a table in the form that is wanted of it."""
    import pandas as pd  # heavy: only scripts with tables need it

    free = series.dtype == column.dtype and not column.shown.bounded and column.shown.kind != "choice"
    if free and (column.shown.missing or not series.isna().any()):
        return series.reset_index(drop=True)
    cells = []
    missing = series.isna().tolist()
    for row, (value, gone) in enumerate(zip(series.tolist(), missing, strict=True)):
        try:
            cells.append(column.encode(None if gone else _near(column.shown, value)))
        except InvalidValue as problem:
            raise InvalidValue(f"Row {row + 1}: {problem.message}") from None
    made: pd.Series[Any] = column.series(cells) if cells else pd.Series([], dtype=column.dtype)
    return made


def _near(shown: DataColumn, value: Any) -> Any:
    """Return a value as the kind of a column has it, where nothing is lost by that."""
    plain = plain_number(value)
    whole = isinstance(plain, float) and plain.is_integer()
    if whole and (shown.kind == "text" or (shown.kind == "choice" and str(plain) not in shown.options)):
        return str(int(plain))
    if shown.kind == "boolean" and plain in (0, 1):
        return bool(plain)
    if shown.kind == "boolean" and isinstance(plain, str):
        return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(plain.lower(), plain)
    return plain


def same_columns(stored: Sequence[DataColumn], columns: Sequence[Column]) -> bool:
    """Return True if a stored table has just these columns."""
    return [msgspec.to_builtins(one) for one in stored] == [msgspec.to_builtins(column.shown) for column in columns]
