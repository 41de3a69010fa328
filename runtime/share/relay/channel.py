"""A channel of SSH as a stream of the event loop.

paramiko's calls block: on the other side's window, and on its TCP connection. A client that reads nothing must not stop
the relay, so every call that may block is made in the one worker thread of its tunnel, and the loop never waits for it.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

import paramiko

_HIGH_WATER_BYTES = 1 << 18
_PIECES_A_TURN = 4
_ACKNOWLEDGED_BYTES = 1 << 16


class Worker:
    """A thread that does one thing after the other."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="modelapp-relay-worker", daemon=True)
        self._thread.start()

    def put(self, job: Callable[[], None]) -> None:
        """Have something done."""
        self._jobs.put(job)

    def stop(self) -> None:
        """End the thread after what it has to do."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            # The connection is gone, or a client sent what paramiko does not expect: its readers learn by the end.
            with suppress(OSError, EOFError, paramiko.SSHException):
                job()


class _Inbox:
    """Stands in for the buffer of a channel: hands what arrives to the loop, without a copy.

    `read` is what `Channel.recv` calls: it gives just as many bytes as were consumed, so that the channel tells the
    other side of them.
    """

    def __init__(self, most: int, rang: Callable[[], None]) -> None:
        self.pieces: deque[bytes] = deque()
        self.unread = 0
        self.ended = False
        self.flooded = False
        self._most = most
        self._rang = rang
        self._lock = threading.Lock()

    def feed(self, data: bytes) -> None:
        with self._lock:
            if self.unread + len(data) > self._most:
                self.flooded = self.ended = True  # paramiko does not hold the other side to the window
            elif not self.ended:
                self.pieces.append(data)
                self.unread += len(data)
        self._rang()

    def take(self) -> bytes | None:
        with self._lock:
            if not self.pieces:
                return None
            piece = self.pieces.popleft() if len(self.pieces) == 1 else b"".join(self.pieces)
            self.pieces.clear()
            self.unread -= len(piece)
            return piece

    def close(self) -> None:
        self.ended = True
        self._rang()

    def read(self, count: int, timeout: float | None = None) -> bytes:
        return bytes(count)

    def read_ready(self) -> bool:
        return bool(self.pieces)

    def empty(self) -> bytes:
        return b""

    def set_event(self, event: object) -> None:
        """Nobody waits for a channel's event."""

    def __len__(self) -> int:
        return self.unread


class _OutWindow(threading.Condition):
    """Stands in for the condition that the other side's window opened: tells us instead of a thread that waits."""

    def __init__(self, lock: Any, opened: Callable[[], None]) -> None:
        super().__init__(lock)
        self._opened = opened

    def notify_all(self) -> None:
        super().notify_all()
        self._opened()


class ChannelStream:
    """Bytes in and out of a channel, for the event loop.

    Args:
        channel: The channel, of which nobody else reads.
        worker: The tunnel's thread.
        window_bytes: The channel's window.
        flooded: Called in the loop if the client sends more than the window lets it.
    """

    def __init__(
        self, channel: paramiko.Channel, worker: Worker, window_bytes: int, flooded: Callable[[], None]
    ) -> None:
        self._channel = channel
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._flooded = flooded
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._rings = False
        self._unacknowledged = 0
        self._left: bytes = b""
        self._out: deque[bytes] = deque()
        self._out_bytes = 0
        self._sending = False
        self._wants_end = False
        self._broken = False
        self._lock = threading.Lock()
        channel.settimeout(0)
        self._inbox = _Inbox(window_bytes + _ACKNOWLEDGED_BYTES, self._ring)
        early = channel.in_buffer.empty()
        channel.in_buffer = self._inbox  # type: ignore[assignment]
        channel.in_stderr_buffer = _Inbox(0, lambda: None)  # type: ignore[assignment]  # is no part of a forward
        channel.out_buffer_cv = _OutWindow(channel.lock, self._opened)
        if early:
            self._inbox.feed(early)
        if channel.closed or channel.eof_received:
            self._inbox.close()

    # ------------------------------------------------------------ reading

    @property
    def at_end(self) -> bool:
        """True if the other side has ended, or sent what nobody asked for: such a stream is not to be used again."""
        return self._inbox.ended or self._broken or bool(self._left) or self._inbox.unread > 0

    def _ring(self) -> None:
        """Wake the loop; called in paramiko's thread."""
        if not self._rings:
            self._rings = True
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        self._rings = False
        self._arrived.set()
        if self._inbox.flooded:
            self._flooded()
        if self._inbox.ended:
            self._room.set()

    async def read(self) -> bytes:
        """Return what has arrived, at least one byte; nothing at the end."""
        if self._left:
            left, self._left = self._left, b""
            return left
        while True:
            self._arrived.clear()
            piece = self._inbox.take()
            if piece is not None:
                self._consumed(len(piece))
                return piece
            if self._inbox.ended:
                return b""
            await self._arrived.wait()

    def unread(self, data: bytes) -> None:
        """Put back what was read too much."""
        self._left = data + self._left

    def _consumed(self, count: int) -> None:
        self._unacknowledged += count
        if self._unacknowledged >= _ACKNOWLEDGED_BYTES:
            done, self._unacknowledged = self._unacknowledged, 0
            self._worker.put(lambda: self._acknowledge(done))

    def _acknowledge(self, count: int) -> None:
        self._channel.recv(count)

    # ------------------------------------------------------------ writing

    def put(self, data: bytes) -> None:
        """Send a little, without waiting.

        Raises:
            ConnectionError: If the other side is gone.
        """
        if self._broken or self._channel.closed:
            raise ConnectionError
        with self._lock:
            self._out.append(data)
            self._out_bytes += len(data)
            begin, self._sending = not self._sending, True
        if begin:
            self._worker.put(self._send)

    async def write(self, data: bytes) -> None:
        """Send; wait while much is still unsent.

        Raises:
            ConnectionError: If the other side is gone.
        """
        self._room.clear()
        self.put(data)
        while self._out_bytes > _HIGH_WATER_BYTES:
            await self._room.wait()
            if self._broken or self._channel.closed:
                raise ConnectionError
            self._room.clear()

    def _opened(self) -> None:
        """Go on with sending; called in paramiko's thread."""
        with self._lock:
            if self._sending or not self._out:
                return
            self._sending = True
        self._worker.put(self._send)

    def _send(self) -> None:
        """Send some pieces; called in the worker, over and over while there is more."""
        for _ in range(_PIECES_A_TURN):
            with self._lock:
                if not self._out:
                    self._sending = False
                    break
                piece = self._out[0]
            try:
                sent = self._channel.send(piece)
            except TimeoutError:
                with self._lock:
                    self._sending = False
                if self._channel.send_ready():  # it opened between the two
                    self._opened()
                return
            except (OSError, EOFError, paramiko.SSHException):
                sent = 0
            if not sent:
                self._broken = True
                self._tell()
                return
            with self._lock:
                if sent == len(piece):
                    self._out.popleft()
                else:
                    self._out[0] = piece[sent:]
                was_high = self._out_bytes > _HIGH_WATER_BYTES
                self._out_bytes -= sent
            if was_high and self._out_bytes <= _HIGH_WATER_BYTES:
                self._tell()
        else:
            self._worker.put(self._send)
            return
        if self._wants_end:
            self._channel.shutdown_write()

    def _tell(self) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._room.set)

    def end(self) -> None:
        """Send no more after what is there."""
        with self._lock:
            self._wants_end = True
            if self._sending:
                return
            self._sending = True
        self._worker.put(self._send)

    def close(self) -> None:
        """Be done with the channel."""
        self._broken = True
        self._room.set()
        self._arrived.set()
        self._inbox.ended = True
        self._worker.put(self._channel.close)
