"""TLS over a connection that one thread reads while others write, which the sockets of `ssl` are not made for."""

import socket
import ssl
import threading
from contextlib import suppress

_READ_BYTES = 1 << 18


class TlsStream:
    """TLS, the client's side.

    Args:
        sock: The connection. Its timeout holds for reading.
        context: What is trusted.
        host: The name that the certificate must be for.
    """

    def __init__(self, sock: socket.socket, context: ssl.SSLContext, host: str) -> None:
        self._sock = sock
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._lock = threading.Lock()  # held while bytes are turned over, never while the network is waited for
        self._sending = threading.Lock()  # what was turned over first is sent first

    def handshake(self) -> None:
        """Agree on keys, and check who is there.

        Raises:
            OSError: If it fails; an `SSLError` if that is because of TLS.
        """
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                pushed(self._sock, self._outgoing.read())
                arrived = self._sock.recv(_READ_BYTES)
                if not arrived:
                    raise ConnectionResetError from None
                self._incoming.write(arrived)
            else:
                pushed(self._sock, self._outgoing.read())
                return

    def recv(self, count: int) -> bytes:
        """Return some bytes, at most so many; none at the end.

        Raises:
            TimeoutError: If none come in time.
        """
        while True:
            with self._lock:
                data, is_over = self._read(count)
            if data or is_over:
                return data
            arrived = self._sock.recv(_READ_BYTES)
            with self._lock:
                if arrived:
                    self._incoming.write(arrived)
                else:
                    self._incoming.write_eof()

    def _read(self, count: int) -> tuple[bytes, bool]:
        """Return what is there, of all records, and whether nothing more will come."""
        pieces: list[bytes] = []
        try:
            while count > 0 and (piece := self._tls.read(count)):
                pieces.append(piece)
                count -= len(piece)
            return b"".join(pieces), not pieces
        except ssl.SSLWantReadError:
            return b"".join(pieces), False
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):  # a cut at the end would show in what is carried
            return b"".join(pieces), True

    def sendall(self, data: bytes) -> None:
        """Send all."""
        with self._sending:
            with self._lock:
                rest = memoryview(data)
                while rest:
                    rest = rest[self._tls.write(rest) :]
                records = self._outgoing.read()
            pushed(self._sock, records)


def pushed(sock: socket.socket, data: bytes) -> None:
    """Send all, however long it takes: until the connection ends, or another thread closes it."""
    rest = memoryview(data)
    while rest:
        with suppress(TimeoutError):
            rest = rest[sock.send(rest) :]
