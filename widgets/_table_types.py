"""What a column of texts holds: numbers as people write them, days, truth values, or texts.

Pure functions. All cells of a column must fit before it is anything but text, and what has leading zeros or would be
changed by a number stays text. What had to be assumed is told as a word or a sentence.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

Style = Literal["point", "comma"]
DayOrder = Literal["days first", "months first"]

MISSING = frozenset({"", "NA", "N/A", "n/a", "#N/A", "null", "NULL", "Null", "NaN", "nan", "-", "–"})
_TRUTH = {"true": True, "false": False, "yes": True, "no": False}
_WHOLE = re.compile(r"[+-]?\d+")
_SPACES = "[ \u00a0\u202f\u2009'’]"
_POINT = re.compile(
    rf"(?=[^\d\n]?[^\d\n]?\d)[+-]?(\d+|\d{{1,3}}(,\d{{3}})+|\d{{1,3}}({_SPACES}\d{{3}})+)?(\.\d*)?([eE][+-]?\d+)?"
)
_COMMA = re.compile(
    rf"(?=[^\d\n]?[^\d\n]?\d)[+-]?(\d+|\d{{1,3}}(\.\d{{3}})+|\d{{1,3}}({_SPACES}\d{{3}})+)?(,\d*)?([eE][+-]?\d+)?"
)
_KEPT_AS_TEXT = re.compile(r"[+-]?0\d+([.,]\d*)?|\+\d{7,}")
_ISO = re.compile(
    r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?"
)
_DAY = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})(?:,? (\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?(?: ?([AaPp][Mm]))?)?"
)


class _Every:
    """Whether every one of many texts matches a pattern: asked in one search, since a file may have a million of them.

    Args:
        pattern: What each must match as a whole.
    """

    def __init__(self, pattern: "re.Pattern[str]") -> None:
        self._odd = re.compile(rf"^(?!(?:{pattern.pattern})$)", re.MULTILINE)

    def __call__(self, cells: Collection[str]) -> bool:
        lines = "\n".join(cells)
        return lines.count("\n") == len(cells) - 1 and self._odd.search(lines) is None


_every_point, _every_comma = _Every(_POINT), _Every(_COMMA)
_every_whole, _every_iso, _every_day = _Every(_WHOLE), _Every(_ISO), _Every(_DAY)
_none_kept = _Every(re.compile(rf"(?!(?:{_KEPT_AS_TEXT.pattern})$).*"))
_SAMPLE = 2000
"""Cells of each column that tell how a file writes numbers and days."""


class Customs(NamedTuple):
    """How numbers and days are written in the rest of a file, for columns that could be read in two ways."""

    style: Style
    days: DayOrder


class TypedColumn(NamedTuple):
    """A column with its type, and what was assumed: words such as "decimal commas", and whole sentences."""

    series: "pd.Series[Any]"
    words: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


def customs_of(columns: Iterable[Sequence[str]], separator: str) -> Customs:
    """Return how a file writes numbers and days, from the columns that can be read in one way only.

    Args:
        columns: The cells of each column.
        separator: What is between a line's fields: a semicolon goes with decimal commas, as spreadsheets write them.
    """
    styles: list[Style] = []
    orders: list[DayOrder] = []
    for cells in columns:
        present = _present(cells[:_SAMPLE])
        style = _style(present)
        if style is not None:
            styles.append(style)
        elif order := _day_order(present):
            orders.append(order)
    commas = styles.count("comma")
    style = "comma" if commas > len(styles) - commas or (not styles and separator == ";") else "point"
    if orders:
        return Customs(style, max(sorted(set(orders)), key=orders.count))
    return Customs(style, "days first" if style == "comma" or separator == ";" else "months first")


def typed(name: str, cells: Sequence[str], customs: Customs) -> TypedColumn:
    """Return a column of texts as what it holds.

    Args:
        name: The column's name, for sentences.
        cells: Texts without spaces around them.
        customs: How to read what could be read in two ways.
    """
    present = _present(cells)
    if not present:
        return TypedColumn(_series([None] * len(cells), "float64"))
    found = _truths(cells, present) or _numbers(name, cells, present, customs) or _days(name, cells, present, customs)
    return found or TypedColumn(texts(cells), (), _kept_as_text(name, present))


def texts(cells: Sequence[str]) -> "pd.Series[Any]":
    """Return a column of texts as it is, with what stands for a missing value as missing."""
    import pandas as pd  # heavy: only scripts with tables need it

    dtype = pd.Series(["text"]).dtype  # object, or from pandas 3 on str
    return pd.Series([None if cell in MISSING else cell for cell in cells], dtype=dtype)


def is_number(cell: str) -> bool:
    """Return True for a text that some way of writing numbers makes a number."""
    return bool(_POINT.fullmatch(cell) or _COMMA.fullmatch(cell))


def is_value(cell: str) -> bool:
    """Return True for a number or a day: what no column is called."""
    return is_number(cell) or bool(_ISO.fullmatch(cell) or _DAY.fullmatch(cell))


def _present(cells: Sequence[str]) -> set[str]:
    return set(cells) - MISSING


def _series(values: Sequence[Any], dtype: str) -> "pd.Series[Any]":
    import pandas as pd  # heavy: only scripts with tables need it

    return pd.Series(values, dtype=dtype)


def _truths(cells: Sequence[str], present: set[str]) -> TypedColumn | None:
    lowered = {cell.lower() for cell in present}
    if not (lowered <= {"true", "false"} or lowered <= {"yes", "no"}):
        return None
    values = [_TRUTH.get(cell.lower()) for cell in cells]
    return TypedColumn(_series(values, "boolean" if None in values else "bool"))


# ---------------------------------------------------------------- numbers


def _style(present: set[str]) -> Style | None:
    """Return the one way in which all of a column are numbers; None if there are two, or none."""
    bare = {_without_percent(cell) for cell in present}
    point, comma = _every_point(bare), _every_comma(bare)
    return None if point == comma else "point" if point else "comma"


def _numbers(name: str, cells: Sequence[str], present: set[str], customs: Customs) -> TypedColumn | None:
    percent = all(cell.endswith("%") for cell in present)
    bare = {_without_percent(cell) for cell in present} if percent else present
    ways: dict[Style, bool] = {"point": _every_point(bare), "comma": _every_comma(bare)}
    if not any(ways.values()) or not _none_kept(bare):
        return None
    twofold = all(ways.values()) and any("," in cell or "." in cell for cell in bare)
    style: Style = customs.style if all(ways.values()) else "point" if ways["point"] else "comma"
    value_of = {cell: _plain(_without_percent(cell) if percent else cell, style) for cell in present}
    series = _number_series([value_of.get(cell) for cell in cells])
    if series is None:
        return None
    words = ["decimal commas"] if style == "comma" and any("," in cell for cell in bare) else []
    sentences = []
    if twofold:
        sample = next(cell for cell in cells if cell in present and ("," in cell or "." in cell))
        sentences.append(f"In “{name}” {sample} is taken for {value_of[sample]}.")
    if percent:
        sentences.append(f"“{name}” is in per cent.")
    return TypedColumn(series, tuple(words), tuple(sentences))


def _without_percent(cell: str) -> str:
    return cell[:-1].rstrip() if cell.endswith("%") else cell


def _plain(cell: str, style: Style) -> str:
    """Return a number as Python writes it."""
    if not cell.isascii() or " " in cell or "'" in cell:
        cell = re.sub(_SPACES, "", cell)
    return cell.replace(",", "") if style == "point" else cell.replace(".", "").replace(",", ".")


def _number_series(values: Sequence[str | None]) -> "pd.Series[Any] | None":
    """Return plain numbers as a column: whole ones exactly, or None if there is no type that is large enough."""
    if not _every_whole([value for value in values if value is not None]):
        return _series([None if value is None else float(value) for value in values], "float64")
    if any(value is not None and len(value) > 20 for value in values):
        return None
    whole = [None if value is None else int(value) for value in values]
    low = min(value for value in whole if value is not None)
    high = max(value for value in whole if value is not None)
    if low < -(2**63) or high >= 2**64 or (low < 0 and high >= 2**63):
        return None
    dtype = "int64" if high < 2**63 else "uint64"
    if None not in whole:
        return _series(whole, dtype)
    exact = max(-low, high) > 2**53  # a float would change it
    return _series(whole, ("Int64" if dtype == "int64" else "UInt64") if exact else "float64")


def _kept_as_text(name: str, present: set[str]) -> tuple[str, ...]:
    if (_every_point(present) or _every_comma(present)) and not _none_kept(present):
        return (f"“{name}” is kept as text, for its leading zeros or signs.",)
    return ()


# ---------------------------------------------------------------- days


def _day_order(present: set[str]) -> DayOrder | None:
    """Return the order that the days of a column must have; None if both are possible, or they are none."""
    if not _every_day(present):
        return None
    found = [_DAY.fullmatch(cell) for cell in present]
    days_first = any(int(one[1]) > 12 for one in found if one) or any(one[2] == "." for one in found if one)
    months_first = any(int(one[3]) > 12 for one in found if one)
    return None if days_first == months_first else "days first" if days_first else "months first"


def _days(name: str, cells: Sequence[str], present: set[str], customs: Customs) -> TypedColumn | None:
    import pandas as pd  # heavy: only scripts with tables need it

    words: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    if _every_iso(present):
        iso = {cell: _iso_text(cell) for cell in present}
    elif _every_day(present):
        order = _day_order(present)
        words = (order or customs.days,)
        iso = {cell: _ordered(cell, words[0]) for cell in present}
        if order is None:
            sample = next(cell for cell in cells if cell in present)
            sentences = (f"In “{name}” {sample} is taken for {iso[sample]}: {words[0]}.",)
    else:
        return None
    zoned = any(text[10:].endswith("Z") or re.search(r"[+-]\d{2}:?\d{2}$", text[10:]) for text in iso.values())
    try:
        made = pd.to_datetime(pd.Series([iso.get(cell) for cell in cells], dtype=object), format="ISO8601", utc=zoned)
    except (ValueError, OverflowError):  # no such day in any calendar
        return None
    return TypedColumn(made, words, sentences)


def _iso_text(cell: str) -> str:
    year, _, month, day, hour, minute, second, fraction, zone = _ISO.fullmatch(cell).groups()  # type: ignore[union-attr]
    clock = f"T{int(hour):02}:{minute}:{second or '00'}{fraction or ''}" if hour else ""
    return f"{year}-{int(month):02}-{int(day):02}{clock}{zone or ''}"


def _ordered(cell: str, order: str) -> str:
    first, _, second, year, hour, minute, seconds, fraction, half = _DAY.fullmatch(cell).groups()  # type: ignore[union-attr]
    day, month = (first, second) if order == "days first" else (second, first)
    if len(year) == 2:
        year = ("19" if int(year) > 68 else "20") + year  # as POSIX has it
    clock = ""
    if hour:
        hours = int(hour) % 12 + (12 if half.lower() == "pm" else 0) if half else int(hour)
        clock = f"T{hours:02}:{minute}:{seconds or '00'}{fraction or ''}"
    return f"{year}-{int(month):02}-{int(day):02}{clock}"
