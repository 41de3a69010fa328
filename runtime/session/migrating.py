"""Moving all that an app keeps from one storage to another: rows, keys and files, as they are.

The source is only read. The target has a mark while the move goes on: what has one is begun anew by the next move, and
served by no host.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelapp.core.errors import EnvironmentFault
from modelapp.session import flags, history, invites, store
from modelapp.session.database import Connection, Database, Tables
from modelapp.session.storage import COOKIES, MOVING, Storage, cookies_of

ALL = (store.TABLES, flags.TABLES, history.TABLES, invites.TABLES)
_Rows = dict[str, list[dict[str, Any]]]
_MOST_ROWS = 500
"""How many rows are handed over at once."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved.

    Attributes:
        rows: How many rows, by table.
        keys: How many keys.
        files: How many files.
        size_bytes: Of the files.
    """

    rows: dict[str, int] = field(default_factory=dict)
    keys: int = 0
    files: int = 0
    size_bytes: int = 0


def move(script: Path, source: Storage, target: Storage, told: Callable[[str], None] = lambda text: None) -> Moved:
    """Copy all that a storage has into one that has nothing.

    Args:
        script: The script.
        source: What is read.
        target: What is written.
        told: Told what is going on, now and then.

    Raises:
        EnvironmentFault: If either is in use, the target holds something, or something cannot be read or written. The
            next move to it begins anew.
    """
    for one in (source, target):
        if one.is_served():
            raise EnvironmentFault(f"A host serves the app of {one.shown} just now.", hint="Stop it first.")
    if MOVING in source.all_keys():
        raise EnvironmentFault(
            f"A move to {source.shown} was not ended: it is not whole.", hint="Repeat that move first."
        )
    files = None if source.blobs_shown == target.blobs_shown else target.blobs()
    if MOVING not in target.all_keys():
        _refuse_what_holds_something(target, files.all() if files else set())
        target.set_key(MOVING, source.shown)
    size_bytes, digests = 0, source.blobs().all()
    if files is not None:
        size_bytes = _move_files(source, target, digests, told)
    rows: dict[str, int] = {}
    for tables in ALL:
        rows |= _move_rows(tables, source, target, told)
    keys = source.all_keys()
    if "key" in keys:  # the cookies of those who are here now are to be known there
        keys[COOKIES] = cookies_of(source, script.resolve())
    for name in target.all_keys().keys() - keys.keys() - {MOVING}:
        target.drop_key(name)
    for name, text in keys.items():
        target.set_key(name, text)
    target.drop_key(MOVING)
    return Moved(rows, len(keys), len(digests) if files is not None else 0, size_bytes)


def content(tables: Tables, storage: Storage) -> _Rows:
    """Return all rows, by table; the columns by name."""
    with closing(storage.database(tables)) as database:
        return database.read(lambda connection: {name: _rows(connection, name) for name in tables.tables}, {})


def _refuse_what_holds_something(target: Storage, digests: set[str]) -> None:
    held = {name: len(rows) for tables in ALL for name, rows in content(tables, target).items() if rows}
    held |= {"key": len(target.all_keys())} if target.all_keys() else {}
    held |= {"file": len(digests)} if digests else {}
    if held:
        said = ", ".join(f"{count:,} × {name}" for name, count in held.items())
        raise EnvironmentFault(
            f"{target.shown} holds something already: {said}. Nothing was moved.",
            hint="Move to an empty one: another schema, database or bucket, or move the app's folder away first.",
        )


def _move_files(source: Storage, target: Storage, digests: set[str], told: Callable[[str], None]) -> int:
    theirs, own = source.blobs(), target.blobs()
    there = own.all()
    own.remove_all_but(there - digests, set)  # of a move that was not ended, and deleted since
    size_bytes = 0
    for number, digest in enumerate(sorted(digests), 1):
        path = theirs.path(digest)
        if path is None:
            raise EnvironmentFault(
                f"The file {digest[:12]} of {source.blobs_shown} cannot be read: it is gone or damaged.",
                hint="The move was not ended. Put the file back, and repeat it.",
            )
        size_bytes += path.stat().st_size
        if digest not in there and own.put(path) != digest:
            raise EnvironmentFault(f"The file {digest[:12]} of {source.blobs_shown} is damaged.")
        told(f"{number:,} of {len(digests):,} files")
    if not digests <= own.all():
        raise EnvironmentFault(f"Not all files have arrived in {target.blobs_shown}.", hint="Repeat the move.")
    return size_bytes


def _move_rows(tables: Tables, source: Storage, target: Storage, told: Callable[[str], None]) -> dict[str, int]:
    with closing(source.database(tables)) as theirs, closing(target.database(tables)) as own:
        if not theirs.exists() and not own.exists():
            return dict.fromkeys(tables.tables, 0)
        rows: _Rows = theirs.read(lambda connection: {name: _rows(connection, name) for name in tables.tables}, {})
        numbers = _numbers(theirs)

        def write(connection: Connection) -> None:
            for name in tables.tables:
                connection.execute(f"DELETE FROM {name}")
                _insert(connection, name, rows.get(name, []))
                told(name)

        own.change(write)
        own.set_numbers(numbers)
        counts = {name: len(rows.get(name, [])) for name in tables.tables}
        arrived = own.read(lambda connection: {name: _count(connection, name) for name in tables.tables}, counts)
        if arrived != counts:
            raise EnvironmentFault(f"Not all rows have arrived in {target.shown}.", hint="Repeat the move.")
        return counts


def _numbers(database: Database) -> dict[str, int]:
    return database.numbers() if database.exists() else {}


def _rows(connection: Connection, table: str) -> list[dict[str, Any]]:
    cursor = connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _insert(connection: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _MOST_ROWS):
        some = rows[start : start + _MOST_ROWS]
        names = list(some[0])
        places = ", ".join("?" for _ in names)
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})"
        connection.executemany(statement, [[row[name] for name in names] for row in some])


def _count(connection: Connection, table: str) -> int:
    (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(count)
