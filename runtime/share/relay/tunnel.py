"""The relay's side of one tunnel: connections to the host of a name, opened as they are needed and used again."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import paramiko
from modelapp.share.relay.channel import ChannelStream, Worker
from modelapp.share.relay.limits import Counts
from modelapp.share.relay.paramiko_inside import forget_dead_channels
from modelapp.share.relay.words import FORWARD_PORT, NARROW_WINDOW_BYTES, PACKET_BYTES, WINDOW_BYTES

_OPEN_SECONDS = 10.0
_OPENERS = 2
_MOST_IDLE = 8
_IDLE_SECONDS = 50.0


class Full(Exception):
    """As many connections go through the tunnel as may."""


class Tunnel:
    """A name that a client serves. Everything but `close`, which any thread may call, is for the event loop.

    Args:
        name: The name.
        instance: Tells the client's process from another with the same key.
        transport: The client's connection.
        loop: The event loop.
        most: How many connections may be in use at a time.
        flooded: Called if the client sends what it may not.
        wide: Which connections may have much under way: what a host sends is held until the visitor reads it.
    """

    def __init__(
        self,
        name: str,
        instance: str,
        transport: paramiko.Transport,
        loop: asyncio.AbstractEventLoop,
        most: int,
        flooded: Callable[[], None],
        wide: Counts,
    ) -> None:
        self.name = name
        self.instance = instance
        self.since = time.monotonic()
        self.in_use = 0
        self.served = 0
        self.bytes_in = self.bytes_out = 0
        self.is_closed = False
        self._transport = transport
        self._loop = loop
        self._most = most
        self._flooded = flooded
        self._wide = wide
        self._worker = Worker()
        self._openers = ThreadPoolExecutor(_OPENERS, "modelapp-relay-opener")
        self._idle: deque[tuple[ChannelStream, float]] = deque()

    @property
    def is_lost(self) -> bool:
        """True if the client is gone, also if its connection has not been put away yet."""
        return self.is_closed or bool(getattr(self._transport.sock, "is_over", False))

    async def connect(self, anew: bool = False) -> tuple[ChannelStream, bool]:
        """Return a connection to the host, and whether it was in use before.

        Args:
            anew: If True none that was in use before.

        Raises:
            Full: If too many are in use.
            ConnectionError: If the host takes none.
        """
        if self.is_closed:
            raise ConnectionError
        if self.in_use >= self._most:
            raise Full
        self.in_use += 1
        while self._idle and not anew:
            stream, _ = self._idle.pop()
            if not stream.at_end:
                return stream, True
            stream.close()
        try:
            return await self._open(), False
        except BaseException:
            self.in_use -= 1
            raise

    async def _open(self) -> ChannelStream:
        is_wide = self._wide.take(self.name)
        window = WINDOW_BYTES if is_wide else NARROW_WINDOW_BYTES

        def done() -> None:
            if is_wide:
                self._wide.give_back(self.name)

        try:
            opened = self._loop.run_in_executor(self._openers, self._channel, window)
            # Shielded: who stops waiting does not stop the opening, whose channel must be closed then.
            channel = await asyncio.shield(opened)
        except asyncio.CancelledError:
            done()
            opened.add_done_callback(self._unwanted)
            raise
        except (OSError, EOFError, paramiko.SSHException, RuntimeError) as problem:
            done()
            raise ConnectionError from problem
        return ChannelStream(channel, self._worker, window, self._flooded, done)

    def _channel(self, window: int) -> paramiko.Channel:
        forget_dead_channels(self._transport)
        return self._transport.open_channel(
            "forwarded-tcpip",
            (self.name, FORWARD_PORT),
            ("127.0.0.1", 0),
            window_size=window,
            max_packet_size=PACKET_BYTES,
            timeout=_OPEN_SECONDS,
        )

    def _unwanted(self, opened: "asyncio.Future[paramiko.Channel]") -> None:
        if not opened.cancelled() and opened.exception() is None:
            self._worker.put(opened.result().close)

    def give_back(self, stream: ChannelStream, reusable: bool) -> None:
        """Return a connection that `connect` gave."""
        self.in_use -= 1
        self.served += 1
        if reusable and not stream.at_end and not self.is_closed and len(self._idle) < _MOST_IDLE:
            self._idle.append((stream, time.monotonic()))
        else:
            stream.close()

    def tidy(self) -> None:
        """Close what was not used for a while, or ended. Called now and then."""
        before = time.monotonic() - _IDLE_SECONDS
        idle, self._idle = self._idle, deque()
        for stream, since in idle:
            if since > before and not stream.at_end:
                self._idle.append((stream, since))
            else:
                stream.close()

    def close(self) -> None:
        """End the tunnel's threads; its connection has ended."""
        if not self.is_closed:
            self.is_closed = True
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._forget_idle)
            self._worker.stop()
            self._openers.shutdown(wait=False)

    def _forget_idle(self) -> None:
        while self._idle:
            self._idle.pop()[0].close()
