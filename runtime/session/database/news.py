"""What hosts of one app tell each other through PostgreSQL: LISTEN and NOTIFY, heard in one thread.

Whoever may connect to the database may say anything there: what is told is never believed, but looked up in the tables.
"""

import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import EnvironmentFault
from modelapp.session.database.address import Address
from modelapp.session.database.connecting import Lost, lock_of, opened, quoted, unreachable

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger("modelapp")
_LOOK_SECONDS = 0.5
"""How often it is looked whether there is an end."""
_PAUSE_SECONDS = 0.2
_LEAVING_SECONDS = 2.0
"""For how long it is waited that a host which was killed is seen to be gone."""


class News:
    """Hears what was changed in an app's schema, by this host and others.

    Args:
        address: Where the schema is.
        place: Where large values are, if other hosts of the app find them there too; None if they are this machine's.
    """

    def __init__(self, address: Address, place: str | None = None) -> None:
        self.host = secrets.token_urlsafe(9)
        """Id of this host among those of the app."""
        self.heard: Callable[[str, str], None] = lambda kind, text: None
        """Called with what other hosts tell: a kind and a text; "changed" with the name of tables, for example, and
        "again" if something may have been missed."""
        self.own: set[int] = set()
        """Connections of this host, of which it need not be told."""
        self._place = place
        self._address = address
        self._versions = Counter[str]()
        self._again = 0
        self._closed = False
        self._connection: psycopg.Connection[Any] | None = self._first()
        self._thread = threading.Thread(target=self._work, name="modelapp-news", daemon=True)
        self._thread.start()

    def version(self, name: str) -> tuple[int, int]:
        """Return what is another once tables of this name were changed."""
        return self._again, self._versions[name]

    def close(self) -> None:
        """Hear no more, and let another host serve the app."""
        self._closed = True
        self._thread.join()

    def _work(self) -> None:
        import psycopg  # an extra, which most do without

        while not self._closed:
            try:
                if self._connection is None:
                    self._connection = opened(self._address)
                    if not joined(self._connection, self._address, self._place):
                        log.error("A host that shares no files with this one serves %s too.", self._address.shown)
                self._hear(self._connection)
            except (psycopg.Error, Lost, EnvironmentFault):
                time.sleep(_PAUSE_SECONDS)
            finally:
                if self._connection is not None:
                    self._connection.close()
                self._connection = None

    def _first(self) -> "psycopg.Connection[Any]":
        """Return the first connection, by which hosts that share no files are kept apart."""
        try:
            connection = opened(self._address)
        except Lost as problem:
            raise unreachable(self._address, problem) from None
        deadline = time.monotonic() + _LEAVING_SECONDS
        while not joined(connection, self._address, self._place):
            if time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS)
                continue
            connection.close()
            raise EnvironmentFault(
                f"Another host serves the app {self._address.schema!r} of the store {self._address.shown} already, "
                "and its files are not here.",
                hint="Give all hosts of the app the same --blobs: s3://bucket/prefix, or file:///folder of a file "
                "system that all of them have. For another app of the same name add ?schema=NAME to the address.",
            )
        return connection

    def _hear(self, connection: "psycopg.Connection[Any]") -> None:
        connection.execute(f"LISTEN {quoted(self._address.channel)}")
        self._again += 1  # whatever was told before may have been missed
        self.heard("again", "")
        while not self._closed:
            for notice in connection.notifies(timeout=_LOOK_SECONDS):
                kind, space, text = notice.payload.partition(" ")
                if not space:
                    self._versions[kind] += 1
                    kind, text = "changed", kind
                if notice.pid not in self.own:
                    self.heard(kind, text)
        leave(connection)


def joined(connection: "psycopg.Connection[Any]", address: Address, place: str | None) -> bool:
    """Return True if this connection is one of a host of the app now, until it ends.

    Args:
        connection: The connection.
        address: Where the schema is.
        place: Where large values are. Hosts with one place may be many; one whose files are its own must be alone.
    """
    if place is None:
        return is_alone(connection, address)
    found = connection.execute("SELECT pg_try_advisory_lock_shared($1, $2)", lock_of(address, "host")).fetchone()
    if found != (True,):
        return False
    connection.execute("SELECT pg_advisory_lock_shared($1, $2)", lock_of(address, f"host at {place}"))
    if hosts(connection, address) == hosts(connection, address, place):
        return True
    leave(connection)
    return False


def hosts(connection: "psycopg.Connection[Any]", address: Address, place: str | None = None) -> int:
    """Return how many hosts serve the app now, or how many of those with their files at this place."""
    name = "host" if place is None else f"host at {place}"
    first, second = (number % (1 << 32) for number in lock_of(address, name))
    found = connection.execute(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database "
        "WHERE locktype = 'advisory' AND granted AND datname = current_database() AND classid = $1 AND objid = $2",
        (first, second),
    ).fetchone()
    return int(found[0]) if found else 0


def is_alone(connection: "psycopg.Connection[Any]", address: Address) -> bool:
    """Return True if no other host serves the app; none can from then on, until the connection ends."""
    found = connection.execute("SELECT pg_try_advisory_lock($1, $2)", lock_of(address, "host")).fetchone()
    return found is not None and bool(found[0])


def leave(connection: "psycopg.Connection[Any]") -> None:
    """Let another host serve the app at once: the server takes a moment to see that a connection has ended."""
    connection.execute("SELECT pg_advisory_unlock_all()")
