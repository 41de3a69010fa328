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

import paramiko
from modelapp.share.relay.paramiko_inside import Inbox, put_into

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


class ChannelStream:
    """Bytes in and out of a channel, for the event loop.

    Args:
        channel: The channel, of which nobody else reads.
        worker: The tunnel's thread.
        window_bytes: The channel's window.
        flooded: Called in the loop if the client sends more than the window lets it.
        done: Called once, when the stream is closed.
    """

    def __init__(
        self,
        channel: paramiko.Channel,
        worker: Worker,
        window_bytes: int,
        flooded: Callable[[], None],
        done: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._worker = worker
        self._loop = asyncio.get_running_loop()
        self._flooded = flooded
        self._done: Callable[[], None] | None = done
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._rings = False
        self._unacknowledged = 0
        self._out: deque[bytes] = deque()
        self._out_bytes = 0
        self._sending = False
        self._broken = False
        self._lock = threading.Lock()
        channel.settimeout(0)
        self._inbox = Inbox(window_bytes + _ACKNOWLEDGED_BYTES, self._ring)
        put_into(channel, self._inbox, self._opened)

    # ------------------------------------------------------------ reading

    @property
    def at_end(self) -> bool:
        """True if the other side has ended, or sent what nobody asked for: such a stream is not to be used again."""
        return self._inbox.ended or self._broken or self._inbox.unread > 0

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
        while True:
            self._arrived.clear()
            if piece := self._inbox.take():
                self._consumed(len(piece))
                return piece
            if self._inbox.ended:
                return b""
            await self._arrived.wait()

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
                    return
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
        self._worker.put(self._send)

    def _tell(self) -> None:
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._room.set)

    def close(self) -> None:
        """Be done with the channel."""
        self._broken = True
        self._room.set()
        self._arrived.set()
        self._inbox.ended = True
        done, self._done = self._done, None
        if done is not None:
            done()
        self._worker.put(self._channel.close)
