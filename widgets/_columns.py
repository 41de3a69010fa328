"""Columns of tables and rows: what kind of values each holds, as the page shows them, and back to the script's types.

A cell on the wire is None (missing), a number, true or false, or text; days and times are ISO text. A column remembers
the dtype of the data that it was made from, so that what comes back has it again.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.json_schema import Schema, with_null
from modelapp.core.protocol import Json
from modelapp.widgets._checking import LARGEST_WHOLE, number_schema, plain_number

if TYPE_CHECKING:
    import pandas as pd

ColumnKind = Literal["number", "choice", "boolean", "text", "date", "datetime"]
_MOST_CHOICES = 50
_CHARACTERS = 10_000
_WHOLE = re.compile(r"[+-]?\d{1,20}")


class DataColumn(msgspec.Struct, frozen=True):
    """A column: its name, and what its cells hold."""

    name: str
    kind: ColumnKind
    integer: bool = False
    """True: whole numbers only."""
    min: float | None = None
    """Lowest number of the data, or None; with `bounded` no lower one is taken."""
    max: float | None = None
    step: float | None = None
    """A step that suits the range, or None."""
    bounded: bool = False
    options: tuple[str, ...] = ()
    """With "choice": the texts that can be chosen."""
    missing: bool = False
    """True if a cell may be empty."""


class Column:
    """A column of a script's data, and the way from a cell on the wire to its values and back.

    Args:
        shown: What the page is told.
        default: Value of a new row's cell, in its raw form.
        dtype: Type of the data that it was made from, or None for plain Python values.
        values: With "choice": the values behind the options' texts.
        key: The name as the script has it, which may be no str.
    """

    def __init__(
        self,
        shown: DataColumn,
        default: Json,
        dtype: Any = None,
        values: Mapping[str, Any] | None = None,
        key: Any = None,
    ) -> None:
        self.shown = shown
        self.name = shown.name
        self.key = shown.name if key is None else key
        self.default = default
        self.dtype = dtype
        self.values = values

    def accept(self, raw: Json) -> Json:
        """Check a cell from the wire.

        Raises:
            InvalidValue: If it is none that the column can have; says what is.
        """
        shown = self.shown
        if raw is None:
            if not shown.missing:
                raise InvalidValue(f"“{self.name}” is missing: it takes {self._allowed()}.")
            return None
        kind = shown.kind
        if kind == "number":
            return self._number(raw)
        if kind == "boolean":
            fits = isinstance(raw, bool)
        elif kind == "choice":
            fits = isinstance(raw, str) and raw in shown.options
        elif kind == "text":
            fits = isinstance(raw, str) and len(raw) <= _CHARACTERS and self._holds(raw)
        else:
            fits = isinstance(raw, str) and _is_iso(raw, kind)
        if not fits:
            raise self._refused(raw)
        return raw

    def schema(self) -> Schema:
        """Return the JSON Schema of the cells that `accept` takes."""
        shown = self.shown
        if shown.kind == "number":
            low, high = (shown.min, shown.max) if shown.bounded else (None, None)
            schema = number_schema(low, high, integer=shown.integer)
            if shown.integer and self.dtype is not None and self.dtype.kind in "iu":
                least, most = self._room()
                schema["minimum"], schema["maximum"] = max(schema["minimum"], least), min(schema["maximum"], most)
        elif shown.kind == "choice":
            schema = {"type": "string", "enum": list(shown.options)}
        elif shown.kind == "boolean":
            schema = {"type": "boolean"}
        elif shown.kind == "text":
            schema = {"type": "string", "maxLength": _CHARACTERS}
        else:
            schema = {
                "type": "string",
                **({"format": "date"} if shown.kind == "date" else {}),
                "title": self._allowed(),
            }
        return {**(with_null(schema) if shown.missing else schema), "default": self.default}

    def encode(self, given: Any) -> Json:
        """Turn a script's value into a cell.

        Raises:
            InvalidValue: If it is none that the column can have; says what is.
        """
        if is_missing(given):
            return self.accept(None)
        kind = self.shown.kind
        if kind == "number":
            return self.accept(plain_number(given))
        if kind == "choice":
            return self.accept(str(given))
        if kind == "boolean":
            return self.accept(bool(given) if type(given).__name__ in ("bool", "bool_") else given)
        if kind in ("date", "datetime"):
            return self.accept(iso(given, kind) if isinstance(given, date) else given)
        return self.accept(str(given))

    def from_text(self, text: str) -> Any:
        """Return the script's value that a text in a table of cases stands for; "" is a missing one."""
        if self.shown.kind not in ("number", "boolean"):
            return text or None
        try:
            return msgspec.json.decode(text.lower()) if text else None  # True and 1E5 are written so, too
        except msgspec.DecodeError:
            return text

    def parse(self, raw: Json) -> Any:
        """Turn an accepted cell into the script's plain value; None stays None."""
        if raw is None:
            return None
        if self.shown.kind == "choice" and self.values is not None:
            return self.values[raw]
        if self.shown.kind == "date":
            return date.fromisoformat(raw)
        if self.shown.kind == "datetime":
            return datetime.fromisoformat(raw)
        return raw

    def series(self, cells: Sequence[Json]) -> "pd.Series[Any]":
        """Turn accepted cells into a Series of the dtype of the data; where that has no room for a missing one, of the
        next that has.

        Raises:
            InvalidValue: If a text is no value of that dtype.
        """
        import pandas as pd  # heavy: only scripts with tables need it

        values = [self.parse(cell) for cell in cells]
        if self.dtype is None:
            return pd.Series(values, dtype=object) if not values else pd.Series(values)
        if any(value is None for value in values) and self.dtype.kind in "iub" and not hasattr(self.dtype, "na_value"):
            values = [math.nan if value is None else value for value in values]
            return pd.Series(values, dtype=float if self.dtype.kind in "iu" else object)
        try:
            return pd.Series(values, dtype=object).astype(self.dtype)
        except (TypeError, ValueError, OverflowError) as fault:
            raise InvalidValue(f"“{self.name}” takes {self._allowed()}: {fault}.") from fault

    def _number(self, raw: Json) -> float:
        shown = self.shown
        if isinstance(raw, bool) or not isinstance(raw, (int, float)) or not math.isfinite(raw):
            raise self._refused(raw)
        if shown.integer and (raw != int(raw) or abs(raw) > LARGEST_WHOLE or not self._holds(raw)):
            raise self._refused(raw)
        if shown.bounded and not ((shown.min is None or raw >= shown.min) and (shown.max is None or raw <= shown.max)):
            raise self._refused(raw)
        return int(raw) if shown.integer else raw

    def _holds(self, raw: Json) -> bool:
        """Return False for a number that the dtype has no room for. Large whole numbers are texts on the page."""
        if self.dtype is None or self.dtype.kind not in "iu":
            return True
        if isinstance(raw, str) and not _WHOLE.fullmatch(raw):
            return False
        least, most = self._room()
        return bool(least <= int(raw) <= most)

    def _room(self) -> tuple[int, int]:
        """Return the least and the largest whole number that the dtype has room for."""
        bits = 8 * self.dtype.itemsize
        return (0, 2**bits - 1) if self.dtype.kind == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)

    def _refused(self, raw: Json) -> InvalidValue:
        return InvalidValue(f"“{self.name}” cannot be {describe(raw)}: it takes {self._allowed()}.")

    def _allowed(self) -> str:
        shown = self.shown
        if shown.kind == "choice":
            return ", ".join(shown.options[:12]) + (", …" if len(shown.options) > 12 else "")
        if shown.kind == "number":
            noun = "a whole number" if shown.integer else "a number"
            return f"{noun} from {shown.min:g} to {shown.max:g}" if shown.bounded else noun
        if shown.kind == "text" and self.dtype is not None and self.dtype.kind in "iu":
            return "a whole number"
        words = {
            "boolean": "true or false",
            "text": "text",
            "date": "a day written YYYY-MM-DD",
            "datetime": "a time written YYYY-MM-DDTHH:MM",
        }
        return words[shown.kind]


def columns_of_frame(frame: "pd.DataFrame", *, most_choices: int = _MOST_CHOICES) -> list[Column]:
    """Return a frame's columns: numbers with their range and median, texts with few values as choices.

    Raises:
        ScriptError: If two columns have one name.
    """
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ScriptError(
            f"The DataFrame has two columns {twice[0]!r}.", hint="Rename one of them: frame.columns = [...]."
        )
    return [_of_series(name, key, frame[key], most_choices) for name, key in zip(names, frame.columns, strict=True)]


def _of_series(name: str, key: Any, series: "pd.Series[Any]", most_choices: int) -> Column:
    from pandas.api import types  # heavy: only scripts with tables need it

    present = series.dropna()
    missing = len(present) < len(series)
    dtype = series.dtype
    if types.is_bool_dtype(dtype) or (
        str(dtype) == "object" and len(present) and all(isinstance(one, bool) for one in present)
    ):
        default = bool(present.mode().iloc[0]) if len(present) else None if missing else False
        return Column(DataColumn(name, "boolean", missing=missing), default, dtype, key=key)
    if str(dtype) == "object" and len(present) and all(type(one) is date for one in present):
        middle = iso(sorted(present)[len(present) // 2], "date")
        return Column(DataColumn(name, "date", missing=missing), middle, dtype, key=key)
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return _of_numbers(name, key, present, missing, dtype)
    if types.is_datetime64_any_dtype(dtype):
        days = bool((present.dt.normalize() == present).all())
        kind: ColumnKind = "date" if days else "datetime"
        day = iso(present.median(), kind) if len(present) else None
        return Column(DataColumn(name, kind, missing=missing or day is None), day, dtype, key=key)
    return _of_texts(name, key, present, missing, dtype, most_choices)


def _of_numbers(name: str, key: Any, present: "pd.Series[Any]", missing: bool, dtype: Any) -> Column:
    integer = dtype.kind in "iu" if hasattr(dtype, "kind") else False
    finite = present[abs(present.astype(float)) < math.inf] if len(present) else present
    if not len(finite):
        return Column(DataColumn(name, "number", integer=integer, missing=True), None, dtype, key=key)
    low, high, middle = float(finite.min()), float(finite.max()), float(finite.median())
    if integer and max(abs(low), abs(high)) > LARGEST_WHOLE:  # a browser would change such numbers
        return Column(DataColumn(name, "text", missing=missing), str(int(finite.iloc[0])), dtype, key=key)
    step = 1.0 if integer else nice_step(low, high)
    default = round(middle) if integer else middle
    shown = DataColumn(name, "number", integer=integer, min=low, max=high, step=step, missing=missing or not integer)
    return Column(shown, default, dtype, key=key)


def _of_texts(name: str, key: Any, present: "pd.Series[Any]", missing: bool, dtype: Any, most_choices: int) -> Column:
    options = list(dtype.categories) if hasattr(dtype, "categories") else _few_values(present, most_choices)
    few = options and (hasattr(dtype, "categories") or len(options) <= max(2, len(present) // 2))
    texts = {str(option): option for option in options}
    if few and len(texts) == len(options):
        default = str(present.mode().iloc[0]) if len(present) else next(iter(texts))
        shown = DataColumn(name, "choice", options=tuple(texts), missing=missing)
        return Column(shown, default, dtype, texts, key)
    return Column(DataColumn(name, "text", missing=missing), "", dtype, key=key)


def _few_values(present: "pd.Series[Any]", most: int) -> list[Any]:
    try:
        return sorted(present.unique(), key=str) if present.nunique() <= most else []
    except TypeError:  # lists and dicts cannot be told apart
        return []


def column_of(name: str, given: Any) -> Column:
    """Return the column that one entry of a mapping describes.

    Args:
        name: Its name.
        given: (low, high) for numbers in that range; a list of options; or a default: True, a number, text or a day.

    Raises:
        ScriptError: If it is something else.
    """
    if isinstance(given, tuple) and len(given) == 2 and all(_is_number(one) for one in given):
        low, high = plain_number(given[0]), plain_number(given[1])
        if not low < high:
            raise ScriptError(f"{name!r}: {given!r} is no range, since {low:g} is not below {high:g}.")
        integer = isinstance(low, int) and isinstance(high, int)
        step = 1.0 if integer else nice_step(low, high)
        middle = (low + high) // 2 if integer else (low + high) / 2
        return Column(DataColumn(name, "number", integer, low, high, step, bounded=True), middle)
    if isinstance(given, bool):
        return Column(DataColumn(name, "boolean"), given)
    if isinstance(given, str):
        return Column(DataColumn(name, "text"), given)
    if isinstance(given, (list, tuple)) and given:
        texts = {str(option): option for option in given if option is not None}
        if len(texts) == len(given) - (None in given):
            options = tuple(texts)
            return Column(DataColumn(name, "choice", options=options, missing=None in given), options[0], None, texts)
    if isinstance(given, date):
        kind: ColumnKind = "datetime" if isinstance(given, datetime) else "date"
        return Column(DataColumn(name, kind), iso(given, kind))
    if _is_number(given):
        number = plain_number(given)
        return Column(DataColumn(name, "number", isinstance(number, int)), number)
    raise ScriptError(
        f"{name!r}: {describe(given)} says not what it holds.",
        hint='(0, 120) is a range, ["a", "b"] are options; True, 3.5, "text" or a day is a default.',
    )


def nice_step(low: float, high: float) -> float:
    """Return a power of ten that divides a range into 100 to 1,000 parts."""
    return 10.0 ** math.floor(math.log10((high - low) / 100)) if high > low else 1.0


def iso(day: Any, kind: str) -> str:
    """Return a day or a time as ISO text."""
    text: str = day.isoformat()
    return text[:10] if kind == "date" else text[:19]


def is_missing(given: Any) -> bool:
    """Return True for None, NaN, NaT and pandas' NA."""
    if given is None or type(given).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(given, float) and math.isnan(given)


def _is_number(given: Any) -> bool:
    plain = plain_number(given)
    return isinstance(plain, (int, float)) and not isinstance(plain, bool) and math.isfinite(plain)


def _is_iso(text: str, kind: str) -> bool:
    try:
        date.fromisoformat(text) if kind == "date" else datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
