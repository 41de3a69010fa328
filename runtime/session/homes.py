"""Which of several hosts each session of an app lives at, what each session may see, and what hosts ask each other.

A session lives at the host that took it last. Only that one writes its values and state, which the database sees to;
the others hear that it was taken, and let go of theirs. What is told between hosts names sessions by a digest, which
opens nothing. Called in any thread. Knows no session in memory and no socket.
"""

import secrets
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from modelapp.session.database import Connection, Database
from modelapp.session.flags import owner_of

TAKEN, ERRAND, DONE, GONE = "taken", "errand", "done", "gone"
"""What hosts tell each other: a session was taken, something is asked of its host, it was answered, files are gone."""
FLAGGED, REMARKED, LINK_GONE = "flagged", "remarked", "link-gone"
"""And what they tell for the pages of the others: by number of the flag, or by the case's link."""
WATCHED, LEADS, RESTS, CAST = "watched", "leads", "rests", "cast"
"""And for watchers: how many there are at a host, that a host has the presenter's page or not any more, that there is
more to see of it."""
_KEPT_SECONDS = 7 * 86400.0
_GOING_SECONDS = 60.0
"""For how long it counts that blobs are being removed: the host that did it may have been killed."""
_PAUSE_SECONDS = 0.05
_CAST_SECONDS = 60.0
"""For how long what is to be seen of the presenter's page stays in the store."""
_MOST_TOLD = 100
"""How many digests are told at once: the server takes 8000 bytes."""


class Place(NamedTuple):
    """Where a session lives.

    Attributes:
        home: Id of the host.
        invite: Id of the personal link that the session belongs to, or None.
    """

    home: str | None
    invite: str | None


class Homes:
    """At which host each session lives.

    Args:
        tables: Those of the store.
        host: Id of this host.
    """

    def __init__(self, tables: Database, host: str) -> None:
        self._tables = tables
        self.host = host
        old = time.time() - _KEPT_SECONDS

        def clear(database: Connection) -> None:
            for table in ("shown", "errand", "going", "cast_page"):
                database.execute(f"DELETE FROM {table} WHERE time < ?", (old,))

        tables.change(clear)

    # ------------------------------------------------------------ sessions

    def place(self, session: str) -> Place | None:
        """Return where a session lives, or None if there is none of that id."""
        query = "SELECT home, invite FROM session WHERE id = ?"
        row = self._tables.read(lambda database: database.execute(query, (session,)).fetchone(), None)
        return None if row is None else Place(*row)

    def take(self, session: str) -> None:
        """Have a session live here from now on, and tell the others."""

        def change(database: Connection) -> None:
            database.execute("UPDATE session SET home = ? WHERE id = ?", (self.host, session))
            self._tables.tell(TAKEN, owner_of(session))

        self._tables.change(change)

    # ------------------------------------------------------------ what a session may see

    def show(self, session: str, digests: Collection[str]) -> None:
        """Note that a session may see these blobs: its page may ask any host for them."""
        rows = [(session, digest, time.time()) for digest in digests]
        if rows:
            self._tables.write(
                "INSERT INTO shown VALUES (?, ?, ?) ON CONFLICT (session, digest) DO UPDATE SET time = excluded.time",
                rows,
            )

    def hide(self, session: str, digests: Iterable[str]) -> None:
        """Let a session not see these blobs any more."""
        rows = [(session, digest) for digest in digests]
        if rows:
            self._tables.write("DELETE FROM shown WHERE session = ? AND digest = ?", rows)

    def shown(self, database: Connection, session: str) -> set[str]:
        """Return the blobs that a session may see, besides those that it made."""
        rows = database.execute("SELECT digest FROM shown WHERE session = ?", (session,)).fetchall()
        return {digest for (digest,) in rows}

    def shown_to_others(self, sessions: Collection[str]) -> set[str]:
        """Return the blobs that others than these sessions may see."""
        query = "SELECT session, digest FROM shown"
        rows: list[tuple[str, str]] = self._tables.read(lambda database: database.execute(query).fetchall(), [])
        return {digest for session, digest in rows if session not in sessions}

    def may_see(self, session: str, digest: str) -> bool:
        """Return True if a session may see a blob."""
        query = (
            "SELECT 1 FROM shown WHERE session = ? AND digest = ? "
            "UNION ALL SELECT 1 FROM upload WHERE session = ? AND digest = ?"
        )
        values = (session, digest, session, digest)
        return self._tables.read(lambda database: database.execute(query, values).fetchone(), None) is not None

    def granted(self, grant: str, digest: str) -> Place | None:
        """Return where the session lives that this right to read is of, if it may see the blob; None if not."""
        query = "SELECT id, home, invite FROM session WHERE grant_token = ?"
        row = self._tables.read(lambda database: database.execute(query, (grant,)).fetchone(), None)
        return Place(*row[1:]) if row is not None and self.may_see(row[0], digest) else None

    def removed(self, digests: Iterable[str]) -> None:
        """Tell that blobs are gone: nobody sees them any more, and other hosts keep no copy."""
        rows = [(digest,) for digest in digests]
        if not rows:
            return
        self._tables.write("DELETE FROM shown WHERE digest = ?", rows)
        for start in range(0, len(rows), _MOST_TOLD):
            self._tables.tell(GONE, " ".join(digest for (digest,) in rows[start : start + _MOST_TOLD]))

    @contextmanager
    def removing(self, digests: Sequence[str]) -> Iterator[None]:
        """Say that these are about to be removed, before it is looked who needs them, until that was done.

        Whoever shows one after that waits for the end, and looks whether it is still there.
        """
        now = time.time()
        self._tables.write(
            "INSERT INTO going VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET time = excluded.time",
            [(digest, now) for digest in digests],
        )
        try:
            yield
        finally:
            self._tables.write("DELETE FROM going WHERE digest = ?", [(digest,) for digest in digests])

    def await_removal(self, digest: str) -> None:
        """Wait while a host removes a blob that it may have thought nobody needs."""

        def find(database: Connection) -> object:
            query = "SELECT 1 FROM going WHERE digest = ? AND time > ?"
            return database.execute(query, (digest, time.time() - _GOING_SECONDS)).fetchone()

        while self._tables.read(find, None) is not None:
            time.sleep(_PAUSE_SECONDS)

    # ------------------------------------------------------------ what is asked of a session's host

    def tell(self, kind: str, text: str) -> None:
        """Tell the other hosts something."""
        self._tables.tell(kind, text)

    def ask(self, session: str, asked: bytes) -> str:
        """Ask something of the host at which a session lives; return the id of the errand."""
        identity = secrets.token_hex(16)
        self._tables.write(
            "INSERT INTO errand (id, session, asked, time) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            [(identity, session, asked, time.time())],
        )
        self.remind(session)
        return identity

    def remind(self, session: str) -> None:
        """Tell the host of a session that something is asked of it: it may be another one by now."""
        self._tables.tell(ERRAND, owner_of(session))

    def asked(self, session: str) -> dict[str, bytes]:
        """Return what is asked and not answered yet, by the id of the errand."""
        query = "SELECT id, asked FROM errand WHERE session = ? AND answer IS NULL"
        return dict(self._tables.read(lambda database: database.execute(query, (session,)).fetchall(), []))

    def answer(self, identity: str, answer: bytes) -> None:
        """Answer an errand."""
        self._tables.write("UPDATE errand SET answer = ? WHERE id = ?", [(answer, identity)])
        self._tables.tell(DONE, identity)

    def answered(self, identity: str) -> bytes | None:
        """Return the answer of an errand, or None if there is none yet."""
        query = "SELECT answer FROM errand WHERE id = ?"
        row = self._tables.read(lambda database: database.execute(query, (identity,)).fetchone(), None)
        return None if row is None or row[0] is None else bytes(row[0])

    def drop(self, identity: str) -> None:
        """Forget an errand."""
        self._tables.write("DELETE FROM errand WHERE id = ?", [(identity,)])

    # ------------------------------------------------------------ the presenter's page, for watchers elsewhere

    def cast(self, content: bytes) -> None:
        """Write down what is to be seen of the presenter's page, and tell the others; what is old goes."""
        now = time.time()

        def change(database: Connection) -> None:
            database.execute("DELETE FROM cast_page WHERE time < ?", (now - _CAST_SECONDS,))
            query = "INSERT INTO cast_page (host, content, time) VALUES (?, ?, ?)"
            database.execute(query, (self.host, content, now))
            self._tables.tell(CAST, self.host)

        self._tables.change(change)

    def casts(self, host: str, after: int) -> list[tuple[int, bytes]]:
        """Return what a host has written down since a number, with the numbers."""
        query = "SELECT number, content FROM cast_page WHERE host = ? AND number > ? ORDER BY number"
        return self._tables.read(lambda database: database.execute(query, (host, after)).fetchall(), [])


class SessionLedger:
    """What one session may see, for all hosts. Called in any thread.

    Args:
        homes: Where it is written down.
        session: Id of the session.
    """

    def __init__(self, homes: Homes, session: str) -> None:
        self._homes = homes
        self._session = session

    def show(self, digests: Collection[str]) -> None:
        """Note that it may see these."""
        self._homes.show(self._session, digests)

    def hide(self, digests: Iterable[str]) -> None:
        """Note that it may not see these any more."""
        self._homes.hide(self._session, digests)

    def may_see(self, digest: str) -> bool:
        """Return True if it may see a blob."""
        return self._homes.may_see(self._session, digest)

    def await_removal(self, digest: str) -> None:
        """Wait while a host removes a blob that it may have thought nobody needs."""
        self._homes.await_removal(digest)
