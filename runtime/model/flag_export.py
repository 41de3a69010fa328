"""Flags as a table for pandas, or as a folder of files for training: a folder for each right answer or choice."""

import csv
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from modelapp.core.declared import Declared
from modelapp.core.errors import EnvironmentFault
from modelapp.core.protocol import Json
from modelapp.model.flag_runs import FlagRuns, answer_text, as_json
from modelapp.model.kept import hindrance
from modelapp.session.case import answer_of
from modelapp.session.flags import KeptFlag

INDEX = "flags.jsonl"
UNSORTED = "unsorted"
_LONGEST_FOLDER_NAME = 80
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell begins with that a spreadsheet takes for a formula, or looks behind for one."""


def as_row(flag: KeptFlag) -> dict[str, Any]:
    """Return a flag as columns: what it is, its words, each input and output, and all of both as JSON."""
    facts = dict(as_json(flag))
    inputs, outputs = facts.pop("inputs"), facts.pop("outputs")
    facts["time"] = datetime.fromtimestamp(flag.time, UTC).isoformat()
    row = {**facts, "answer": _cell(answer_of(outputs))}
    row.update({f"input.{name}": _cell(raw) for name, raw in inputs.items()})
    row.update({f"output.{name}": _cell(value) for name, value in outputs.items()})
    return {**row, "inputs": json.dumps(inputs), "outputs": json.dumps(outputs)}


def write_table(path: Path, flags: list[KeptFlag], kind: str) -> None:
    """Write flags as "csv" or "parquet", whole or not at all.

    Raises:
        EnvironmentFault: If it cannot be written.
    """
    rows = [as_row(flag) for flag in flags]
    names = list(dict.fromkeys(name for row in rows for name in row if name not in ("inputs", "outputs")))
    names += ["inputs", "outputs"]

    def write(passing: Path) -> None:
        if kind == "parquet":
            _write_parquet(passing, names, rows)
            return
        with passing.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: _no_formula(cell) for name, cell in row.items()} for row in rows)

    _whole(path, write)


def write_folder(folder: Path, flags: list[KeptFlag], runs: FlagRuns) -> Iterator[tuple[int, str | None]]:
    """Write the files that the script gets for each flag, edits applied.

    Yields:
        For each flag how many files it has, and why it has none where the script does not take what it holds.

    Raises:
        EnvironmentFault: If there is something in the folder already, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise EnvironmentFault(f"{str(folder)!r} is not empty.", hint="Pass another folder with --out.")
        lines = []
        for flag in flags:
            run, outcome = runs.run_flag(flag)
            files: dict[str, list[str]] = {}
            for name, declared in run.inputs.items():
                files[name] = _copied(folder, flag, declared, runs) if name in flag.inputs else []
            files = {name: found for name, found in files.items() if found}
            lines.append(json.dumps({**as_json(flag), "files": files}))
            count = sum(map(len, files.values()))
            yield count, None if count else hindrance(flag.inputs, run, outcome)
        _whole(folder / INDEX, lambda passing: passing.write_text("".join(f"{line}\n" for line in lines)))
    except OSError as fault:
        raise EnvironmentFault(f"{str(folder)!r} cannot be written: {fault.strerror or fault}.") from fault


def class_folder(flag: KeptFlag) -> str:
    """Return the name of the folder for a flag's files. What a visitor wrote cannot lead out of it."""
    name = flag.words.right or flag.words.choice or ""
    plain = re.sub(r"[^\w .+-]", "_", name.strip()).lstrip(".")[:_LONGEST_FOLDER_NAME].rstrip(" .")
    if not plain:
        return UNSORTED if not name else _digest(name)
    return plain if plain == name else f"{plain}-{_digest(name)}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:6]  # two names stay two


def _copied(folder: Path, flag: KeptFlag, declared: Declared, runs: FlagRuns) -> list[str]:
    """Copy the files of an input; return their paths in the folder."""
    if declared.value is None or declared.input.momentary:
        return []
    try:
        sent = declared.input.to_send(declared.value, runs.blobs)
    except Exception:  # a value that no file is made of
        return []
    if not isinstance(sent, list) or not all(isinstance(one, tuple) for one in sent):
        return []
    found = []
    for place, (path, name) in enumerate(sent):
        several = f"-{place + 1}" if len(sent) > 1 else ""
        suffix = re.sub(r"[^\w.]", "", Path(name).suffix)
        inside = Path(class_folder(flag)) / f"{flag.number:05}-{declared.name}{several}{suffix}"
        (folder / inside).parent.mkdir(exist_ok=True)
        shutil.copyfile(path, folder / inside)
        found.append(inside.as_posix())
    return found


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    passing = path.with_name(f".{path.name}.part")
    try:
        write(passing)
        with passing.open("rb") as file:
            os.fsync(file.fileno())
        passing.replace(path)
    except OSError as fault:
        passing.unlink(missing_ok=True)
        raise EnvironmentFault(f"{str(path)!r} cannot be written: {fault.strerror or fault}.") from fault


def _cell(value: Json) -> Any:
    """Return a value in one cell: a label's name, a file's name, or JSON for what is no single value."""
    if isinstance(value, dict) and value.keys() == {"label", "confidences"}:
        return value["label"]
    if isinstance(value, dict) and isinstance(value.get("name"), str) and "blob" in value:
        return value["name"]
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _no_formula(cell: Any) -> Any:
    """Return a cell of a CSV file with an apostrophe before what a spreadsheet would run: strangers wrote it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULAS) else cell


def _write_parquet(path: Path, names: list[str], rows: list[dict[str, Any]]) -> None:
    try:
        import_module("pyarrow")
    except ImportError:
        raise EnvironmentFault(
            "Parquet cannot be written: pyarrow is not installed.", hint="pip install 'modelapp[parquet]'"
        ) from None
    import pandas as pd  # heavy: only tables in Parquet need it

    columns = {name: [row.get(name) for row in rows] for name in names}
    frame = pd.DataFrame({name: _one_type(cells) for name, cells in columns.items()})
    frame.to_parquet(path, index=False)


def _one_type(cells: list[Any]) -> Any:
    """Return a column of one type."""
    import pandas as pd  # heavy: only tables in Parquet need it

    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {bool}:
        return pd.Series(cells, dtype="boolean")
    if kinds == {int} and all(cell is None or abs(cell) < 2**63 for cell in cells):
        return pd.Series(cells, dtype="Int64")
    if kinds and kinds <= {int, float}:
        return pd.Series(cells, dtype="float64")
    return pd.Series([None if cell is None else answer_text(cell) for cell in cells], dtype="string")
