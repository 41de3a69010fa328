"""Cases from a table, a folder or a zip, and how they become inputs of a script.

Every cell is taken as text, and the input that it is for says what the text stands for, just as on a command line. So
nothing has to be guessed here, and the reading of tables for pages (which guesses types, and belongs to widgets) is not
needed: the standard library reads CSV, and pandas the others.
"""

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from modelapp.core.declared import FromCells
from modelapp.core.errors import InvalidValue, did_you_mean
from modelapp.core.names import slug, some
from modelapp.model.bulk.archives import unpacked
from modelapp.model.bulk.tables import TABLE_SUFFIXES, read_texts
from modelapp.model.engines.threads import Case, Engine, Meeting, MetInput

FOLDER = "folder"
"""The column in which cases of a folder have the name of the subfolder that they are in."""
FILE = "file"
_TRIED = 20
_ROUNDS = 3
_NOT_CASES = {"__MACOSX", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Source:
    """Cases as they are given.

    Attributes:
        name: The file's or folder's name, for messages.
        columns: Names of the columns.
        rows: The texts of each case, by column; "" is missing.
        folder: What paths are relative to.
        confined: True if files outside of it must not be read.
        files: True if each case is a file.
        said: Sentences: what was assumed.
    """

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    folder: Path
    confined: bool = False
    files: bool = False
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Cases that are ready to be run.

    Attributes:
        cases: They.
        keys: For each, what changes with its inputs.
        columns: Names of the columns that are repeated in the results.
        rows: Texts of these, for each case.
        truths: What is true of each case, "" where that is not known; None if nothing was said of it.
        unpacked: Where the files of a zip are for now, which no message should name.
        said: Sentences: what was assumed.
    """

    cases: list[Case]
    keys: list[str]
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]
    truths: list[str] | None = None
    unpacked: Path | None = None
    said: tuple[str, ...] = field(default=())


@contextmanager
def opened(path: Path, *, confined: bool = False) -> Iterator[Source]:
    """Read cases; what a zip holds lies in a folder of its own until the end of the block.

    Args:
        path: A CSV, TSV, XLSX or Parquet table, a folder of files, or a zip of either.
        confined: True if a table must not name files outside of its folder: it came from somebody else.

    Raises:
        InvalidValue: If there is nothing there, or it is none of these; says what it is.
    """
    if path.is_dir():
        # What somebody else sent may be a table with the files that it names.
        yield _unpacked(path, path.name) if confined else _folder(path, path.name)
    elif path.suffix.lower() == ".zip":
        with unpacked(path) as folder:
            yield _unpacked(folder, path.name)
    else:
        if not path.is_file():
            raise InvalidValue(f"There is no file or folder {str(path)!r}.")
        yield _table(path, confined=confined)


def _table(path: Path, *, confined: bool = False) -> Source:
    if path.suffix.lower() not in TABLE_SUFFIXES:
        raise InvalidValue(
            f"{path.name!r} is no table of cases: CSV, TSV, XLSX and Parquet are taken, a folder, or a zip of either."
        )
    table = read_texts(path)
    return Source(path.name, table.columns, table.rows, path.parent, confined, said=table.said)


def _folder(folder: Path, name: str, *, confined: bool = False) -> Source:
    rows: list[tuple[str, ...]] = []
    for file in _files_of(folder):
        inner = file.relative_to(folder)
        rows.append((inner.as_posix(), inner.parts[0] if len(inner.parts) > 1 else ""))
    if not rows:
        raise InvalidValue(f"There are no files in {name!r}.")
    return Source(name, (FILE, FOLDER), rows, folder, confined, files=True)


def _unpacked(folder: Path, name: str) -> Source:
    while len(inside := [entry for entry in folder.iterdir() if not _hidden(entry.name)]) == 1 and inside[0].is_dir():
        folder = inside[0]
    tables = [entry for entry in inside if entry.suffix.lower() in TABLE_SUFFIXES and entry.is_file()]
    if len(tables) == 1:
        return _table(tables[0], confined=True)
    return _folder(folder, name, confined=True)


def _files_of(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _hidden(name))
        yield from (Path(place, name) for name in sorted(names) if not _hidden(name))


def _hidden(name: str) -> bool:
    return name.startswith(".") or name in _NOT_CASES


# ---------------------------------------------------------------- what they are for


def planned(source: Source, engine: Engine, *, truth: str | None = None, input: str | None = None) -> Plan:
    """Find which input each column, or each file, is for.

    Args:
        source: The cases.
        engine: Runs the script on the first of them, to learn what inputs it has.
        truth: The column that says what is true of a case; "folder" for the name of the subfolder of its file.
        input: For files, the input that gets them; None takes the only one that takes such files.

    Raises:
        InvalidValue: If the script needs an input that the cases do not have, there is no such column, or several
            inputs could take the files.
    """
    if truth is not None and truth not in source.columns:
        raise InvalidValue(
            f"There is no column {truth!r} for the truth. {source.name!r} has: {', '.join(source.columns)}.",
            hint=did_you_mean(truth, source.columns),
        )
    if not source.rows:
        raise InvalidValue(f"{source.name!r} has no cases.")
    if source.files:
        return _planned_files(source, engine, truth, input)
    return _planned_table(source, engine, truth)


def _planned_files(source: Source, engine: Engine, truth: str | None, input: str | None) -> Plan:
    met = engine.meet([Case(0, {})])
    taker = _taker(met, input)
    fitting = [row for row in source.rows if row[0].lower().endswith(taker.suffixes)]
    if not fitting:
        raise InvalidValue(
            f"{source.name!r} has no files that {taker.name} takes.",
            hint=f"They end with: {', '.join(taker.suffixes)}.",
        )
    cases = [Case(place, {taker.name: source.folder / row[0]}) for place, row in enumerate(fitting)]
    met = engine.meet(cases[:_TRIED])
    if met.missing:
        raise InvalidValue(
            f"The script also needs {', '.join(met.missing)}, which files alone do not say.",
            hint=f"Pass a table with the columns {', '.join((taker.name, *met.missing))}.",
        )
    left_out = len(source.rows) - len(fitting)
    said = [*source.said, *_trouble(met)]
    if left_out:
        said.append(f"{left_out:,} files were left out: {taker.name} takes {', '.join(taker.suffixes)}.")
    width = 2 if any(row[1] for row in fitting) else 1
    columns, rows = source.columns[:width], [row[:width] for row in fitting]
    keys = [_key(row[:1], [source.folder / row[0]]) for row in fitting]
    return Plan(cases, keys, columns, rows, _truths(source, fitting, truth), _passing(source), tuple(said))


def _taker(met: Meeting, wanted: str | None) -> MetInput:
    takers = [one for one in met.inputs if one.suffixes and (wanted is None or one.name == wanted)]
    media = [one for one in takers if one.takes_path] or takers
    needed = [one for one in media if not one.optional] or media
    if len(needed) == 1:
        return needed[0]
    known = ", ".join(one.name for one in met.inputs) or "none"
    if wanted is not None:
        raise InvalidValue(f"There is no input {wanted!r} that takes files. The script has: {known}.")
    if not needed:
        trouble = f" {met.fault}" if met.fault else ""
        raise InvalidValue(f"The script has no input that takes files, but: {known}.{trouble}")
    names = ", ".join(one.name for one in needed)
    raise InvalidValue(
        f"Several inputs could take the files: {names}.",
        hint=f"Say which: --input {needed[0].name}; or pass a table with a column of paths for each.",
    )


def _planned_table(source: Source, engine: Engine, truth: str | None) -> Plan:
    usable = [place for place, name in enumerate(source.columns) if name != truth]
    fullest = sorted(range(len(source.rows)), key=lambda place: -sum(map(bool, source.rows[place])))[:_TRIED]
    matched = {name: [place] for place in usable for name in (slug(source.columns[place]), source.columns[place])}
    inputs: dict[str, MetInput] = {}
    for _ in range(_ROUNDS):  # an input that was met has a label, by which its column may be known
        met = engine.meet([_case(source, place, matched, inputs) for place in fullest])
        inputs = {one.name: one for one in met.inputs}
        found = _matched(source.columns, usable, met)
        known = all(matched.get(name) == places for name, places in found.items())
        matched = found
        if known:
            break
    missing = [name for name in met.missing if name not in matched]
    if met.fault is None and not any(one.name in matched for one in met.inputs):
        missing = [one.name for one in met.inputs]  # else every case would be the same one, of defaults
    if missing or not matched:
        needs = f"needs {some(missing)}, for which there is no column" if missing else "has no inputs"
        near = [did_you_mean(name, source.columns) for name in missing]
        raise InvalidValue(
            f"The script {needs}. {source.name!r} has: {some(source.columns)}.",
            hint=next((text for text in near if text), None),
        )
    cases = [_case(source, place, matched, inputs) for place in range(len(source.rows))]
    paths = [places[0] for name, places in matched.items() if name in inputs and inputs[name].takes_path]
    keys = [_key(row, [source.folder / row[place] for place in paths if row[place]]) for row in source.rows]
    used = {place for places in matched.values() for place in places}
    unused = [source.columns[place] for place in usable if place not in used]
    default = [one.name for one in met.inputs if one.name not in matched]
    said = [*source.said, *_trouble(met)]
    if default:
        said.append(f"There is no column for {some(default)}: each case has the default.")
    if unused:
        said.append(f"No input is named like the columns {some(unused)}: they are kept as they are.")
    return Plan(
        cases, keys, source.columns, source.rows, _truths(source, source.rows, truth), _passing(source), tuple(said)
    )


def _matched(columns: Sequence[str], usable: Collection[int], met: Meeting) -> dict[str, list[int]]:
    """Return the places of the columns that make up the value of each input."""
    matched: dict[str, list[int]] = {}
    free = list(usable)

    def take(name: str, places: list[int]) -> None:
        if places and name not in matched:
            matched[name] = places
            free[:] = [place for place in free if place not in places]

    for one in met.inputs:
        take(one.name, [place for place in free if columns[place] == one.name])
    for one in met.inputs:
        take(one.name, [place for place in free if slug(columns[place]) in (one.name, slug(one.label))][:1])
    for one in met.inputs:
        take(one.name, [place for place in free if columns[place] in one.cells])
    for place in list(free):
        if columns[place] in met.possible:  # it may appear for certain values only
            take(columns[place], [place])
    return matched


def _case(source: Source, place: int, matched: Mapping[str, list[int]], inputs: Mapping[str, MetInput]) -> Case:
    row = source.rows[place]
    values: dict[str, Any] = {}
    for name, places in matched.items():
        one = inputs.get(name)
        if one is not None and one.cells and source.columns[places[0]] in one.cells:
            cells: str | dict[str, str] = {source.columns[cell]: row[cell] for cell in places}
        elif row[places[0]]:
            cells = row[places[0]]
        else:
            continue  # an empty cell leaves the input at its default
        values[name] = FromCells(cells, source.folder, source.confined)
    return Case(place, values)


def _truths(source: Source, rows: list[tuple[str, ...]], truth: str | None) -> list[str] | None:
    if truth is None:
        return None
    place = source.columns.index(truth)
    return [row[place] for row in rows]


def _passing(source: Source) -> Path | None:
    return source.folder if source.confined else None


def _trouble(met: Meeting) -> list[str]:
    return [f"None of the first cases ran well. {met.fault}"] if met.fault else []


def _key(texts: Sequence[str], files: Sequence[Path]) -> str:
    facts: list[Any] = list(texts)
    for path in files:
        try:
            known = path.stat()
        except (OSError, ValueError):  # no such file: the run will say so
            continue
        facts.append([known.st_size, known.st_mtime_ns])
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:16]
