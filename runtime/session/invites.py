"""Personal links to an app: who was invited, until when, and whether only those who were may come in.

They are in tables of their own, which `modelapp invite` writes while a host reads them. Of a link's token only the
digest is kept: the tables open nothing to who reads them. While it cannot be read nobody comes in
but by a link that was known before.
"""

import hashlib
import hmac
import secrets
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.session.database import Connection, DoneT, Tables
from modelapp.session.storage import Storage

_LONGEST_NAME = 80
_PATIENCE_SECONDS = 0.05
"""For how long a request waits for a thread that notes when somebody was here."""
TABLES = Tables(
    "invites",
    "links",
    (
        "CREATE TABLE IF NOT EXISTS door (one INTEGER PRIMARY KEY CHECK (one = 1), closed INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS invite (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, digest BLOB NOT NULL, "
        "since REAL NOT NULL, until REAL, seen REAL) WITHOUT ROWID",
    ),
    hint="Put back a copy of that file; without it everybody may come in.",
    wait_seconds=2,  # the event loop looks at each request
)
_SET_DOOR = "INSERT INTO door VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET closed = excluded.closed"
_SET_INVITE = (
    "INSERT INTO invite VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
    "digest = excluded.digest, since = excluded.since, until = excluded.until, seen = excluded.seen"
)


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


class Invites:
    """The personal links of one app. Methods may be called in any thread.

    Args:
        storage: Where the app keeps what lasts.

    Raises:
        EnvironmentFault: If there are links that cannot be read: nobody knows then who may come in.
    """

    def __init__(self, storage: Storage) -> None:
        self._tables = storage.database(TABLES)
        self._version: object = None
        self._known: tuple[Invite, ...] = ()
        self._closed = False
        self.changes = 0
        """Grows whenever another process has written."""
        self._look()

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
        except EnvironmentFault:
            self._closed, self._version = True, None
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

        def keep(database: Connection) -> None:
            known = next((invite for invite in _rows(database) if invite.name == name), None)
            if known is not None and known.valid and not again:
                raise InvalidValue(
                    f"{name} has a link already.", hint="Pass --again for a new one in place of it, or --revoke it."
                )
            identity = known.id if known else secrets.token_urlsafe(9)
            row = (identity, name, _digest(token), time.time(), until, known.seen if known else None)
            database.execute(_SET_INVITE, row)
            database.execute(_SET_DOOR, (1,))

        self._change(keep)
        return token

    def revoke(self, name: str) -> None:
        """Let a link open nothing any more. The app stays for those who were invited.

        Raises:
            InvalidValue: If nobody of that name was invited.
        """

        def remove(database: Connection) -> None:
            if not database.execute("DELETE FROM invite WHERE name = ?", (_normal(name),)).rowcount:
                names = ", ".join(invite.name for invite in _rows(database)) or "nobody"
                raise InvalidValue(f"There is no link of {name!r}.", hint=f"Invited: {names}.")

        self._change(remove)

    def open(self) -> None:
        """Let everybody in again. Links go on being valid: who comes by one is known by name."""
        self._change(lambda database: database.execute(_SET_DOOR, (0,)))

    def saw(self, identity: str) -> None:
        """Note that somebody is here now."""
        row = (time.time(), identity)
        self._change(lambda database: database.execute("UPDATE invite SET seen = ? WHERE id = ?", row))

    def close(self) -> None:
        """Give back the tables."""
        self._tables.close()

    # ------------------------------------------------------------ the tables

    def _change(self, change: Callable[[Connection], DoneT]) -> None:
        """Change the tables all or not at all, and know of it at once."""

        def do(database: Connection) -> tuple[tuple[Invite, ...], bool]:
            change(database)
            return _read(database)

        self._known, self._closed = self._tables.change(do)

    def _look(self, patience_seconds: float = -1) -> None:
        """Read the tables if they are news; if there are none, or none any more, that lets nobody in."""
        found = self._tables.latest(_read, self._version, patience_seconds)
        if found is not None:
            self._version, (self._known, self._closed) = found
            self.changes += 1


def _read(database: Connection) -> tuple[tuple[Invite, ...], bool]:
    closed = database.execute("SELECT closed FROM door").fetchone()
    return _rows(database), bool(closed and closed[0])


def _rows(database: Connection) -> tuple[Invite, ...]:
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
