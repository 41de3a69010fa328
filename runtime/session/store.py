"""What must survive the host: sessions, their values and state, and which uploads are theirs.

The session knows only the interface `Store`.
"""

import re
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec
from modelapp.core.errors import EnvironmentFault
from modelapp.core.protocol import Json
from modelapp.session.database import Connection, Tables
from modelapp.session.homes import Homes
from modelapp.session.storage import Storage

TABLES = Tables(
    "store",
    "store",
    (
        "CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, grant_token TEXT NOT NULL UNIQUE, "
        "role TEXT NOT NULL, created REAL NOT NULL, visitor TEXT, invite TEXT, home TEXT) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS value (session TEXT NOT NULL, name TEXT NOT NULL, raw BLOB NOT NULL, "
        "PRIMARY KEY (session, name)) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS submitted (session TEXT NOT NULL, name TEXT NOT NULL, raw BLOB NOT NULL, "
        "PRIMARY KEY (session, name)) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS state (session TEXT NOT NULL, name TEXT NOT NULL, pickled BLOB NOT NULL, "
        "PRIMARY KEY (session, name)) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS upload (session TEXT NOT NULL, digest TEXT NOT NULL, "
        "PRIMARY KEY (session, digest)) WITHOUT ROWID",
    ),
    # Once there were no personal links, and one host alone.
    columns=(("session", "visitor", "TEXT"), ("session", "invite", "TEXT"), ("session", "home", "TEXT")),
    hint="Move that file away, or start the script in a folder that you may write to.",
    wait_seconds=5,  # the event loop waits too
    shared=(
        "CREATE TABLE IF NOT EXISTS shown (session TEXT NOT NULL, digest TEXT NOT NULL, time REAL NOT NULL, "
        "PRIMARY KEY (session, digest)) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS errand (id TEXT PRIMARY KEY, session TEXT NOT NULL, asked BLOB NOT NULL, "
        "answer BLOB, time REAL NOT NULL) WITHOUT ROWID",
        "CREATE TABLE IF NOT EXISTS cast_page (number INTEGER PRIMARY KEY AUTOINCREMENT, host TEXT NOT NULL, "
        "content BLOB NOT NULL, time REAL NOT NULL)",
        "CREATE TABLE IF NOT EXISTS going (digest TEXT PRIMARY KEY, time REAL NOT NULL) WITHOUT ROWID",
    ),
)
_SET_VALUE = "INSERT INTO value VALUES (?, ?, ?) ON CONFLICT (session, name) DO UPDATE SET raw = excluded.raw"
_SET_SUBMITTED = "INSERT INTO submitted VALUES (?, ?, ?) ON CONFLICT (session, name) DO UPDATE SET raw = excluded.raw"
_SET_STATE = "INSERT INTO state VALUES (?, ?, ?) ON CONFLICT (session, name) DO UPDATE SET pickled = excluded.pickled"
_DROP_STATE = "DELETE FROM state WHERE session = ? AND name = ?"
_OWN = "FROM session WHERE id = ? AND home = ? FOR SHARE"
"""Lets a statement do nothing where the session lives at another host, which nobody can take it to meanwhile."""

_NAMING = (("value", "raw"), ("submitted", "raw"), ("state", "pickled"), ("upload", "digest"))
"""What may name a blob: table and column."""
_DIGEST = re.compile(rb"(?=([0-9a-f]{64}))")


class Saved(msgspec.Struct):
    """A session as it was kept."""

    session: str
    grant: str
    role: str
    values: dict[str, Json]
    submitted: dict[str, dict[str, Json]]
    state: dict[str, bytes]
    uploads: set[str]
    visitor: str | None = None
    """Name of the person who was invited, or None."""
    invite: str | None = None
    """Id of her personal link, or None."""


def renamed(values: Mapping[str, Json], old: str, new: str) -> dict[str, Json]:
    """Return values of inputs in which one has another name; what had that name before is gone."""
    kept = {name: raw for name, raw in values.items() if name != new} if old in values else dict(values)
    return {new if name == old else name: raw for name, raw in kept.items()}


class LivesElsewhere(EnvironmentFault):
    """Another host has the session now."""


class Store(Protocol):
    """Keeps sessions over restarts. Each call is durable against the end of the process when it returns."""

    homes: Homes | None
    """At which host each session lives; None where there is one host."""

    def create(
        self, session: str, grant: str, role: str, visitor: str | None = None, invite: str | None = None
    ) -> None:
        """Keep a new session, with the name and the personal link of who was invited."""

    def load(self, session: str) -> Saved | None:
        """Return a session, or None if there is none of that id."""

    def set_values(self, session: str, values: Mapping[str, Json]) -> None:
        """Keep raw values of inputs."""

    def set_submitted(self, session: str, group: str, values: Mapping[str, Json]) -> None:
        """Keep the values that a group's button submitted."""

    def rename_input(self, old: str, new: str) -> None:
        """Let the values of an input be those of another, in all sessions."""

    def set_state(self, session: str, changed: Mapping[str, bytes | None]) -> None:
        """Keep pickled values of the state; None removes one."""

    def add_upload(self, session: str, digest: str) -> None:
        """Keep that a session made a blob."""

    def drop_uploads(self, session: str, digests: Collection[str] | None = None) -> set[str]:
        """Forget that a session made these blobs, or any; return which it had made."""

    def overwrite(self) -> None:
        """Let nothing be left in the file of what was deleted or is another now."""

    def named(self) -> set[str]:
        """Return the digests that anything here names."""

    def close(self) -> None:
        """Give back the file."""


class SessionStore:
    """`Store` in the tables of an app.

    Args:
        storage: Where the app keeps what lasts.

    Raises:
        EnvironmentFault: If it cannot be used; says what to do.
    """

    def __init__(self, storage: Storage) -> None:
        self._tables = storage.database(TABLES, logged=True)
        self.homes = Homes(self._tables, storage.host) if storage.host else None

    def create(
        self, session: str, grant: str, role: str, visitor: str | None = None, invite: str | None = None
    ) -> None:
        """Keep a new session, with the name and the personal link of who was invited."""
        row = (session, grant, role, time.time(), visitor, invite, self.homes.host if self.homes else None)
        self._tables.write(
            "INSERT INTO session (id, grant_token, role, created, visitor, invite, home) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO NOTHING",
            [row],
        )

    def load(self, session: str) -> Saved | None:
        """Return a session, or None if there is none of that id."""

        def find(database: Connection) -> Saved | None:
            row = database.execute(
                "SELECT grant_token, role, visitor, invite FROM session WHERE id = ?", (session,)
            ).fetchone()
            if row is None:
                return None

            def pairs(table: str, column: str) -> list[tuple[str, bytes]]:
                query = f"SELECT name, {column} FROM {table} WHERE session = ?"  # names are ours, not a client's
                return database.execute(query, (session,)).fetchall()

            uploads = database.execute("SELECT digest FROM upload WHERE session = ?", (session,)).fetchall()
            return Saved(
                session=session,
                grant=row[0],
                role=row[1],
                values={name: msgspec.json.decode(raw) for name, raw in pairs("value", "raw")},
                submitted={name: msgspec.json.decode(raw) for name, raw in pairs("submitted", "raw")},
                state=dict(pairs("state", "pickled")),
                uploads={digest for (digest,) in uploads}
                | (self.homes.shown(database, session) if self.homes else set()),
                visitor=row[2],
                invite=row[3],
            )

        return self._tables.read(find, None)

    def set_values(self, session: str, values: Mapping[str, Json]) -> None:
        """Keep raw values of inputs."""
        self._write(_SET_VALUE, [(session, name, msgspec.json.encode(raw)) for name, raw in values.items()])

    def set_submitted(self, session: str, group: str, values: Mapping[str, Json]) -> None:
        """Keep the values that a group's button submitted."""
        self._write(_SET_SUBMITTED, [(session, group, msgspec.json.encode(values))])

    def rename_input(self, old: str, new: str) -> None:
        """Let the values of an input be those of another, in all sessions."""

        def change(database: Connection) -> None:
            submitted = database.execute("SELECT session, name, raw FROM submitted").fetchall()
            values = database.execute("SELECT session, raw FROM value WHERE name = ?", (old,)).fetchall()
            decoded = [(session, group, msgspec.json.decode(raw)) for session, group, raw in submitted]
            groups = [(session, group, renamed(found, old, new)) for session, group, found in decoded if old in found]
            database.executemany(_SET_VALUE, [(session, new, raw) for session, raw in values])
            database.execute("DELETE FROM value WHERE name = ?", (old,))
            rows = [(session, group, msgspec.json.encode(found)) for session, group, found in groups]
            database.executemany(_SET_SUBMITTED, rows)

        self._tables.change(change)

    def set_state(self, session: str, changed: Mapping[str, bytes | None]) -> None:
        """Keep pickled values of the state; None removes one."""
        kept = [(session, name, pickled) for name, pickled in changed.items() if pickled is not None]
        gone = [(session, name) for name, pickled in changed.items() if pickled is None]
        if kept:
            self._write(_SET_STATE, kept)
        if gone:
            self._write(_DROP_STATE, gone)

    def add_upload(self, session: str, digest: str) -> None:
        """Keep that a session made a blob."""
        self._tables.write(
            "INSERT INTO upload VALUES (?, ?) ON CONFLICT (session, digest) DO NOTHING", [(session, digest)]
        )

    def drop_uploads(self, session: str, digests: Collection[str] | None = None) -> set[str]:
        """Forget that a session made these blobs, or any; return which it had made."""
        query = "SELECT digest FROM upload WHERE session = ?"
        found: list[tuple[str]] = self._tables.read(lambda database: database.execute(query, (session,)).fetchall(), [])
        made = {digest for (digest,) in found if digests is None or digest in digests}
        if made:
            rows = [(session, digest) for digest in made]
            self._tables.write("DELETE FROM upload WHERE session = ? AND digest = ?", rows)
        return made

    def with_uploads(self) -> list[str]:
        """Return the ids of the sessions that made blobs."""
        query = "SELECT DISTINCT session FROM upload"
        rows: list[tuple[str]] = self._tables.read(lambda database: database.execute(query).fetchall(), [])
        return [session for (session,) in rows]

    def overwrite(self) -> None:
        """Let nothing be left of what was deleted or is another now."""
        self._tables.overwrite()

    def named(self) -> set[str]:
        """Return the digests that anything here names."""

        def find(database: Connection) -> set[str]:
            found: set[str] = set()
            for table, column in _NAMING:
                for (content,) in database.execute(f"SELECT {column} FROM {table}"):
                    text = content if isinstance(content, bytes) else str(content).encode()
                    found.update(digest.decode() for digest in _DIGEST.findall(text))
            return found

        return self._tables.read(find, set())

    def close(self) -> None:
        """Give back the tables."""
        self._tables.close()

    def _write(self, statement: str, rows: Sequence[tuple[str, ...] | tuple[str, str, bytes]]) -> None:
        """Execute a statement for each row of a session, which is the first of its values.

        Raises:
            LivesElsewhere: If another host has the session: nothing is written then.
        """
        if self.homes is None:
            self._tables.write(statement, rows)
            return
        owned = [(*row, row[0], self.homes.host) for row in rows]
        if statement is _DROP_STATE:
            self._tables.write(f"{statement} AND EXISTS (SELECT 1 {_OWN})", owned)
            return
        values = "SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BYTEA)"
        if self._tables.write(statement.replace("VALUES (?, ?, ?)", f"{values} {_OWN}"), owned) < len(rows):
            raise LivesElsewhere("This page went on elsewhere.")
