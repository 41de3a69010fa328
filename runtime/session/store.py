"""What must survive the host: sessions, their values and state, and which uploads are theirs. SQLite in WAL mode.

One small file beside the script. Other stores can stand behind `Store`; the session knows only this interface.
"""

import re
import sqlite3
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import msgspec
from modelapp.core.errors import EnvironmentFault
from modelapp.core.protocol import Json

_SCHEMA = """
CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, grant_token TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
    created REAL NOT NULL, visitor TEXT, invite TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS value (session TEXT NOT NULL, name TEXT NOT NULL, raw BLOB NOT NULL,
    PRIMARY KEY (session, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS submitted (session TEXT NOT NULL, name TEXT NOT NULL, raw BLOB NOT NULL,
    PRIMARY KEY (session, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS state (session TEXT NOT NULL, name TEXT NOT NULL, pickled BLOB NOT NULL,
    PRIMARY KEY (session, name)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS upload (session TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (session, digest)) WITHOUT ROWID;
"""

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


class Store(Protocol):
    """Keeps sessions over restarts. Each call is durable against the end of the process when it returns."""

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


class SqliteStore:
    """`Store` in one SQLite file.

    Raises:
        EnvironmentFault: If the file cannot be opened or is no database; says what to do.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            # The log is not synced at each commit: it outlives the process, and after a power cut the last
            # seconds may be missing but the file is whole.
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute("PRAGMA secure_delete = ON")
            self._database.executescript(_SCHEMA)
            known = {column for _, column, *_ in self._database.execute("PRAGMA table_info(session)")}
            for column in ("visitor", "invite"):  # a store of before there were personal links
                if column not in known:
                    self._database.execute(f"ALTER TABLE session ADD COLUMN {column} TEXT")
        except (sqlite3.Error, OSError) as problem:
            raise EnvironmentFault(
                f"The store {str(path)!r} cannot be used: {problem}.",
                hint="Move that file away, or start the script in a folder that you may write to.",
            ) from None

    def create(
        self, session: str, grant: str, role: str, visitor: str | None = None, invite: str | None = None
    ) -> None:
        """Keep a new session, with the name and the personal link of who was invited."""
        row = (session, grant, role, time.time(), visitor, invite)
        self._write(
            "INSERT INTO session (id, grant_token, role, created, visitor, invite) VALUES (?, ?, ?, ?, ?, ?)", [row]
        )

    def load(self, session: str) -> Saved | None:
        """Return a session, or None if there is none of that id."""
        with self._lock:
            row = self._database.execute(
                "SELECT grant_token, role, visitor, invite FROM session WHERE id = ?", (session,)
            ).fetchone()
            if row is None:
                return None

            def pairs(table: str, column: str) -> list[tuple[str, bytes]]:
                query = f"SELECT name, {column} FROM {table} WHERE session = ?"  # names are ours, not a client's
                return self._database.execute(query, (session,)).fetchall()

            uploads = self._database.execute("SELECT digest FROM upload WHERE session = ?", (session,)).fetchall()
            return Saved(
                session=session,
                grant=row[0],
                role=row[1],
                values={name: msgspec.json.decode(raw) for name, raw in pairs("value", "raw")},
                submitted={name: msgspec.json.decode(raw) for name, raw in pairs("submitted", "raw")},
                state=dict(pairs("state", "pickled")),
                uploads={digest for (digest,) in uploads},
                visitor=row[2],
                invite=row[3],
            )

    def set_values(self, session: str, values: Mapping[str, Json]) -> None:
        """Keep raw values of inputs."""
        rows = [(session, name, msgspec.json.encode(raw)) for name, raw in values.items()]
        self._write("REPLACE INTO value VALUES (?, ?, ?)", rows)

    def set_submitted(self, session: str, group: str, values: Mapping[str, Json]) -> None:
        """Keep the values that a group's button submitted."""
        self._write("REPLACE INTO submitted VALUES (?, ?, ?)", [(session, group, msgspec.json.encode(values))])

    def rename_input(self, old: str, new: str) -> None:
        """Let the values of an input be those of another, in all sessions."""
        with self._lock:
            submitted = self._database.execute("SELECT session, name, raw FROM submitted").fetchall()
            values = self._database.execute("SELECT session, raw FROM value WHERE name = ?", (old,)).fetchall()
        decoded = [(session, group, msgspec.json.decode(raw)) for session, group, raw in submitted]
        groups = [(session, group, renamed(found, old, new)) for session, group, found in decoded if old in found]
        # A value is written before the old one goes: a host that is killed in between loses nothing.
        if values:
            self._write("REPLACE INTO value VALUES (?, ?, ?)", [(session, new, raw) for session, raw in values])
            self._write("DELETE FROM value WHERE session = ? AND name = ?", [(session, old) for session, _ in values])
        if groups:
            rows = [(session, group, msgspec.json.encode(found)) for session, group, found in groups]
            self._write("REPLACE INTO submitted VALUES (?, ?, ?)", rows)

    def set_state(self, session: str, changed: Mapping[str, bytes | None]) -> None:
        """Keep pickled values of the state; None removes one."""
        kept = [(session, name, pickled) for name, pickled in changed.items() if pickled is not None]
        gone = [(session, name) for name, pickled in changed.items() if pickled is None]
        if kept:
            self._write("REPLACE INTO state VALUES (?, ?, ?)", kept)
        if gone:
            self._write("DELETE FROM state WHERE session = ? AND name = ?", gone)

    def add_upload(self, session: str, digest: str) -> None:
        """Keep that a session made a blob."""
        self._write("INSERT OR IGNORE INTO upload VALUES (?, ?)", [(session, digest)])

    def drop_uploads(self, session: str, digests: Collection[str] | None = None) -> set[str]:
        """Forget that a session made these blobs, or any; return which it had made."""
        with self._lock:
            found = self._database.execute("SELECT digest FROM upload WHERE session = ?", (session,)).fetchall()
        made = {digest for (digest,) in found if digests is None or digest in digests}
        if made:
            self._write("DELETE FROM upload WHERE session = ? AND digest = ?", [(session, digest) for digest in made])
        return made

    def with_uploads(self) -> list[str]:
        """Return the ids of the sessions that made blobs."""
        with self._lock:
            rows = self._database.execute("SELECT DISTINCT session FROM upload").fetchall()
        return [session for (session,) in rows]

    def overwrite(self) -> None:
        """Let nothing be left in the file of what was deleted or is another now."""
        with self._lock, suppress(sqlite3.Error):  # in use just now: it happens by itself later
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def named(self) -> set[str]:
        """Return the digests that anything here names."""
        found: set[str] = set()
        with self._lock:
            for table, column in _NAMING:
                for (content,) in self._database.execute(f"SELECT {column} FROM {table}"):
                    text = content if isinstance(content, bytes) else str(content).encode()
                    found.update(digest.decode() for digest in _DIGEST.findall(text))
        return found

    def close(self) -> None:
        """Give back the file."""
        with self._lock:
            self._database.close()

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        with self._lock:
            try:
                if len(rows) == 1:
                    self._database.execute(statement, rows[0])  # its own transaction
                    return
                self._database.execute("BEGIN")
                try:
                    self._database.executemany(statement, rows)
                except BaseException:
                    self._database.execute("ROLLBACK")
                    raise
                self._database.execute("COMMIT")
            except sqlite3.Error as problem:
                raise EnvironmentFault(f"The change could not be kept on disk: {problem}.") from None
