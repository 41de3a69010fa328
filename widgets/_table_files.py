"""Files with tables: CSV and its relatives, Excel workbooks and Parquet, from bytes to a DataFrame.

Pure: bytes and a name in, a frame and sentences about what was assumed out. What a file is, its first bytes tell; its
name is for messages only. Foreign bytes may make a decoder raise anything.
"""

import re
import warnings
import zipfile
from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from modelapp.core.errors import InvalidValue
from modelapp.widgets._table_text import text_table, too_many, unique_names
from modelapp.widgets._table_types import Customs, customs_of, texts, typed

if TYPE_CHECKING:
    import pandas as pd

CELL_LIMIT = 2_000_000
BYTE_LIMIT = 200_000_000
_UNPACKED_LIMIT = 600_000_000
SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".parquet")
_KINDS = "CSV, TSV, XLSX and Parquet"
_INDEX = re.compile(r"__index_level_\d+__")


class ReadTable(NamedTuple):
    """A table, and what was assumed about it."""

    frame: "pd.DataFrame"
    said: tuple[str, ...]


def read_table(content: bytes, name: str, as_text: Collection[str] = ()) -> ReadTable:
    """Read a file with a table.

    Args:
        content: The file.
        name: Its name, for messages.
        as_text: Names of columns of a text file that are texts, whatever they look like.

    Raises:
        InvalidValue: If it is none that can be read, damaged, or too large; says what can.
    """
    if len(content) > BYTE_LIMIT:
        raise InvalidValue(f"“{name}” has {len(content) // 10**6:,} MB: at most {BYTE_LIMIT // 10**6} are taken.")
    if not content:
        raise InvalidValue(f"“{name}” is empty (0 bytes).")
    if content.startswith(b"PK\x03\x04"):
        return _workbook(content, name)
    if content.startswith(b"PAR1"):
        return _parquet(content, name)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise InvalidValue(f"“{name}” is protected by a password. Save it without one, and upload it again.")
        raise InvalidValue(f"“{name}” is in the old format of Excel. Save it as .xlsx or CSV, and upload it again.")
    if content.startswith(b"\x1f\x8b"):
        raise InvalidValue(f"“{name}” is compressed. Unpack it, and upload what is in it.")
    return _text(content, name, as_text)


def _text(content: bytes, name: str, as_text: Collection[str]) -> ReadTable:
    table = text_table(content, name, CELL_LIMIT)
    names, told = unique_names(table.names)
    customs = customs_of(table.columns, table.separator)
    words, sentences = list(table.words), table.sentences + told
    made = {}
    for column, cells in zip(names, table.columns, strict=True):
        if column in as_text:
            made[column] = texts(cells)
            continue
        found = typed(column, cells, customs)
        made[column] = found.series
        words += found.words
        sentences += found.sentences
    read_as = f"Read as: {', '.join(dict.fromkeys(words))}."
    return ReadTable(_frame(made), ((read_as,) if words else ()) + tuple(sentences))


def _frame(columns: dict[str, "pd.Series[Any]"]) -> "pd.DataFrame":
    import pandas as pd  # heavy: only scripts with tables need it

    return pd.DataFrame(columns)


# ---------------------------------------------------------------- Excel


def _workbook(content: bytes, name: str) -> ReadTable:
    try:
        openpyxl: Any = import_module("openpyxl")  # an extra: only uploads of workbooks need it
    except ImportError:
        raise InvalidValue(
            f"“{name}” is an Excel workbook, which cannot be read here. Save it as CSV, and upload that.",
            hint="Install openpyxl: pip install 'modelapp[excel]'.",
        ) from None
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        raise InvalidValue(f"“{name}” is damaged or was cut off. Save it again, and upload it once more.") from None
    if not any(part.filename == "xl/workbook.xml" for part in parts):
        raise InvalidValue(f"“{name}” is a packed file, but no Excel workbook. {_KINDS} can be read.")
    if sum(part.file_size for part in parts) > _UNPACKED_LIMIT:
        raise InvalidValue(f"“{name}” unpacks to more than {_UNPACKED_LIMIT // 10**6} MB, which is too large.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which hold no data
            book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
            sheets = book.worksheets
            rows = _sheet_rows(sheets[0], name) if sheets else []
            titles = [sheet.title for sheet in sheets]
            book.close()
    except InvalidValue:
        raise
    except Exception as fault:  # foreign bytes
        raise InvalidValue(f"“{name}” is damaged: it cannot be read as an Excel workbook.") from fault
    if not rows:
        raise InvalidValue(
            f"“{name}” is empty" + (f": there is nothing in its sheet “{titles[0]}”." if titles else ".")
        )
    said = (f"Read: the sheet “{titles[0]}”, the first of {len(titles)}.",) if len(titles) > 1 else ()
    return _of_values(rows, said)


def _sheet_rows(sheet: Any, name: str) -> list[list[Any]]:
    sheet.reset_dimensions()  # what a file says of itself may be a million empty rows
    rows: list[list[Any]] = []
    cells = 0
    for row in sheet.iter_rows(values_only=True):
        values = list(row)
        while values and values[-1] in (None, ""):
            values.pop()
        cells += len(values)
        if cells > CELL_LIMIT:
            raise InvalidValue(too_many(name, len(rows) + 1, len(values), CELL_LIMIT))
        if values:
            rows.append(values)
    return rows


def _of_values(rows: list[list[Any]], said: tuple[str, ...]) -> ReadTable:
    named = len(rows) == 1 or any(isinstance(value, str) for value in rows[0])
    width = max(map(len, rows))
    rows = [row + [None] * (width - len(row)) for row in rows]
    names, told = unique_names(
        ["" if value is None else str(value).strip() for value in rows[0]] if named else [""] * width
    )
    body = rows[1:] if named else rows
    if not named:
        told = ["The first line has numbers, so the columns are numbered.", *told]
    columns = [list(column) for column in zip(*body, strict=True)] if body else [[] for _ in names]
    customs = Customs("point", "months first")
    made: dict[str, pd.Series[Any]] = {}
    sentences: list[str] = []
    for column, values in zip(names, columns, strict=True):
        found, extra = _of_cells(column, values, customs)
        made[column] = found
        sentences += extra
    return ReadTable(_frame(made), (*said, *told, *sentences))


def _of_cells(name: str, values: Sequence[Any], customs: Customs) -> tuple["pd.Series[Any]", tuple[str, ...]]:
    """Return a column of a workbook: cells have types there already, and texts are read as in a text file."""
    import pandas as pd  # heavy: only scripts with tables need it

    present = [value for value in values if value is not None]
    if all(isinstance(value, bool) for value in present) and present:
        return pd.Series(values, dtype="bool" if len(present) == len(values) else "boolean"), ()
    if present and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in present):
        whole = all(float(value).is_integer() and abs(value) < 2**63 for value in present)
        if whole and len(present) == len(values):
            return pd.Series([int(value) for value in values], dtype="int64"), ()
        return pd.Series(values, dtype="float64"), ()
    if present and all(isinstance(value, (datetime, date)) for value in present):
        return pd.to_datetime(pd.Series(values, dtype=object)), ()
    found = typed(name, ["" if value is None else _cell_text(value) for value in values], customs)
    return found.series, found.sentences


def _cell_text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value).strip()


# ---------------------------------------------------------------- Parquet


def _parquet(content: bytes, name: str) -> ReadTable:
    try:
        parquet: Any = import_module("pyarrow.parquet")  # an extra: only uploads of Parquet files need it
    except ImportError:
        raise InvalidValue(
            f"“{name}” is a Parquet file, which cannot be read here. Save it as CSV, and upload that.",
            hint="Install pyarrow: pip install 'modelapp[parquet]'.",
        ) from None
    try:
        file = parquet.ParquetFile(BytesIO(content))
        facts = file.metadata
        if facts.num_rows * max(1, len(file.schema_arrow.names)) > CELL_LIMIT:
            raise InvalidValue(too_many(name, facts.num_rows, len(file.schema_arrow.names), CELL_LIMIT))
        unpacked = sum(facts.row_group(group).total_byte_size for group in range(facts.num_row_groups))
        if unpacked > _UNPACKED_LIMIT:
            raise InvalidValue(f"“{name}” unpacks to more than {_UNPACKED_LIMIT // 10**6} MB, which is too large.")
        table = file.read()
    except InvalidValue:
        raise
    except Exception as fault:  # foreign bytes
        raise InvalidValue(f"“{name}” is damaged: it cannot be read as a Parquet file.") from fault
    kept = [place for place, column in enumerate(table.column_names) if not _INDEX.fullmatch(column)]
    names, told = unique_names([table.column_names[place] for place in kept])
    made = {column: _of_arrow(table.column(place)) for column, place in zip(names, kept, strict=True)}
    if not made:
        raise InvalidValue(f"“{name}” is empty: it has no columns.")
    return ReadTable(_frame(made), tuple(told))


def _of_arrow(column: Any) -> "pd.Series[Any]":
    import pandas as pd  # heavy: only scripts with tables need it

    arrow: Any = import_module("pyarrow")
    if arrow.types.is_integer(column.type) and column.null_count:  # whole, also where some are missing
        bits = str(column.type).replace("uint", "UInt").replace("int", "Int")
        return pd.Series(column.to_pylist(), dtype=bits)
    if arrow.types.is_boolean(column.type) and column.null_count:
        return pd.Series(column.to_pylist(), dtype="boolean")
    if arrow.types.is_date(column.type):
        return pd.to_datetime(pd.Series(column.to_pylist(), dtype=object))
    series: pd.Series[Any] = column.to_pandas()
    series.name = None
    if str(series.dtype) != "object":
        return series
    present = series.dropna()
    if all(isinstance(value, Decimal) for value in present) and len(present):
        return series.astype(float)
    return pd.Series([None if value is None else str(value) for value in series], dtype=texts([]).dtype)
