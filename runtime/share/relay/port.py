"""One port for SSH and HTTP: who is there shows by the first bytes. Networks that let only 443 out let both pass."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from socket import MSG_PEEK, socket
from typing import Any

from modelapp.share.relay.limits import Counts, Limits, one_holder
from tornado import netutil
from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream, SSLIOStream

_SSH = b"SSH-"
_TLS = b"\x16\x03"
_READ_BYTES = 1 << 18
_AGAIN_SECONDS = 0.05


class SharedPort:
    """Sorts the connections of a port. A client of SSH speaks first, as RFC 4253 allows and all known ones do.

    Args:
        sockets: What listens.
        front: Gets visitors.
        certificate: The certificate for visitors, or None for plain HTTP.
        clients: Gets clients of SSH, with their addresses.
        limits: How many may be silent, and for how long.
    """

    def __init__(
        self,
        sockets: list[socket],
        front: HTTPServer,
        certificate: ssl.SSLContext | None,
        clients: Callable[[socket, Any], None],
        limits: Limits,
    ) -> None:
        self._sockets = sockets
        self._front = front
        self._certificate = certificate
        self._clients = clients
        self._seconds = limits.header_seconds
        self._counts = Counts(limits.visitors, limits.visitors_per_address)
        self._silent: set[_Silent] = set()
        self._stop_taking = [netutil.add_accept_handler(one, self._take) for one in sockets]

    def _take(self, connection: socket, address: Any) -> None:
        holder = one_holder(str(address[0]))
        if not self._counts.take(holder):
            connection.close()
            return
        silent = _Silent(connection, self._seconds, lambda first: self._sort(silent, address, first))
        self._silent.add(silent)

    def _sort(self, silent: "_Silent", address: Any, first: bytes) -> None:
        self._silent.discard(silent)
        self._counts.give_back(one_holder(str(address[0])))
        connection = silent.connection
        if not first or (self._certificate is None and first.startswith(_TLS)):
            connection.close()  # who begins with TLS where there is none would wait for an answer
        elif first == _SSH:
            self._clients(connection, address)
        else:
            with suppress(OSError, ssl.SSLError):  # the visitor has left already
                self._front.handle_stream(self._stream(connection), address)

    def _stream(self, connection: socket) -> IOStream:
        if self._certificate is None:
            return IOStream(connection, read_chunk_size=_READ_BYTES)
        secure = netutil.ssl_wrap_socket(connection, self._certificate, server_side=True, do_handshake_on_connect=False)
        return SSLIOStream(secure, read_chunk_size=_READ_BYTES)

    def stop(self) -> None:
        """Take no more, and give the port back."""
        for stop in self._stop_taking:
            stop()
        for one in self._sockets:
            one.close()
        for silent in list(self._silent):
            silent.end(b"")


class _Silent:
    """A connection of which no byte has come yet.

    Args:
        connection: The connection.
        seconds: How long to wait.
        told: Called once with what came first, four bytes at most; with nothing if that is the end.
    """

    def __init__(self, connection: socket, seconds: float, told: Callable[[bytes], None]) -> None:
        self.connection = connection
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._number = connection.fileno()
        self._too_late = self._loop.call_later(seconds, self.end, b"")
        self._again: asyncio.TimerHandle | None = None
        self._listen()

    def _listen(self) -> None:
        self._loop.add_reader(self._number, self._look)

    def _look(self) -> None:
        try:
            first = self.connection.recv(len(_SSH), MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            first = b""
        if first and first != _SSH and _SSH.startswith(first):
            # Half a word stays readable: look again in a while, not at once.
            self._loop.remove_reader(self._number)
            self._again = self._loop.call_later(_AGAIN_SECONDS, self._listen)
        else:
            self.end(first)

    def end(self, first: bytes) -> None:
        """Be done with waiting."""
        self._loop.remove_reader(self._number)
        self._too_late.cancel()
        if self._again is not None:
            self._again.cancel()
        self._told(first)
