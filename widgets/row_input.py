"""One record: a row of a table, with a control for each column."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, overload

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError, did_you_mean
from modelapp.core.examples import is_frame, records
from modelapp.core.input import Edge, Input
from modelapp.core.json_schema import Schema, record
from modelapp.core.parameter import Parameter
from modelapp.core.parts import Part, Parts
from modelapp.core.protocol import Example, InputProps, Json
from modelapp.core.variation import Variation
from modelapp.widgets._cell_variations import cell_variations
from modelapp.widgets._checking import name_of, refused
from modelapp.widgets._columns import Column, DataColumn, column_of, columns_of_frame
from modelapp.widgets._hidden_cells import alternatives, cell_text, together

if TYPE_CHECKING:
    import pandas as pd

_HINT = 'For example row_input(frame), or row_input({"age": (0, 120), "sex": ["f", "m"], "smoker": False}).'


class RowInputProps(InputProps, frozen=True, kw_only=True, tag="row_input"):
    """A control for each column; the value is an object of column name to cell."""

    columns: tuple[DataColumn, ...]


class RowInput(Input[Any]):
    """One record. See `row_input`."""

    __slots__ = ("_columns",)  # outside of __dict__: no option, and so no part of `same_options`
    kind = "row_input"

    def __init__(self, like: Any, label: str | None = None, **common: Any) -> None:
        super().__init__(label, **common)
        if not is_frame(like) and not isinstance(like, Mapping):
            raise ScriptError(f"row_input({describe(like)}): a DataFrame or a mapping is expected.", hint=_HINT)
        self.like = like
        self._columns: dict[str, Column] | None = None

    def same_options(self, other: Parameter[Any]) -> bool:
        same = super().same_options(other)
        if same and isinstance(other, RowInput):
            # Medians of a million rows are not found again in every run.
            other._columns = self._columns
        return same

    def columns(self) -> dict[str, Column]:
        """Return the columns by name.

        Raises:
            ScriptError: If there are none, or one cannot be understood.
        """
        if self._columns is None:
            found = (
                columns_of_frame(self.like)
                if is_frame(self.like)
                else [column_of(str(name), given) for name, given in self.like.items()]
            )
            if not found:
                raise ScriptError("row_input(…): there is not one column.", hint=_HINT)
            self._columns = {column.name: column for column in found}
        return self._columns

    def props(self, common: dict[str, Any], blobs: Blobs) -> RowInputProps:
        return RowInputProps(**common, columns=tuple(column.shown for column in self.columns().values()))

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if raw is None:
            return None
        columns = self.columns()
        if not isinstance(raw, dict):
            raise refused(self, raw, "a value for each of its columns")
        self._check_names(raw)
        absent = [name for name in columns if name not in raw]
        if absent:
            raise InvalidValue(f"“{name_of(self)}” has no value for {', '.join(absent)}.")
        return {name: column.accept(raw[name]) for name, column in columns.items()}

    def value_schema(self) -> Schema:
        return record({name: column.schema() for name, column in self.columns().items()})

    @property
    def takes_null(self) -> bool:
        return True

    def from_json(self, given: Json, blobs: Blobs) -> Json:
        if not isinstance(given, dict):
            return self.accept(given, blobs)
        return self.accept({**{name: column.default for name, column in self.columns().items()}, **given}, blobs)

    @classmethod
    def to_send(cls, given: Any, blobs: Blobs) -> Json:
        if is_frame(given) and len(given) == 1:
            (given,) = records(given)
        return super().to_send(given.to_dict() if hasattr(given, "to_dict") else given, blobs)

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[Json, str | None]:
        columns = self.columns()
        if raw is None:  # cleared, and a row is never empty
            return self.start(blobs), None
        if not isinstance(raw, dict):
            return self.accept(raw, blobs), None
        kept, lost = {}, [name for name in raw if name not in columns]
        for name, column in columns.items():
            try:
                kept[name] = column.accept(raw[name]) if name in raw else column.default
            except InvalidValue:
                kept[name] = column.default
                lost.append(name)
        if kept.keys() != raw.keys() or lost:
            return kept, f"Set back, or no longer there: {', '.join(lost)}." if lost else None
        return raw, None

    def parse(self, raw: Json, blobs: Blobs) -> Any:
        columns = self.columns()
        if not is_frame(self.like):
            return {column.key: column.parse(raw[name]) for name, column in columns.items()}
        import pandas as pd  # heavy: only scripts with tables need it

        return pd.DataFrame({column.key: column.series([raw[name]]) for name, column in columns.items()})

    def copy_value(self, value: Any) -> Any:
        return value.copy()

    def edges(self) -> list[Edge]:
        shown = [column.shown for column in self.columns().values()]
        lowest = {column.name: column.min for column in shown if column.min is not None}
        highest = {column.name: column.max for column in shown if column.max is not None}
        missing = {column.name: None for column in shown if column.missing}
        found = [
            (lowest, "the lowest of each column"),
            (highest, "the highest of each column"),
            (missing, "missing where a value may be"),
        ]
        return [Edge(given, text, True) for given, text in found if given]

    def variations(self, raw: Json) -> list[Variation]:
        return [
            Variation(change.name, {**raw, column.name: change.raw})
            for column in self.columns().values()
            for change in cell_variations(column, raw[column.name])
        ]

    def parts(self, raw: Json) -> Parts | None:
        return Parts("columns", tuple(Part((), name, cell_text(raw[name])) for name in self.columns()))

    def hidden(self, raw: Json, parts: Collection[Part]) -> list[Json]:
        columns = self.columns()
        ways = {part.name: alternatives(columns[part.name], raw[part.name]) for part in parts}
        return [{**raw, **changes} for changes in together(ways)]

    def cell_names(self) -> tuple[str, ...]:
        return tuple(self.columns())

    def from_cells(self, cells: str | Mapping[str, str]) -> Any:
        if isinstance(cells, str):
            return self.from_text(cells)
        columns = self.columns()
        return {name: columns[name].from_text(text) for name, text in cells.items()}

    def encode(self, given: Any, blobs: Blobs) -> Json:
        if is_frame(given):
            if len(given) != 1:
                raise InvalidValue(f"“{name_of(self)}” takes one row, not {len(given)}: for example frame.iloc[[0]].")
            (given,) = records(given)
        elif hasattr(given, "to_dict"):
            given = given.to_dict()
        if not isinstance(given, Mapping):
            raise refused(self, given, "a dict of column to value, a Series, or a DataFrame of one row")
        given = {str(name): value for name, value in given.items()}
        self._check_names(given)
        return {
            name: column.encode(given[name]) if name in given else column.default
            for name, column in self.columns().items()
        }

    def initial(self, blobs: Blobs) -> Json:
        if self.value is not None:
            return self.encode_option("value", self.value, blobs)
        return {name: column.default for name, column in self.columns().items()}

    def examples_given(self) -> list[tuple[str | None, Any]]:
        if not is_frame(self.examples):
            return super().examples_given()
        return [(f"Row {index}", row) for index, row in zip(self.examples.index, records(self.examples), strict=True)]

    def example(self, given: Any, blobs: Blobs, label: str | None = None) -> Example:
        raw = self.encode_option("examples", given, blobs)
        return Example(label=label or _first_words(raw), value=raw)

    def _check_names(self, given: Mapping[str, Any]) -> None:
        columns = self.columns()
        unknown = [name for name in given if name not in columns]
        if unknown:
            raise InvalidValue(
                f"“{name_of(self)}” has no column {unknown[0]!r}.", hint=did_you_mean(unknown[0], columns)
            )


def _first_words(raw: dict[str, Json]) -> str:
    text = ", ".join(f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in raw.values() if cell is not None)
    return text if len(text) <= 40 else text[:39] + "…"


@overload
def row_input(
    like: "pd.DataFrame",
    label: str | None = None,
    *,
    value: Any = None,
    examples: Any = None,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> "pd.DataFrame": ...
@overload
def row_input(
    like: Mapping[str, Any],
    label: str | None = None,
    *,
    value: Any = None,
    examples: Any = None,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> dict[str, Any]: ...
def row_input(
    like: Any,
    label: str | None = None,
    *,
    value: Any = None,
    examples: Any = None,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Any:
    """Ask for one record, with a control for each column.

    Args:
        like: Data that the record should look like. From a DataFrame each column gets its kind, range, median and
            options: numbers a field and a slider over the range that the data has (beyond it is allowed, and marked),
            texts with few values a choice. A mapping of name to (low, high), to a list of options (None among them
            allows missing), or to a default: True, 3.5, "text" or a day.
        label: Text of the control; None takes it from the variable that the value is assigned to.
        value: The record at the start: a dict, a Series, or a DataFrame with one row; columns that it leaves out have
            their median or most frequent value. None is that for all, or the first example.
        examples: Ready records in these forms: a list, a mapping of title to record, or a DataFrame of several.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        For a DataFrame one with a single row, the same columns and the same dtypes, as models expect it; a column of
        whole numbers or booleans with a missing cell is float or object there. For a mapping a dict of name to value.
        Missing is NaN in a DataFrame and None in a dict; floats, and columns with missing values in `like`, allow it.

    Raises:
        ScriptError: If `like` has no columns or two of one name, or `value` or an example does not fit.

    Example:
        >>> import modelapp as ma
        >>> patient = ma.row_input({"age": (0, 120), "sex": ["f", "m"], "smoker": False})
        >>> ma.text_output("high risk" if patient["smoker"] and patient["age"] > 60 else "low risk")
    """
    return current_run().input(
        RowInput, like, label, value=value, examples=examples, help=help, key=key, disabled=disabled
    )
