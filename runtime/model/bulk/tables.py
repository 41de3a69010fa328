"""Tables of cases as texts, cell by cell: what a text stands for, the inputs say."""

import csv
import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.plain import plain_json

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet")
_SEPARATORS = ",;\t|"
_DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)?")
_MOST_CHARACTERS_OF_A_CELL = 100_000_000


class Texts(NamedTuple):
    """A table's texts; "" is a missing cell."""

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    said: tuple[str, ...] = ()


def read_texts(path: Path) -> Texts:
    """Read a table.

    Raises:
        InvalidValue: If it cannot be read as what its name says, has two columns of one name, or no columns.
        EnvironmentFault: If a library is missing that reads it.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            return _of_frame(path, "pyarrow", "parquet", "read_parquet", {"dtype_backend": "numpy_nullable"})
        if suffix in (".xlsx", ".xlsm"):
            return _of_frame(path, "openpyxl", "excel", "read_excel", {"dtype": object, "na_filter": False})
        return _of_text(path.read_bytes(), path.name, suffix)
    except OSError as fault:
        raise InvalidValue(f"{str(path)!r} cannot be read: {fault.strerror or fault}.") from fault


def _of_text(content: bytes, name: str, suffix: str) -> Texts:
    text, said = _decoded(content)
    separator = "\t" if suffix == ".tsv" else _separator(text)
    before = csv.field_size_limit(_MOST_CHARACTERS_OF_A_CELL)
    try:
        lines = [row for row in csv.reader(StringIO(text, newline=""), delimiter=separator) if any(row)]
    except csv.Error as fault:
        raise InvalidValue(f"{name!r} cannot be read as a table: {fault}.") from fault
    finally:
        csv.field_size_limit(before)
    if not lines:
        raise InvalidValue(f"{name!r} is empty.")
    header, *rows = lines
    for number, row in enumerate(rows, start=1):
        if len(row) > len(header):
            raise InvalidValue(
                f"Case {number} of {name!r} has {len(row)} cells, but there are {len(header)} columns.",
                hint='Put a text that has the separator in it between quotation marks: "like, this".',
            )
    texts = _checked(header, [row + [""] * (len(header) - len(row)) for row in rows], name, said)
    return _with_decimal_points(texts) if separator == ";" else texts


def _decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace"), ()
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), ("The table is no UTF-8: it was read as Windows-1252.",)


def _separator(text: str) -> str:
    first = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    return max(_SEPARATORS, key=first.count) if any(mark in first for mark in _SEPARATORS) else ","


def _with_decimal_points(texts: Texts) -> Texts:
    """Where semicolons separate, a comma is what separates the decimals."""
    rows = [list(row) for row in texts.rows]
    changed = []
    for place, name in enumerate(texts.columns):
        cells = [row[place] for row in rows if row[place]]
        if any("," in cell for cell in cells) and all(_DECIMAL_COMMA.fullmatch(cell) for cell in cells):
            changed.append(name)
            for row in rows:
                row[place] = row[place].replace(",", ".")
    if not changed:
        return texts
    told = f"Decimal commas were read as such in {', '.join(changed)}."
    return Texts(texts.columns, [tuple(row) for row in rows], (*texts.said, told))


def _of_frame(path: Path, library: str, extra: str, reader: str, options: dict[str, Any]) -> Texts:
    import pandas as pd  # heavy: only tables that are no text need it

    try:
        import_module(library)
    except ImportError:
        raise EnvironmentFault(
            f"{path.name!r} cannot be read: {library} is not installed.", hint=f"pip install 'modelapp[{extra}]'"
        ) from None
    try:
        frame = getattr(pd, reader)(path, **options)
    except OSError:
        raise
    except Exception as fault:  # foreign bytes may make a decoder raise anything
        raise InvalidValue(f"{path.name!r} is damaged, or not what its name says: {fault}") from fault
    header = ["" if str(name).startswith("Unnamed: ") else str(name) for name in frame.columns]
    columns = [[cell_text(cell) for cell in frame.iloc[:, place].astype(object)] for place in range(len(header))]
    rows = [list(row) for row in zip(*columns, strict=True)]
    return _checked(header, [row for row in rows if any(row)], path.name, ())


def cell_text(cell: Any) -> str:
    """Return the text that stands for a typed cell: what one would write into a CSV file."""
    if isinstance(cell, str):
        return cell
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat() if cell.time() != cell.min.time() or cell.tzinfo else cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    plain = plain_json(cell)
    if isinstance(plain, float):
        if math.isnan(plain):
            return ""
        return str(int(plain)) if plain.is_integer() and abs(plain) < 2**53 else repr(plain)
    return plain if isinstance(plain, str) else msgspec.json.encode(plain).decode()


def _checked(header: Sequence[str], rows: Iterable[Sequence[str]], name: str, said: tuple[str, ...]) -> Texts:
    names = [column.strip() for column in header]
    kept = [place for place, column in enumerate(names) if column]  # an index that was written along has no name
    if not kept:
        raise InvalidValue(f"{name!r} has no columns with names.", hint="The first line must name the columns.")
    twice = next((column for place, column in enumerate(names) if column and column in names[:place]), None)
    if twice is not None:
        raise InvalidValue(f"{name!r} has two columns {twice!r}.")
    if len(kept) < len(names):
        said = (*said, "A column without a name was left out.")
    return Texts(
        tuple(names[place] for place in kept),
        [tuple("" if row[place].isspace() else row[place] for place in kept) for row in rows],
        said,
    )
