"""What hosts of one app tell each other through PostgreSQL: LISTEN and NOTIFY, heard in one thread."""

import logging
import threading
import time
from collections import Counter
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
    """

    def __init__(self, address: Address) -> None:
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
                    if not is_alone(self._connection, self._address):
                        log.error("Another host serves the app with the store %s too: end one.", self._address.shown)
                self._hear(self._connection)
            except (psycopg.Error, Lost, EnvironmentFault):
                time.sleep(_PAUSE_SECONDS)
            finally:
                if self._connection is not None:
                    self._connection.close()
                self._connection = None

    def _first(self) -> "psycopg.Connection[Any]":
        """Return the first connection, by which other hosts are kept away."""
        try:
            connection = opened(self._address)
        except Lost as problem:
            raise unreachable(self._address, problem) from None
        deadline = time.monotonic() + _LEAVING_SECONDS
        while not is_alone(connection, self._address):
            if time.monotonic() < deadline:
                time.sleep(_PAUSE_SECONDS)
                continue
            connection.close()
            raise EnvironmentFault(
                f"Another host serves the app {self._address.schema!r} of the store {self._address.shown} already.",
                hint="Stop it first. For another app of the same name add ?schema=NAME to the address.",
            )
        return connection

    def _hear(self, connection: "psycopg.Connection[Any]") -> None:
        connection.execute(f"LISTEN {quoted(self._address.channel)}")
        self._again += 1  # whatever was told before may have been missed
        while not self._closed:
            for notice in connection.notifies(timeout=_LOOK_SECONDS):
                self._versions[notice.payload] += 1
        leave(connection)


def is_alone(connection: "psycopg.Connection[Any]", address: Address) -> bool:
    """Return True if no other host serves the app; none can from then on, until the connection ends."""
    found = connection.execute("SELECT pg_try_advisory_lock($1, $2)", lock_of(address, "host")).fetchone()
    return found is not None and bool(found[0])


def leave(connection: "psycopg.Connection[Any]") -> None:
    """Let another host serve the app at once: the server takes a moment to see that a connection has ended."""
    connection.execute("SELECT pg_advisory_unlock_all()")
