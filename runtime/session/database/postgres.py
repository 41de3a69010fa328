"""Tables in a schema of PostgreSQL, which hosts on several machines share.

A call outlives the server's restart: it connects again and tries again for a bounded time. Nothing is doubled by that.
A change leaves a mark of its own in the same transaction, so that it is known whether one was done whose answer was
lost; a write does no harm if it is done twice.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from itertools import count
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import EnvironmentFault
from modelapp.session.database import Connection, DoneT, Tables
from modelapp.session.database.address import Address
from modelapp.session.database.connecting import Lost, code_of, lock_of, opened, quoted, said, unreachable
from modelapp.session.database.dialect import own_types, placed, taken

if TYPE_CHECKING:
    import psycopg
    from modelapp.session.database.news import News

log = logging.getLogger("modelapp")
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.5
_MARKS = "CREATE TABLE IF NOT EXISTS writer (id TEXT PRIMARY KEY, number INTEGER NOT NULL, time REAL NOT NULL)"
_MARK_SECONDS = 7 * 86400.0
_AGAIN = ("40001", "40P01", "55P03")
"""Codes of what goes away by itself: others changed the same at the same time."""
_LOST = ("08", "57P", "53300", "25006")
"""Beginnings of the codes of a server that stops, starts, is full, or is not the first one any more."""


class PostgresDatabase:
    """Some tables in an app's schema, by one connection.

    Args:
        address: Where the schema is.
        tables: What is in it.
        news: Tells other hosts what was changed, and this one what others have; None in a command that ends soon.

    Raises:
        EnvironmentFault: If the database cannot be reached, or psycopg is not installed.
    """

    def __init__(self, address: Address, tables: Tables, news: "News | None" = None) -> None:
        self._address = address
        self._tables = tables
        self._news = news
        self._lock = threading.RLock()
        self._writer = secrets.token_hex(8)
        self._numbers = count(1)
        self._made = False
        self._gave_up = False
        """True once the server could not be reached for long: then each call tries once, until one succeeds."""
        self._connection: psycopg.Connection[Any] | None = None
        with self._lock:
            try:
                self._connection = self._opened()
            except Lost as problem:  # at the start it is rather a wrong address than a restart
                raise unreachable(address, problem) from None

    def exists(self) -> bool:
        """Return True if anything was ever kept."""
        return self._tried(self._is_made)

    def read(self, read: Callable[[Connection], DoneT], nothing: DoneT) -> DoneT:
        """Return what is read, or `nothing` while the tables are not there."""

        def do(connection: "psycopg.Connection[Any]") -> DoneT:
            if not self._is_made(connection):
                return nothing
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                return read(_Statements(connection))
            finally:
                connection.execute("ROLLBACK")

        return self._tried(do)

    def change(self, change: Callable[[Connection], DoneT]) -> DoneT:
        """Change the tables, all or nothing, while nobody else can; return what the change returns."""
        number = next(self._numbers)
        done: list[DoneT] = []

        def do(connection: "psycopg.Connection[Any]") -> DoneT:
            self._make(connection)
            if done and self._was_done(connection, number):
                return done[-1]
            done.clear()
            connection.execute("BEGIN")
            try:
                connection.execute("SELECT pg_advisory_xact_lock($1, $2)", lock_of(self._address, self._tables.name))
                found = change(_Statements(connection))
                connection.execute(
                    "INSERT INTO writer VALUES ($1, $2, $3) "
                    "ON CONFLICT (id) DO UPDATE SET number = excluded.number, time = excluded.time",
                    (self._writer, number, time.time()),
                )
                self._tell(connection)
                done.append(found)  # from here on it may have been done, whatever is answered
                connection.execute("COMMIT")
            except BaseException as problem:
                if code_of(problem) is not None and not connection.closed:
                    done.clear()  # refused, and not lost on its way
                _roll_back(connection)
                raise
            return found

        return self._tried(do)

    def write(self, statement: str, rows: Sequence[Sequence[Any]]) -> int:
        """Execute one statement for each row, all or nothing; return how many rows it changed.

        It must do no harm if it is executed twice.
        """

        def do(connection: "psycopg.Connection[Any]") -> int:
            self._make(connection)
            statements = _Statements(connection)
            if len(rows) == 1:
                return statements.execute(statement, rows[0]).rowcount  # its own transaction
            with connection.transaction():
                return statements.executemany(statement, rows).rowcount

        try:
            return self._tried(do)
        except EnvironmentFault as fault:  # a visitor may read what is raised: she need not know the address
            log.error("%s", fault.message)
            raise EnvironmentFault("The change could not be kept: the database cannot be used just now.") from None

    def latest(
        self, read: Callable[[Connection], DoneT], version: object, patience_seconds: float = -1
    ) -> tuple[object, DoneT] | None:
        """Return what is read and the version of it, or None if the tables are not there or it is that version."""

        def do(connection: "psycopg.Connection[Any]") -> tuple[object, DoneT] | None:
            if self._news is not None:
                self._make(connection)  # a host asks at each request: it is to know at once that there is nothing
            return (now, read(_Statements(connection))) if self._is_made(connection) else None

        now = self._news.version(self._tables.name) if self._news else object()
        if now == version or not self._lock.acquire(timeout=patience_seconds):
            return None
        try:
            return self._tried(do, patience_seconds if patience_seconds >= 0 else None)
        except EnvironmentFault:
            if patience_seconds >= 0:
                return None  # what was known goes on being true
            raise
        finally:
            self._lock.release()

    def numbers(self) -> dict[str, int]:
        """Return the highest number that was ever given to a row, by table."""

        def find(connection: Connection) -> dict[str, int]:
            found = {}
            for name in self._tables.numbered:
                last, used = connection.execute(f"SELECT last_value, is_called FROM {name}_number_seq").fetchone()
                if used:
                    found[name] = int(last)
            return found

        return self.read(find, {})

    def set_numbers(self, numbers: dict[str, int]) -> None:
        """Give higher numbers than these from now on."""

        def change(connection: Connection) -> None:
            for name, number in numbers.items():
                connection.execute(f"SELECT setval('{name}_number_seq', ?)", (number,))

        if numbers:
            self.change(change)

    def overwrite(self) -> None:
        """Let the server give free what was deleted. When its bytes are overwritten is its own affair."""
        import psycopg  # an extra, which most do without

        # By a connection of its own: it may take long, and the event loop must not wait for it.
        with suppress(Lost, psycopg.Error), closing(opened(self._address)) as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
            if names:
                connection.execute(f"VACUUM {', '.join(quoted(name) for (name,) in names)}")

    def tell(self, kind: str, text: str) -> None:
        """Tell all hosts of the app something; within a change they hear of it when that is done."""
        self._tried(
            lambda connection: connection.execute("SELECT pg_notify($1, $2)", (self._address.channel, f"{kind} {text}"))
        )

    def close(self) -> None:
        """Give back the connection."""
        with self._lock:
            self._shut()

    # ------------------------------------------------------------ trying

    def _tried(self, do: "Callable[[psycopg.Connection[Any]], DoneT]", patience_seconds: float | None = None) -> DoneT:
        """Do something, again and again while the connection is lost, for a bounded time."""
        import psycopg  # an extra, which most do without

        with self._lock:
            deadline: float | None = time.monotonic() if self._gave_up else None
            pause_seconds = _FIRST_PAUSE_SECONDS
            while True:
                try:
                    if self._connection is None or self._connection.closed:
                        self._connection = self._opened()
                    done = do(self._connection)
                    self._gave_up = False
                    return done
                except (psycopg.Error, Lost) as problem:
                    if isinstance(problem, psycopg.Error) and not self._goes_away(problem):
                        raise self._fault(problem) from None
                    if code_of(problem) not in _AGAIN:
                        self._shut()
                    now = time.monotonic()
                    if deadline is None:
                        deadline = now + (
                            self._address.patience_seconds if patience_seconds is None else patience_seconds
                        )
                    if now >= deadline:
                        self._gave_up = True
                        raise unreachable(self._address, problem) from None
                time.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)

    def _opened(self) -> "psycopg.Connection[Any]":
        connection = opened(self._address)
        if self._news is not None:
            self._news.own.add(connection.info.backend_pid)
        return connection

    def _goes_away(self, problem: "psycopg.Error") -> bool:
        """True for a fault that trying again may mend."""
        code = code_of(problem) or ""
        lost = self._connection is None or self._connection.closed or self._connection.broken
        return code in _AGAIN or code.startswith(_LOST) or (lost and not code)

    def _fault(self, problem: "psycopg.Error") -> EnvironmentFault:
        return EnvironmentFault(
            f"The {self._tables.holds} in {self._address.shown} cannot be used: {said(problem)}.",
            hint="The schema is "
            f"{self._address.schema!r}: its tables must be those that modelapp made, and this user's.",
        )

    def _shut(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    # ------------------------------------------------------------ the schema

    def _is_made(self, connection: "psycopg.Connection[Any]") -> bool:
        if not self._made:
            table = f"{quoted(self._address.schema)}.{quoted(self._tables.tables[0])}"
            self._made = bool(connection.execute("SELECT to_regclass($1) IS NOT NULL", (table,)).fetchone()[0])  # type: ignore[index]
        return self._made

    def _make(self, connection: "psycopg.Connection[Any]") -> None:
        if self._made:
            return
        with connection.transaction():
            # Two hosts that start together would both make them: “if not exists” does not hold them apart.
            connection.execute("SELECT pg_advisory_xact_lock($1, $2)", lock_of(self._address, "schema"))
            known = connection.execute("SELECT to_regnamespace($1)", (quoted(self._address.schema),)).fetchone()
            if known == (None,):
                connection.execute(f"CREATE SCHEMA {quoted(self._address.schema)}")
            for statement in (*self._tables.statements, *self._tables.shared, _MARKS):
                connection.execute(own_types(statement))
            for table, column, declaration in self._tables.columns:
                connection.execute(own_types(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} {declaration}"))
            connection.execute("DELETE FROM writer WHERE time < $1", (time.time() - _MARK_SECONDS,))
        self._made = True

    def _was_done(self, connection: "psycopg.Connection[Any]", number: int) -> bool:
        """True if a change was done, the answer to which was lost. Waits until the server knows."""
        with connection.transaction():
            # The session that did it holds this lock until its transaction has ended, one way or the other.
            connection.execute("SELECT pg_advisory_xact_lock($1, $2)", lock_of(self._address, self._tables.name))
            row = connection.execute("SELECT number FROM writer WHERE id = $1", (self._writer,)).fetchone()
        return row is not None and bool(row[0] == number)

    def _tell(self, connection: "psycopg.Connection[Any]") -> None:
        connection.execute("SELECT pg_notify($1, $2)", (self._address.channel, self._tables.name))


class _Statements:
    """A connection that takes statements in the common dialect."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> "psycopg.Cursor[Any]":
        """Execute a statement."""
        return self._connection.execute(placed(statement), taken(values))

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> "psycopg.Cursor[Any]":
        """Execute a statement for each of these rows of values."""
        cursor = self._connection.cursor()
        cursor.executemany(placed(statement), [taken(row) for row in rows])
        return cursor


def _roll_back(connection: "psycopg.Connection[Any]") -> None:
    import psycopg

    try:
        if not connection.closed:
            connection.execute("ROLLBACK")
    except psycopg.Error:
        connection.close()
