"""A table: uploaded, pasted, typed, and edited cell by cell."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.examples import is_frame, records
from modelapp.core.input import Input
from modelapp.core.json_schema import Schema, either
from modelapp.core.parameter import Parameter
from modelapp.core.plain import plain_json
from modelapp.core.protocol import Example, InputProps, Json, Uploaded, UploadedTable
from modelapp.widgets._checking import checked_names, name_of, refused
from modelapp.widgets._columns import DataColumn
from modelapp.widgets._edits import as_raw, checked_edits
from modelapp.widgets._files import blob_path, existing, safe_name
from modelapp.widgets._sent_files import file_schema, sent_file, titles_of
from modelapp.widgets._table_columns import Wanted, same_columns
from modelapp.widgets._table_edits import (
    MOST_TABLE_EDITS,
    AnyTableEdit,
    checked_cells,
    edited,
    row_count,
)
from modelapp.widgets._table_files import BYTE_LIMIT, CELL_LIMIT, SUFFIXES, ReadTable, read_table
from modelapp.widgets._tables import Table, stored, table_at

if TYPE_CHECKING:
    import pandas as pd

Rows = Literal["dynamic", "fixed"]
_FIELDS = {"blob", "name", "rows", "edits"}
_HINT = 'For example table_input(value=frame), table_input(value="cases.csv"), or table_input(columns=["age", "sex"]).'


class TableInputProps(InputProps, frozen=True, kw_only=True, tag="table_input"):
    """A table. Its cells are in the blob that the value names, as `StoredTable` has them."""

    columns: tuple[DataColumn, ...] = ()
    """The columns that are wanted; empty takes any."""
    dynamic: bool = True
    """True: rows can be added and removed."""
    most_cells: int = CELL_LIMIT


class TableInput(Input[Any]):
    """A table. See `table_input`."""

    __slots__ = ("_wanted",)  # outside of __dict__: no option, and so no part of `same_options`
    kind = "table_input"
    example_suffixes = SUFFIXES

    def __init__(self, label: str | None = None, *, columns: Any = None, rows: Rows = "dynamic", **common: Any) -> None:
        super().__init__(label, **common)
        self.columns = columns
        (self.rows,) = checked_names("table_input", "rows", rows, ("dynamic", "fixed"))
        self._wanted: Wanted | None = None

    def same_options(self, other: Parameter[Any]) -> bool:
        same = super().same_options(other)
        if same and isinstance(other, TableInput):
            other._wanted = self._wanted
        return same

    def wanted(self) -> Wanted:
        """Return the columns that the script wants.

        Raises:
            ScriptError: If they cannot be understood.
        """
        if self._wanted is None:
            self._wanted = Wanted(self.columns)
        return self._wanted

    def props(self, common: dict[str, Any], blobs: Blobs) -> TableInputProps:
        empty = self.wanted().empty()
        return TableInputProps(
            **common,
            columns=tuple(column.shown for column in empty[1]) if empty else (),
            dynamic=self.rows == "dynamic",
        )

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if raw is None:
            return None
        if not isinstance(raw, dict) or not raw.keys() >= {"blob", "name"} or raw.keys() - _FIELDS:
            raise refused(self, raw, "a table that was uploaded for it")
        if not isinstance(raw["name"], str):
            raise refused(self, raw["name"], "a file name that is text")
        table = self._table(raw["blob"], blobs)
        wanted = self.wanted().columns
        if wanted is not None and not same_columns(table.stored.columns, wanted):
            raise InvalidValue(f"The table of “{name_of(self)}” has other columns. Upload it again.")
        offered = None if self.rows == "dynamic" else ("set", "paste")
        edits = checked_edits(name_of(self), raw.get("edits", []), AnyTableEdit, offered, most=MOST_TABLE_EDITS)
        if self.rows == "fixed" and self.value is not None and table.rows != self._given_rows(blobs):
            raise InvalidValue(
                f"“{name_of(self)}” has {self._given_rows(blobs)} rows, and that cannot be changed: not {table.rows}."
            )
        try:
            checked = checked_cells(edits, table.columns, table.rows)
        except InvalidValue as problem:
            raise InvalidValue(f"“{name_of(self)}”: {problem.message}", hint=problem.hint) from None
        if row_count(table.rows, checked) * len(table.columns) > CELL_LIMIT:
            raise InvalidValue(f"“{name_of(self)}” would have more than {CELL_LIMIT:,} cells.")
        return _raw_value(raw["blob"], safe_name(raw["name"]), table.rows, as_raw(checked))

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[Json, str | None]:
        # Runs in every run: the table was checked when it was set, and only its columns may have changed since.
        if raw is None:
            return self._empty(blobs), None
        if not isinstance(raw, dict) or raw.keys() != _FIELDS:
            return self.accept(raw, blobs), None
        table = self._table(raw["blob"], blobs)
        wanted = self.wanted()
        fits = wanted.names is None or wanted.names == [column.name for column in table.columns]
        if wanted.columns is not None:
            fits = same_columns(table.stored.columns, wanted.columns)
        if self.rows == "fixed" and any(edit["op"] in ("add", "remove") for edit in raw["edits"]):
            raise InvalidValue("Rows can no longer be added or removed.")
        if fits:
            return raw, None
        kept = self._keep(self._edited(raw, table), raw["name"], (), blobs)
        return _raw_value(kept.blob, kept.name, kept.rows, []), None

    def original(self, raw: Json) -> Json:
        return {**raw, "edits": []} if raw is not None else None

    def is_empty(self, raw: Json) -> bool:
        return raw is None or raw["rows"] + _rows_added(raw["edits"]) == 0

    def parse(self, raw: Json, blobs: Blobs) -> "pd.DataFrame":
        frame = self._edited(raw, self._table(raw["blob"], blobs))
        keys = self._keys()
        return frame.rename(columns=keys) if keys else frame

    def empty_value(self) -> "pd.DataFrame":
        import pandas as pd  # heavy: only scripts with tables need it

        empty = self.wanted().empty()
        return empty[0].rename(columns=self._keys()) if empty else pd.DataFrame()

    def copy_value(self, value: Any) -> Any:
        return value.copy()

    def initial(self, blobs: Blobs) -> Json:
        return self._empty(blobs) if self.value is None else super().initial(blobs)

    def value_schema(self) -> Schema:
        columns = {column.name: column.schema() for column in self.wanted().columns or ()}
        rows: Schema = {"type": "array", "items": {"type": "object", **({"properties": columns} if columns else {})}}
        if self.required:
            rows["minItems"] = 1
        rows["description"] = "The rows, each an object of column name to cell."
        return either(rows, file_schema(titles_of(self), named=True))

    def sample(self) -> Any:
        empty = self.wanted().empty()
        return [{column.name: column.default for column in empty[1]}] if empty else [{"a": 1}]

    def plain_default(self) -> Json:
        return None

    def plain_examples(self) -> list[Json]:
        return [{"example": title} for title in titles_of(self)]

    def from_json(self, given: Json, blobs: Blobs) -> Json:
        if not isinstance(given, list):
            return sent_file(self, given, blobs, named=True)
        if not given:
            return self._empty(blobs)
        for place, row in enumerate(given, 1):
            if not isinstance(row, dict) or any(isinstance(cell, (dict, list)) for cell in row.values()):
                raise InvalidValue(f"“{name_of(self)}”: row {place} is no object of column name to cell.")
        try:
            return self.accept(self.encode(given, blobs), blobs)
        except ScriptError as problem:  # of a script's own table these would be its author's faults
            raise InvalidValue(problem.message, hint=problem.hint) from problem

    @classmethod
    def to_send(cls, given: Any, blobs: Blobs) -> Json | list[tuple[Path, str]]:
        if isinstance(given, dict) and given.keys() & {"base64", "example"}:
            return given
        if isinstance(given, (str, Path)):
            path = existing(Path(given))
            return [(path, path.name)]
        return json_records(_frame(given))

    def from_text(self, text: str) -> Any:
        return super().from_text(text) if text.startswith(("[", "{")) else Path(text.removeprefix("@"))

    def encode(self, given: Any, blobs: Blobs) -> Json:
        if given is None or (isinstance(given, dict) and isinstance(given.get("blob"), str)):
            return self.accept(given, blobs)
        if isinstance(given, (str, Path)):
            path = existing(Path(given))
            read = _file(path, path.stat().st_mtime_ns, path.stat().st_size, tuple(self.wanted().texts))
            kept = self._keep(read.frame, path.name, read.said, blobs)
        else:
            kept = self._keep(_frame(given), "table", (), blobs)
        return _raw_value(kept.blob, kept.name, kept.rows, [])

    def examples_given(self) -> list[tuple[str | None, Any]]:
        if is_frame(self.examples):
            raise ScriptError(
                f"table_input(examples={describe(self.examples)}): a list of tables, a folder, or a mapping of text to "
                "table is expected.",
                hint="One frame is a list of one: examples=[frame].",
            )
        listed = super().examples_given()
        return [(label or f"Example {number}", given) for number, (label, given) in enumerate(listed, 1)]

    def example(self, given: Any, blobs: Blobs, label: str | None = None) -> Example:
        return Example(label=label or "Example", value=self.encode_option("examples", given, blobs))

    def receive(self, upload: Path, name: str, blobs: Blobs) -> UploadedTable:
        name = safe_name(name)
        if upload.stat().st_size > BYTE_LIMIT:
            raise InvalidValue(f"“{name}” is too large: at most {BYTE_LIMIT // 10**6} MB are taken.")
        read = read_table(upload.read_bytes(), name, self.wanted().texts)
        return self._keep(read.frame, name, read.said, blobs)

    def raw_of(self, uploaded: Uploaded) -> Json:
        assert isinstance(uploaded, UploadedTable)
        return _raw_value(uploaded.blob, uploaded.name, uploaded.rows, [])

    def _keep(self, frame: "pd.DataFrame", name: str, said: Sequence[str], blobs: Blobs) -> UploadedTable:
        if frame.size > CELL_LIMIT:
            raise InvalidValue(f"{len(frame):,} rows of {frame.shape[1]:,} columns are more than {CELL_LIMIT:,} cells.")
        brought, columns, left_out = self.wanted().brought(frame)
        content = stored(brought, columns, (*said, *left_out))
        return UploadedTable(blobs.put(content), name, len(content), rows=len(brought))

    def _empty(self, blobs: Blobs) -> Json:
        empty = self.wanted().empty()
        return _raw_value(blobs.put(stored(*empty)), "table", 0, []) if empty else None

    def _table(self, digest: Json, blobs: Blobs) -> Table:
        path = blob_path(digest, blobs)
        if path is None:
            raise InvalidValue(f"The table of “{name_of(self)}” is no longer here. Upload it again.")
        try:
            return table_at(path)
        except InvalidValue as problem:
            raise InvalidValue(f"“{name_of(self)}”: {problem.message}") from None

    def _edited(self, raw: dict[str, Json], table: Table) -> "pd.DataFrame":
        edits = checked_edits(name_of(self), raw["edits"], AnyTableEdit, most=MOST_TABLE_EDITS)
        return edited(table.frame, table.columns, edits)

    def _given_rows(self, blobs: Blobs) -> int:
        rows: int = self.initial(blobs)["rows"]
        return rows

    def _keys(self) -> dict[str, Any]:
        """Return the script's own names of columns, where they are not the texts that the page shows."""
        sources = [self.columns, self.value]
        names = next((list(one.columns) for one in sources if is_frame(one)), None)
        if names is None and isinstance(self.columns, Mapping):
            names = list(self.columns)
        return {str(name): name for name in names or () if not isinstance(name, str)}


def _raw_value(blob: str, name: str, rows: int, edits: list[Json]) -> dict[str, Json]:
    return {"blob": blob, "name": name, "rows": rows, "edits": edits}


def _rows_added(edits: list[Json]) -> int:
    added = sum(len(edit["rows"]) for edit in edits if edit["op"] == "add")
    return added - sum(len(edit["rows"]) for edit in edits if edit["op"] == "remove")


def json_records(frame: "pd.DataFrame") -> list[dict[str, Json]]:
    """Return a frame's rows as JSON has them."""
    return [{name: plain_json(cell) for name, cell in row.items()} for row in records(frame)]


@lru_cache(maxsize=16)
def _file(path: Path, modified: int, size_bytes: int, as_text: tuple[str, ...]) -> ReadTable:
    """Read a file of the script's author, once as long as it stays the same."""
    return read_table(path.read_bytes(), path.name, as_text)


def _frame(given: Any) -> "pd.DataFrame":
    import pandas as pd  # heavy: only scripts with tables need it

    if is_frame(given):
        return given  # type: ignore[no-any-return]
    rows = isinstance(given, (list, tuple)) and all(isinstance(row, Mapping) for row in given)
    if not rows and not isinstance(given, Mapping):
        raise ScriptError(
            f"table_input({describe(given)}): a DataFrame, a list of dicts, a dict of lists or a path is expected.",
            hint=_HINT,
        )
    try:
        return pd.DataFrame(given)
    except (ValueError, TypeError) as problem:
        raise ScriptError(
            f"table_input({describe(given)}): no table can be made of it: {problem}", hint=_HINT
        ) from problem


def table_input(
    label: str | None = None,
    value: Any = None,
    *,
    columns: Any = None,
    rows: Rows = "dynamic",
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> "pd.DataFrame":
    """Ask for a table, which can be uploaded, pasted from a spreadsheet, and edited cell by cell.

    Read are CSV, TSV and other separated text, XLSX (with openpyxl) and Parquet (with pyarrow): at most 2,000,000 cells
    and 200 MB. What had to be assumed (separators, decimal commas, the order of days) is said below the table.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        value: Table before anybody changes it: a DataFrame (its index is left out), a list of dicts, a dict of lists,
            or the path of a file, from the working folder or beside the script. None is the first example, or empty.
        columns: The columns that the script needs. None takes any; a list of names any kind of values in these; a
            mapping of name to (low, high), to a list of options or to a default (True, 3.5, "text" or a day) says what
            each holds, as in `row_input`; a DataFrame does that by its data. Those of an upload are found by name,
            whatever their order; others are left out. A new row begins with the defaults, as in `row_input`.
        rows: "dynamic", or "fixed": then cells can be edited, but no rows added or removed.
        examples: Ready tables in the forms of `value`: a list, a mapping of title to table, or a folder of files.
        required: If True a table without rows ends the run quietly and the page says what it waits for; if False the
            script gets it without rows.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the table is shown but cannot be changed.

    Returns:
        DataFrame with rows numbered from 0, the script's own to change. Columns have the dtypes of what was passed or
        read, also after edits; but where a cell is missing in one of whole numbers it is float, and in one of booleans
        object.

    Raises:
        ScriptError: If an option is none of these, or `value` or an example does not fit to `columns`.

    Example:
        >>> import modelapp as ma
        >>> doses = ma.table_input(value={"drug": ["a", "b"], "mg": [10.0, 2.5]})
        >>> ma.number_output(doses["mg"].sum(), unit="mg")
    """
    table: pd.DataFrame = current_run().input(
        TableInput,
        label,
        value=value,
        columns=columns,
        rows=rows,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
    return table
