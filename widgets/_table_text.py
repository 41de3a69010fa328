"""Tables in text files: their encoding, what separates their fields, their header and their lines.

Pure functions from bytes to rows of texts. What was assumed is told in words ("semicolons") and sentences.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import NamedTuple

from modelapp.core.errors import InvalidValue
from modelapp.widgets._table_types import MISSING, is_value

_SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas"}
"""In the order in which they are believed: a decimal comma is no separator where there are semicolons as well."""
_SAMPLE_LINES = 300
_CONSISTENT = 0.8
_BOMS = {
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


class TextTable(NamedTuple):
    """The fields of a text file, by column."""

    names: list[str]
    columns: list[list[str]]
    separator: str
    words: list[str]
    sentences: list[str]


def text_table(content: bytes, name: str, most_cells: int) -> TextTable:
    """Take a text file apart.

    Raises:
        InvalidValue: If it is no text, empty, or has more cells than that.
    """
    text, encoding = decoded(content, name)
    separator, rows = _rows(text, name)
    words = [] if encoding is None else [encoding]
    if separator:
        words.insert(0, _SEPARATORS[separator])
    rows = [[field.strip() for field in row] for row in rows]
    rows = [row for row in rows if any(row)]
    if not rows:
        raise InvalidValue(f"“{name}” is empty.")
    named = header(rows)
    names = rows[0] if named else [""] * _common_width(rows)
    body = rows[1:] if named else rows
    sentences = [] if named else ["The first line has numbers, so the columns are numbered."]
    if named and len(names) + 1 == _common_width(body or rows) > 2 and any(row[-1] for row in body):
        # As R writes row names; a separator at the end of each line is another matter.
        names = ["", *names]
    if len(names) * len(body) > most_cells:
        raise InvalidValue(too_many(name, len(body), len(names), most_cells))
    body, ragged = _even(body, len(names))
    columns = [list(column) for column in zip(*body, strict=True)] if body else [[] for _ in names]
    return TextTable(names, columns, separator or ",", words, sentences + ragged)


def too_many(name: str, rows: int, columns: int, most_cells: int) -> str:
    """Return the sentence for a table that is too large."""
    return (
        f"“{name}” has {rows:,} rows of {columns:,} columns, {rows * columns:,} cells: at most {most_cells:,} are "
        "taken. Upload a part of it."
    )


def decoded(content: bytes, name: str) -> tuple[str, str | None]:
    """Return a file as text, and the encoding where it is none of the usual ones.

    Raises:
        InvalidValue: If it is no text.
    """
    codec = next((codec for mark, codec in _BOMS.items() if content.startswith(mark)), None) or _bare_utf_16(content)
    try:
        text = content.decode(codec or "utf-8")
        told = None if codec in (None, "utf-8-sig") else codec.removesuffix("-sig").upper()
    except UnicodeDecodeError:
        if codec is not None:
            raise InvalidValue(f"“{name}” is damaged: its text cannot be read to the end.") from None
        text, told = _western(content)
    if _CONTROLS.search(text):
        raise InvalidValue(f"“{name}” is no table that can be read: CSV, TSV, XLSX and Parquet are.")
    return text, told


def _bare_utf_16(content: bytes) -> str | None:
    """Return the codec of UTF-16 without a mark, which has a zero in every second byte of plain letters."""
    even, odd = content[0:4000:2], content[1:4000:2]
    if not odd:
        return None
    zeros_even, zeros_odd = even.count(0) / len(even), odd.count(0) / len(odd)
    if zeros_odd > 0.6 and zeros_even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if zeros_even > 0.6 and zeros_odd < 0.05 else None


def _western(content: bytes) -> tuple[str, str]:
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


def _rows(text: str, name: str) -> tuple[str | None, list[list[str]]]:
    told = re.match(r"sep=(.)\r?\n", text)  # what Excel writes and reads
    if told and told[1] in _SEPARATORS:
        return told[1], _parsed(text[told.end() :], told[1], name)
    separator = _separator(text)
    return separator, _parsed(text, separator or "\x1f", name)


def _separator(text: str) -> str | None:
    """Return what separates the fields; None if there is one field a line."""
    head = text[:200_000]
    best: tuple[float, str | None] = (0.0, None)
    for separator in _SEPARATORS:
        try:
            reader = csv.reader(StringIO(head, newline=""), delimiter=separator, skipinitialspace=True)
            rows = [row for row, _ in zip(reader, range(_SAMPLE_LINES), strict=False) if any(row)]
        except csv.Error:
            continue
        if len(rows) > 1 and len(head) < len(text):
            rows.pop()  # it may be cut
        widths = Counter(map(len, rows))
        width, count = widths.most_common(1)[0] if widths else (0, 0)
        if width < 2 or (len(rows[0]) == 1 and width == 2):  # a column of decimal commas below its name
            continue
        share = count / len(rows)
        if share >= _CONSISTENT:
            return separator
        best = max(best, (share, separator), key=lambda one: one[0])
    return best[1] if best[0] >= 0.3 else None


def _parsed(text: str, separator: str, name: str) -> list[list[str]]:
    try:
        rows = list(csv.reader(StringIO(text, newline=""), delimiter=separator, skipinitialspace=separator != "\t"))
        runaway = text.count('"') % 2 == 1 and any("\n" in field for field in rows[-1])
    except csv.Error:
        runaway = True
    if not runaway:
        return rows
    # A quote that is never closed would swallow all that follows.
    plain = csv.reader(StringIO(text, newline=""), delimiter=separator, quoting=csv.QUOTE_NONE)
    try:
        return list(plain)
    except csv.Error as fault:
        raise InvalidValue(f"“{name}” has a line that cannot be read: {fault}.") from fault


def header(rows: Sequence[Sequence[str]]) -> bool:
    """Return True if the first line has names: not all of what is in it are numbers or days."""
    return not all(is_value(field) for field in rows[0] if field not in MISSING) or len(rows) == 1


def _common_width(rows: Sequence[Sequence[str]]) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0]


def _even(rows: list[list[str]], width: int) -> tuple[list[list[str]], list[str]]:
    """Bring all lines to one width; say which had other ones."""
    longer = sum(len(row) > width and any(row[width:]) for row in rows)
    shorter = sum(len(row) < width for row in rows)
    told = []
    if longer:
        told.append(f"{longer:,} of {len(rows):,} {_lines(rows)} had more fields, which are left out.")
    if shorter:
        told.append(f"{shorter:,} of {len(rows):,} {_lines(rows)} had fewer fields: the others are missing.")
    if longer or any(len(row) != width for row in rows):
        rows = [row[:width] + [""] * (width - len(row)) for row in rows]
    return rows, told


def _lines(rows: Sequence[object]) -> str:
    return "line" if len(rows) == 1 else "lines"


def unique_names(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return names without a second of any: "age", "age 2"; those without one are called by their place. Say so."""
    given = [name or f"column {place}" for place, name in enumerate(names, 1)]
    taken = set(given)
    unique: list[str] = []
    twice: list[str] = []
    for name in given:
        if name not in unique:
            unique.append(name)
            continue
        number = next(number for number in range(2, len(given) + 2) if f"{name} {number}" not in taken)
        unique.append(f"{name} {number}")
        taken.add(unique[-1])
        twice.append(name)
    return unique, [f"There were two columns “{name}”: the next is “{name} 2”." for name in dict.fromkeys(twice)]
