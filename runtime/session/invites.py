"""Personal links to an app: who was invited, until when, and whether only those who were may come in.

They are in a SQLite file of their own in the app's folder, which `modelapp invite` writes while a host reads it. Of a
link's token only the digest is kept: the file opens nothing to who reads it. While it cannot be read nobody comes in
but by a link that was known before.
"""

import hashlib
import hmac
import secrets
import sqlite3
import threading
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from modelapp.core.errors import EnvironmentFault, InvalidValue

FILE = "invites.sqlite3"
_LONGEST_NAME = 80
_PATIENCE_SECONDS = 0.05
"""For how long a request waits for a thread that notes when somebody was here."""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS door (one INTEGER PRIMARY KEY CHECK (one = 1), closed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS invite (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, digest BLOB NOT NULL,
    since REAL NOT NULL, until REAL, seen REAL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Invite:
    """One person's link.

    Attributes:
        id: Tells it from all others that there were; it stays when she gets a new link in place of the old one.
        name: Of the person.
        digest: SHA-256 of the token.
        since: When she was invited, in seconds since 1970.
        until: When the link ends, or None.
        seen: When she was here last, or None.
    """

    id: str
    name: str
    digest: bytes
    since: float
    until: float | None
    seen: float | None

    @property
    def valid(self) -> bool:
        """True until it ends."""
        return self.until is None or time.time() < self.until


class _Busy(Exception):
    """Another thread is at the file."""


class Invites:
    """The personal links of one app. Methods may be called in any thread.

    Args:
        folder: The app's folder, which `write` makes if it has to.

    Raises:
        EnvironmentFault: If there is a file of links that cannot be read: nobody knows then who may come in.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._version = -1
        self._known: tuple[Invite, ...] = ()
        self._closed = False
        self.changes = 0
        """Grows whenever another process has written."""
        try:
            self._look()
        except sqlite3.Error as problem:
            raise self._unusable(problem) from None

    @property
    def closed(self) -> bool:
        """True if only those who were invited may come in."""
        return self._closed

    def all(self) -> tuple[Invite, ...]:
        """Return the links, in the order of the names."""
        return self._known

    def holder(self, token: str | None) -> Invite | None:
        """Return the link that has this token and has not ended, or None."""
        if not token:
            return None
        digest = _digest(token)
        found = None
        for invite in self._known:  # all of them, so that time tells nothing
            if hmac.compare_digest(digest, invite.digest):
                found = invite
        return found if found is not None and found.valid else None

    def refresh(self) -> None:
        """Take in what another process has written since."""
        try:
            self._look(_PATIENCE_SECONDS)
        except _Busy:
            return
        except sqlite3.Error as problem:
            if getattr(problem, "sqlite_errorcode", None) not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                self._closed, self._version = True, -1
                self.changes += 1

    # ------------------------------------------------------------ changes

    def invite(self, name: str, until: float | None = None, *, again: bool = False) -> str:
        """Invite somebody, and from now on let in only who was; return the token of her link.

        Args:
            name: Of the person.
            until: When the link is to end, in seconds since 1970, or None.
            again: If True a link that she has is replaced.

        Raises:
            InvalidValue: If she has a link, or the name is none.
        """
        name = _checked(name)
        token = secrets.token_urlsafe(24)
        with self._change() as database:
            known = next((invite for invite in _rows(database) if invite.name == name), None)
            if known is not None and known.valid and not again:
                raise InvalidValue(
                    f"{name} has a link already.", hint="Pass --again for a new one in place of it, or --revoke it."
                )
            identity = known.id if known else secrets.token_urlsafe(9)
            row = (identity, name, _digest(token), time.time(), until, known.seen if known else None)
            database.execute("REPLACE INTO invite VALUES (?, ?, ?, ?, ?, ?)", row)
            database.execute("REPLACE INTO door VALUES (1, 1)")
        return token

    def revoke(self, name: str) -> None:
        """Let a link open nothing any more. The app stays for those who were invited.

        Raises:
            InvalidValue: If nobody of that name was invited.
        """
        with self._change() as database:
            if not database.execute("DELETE FROM invite WHERE name = ?", (_normal(name),)).rowcount:
                names = ", ".join(invite.name for invite in _rows(database)) or "nobody"
                raise InvalidValue(f"There is no link of {name!r}.", hint=f"Invited: {names}.")

    def open(self) -> None:
        """Let everybody in again. Links go on being valid: who comes by one is known by name."""
        with self._change() as database:
            database.execute("REPLACE INTO door VALUES (1, 0)")

    def saw(self, identity: str) -> None:
        """Note that somebody is here now."""
        with self._change() as database:
            database.execute("UPDATE invite SET seen = ? WHERE id = ?", (time.time(), identity))

    def close(self) -> None:
        """Give back the file."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    # ------------------------------------------------------------ the file

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """Change the file all or not at all, and know of it at once."""
        try:
            self._path.touch(mode=0o600)
            self._look()
            with self._lock:
                database = self._database
                assert database is not None
                database.execute("BEGIN IMMEDIATE")
                try:
                    yield database
                except BaseException:
                    database.execute("ROLLBACK")
                    raise
                database.execute("COMMIT")
                self._read(database)
        except (sqlite3.Error, OSError) as problem:
            raise self._unusable(problem) from None

    def _look(self, patience_seconds: float = -1) -> None:
        """Read the file if it is news; raise `_Busy` if another thread writes it for too long."""
        try:
            found = self._path.stat()
        except OSError:
            return  # there is none, or none any more: that lets nobody in
        if not self._lock.acquire(timeout=patience_seconds):
            raise _Busy
        try:
            file = (found.st_dev, found.st_ino)
            if self._database is None or file != self._file:
                if self._database is not None:
                    self._database.close()
                    self._database = None
                self._database = _opened(self._path)
                self._file, self._version = file, -1
            version = self._database.execute("PRAGMA data_version").fetchone()[0]
            if version != self._version:
                self._read(self._database)
                self._version = version
                self.changes += 1
        finally:
            self._lock.release()

    def _read(self, database: sqlite3.Connection) -> None:
        closed = database.execute("SELECT closed FROM door").fetchone()
        self._known = _rows(database)
        self._closed = bool(closed and closed[0])

    def _unusable(self, problem: Exception) -> EnvironmentFault:
        return EnvironmentFault(
            f"The links in {str(self._path)!r} cannot be used: {problem}.",
            hint="Put back a copy of that file; without it everybody may come in.",
        )


def _opened(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=2)
    # Its own journal is kept, not a log beside it: one file, which is on the disk when a change is said to be done.
    database.executescript(_SCHEMA)
    return database


def _rows(database: sqlite3.Connection) -> tuple[Invite, ...]:
    rows = database.execute("SELECT id, name, digest, since, until, seen FROM invite ORDER BY name")
    return tuple(Invite(*row) for row in rows)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _normal(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip())


def _checked(name: str) -> str:
    name = _normal(name)
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidValue(
            f"{name!r} is no name of a person.", hint=f"At most {_LONGEST_NAME} characters, in one line."
        )
    return name
