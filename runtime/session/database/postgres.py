"""Tables in a schema of PostgreSQL, which hosts on several machines share.

A call outlives the server's restart: it connects again and tries again for a bounded time. Nothing is doubled by that.
A change leaves a mark of its own in the same transaction, so that it is known whether one was done whose answer was
lost; a write does no harm if it is done twice.
"""

import re
import secrets
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import EnvironmentFault
from modelapp.session.database import Connection, DoneT, Tables
from modelapp.session.database.address import Address

if TYPE_CHECKING:
    import psycopg
    from modelapp.session.database.news import News

PATIENCE_SECONDS = 20.0
"""For how long a call tries to reach a server that does not answer."""
_FIRST_PAUSE_SECONDS = 0.02
_LONGEST_PAUSE_SECONDS = 0.5
_STAND_IN = "\ufdd0"
"""Stands in texts for the character of code 0, which PostgreSQL does not take. It is no character, so none has it."""
_MARKS = "CREATE TABLE IF NOT EXISTS writer (id TEXT PRIMARY KEY, number INTEGER NOT NULL, time REAL NOT NULL)"
_MARK_SECONDS = 7 * 86400.0
_AGAIN = ("40001", "40P01", "55P03")
"""Codes of what goes away by itself: others changed the same at the same time."""
_LOST = ("08", "57P", "53300", "25006")
"""Beginnings of the codes of a server that stops, starts, is full, or is not the first one any more."""
_FINAL = ("28", "3D", "42501")
"""Beginnings of the codes of what trying again does not mend: a wrong password, no such database, no right."""


class Lost(Exception):
    """The connection is lost."""


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
        self._connection: psycopg.Connection[Any] | None = None
        with self._lock:
            try:
                self._connection = opened(address)
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
                if _code(problem) is not None and not connection.closed:
                    done.clear()  # refused, and not lost on its way
                _roll_back(connection)
                raise
            return found

        return self._tried(do)

    def write(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Execute one statement for each row, all or nothing. It must do no harm if it is executed twice."""

        def do(connection: "psycopg.Connection[Any]") -> None:
            self._make(connection)
            statements = _Statements(connection)
            if len(rows) == 1:
                statements.execute(statement, rows[0])  # its own transaction
                return
            with connection.transaction():
                statements.executemany(statement, rows)

        self._tried(do)

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
            return self._tried(do, patience_seconds if patience_seconds >= 0 else PATIENCE_SECONDS)
        except EnvironmentFault:
            if patience_seconds >= 0:
                return None  # what was known goes on being true
            raise
        finally:
            self._lock.release()

    def overwrite(self) -> None:
        """Let the server give free what was deleted. When its bytes are overwritten is its own affair."""

        def do(connection: "psycopg.Connection[Any]") -> None:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
            if names:
                connection.execute(f"VACUUM {', '.join(quoted(name) for (name,) in names)}")

        self._tried(do)

    def close(self) -> None:
        """Give back the connection."""
        with self._lock:
            self._shut()

    # ------------------------------------------------------------ trying

    def _tried(self, do: "Callable[[psycopg.Connection[Any]], DoneT]", patience_seconds: float | None = None) -> DoneT:
        """Do something, again and again while the connection is lost, for a bounded time."""
        import psycopg  # an extra, which most do without

        with self._lock:
            deadline: float | None = None
            pause_seconds = _FIRST_PAUSE_SECONDS
            while True:
                try:
                    if self._connection is None or self._connection.closed:
                        self._connection = opened(self._address)
                    return do(self._connection)
                except (psycopg.Error, Lost) as problem:
                    if isinstance(problem, psycopg.Error) and not self._goes_away(problem):
                        raise self._fault(problem) from None
                    if _code(problem) not in _AGAIN:
                        self._shut()
                    now = time.monotonic()
                    if deadline is None:
                        deadline = now + (PATIENCE_SECONDS if patience_seconds is None else patience_seconds)
                    if now >= deadline:
                        raise unreachable(self._address, problem) from None
                time.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, _LONGEST_PAUSE_SECONDS)

    def _goes_away(self, problem: "psycopg.Error") -> bool:
        """True for a fault that trying again may mend."""
        code = _code(problem) or ""
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
            for statement in (*self._tables.statements, _MARKS):
                connection.execute(_own_types(statement))
            for table, column, declaration in self._tables.columns:
                connection.execute(_own_types(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column} {declaration}"))
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
        return self._connection.execute(_placed(statement), _taken(values))

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> "psycopg.Cursor[Any]":
        """Execute a statement for each of these rows of values."""
        cursor = self._connection.cursor()
        cursor.executemany(_placed(statement), [_taken(row) for row in rows])
        return cursor


def opened(address: Address) -> "psycopg.Connection[Any]":
    """Return a new connection.

    Raises:
        Lost: If nobody answers, which may mend itself.
        EnvironmentFault: If psycopg is not installed, or the server refuses for good.
    """
    try:
        import psycopg  # an extra, which most do without
    except ImportError as problem:
        raise EnvironmentFault(
            f"A store in PostgreSQL needs psycopg, which cannot be used here: {problem}.",
            hint='Install it: pip install "modelapp[postgres]"',
        ) from None
    try:
        connection = psycopg.connect(
            address.connection,
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
            **_usual(address.connection),
        )
    except psycopg.OperationalError as problem:
        code = _code(problem) or ""
        if code.startswith(_FINAL) or (not code and _FINAL_WORDS.search(str(problem))):
            raise unreachable(address, problem) from None
        raise Lost(said(problem)) from None
    except psycopg.Error as problem:  # an unknown word in the address, for example
        raise unreachable(address, problem) from None
    connection.adapters.register_loader("text", _text_loader())
    try:
        connection.execute(f"SET search_path TO {quoted(address.schema)}")
        # A host that hangs, or whose machine is gone, holds up nobody for long.
        connection.execute("SET idle_in_transaction_session_timeout = '30s'")
        for setting in ("idle = 10", "interval = 5", "count = 3"):
            connection.execute(f"SET tcp_keepalives_{setting}")
    except psycopg.Error as problem:
        connection.close()
        raise Lost(said(problem)) from None
    return connection


_FINAL_WORDS = re.compile(
    "password|authentication|does not exist|pg_hba|invalid|does not support SSL|root certificate|permission denied"
)
"""libpq tells faults of connecting in words alone."""


def unreachable(address: Address, problem: BaseException) -> EnvironmentFault:
    """Return what is said of a database that cannot be reached."""
    text = said(problem)
    hint = "Is the server running, and is that its address?"
    if "no password" in text or "password authentication" in text or "authentication failed" in text:
        hint = "Put the password into ~/.pgpass or PGPASSWORD; or is the user's name another one?"
    elif 'database "' in text and "does not exist" in text:
        hint = "Make it first, for example with createdb; modelapp makes its own schema in it."
    return EnvironmentFault(f"The store {address.shown} cannot be reached: {text}.", hint=hint)


def said(problem: BaseException) -> str:
    """Return what the server or libpq says, in one line. Neither repeats a password."""
    lines = [line.strip() for line in str(problem).splitlines() if line.strip()] or [type(problem).__name__]
    telling = [line for line in lines if "FATAL:" in line] or [line for line in lines if "failed: " in line] or lines
    text = re.sub(r"^.*FATAL: +", "", telling[0])
    text = re.sub(r"^(- host: .*?: )?(connection (failed|is bad): )+", "", text)
    return text.rstrip(". ")


def quoted(name: str) -> str:
    """Return a name as it stands in a statement."""
    return '"' + name.replace('"', '""') + '"'


def _usual(connection: str) -> dict[str, Any]:
    """Return parameters for what an address leaves open: a server that is gone is to be noticed."""
    from psycopg.conninfo import conninfo_to_dict

    usual = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 10, "application_name": "modelapp"}
    given = conninfo_to_dict(connection)
    return {name: value for name, value in usual.items() if name not in given}


def _roll_back(connection: "psycopg.Connection[Any]") -> None:
    import psycopg

    try:
        if not connection.closed:
            connection.execute("ROLLBACK")
    except psycopg.Error:
        connection.close()


def _code(problem: BaseException) -> str | None:
    code = getattr(problem, "sqlstate", None)
    return code if isinstance(code, str) else None


def lock_of(address: Address, name: str) -> tuple[int, int]:
    """Return the numbers of a lock that all hosts of an app share."""
    return _number(address.schema), _number(name)


def _number(text: str) -> int:
    return zlib.crc32(text.encode()) - (1 << 31)


@lru_cache(maxsize=256)
def _placed(statement: str) -> str:
    """Return a statement with the places of its values as PostgreSQL names them."""
    numbers = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", statement)


_TYPES = (
    (r"INTEGER PRIMARY KEY AUTOINCREMENT", "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
    (r"INTEGER", "BIGINT"),
    (r"REAL", "DOUBLE PRECISION"),
    (r"BLOB", "BYTEA"),
    (r" WITHOUT ROWID", ""),
)


def _own_types(statement: str) -> str:
    for theirs, own in _TYPES:
        statement = re.sub(rf"(?<!\w){theirs}\b", own, statement)
    return statement


def _taken(values: Sequence[Any]) -> Sequence[Any]:
    """Return values as PostgreSQL takes them."""
    if any(isinstance(value, str) and "\0" in value for value in values):
        return [value.replace("\0", _STAND_IN) if isinstance(value, str) else value for value in values]
    return values


@lru_cache(maxsize=1)
def _text_loader() -> Any:
    from psycopg.adapt import Loader

    class Text(Loader):
        """Reads texts, with the character of code 0 where it was."""

        def load(self, data: Any) -> str:
            return bytes(data).decode().replace(_STAND_IN, "\0")

    return Text
