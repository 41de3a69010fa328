"""A client's connection to the relay, as paramiko has it: no packet that is too large, no more than its rate."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import paramiko
from modelapp.share.relay.limits import Bucket
from modelapp.share.relay.words import PACKET_BYTES, WINDOW_BYTES

_LARGEST_PACKET_BYTES = PACKET_BYTES + 1024
_READ_BYTES = 1 << 18


class ClientSocket:
    """A client's connection as paramiko sees it: reads ahead, takes no packet that is too large, and keeps to a rate.

    paramiko asks for as many bytes as a packet's head announces, and would collect gigabytes.

    Args:
        sock: The connection.
        rate: Bytes a second, each way; 0 is no limit.
    """

    def __init__(self, sock: socket.socket, rate: int) -> None:
        self._sock = sock
        self._ahead = b""
        self._at = 0  # what comes before was read: a small part of much is taken without moving the rest
        self._ended = threading.Event()
        self._in = Bucket(rate, rate) if rate else None
        self._out = Bucket(rate, rate) if rate else None
        self.oversize = False
        self.is_over = False  # True before anything else notices that the client is gone

    def recv(self, count: int) -> bytes:
        """Return some bytes, at most so many."""
        if count > _LARGEST_PACKET_BYTES or count < 0:
            self.oversize = True
            raise EOFError
        if self._at == len(self._ahead):
            try:
                self._ahead, self._at = self._sock.recv(_READ_BYTES), 0
            except TimeoutError:
                raise
            except OSError:
                self.is_over = True
                raise
            self.is_over = not self._ahead
            self._wait(self._in, len(self._ahead))
        begin, self._at = self._at, min(self._at + count, len(self._ahead))
        return self._ahead[begin : self._at]

    def send(self, data: bytes) -> int:
        """Send some of the bytes; return how many."""
        sent = self._sock.send(data)
        self._wait(self._out, sent)
        return sent

    def _wait(self, bucket: Bucket | None, count: int) -> None:
        if bucket is not None and (seconds := bucket.take(count)):
            self._ended.wait(seconds)

    def close(self) -> None:
        """End the connection, and wake the threads that wait for it."""
        self._ended.set()
        with suppress(OSError):  # wakes a thread that reads or writes
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def settimeout(self, seconds: float | None) -> None:
        """Wait no longer for the other side."""
        self._sock.settimeout(seconds)

    def getpeername(self) -> Any:
        """Return the other side's address."""
        return self._sock.getpeername()


class ClientTransport(paramiko.Transport):
    """A connection that tells when it ends.

    Args:
        sock: The connection.
        ended: Called at the end, in its thread, with the name of what paramiko failed at, or "".
    """

    def __init__(self, sock: Any, ended: Callable[[str], None]) -> None:
        super().__init__(sock, default_window_size=WINDOW_BYTES, default_max_packet_size=PACKET_BYTES)
        self._ended = ended

    def run(self) -> None:
        """Read what the client sends until the end."""
        fault = ""
        try:
            super().run()
        except Exception as problem:  # what a client sends may make paramiko raise anything
            fault = type(problem).__name__
        finally:
            self._ended(fault)
