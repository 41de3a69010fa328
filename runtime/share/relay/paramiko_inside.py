"""All that the relay knows of paramiko's inside: the parts of a channel that it puts its own in the place of.

paramiko has no public way to be told, without a thread that waits, that a channel has got bytes or may send more.
`check` says at the relay's start whether the paramiko that is installed still has these parts.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import paramiko
from modelapp.core.errors import EnvironmentFault
from paramiko.buffered_pipe import BufferedPipe

_PIECE_BYTES = 1 << 18
_MOST_REMEMBERED = 4096


class Inbox:
    """Stands in for the buffer of a channel: hands what arrives to the loop, without a copy.

    Its methods but `take` are what a channel calls, in paramiko's thread.

    Args:
        most: More unread bytes than the other side may have sent.
        rang: Called when something has arrived, or the end.
    """

    def __init__(self, most: int, rang: Callable[[], None]) -> None:
        self.unread = 0
        self.ended = False
        self.flooded = False
        self._pieces: deque[bytes] = deque()
        self._most = most
        self._rang = rang
        self._lock = threading.Lock()

    def take(self) -> bytes:
        """Return what has arrived, if anything; not so much that a slow visitor would take long to read it."""
        with self._lock:
            taken, count = [], 0
            while self._pieces and (not count or count + len(self._pieces[0]) <= _PIECE_BYTES):
                taken.append(self._pieces.popleft())
                count += len(taken[-1])
            self.unread -= count
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def feed(self, data: bytes) -> None:
        """Take in what has arrived."""
        with self._lock:
            if self.unread + len(data) > self._most:
                self.flooded = self.ended = True  # paramiko does not hold the other side to the window
            elif data and not self.ended:
                self._pieces.append(data)
                self.unread += len(data)
        self._rang()

    def close(self) -> None:
        """Take in that nothing more arrives."""
        self.ended = True
        self._rang()

    def read(self, count: int, timeout: float | None = None) -> bytes:
        """Answer `Channel.recv` with as many bytes as were consumed: the channel tells the other side so."""
        return bytes(count)

    def read_ready(self) -> bool:
        """Return True if something is there."""
        return self.unread > 0

    def empty(self) -> bytes:
        """Return nothing: what is here is not the channel's."""
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


def put_into(channel: paramiko.Channel, inbox: Inbox, opened: Callable[[], None]) -> None:
    """Have a channel hand what arrives to an inbox.

    Args:
        channel: A channel that was opened just now.
        inbox: Where to.
        opened: Called in paramiko's thread when the channel may send more.
    """
    early = channel.in_buffer.empty()
    channel.in_buffer = inbox  # type: ignore[assignment]
    channel.in_stderr_buffer = Inbox(0, lambda: None)  # type: ignore[assignment]  # is no part of a forward
    channel.out_buffer_cv = _OutWindow(channel.lock, opened)
    if early:
        inbox.feed(early)
    if channel.closed or channel.eof_received:
        inbox.close()


def forget_dead_channels(transport: paramiko.Transport) -> None:
    """Have a connection remember only the last of its channels: it would remember all, for as long as it lasts."""
    seen: dict[int, bool] = transport.channels_seen
    while len(seen) > _MOST_REMEMBERED:
        seen.pop(next(iter(seen)), None)


def check() -> None:
    """Find out whether paramiko is as this module knows it.

    Raises:
        EnvironmentFault: If it is not.
    """
    channel = paramiko.Channel(0)
    try:
        fits = type(channel.in_buffer) is type(channel.in_stderr_buffer) is BufferedPipe
        fits = fits and type(channel.out_buffer_cv) is threading.Condition
        inbox = Inbox(1, lambda: None)
        put_into(channel, inbox, lambda: None)
        inbox.feed(b"x")
        fits = fits and channel.recv_ready() and channel.recv(1) == b"\0"
    except (AttributeError, TypeError):
        fits = False
    if not fits:
        raise EnvironmentFault(
            f"The relay does not know the inside of paramiko {paramiko.__version__}.",
            hint="Install a version that it knows: pip install 'paramiko==5.1.*'.",
        )
