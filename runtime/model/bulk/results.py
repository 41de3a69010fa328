"""Rows of results: one flat line for each case, as CSV, Parquet or JSON lines."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import msgspec
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.names import unused
from modelapp.core.protocol import Json
from modelapp.model.engines.threads import Fault

RESULT_SUFFIXES = (".csv", ".tsv", ".parquet", ".jsonl")
_MOST_CLASSES = 100
_OWN = ("case", "seconds", "error")
FlatRow = Mapping[str, Json]
"""A row as columns; see `Row.flat`."""


class Row(msgspec.Struct, frozen=True):
    """One case with what became of it."""

    case: int
    """Its number, from 1."""
    given: dict[str, str]
    """The texts of its columns; "" is a missing one."""
    outputs: dict[str, Json]
    seconds: float = 0.0
    fault: Fault | None = None
    files: dict[str, bytes] = {}
    """What is in the files that outputs name, where it was not put on a disk."""

    def flat(self) -> dict[str, Json]:
        """Return the row as columns: number, given columns, outputs, seconds, error.

        A label is its name in a column of the output's name, `…_confidence`, and `…_probability_CLASS` for each class.
        A picture or another file is its path. A column of an output that the given ones have already gets `_output`.
        """
        taken: dict[str, Json] = {**dict.fromkeys(_OWN), **self.given}
        row: dict[str, Json] = {"case": self.case}
        row.update({name if name not in _OWN else f"{name}_given": text or None for name, text in self.given.items()})
        for name, output in self.outputs.items():
            columns = dict(_columns(name, output))
            if taken.keys() & columns.keys():
                columns = dict(_columns(unused(f"{name}_output", taken), output))
            taken.update(columns)
            row.update(columns)
        row["seconds"] = round(self.seconds, 6)
        row["error"] = str(self.fault) if self.fault else None
        return row


def is_label(output: Json) -> bool:
    """Return True for what a label output is as JSON."""
    return isinstance(output, dict) and output.keys() == {"label", "confidences"}


def _columns(name: str, output: Json) -> Iterator[tuple[str, Json]]:
    if is_label(output):
        confidences: Mapping[str, float] = output["confidences"]
        yield name, output["label"]
        if confidences:
            yield f"{name}_confidence", max(confidences.values())
        if len(confidences) <= _MOST_CLASSES:
            for one, confidence in confidences.items():
                yield f"{name}_probability_{one}", confidence
    elif isinstance(output, dict) and output.keys() == {"file", "size_bytes"}:
        yield name, output["file"]
    else:
        yield name, output


# ---------------------------------------------------------------- files


def check_format(path: Path) -> None:
    """Find out before anything is run whether results can be written.

    Raises:
        InvalidValue: If the file's name does not end with a known format.
        EnvironmentFault: If a library is missing that writes it.
    """
    if path.suffix.lower() not in RESULT_SUFFIXES:
        raise InvalidValue(f"{path.name!r}: the results' name must end with {', '.join(RESULT_SUFFIXES)}.")
    if path.suffix.lower() == ".parquet":
        try:
            import_module("pyarrow")
        except ImportError:
            raise EnvironmentFault(
                "Parquet cannot be written: pyarrow is not installed.", hint="pip install 'modelapp[parquet]'"
            ) from None


def write(path: Path, rows: Callable[[], Iterable[FlatRow]]) -> None:
    """Write results, whole or not at all.

    Args:
        path: Where; its ending is the format.
        rows: Gives the rows, flat, in their order; called twice, so that they need not all be in memory.

    Raises:
        EnvironmentFault: If it cannot be written; what was there before stays.
    """
    passing = path.with_name(f".{path.name}.part")
    kind = path.suffix.lower()
    try:
        if kind == ".parquet":
            _write_parquet(passing, rows)
        else:
            with passing.open("w", encoding="utf-8", newline="") as file:
                if kind == ".jsonl":
                    _write_lines(file, rows)
                else:
                    _write_text(file, rows, "\t" if kind == ".tsv" else ",")
        with passing.open("rb") as file:
            os.fsync(file.fileno())
        passing.replace(path)
    except OSError as fault:
        passing.unlink(missing_ok=True)
        raise EnvironmentFault(f"{str(path)!r} cannot be written: {fault.strerror or fault}.") from fault


def column_names(rows: Iterable[FlatRow]) -> list[str]:
    """Return the columns of all flat rows: in the order in which they come, seconds and error last."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [*(name for name in names if name not in _OWN[1:]), *_OWN[1:]]


def _write_text(file: IO[str], rows: Callable[[], Iterable[FlatRow]], separator: str) -> None:
    writer = csv.DictWriter(file, column_names(rows()), delimiter=separator, lineterminator="\n")
    writer.writeheader()
    for row in rows():
        writer.writerow({name: _cell(value) for name, value in row.items()})


def _write_lines(file: IO[str], rows: Callable[[], Iterable[FlatRow]]) -> None:
    for row in rows():
        file.write(msgspec.json.encode(row).decode() + "\n")


def _write_parquet(path: Path, rows: Callable[[], Iterable[FlatRow]]) -> None:
    import pandas as pd  # heavy: only results in Parquet need it

    columns: dict[str, list[Any]] = {name: [] for name in column_names(rows())}
    for row in rows():
        for name, cells in columns.items():
            value = row.get(name)
            cells.append(_cell(value) if isinstance(value, (list, dict)) else value)
    pd.DataFrame({name: _one_type(cells) for name, cells in columns.items()}).to_parquet(path, index=False)


def _one_type(cells: list[Any]) -> Any:
    """Return a column of one type, where texts that are all numbers are numbers, as a reader of CSV sees them."""
    import pandas as pd  # heavy: only results in Parquet need it

    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {str}:
        try:
            numbers = [None if cell is None else msgspec.json.decode(cell) for cell in cells]
        except msgspec.DecodeError:
            return pd.Series(cells, dtype="string")
        kinds = {type(number) for number in numbers if number is not None}
        cells = numbers if kinds <= {int, float} else cells
    if kinds == {int} and all(cell is None or abs(cell) < 2**63 for cell in cells):
        return pd.Series(cells, dtype="Int64")
    if kinds <= {int, float}:
        return pd.Series(cells, dtype="float64")
    if kinds == {bool}:
        return pd.Series(cells, dtype="boolean")
    return pd.Series([None if cell is None else _text(cell) for cell in cells], dtype="string")


def _cell(value: Json) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return _text(value) if isinstance(value, (list, dict)) else value


def _text(value: Json) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
