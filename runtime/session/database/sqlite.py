"""Tables in a SQLite file in an app's folder, which other processes use too. Nothing of what is deleted stays in it."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

from modelapp.core.errors import EnvironmentFault
from modelapp.session.database import Connection, DoneT, Tables


class SqliteDatabase:
    """A file of tables, for this user alone. It is made with the first change.

    It has a journal of its own, which is gone after each change: what is said to be written is on the disk, and no log
    beside the file holds what was deleted.

    Args:
        folder: Where the file lies. It must be there before the first change.
        tables: What is in it.
    """

    _PRAGMAS: ClassVar[tuple[str, ...]] = ("secure_delete = ON",)

    def __init__(self, folder: Path, tables: Tables) -> None:
        self._path = folder / f"{tables.name}.sqlite3"
        self._tables = tables
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def exists(self) -> bool:
        """Return True if anything was ever kept."""
        return self._path.exists()

    def read(self, read: Callable[[Connection], DoneT], nothing: DoneT) -> DoneT:
        """Return what is read, or `nothing` while there is no file."""
        if not self._path.exists():
            return nothing
        with self._lock, self._telling():
            return read(self._opened())

    def change(self, change: Callable[[Connection], DoneT]) -> DoneT:
        """Change the file, all or nothing, while nobody else can; return what the change returns."""
        with self._lock, self._telling(), _transaction(self._opened(), "BEGIN IMMEDIATE") as database:
            return change(database)

    def write(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Execute one statement for each row, all or nothing; return how many rows it changed."""
        with self._lock:
            try:
                database = self._opened()
                if len(rows) == 1:
                    return database.execute(statement, rows[0]).rowcount  # its own transaction
                with _transaction(database, "BEGIN"):
                    return database.executemany(statement, rows).rowcount
            except (sqlite3.Error, OSError) as problem:  # a visitor may read it: she need not know the path
                raise EnvironmentFault(f"The change could not be kept on disk: {problem}.") from None

    def latest(
        self, read: Callable[[Connection], DoneT], version: object, patience_seconds: float = -1
    ) -> tuple[object, DoneT] | None:
        """Return what is read and the version of it, or None if there is no file or it is that version."""
        if not self._path.exists() or not self._lock.acquire(timeout=patience_seconds):
            return None
        try:
            database = self._opened()
            now = (self._file, database.execute("PRAGMA data_version").fetchone()[0])
            return None if now == version else (now, read(database))
        except (sqlite3.Error, OSError) as problem:
            if patience_seconds >= 0 and getattr(problem, "sqlite_errorcode", None) in _BUSY:
                return None
            raise self._unusable(problem) from None
        finally:
            self._lock.release()

    def numbers(self) -> dict[str, int]:
        """Return the highest number that was ever given to a row, by table."""
        if not self._tables.numbered:
            return {}
        return self.read(
            lambda database: dict(database.execute("SELECT name, seq FROM sqlite_sequence").fetchall()), {}
        )

    def set_numbers(self, numbers: dict[str, int]) -> None:
        """Give higher numbers than these from now on."""

        def change(database: Connection) -> None:
            for name, number in numbers.items():
                database.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
                database.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (name, number))

        if numbers:
            self.change(change)

    def overwrite(self) -> None:
        """Let nothing be left in the file: nothing is, after each change."""

    def tell(self, kind: str, text: str) -> None:
        """There is nobody to tell."""

    def close(self) -> None:
        """Give back the file."""
        with self._lock:
            self._shut()

    # ------------------------------------------------------------ the file

    def _opened(self) -> sqlite3.Connection:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._path.touch(mode=0o600)
            status = self._path.stat()
        file = (status.st_dev, status.st_ino)
        if self._database is not None and file != self._file:  # another lies in its place now
            self._shut()
        if self._database is None:
            self._database, self._file = self._made(), file
        return self._database

    def _made(self) -> sqlite3.Connection:
        database = sqlite3.connect(
            self._path, check_same_thread=False, isolation_level=None, timeout=self._tables.wait_seconds
        )
        try:
            for pragma in self._PRAGMAS:
                database.execute(f"PRAGMA {pragma}")
            self._make_tables(database)
        except BaseException:
            database.close()
            raise
        return database

    def _make_tables(self, database: sqlite3.Connection) -> None:
        database.executescript("\n".join(f"{statement};" for statement in self._tables.statements))
        for table, column, declaration in self._tables.columns:
            if column not in {known for _, known, *_ in database.execute(f"PRAGMA table_info({table})")}:
                database.execute(f"ALTER TABLE {table} ADD COLUMN {column} {declaration}")

    def _shut(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as problem:
            raise self._unusable(problem) from None

    def _unusable(self, problem: Exception) -> EnvironmentFault:
        return EnvironmentFault(
            f"The {self._tables.holds} in {str(self._path)!r} cannot be used: {problem}.", hint=self._tables.hint
        )


@contextmanager
def _transaction(database: sqlite3.Connection, begin: str) -> Iterator[sqlite3.Connection]:
    """Do what the block does all or nothing."""
    database.execute(begin)
    try:
        yield database
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class SqliteLog(SqliteDatabase):
    """A file of tables with a log beside it, for what changes at each interaction. It is made at once.

    The log is not synced at each change: it outlives the process, and after a power cut the last seconds may be missing
    but the file is whole.
    """

    _PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON")

    def __init__(self, folder: Path, tables: Tables) -> None:
        super().__init__(folder, tables)
        with self._telling():
            folder.mkdir(parents=True, exist_ok=True)
            self._database = self._made()

    def overwrite(self) -> None:
        """Let nothing be left in the file and its log of what was deleted or is another now."""
        with self._lock, suppress(sqlite3.Error):  # in use just now: it happens by itself later
            self._opened().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _opened(self) -> sqlite3.Connection:
        assert self._database is not None
        return self._database
