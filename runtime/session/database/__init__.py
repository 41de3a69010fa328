"""What keeps an app's tables: the interface that a SQLite file and a PostgreSQL schema both are.

One dialect of SQL is written, which both understand: `INSERT … ON CONFLICT`, `?` for a value, and the types TEXT,
INTEGER, REAL and BLOB. What is different between the two is mapped in the class for PostgreSQL, and nowhere else.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

DoneT = TypeVar("DoneT")


class Cursor(Protocol):
    """What a statement found or did."""

    @property
    def description(self) -> Any:
        """What it found, a sequence for each column of which the first is the name; None if it finds nothing."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return the rows."""

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """What statements are given to, within `Database.read` or `Database.change`."""

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Cursor:
        """Execute a statement."""

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Cursor:
        """Execute a statement for each of these rows of values."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Tables that belong together.

    Attributes:
        name: Of them all: of the file in which they are, for example.
        holds: What they hold, for messages: "flags".
        statements: Make the tables and indexes where they are missing, one statement each.
        columns: Those that a file of an earlier version may lack: table, column, and its declaration.
        hint: What to do if they cannot be used.
        wait_seconds: How long what uses a file of them waits for the change of another process.
        shared: Make tables by which several hosts of an app work together (see `homes`). They are there where there may
            be several, hold nothing that lasts, and are not moved.
    """

    name: str
    holds: str
    statements: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...] = ()
    hint: str = "Put back a copy of that file."
    wait_seconds: float = 10
    shared: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables."""
        begin = "CREATE TABLE IF NOT EXISTS "
        return tuple(one.removeprefix(begin).split()[0] for one in self.statements if one.startswith(begin))

    @property
    def numbered(self) -> tuple[str, ...]:
        """Names of the tables that number their rows."""
        return tuple(name for name in self.tables if any(_numbers(one, name) for one in self.statements))


def _numbers(statement: str, table: str) -> bool:
    return statement.startswith(f"CREATE TABLE IF NOT EXISTS {table} (number INTEGER PRIMARY KEY AUTOINCREMENT")


class Database(Protocol):
    """Some tables of one app. Methods may be called in any thread, and raise `EnvironmentFault`."""

    def exists(self) -> bool:
        """Return True if anything was ever kept."""

    def read(self, read: Callable[[Connection], DoneT], nothing: DoneT) -> DoneT:
        """Return what is read, or `nothing` if nothing was ever kept."""

    def change(self, change: Callable[[Connection], DoneT]) -> DoneT:
        """Change the tables, all or nothing, while nobody else can; return what the change returns.

        Where a connection is lost the change may be called again: what it did before has then not happened.
        """

    def write(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Execute one statement for each row, all or nothing; return how many rows it changed.

        It must do no harm if it is executed twice.
        """

    def latest(
        self, read: Callable[[Connection], DoneT], version: object, patience_seconds: float = -1
    ) -> tuple[object, DoneT] | None:
        """Return what is read and the version of it, or None if nothing was kept or it is that version.

        Args:
            read: Reads.
            version: The version that is known, or None.
            patience_seconds: For how long to wait for others. None is returned if they take longer; a negative number
                waits, and raises where that takes too long.
        """

    def numbers(self) -> dict[str, int]:
        """Return the highest number that was ever given to a row, by table, where tables number their rows."""

    def set_numbers(self, numbers: dict[str, int]) -> None:
        """Give higher numbers than these from now on."""

    def overwrite(self) -> None:
        """Let nothing be left of what was deleted or is another now, as far as that can be done."""

    def tell(self, kind: str, text: str) -> None:
        """Tell all hosts that share the tables something; within a change they hear of it when that is done."""

    def close(self) -> None:
        """Give back what it holds."""
