"""Watchers at other hosts than the presenter: what her page shows goes through the store to each host that has some.

The host at which the presenter opened or used a page last leads. It writes down what the page's clients are told, and
tells the others that there is more; each of them shows it to its watchers from a page of its own, the mirror. They can
see and scroll along, not have the turn. All methods are called in the event loop's thread.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from modelapp.core.protocol import (
    Append,
    Compared,
    Editing,
    Frame,
    HostMessage,
    OtherAnswer,
    Role,
    RunState,
    Scroll,
)
from modelapp.session.audience import Audience, Client
from modelapp.session.frame import Page
from modelapp.session.homes import CAST, LEADS, RESTS, WATCHED, Homes
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.session.app import App

_CAST = (Frame, Append, RunState, Editing, Compared, OtherAnswer, Scroll)
"""What is told to watchers elsewhere."""
_LOOK_SECONDS = 10.0
_GONE_SECONDS = 35.0
"""Without a word from a host for so long it is taken for gone."""
_MOST_WAITING = 200
"""So many messages may wait for the store; for more the whole page is told instead."""


class Cast(msgspec.Struct):
    """What a host tells the watchers at others.

    Attributes:
        grant: The right by which the page's pictures are read.
        epoch: Of the page's frames.
        messages: For its clients.
    """

    grant: str
    epoch: str
    messages: list[HostMessage]


class Mirror:
    """The presenter's page, as another host tells it.

    Args:
        grant: The right by which its pictures are read.
        epoch: Of its frames.
    """

    def __init__(self, grant: str, epoch: str) -> None:
        self.grant = grant
        self.epoch = epoch
        self.page = Page()
        self.audience = Audience(self.page)

    def attach(self, client: Client, seen: int | None) -> None:
        """Add a watcher."""
        self.audience.join(client, seen, show=True)

    def detach(self, client: Client) -> None:
        """Take away a watcher."""
        self.audience.leave(client)

    def take(self, messages: Sequence[HostMessage]) -> bool:
        """Show what the page's own clients are told. Return False if something was missed."""
        for message in messages:
            if isinstance(message, Frame | Append):
                if not message.sequence - 1 <= self.page.sequence and not getattr(message, "reset", False):
                    return False
                self.page.mirror(message)
                self.audience.publish([message], None)
            elif isinstance(message, RunState):
                self.audience.announce(message)
            elif isinstance(message, Editing):
                self.audience.tell_editing(message.now)
            elif not isinstance(message, Scroll):
                self.audience.tell([message])
        return True


class _Source:
    """A client of the presenter's page that writes down what it is told."""

    role: Role = "watcher"
    acknowledged = 0
    told = 0
    shows_old_page = False

    def __init__(self, app: "App", homes: Homes, session: Session) -> None:
        self.whole = True
        self.session = session
        self._app = app
        self._homes = homes
        self._waiting: list[HostMessage] = []
        self._writing = False
        self._behind = False
        self._ended = False

    def send(self, messages: list[HostMessage]) -> None:
        """Write messages down, in order."""
        self._waiting += [message for message in messages if isinstance(message, _CAST)]
        if self._writing and len(self._waiting) > _MOST_WAITING:
            self._behind = True
            self._waiting.clear()
        self._write()

    def again(self) -> None:
        """Write down the whole page."""
        self._waiting.clear()
        self.session.detach(self)
        self._behind, self.whole = False, True
        self.session.attach(self, None)

    def end(self, text: str = "") -> None:
        """Write down no more."""
        self._ended = True
        self.session.detach(self)

    def come_back(self) -> None:
        """Stay: it is at this host."""

    def _write(self) -> None:
        if self._writing or self._ended or not self._waiting:
            return
        self._writing = True
        cast = Cast(self.session.grant, self.session.epoch, list(self._waiting))
        self._waiting.clear()
        content = msgspec.json.encode(cast)
        self._app.background(lambda: self._homes.cast(content), self._written)

    def _written(self, result: Any) -> None:
        self._writing = False
        if self._ended:
            return
        if self._behind or isinstance(result, BaseException):
            self.again()
        else:
            self._write()


class Casting:
    """What an app does for watchers at other hosts, and for its own where another host leads.

    Args:
        app: The app.
        homes: By which hosts tell each other.
    """

    def __init__(self, app: "App", homes: Homes) -> None:
        self._app = app
        self._homes = homes
        self._leader: str | None = None
        self._heard = 0.0
        self._counts: dict[str, tuple[int, float]] = {}
        """How many watch at other hosts, and when that was told."""
        self._followed: Session | None = None
        self._source: _Source | None = None
        self._mirror: Mirror | None = None
        self._last = 0
        self._reading = self._more = False
        self._count = 0
        self._look()

    # ------------------------------------------------------------ what happens here

    @property
    def elsewhere(self) -> int:
        """How many watch at other hosts."""
        return sum(count for count, _ in self._counts.values())

    @property
    def leads(self) -> bool:
        """True if the presenter's page that was used last is at this host."""
        return self._leader == self._homes.host

    def lead(self) -> None:
        """Told when the presenter opens or uses a page here."""
        if not self.leads:
            self._leader = self._homes.host
            self._mirror = None
            self._tell(LEADS)

    def follow(self, session: Session | None) -> None:
        """Told which session of the presenter's the watchers here see, or that she has no page open here."""
        self._followed = session
        if session is None and self.leads:
            self._leader = None
            self._tell(RESTS)
        self._cast()

    def watched(self, count: int) -> None:
        """Told how many watch here."""
        if count or self._count:
            self._count = count
            self._tell(WATCHED, str(count))

    def scrolled(self, place: Scroll) -> None:
        """Told what the presenter has at the top of her window."""
        if self._source is not None:
            self._source.send([place])

    def _cast(self, *, again: bool = False) -> None:
        """Write down what the presenter's page shows, if it is here and somebody watches elsewhere."""
        session = self._followed if self.leads and self.elsewhere > 0 else None
        if self._source is not None and self._source.session is not session:
            self._source.end()
            self._source = None
        if session is not None and self._source is None:
            self._source = _Source(self._app, self._homes, session)
            session.attach(self._source, None)
        elif again and self._source is not None:
            self._source.again()

    def _tell(self, kind: str, text: str = "") -> None:
        assert self._app.sharing is not None
        self._app.sharing.tell(kind, f"{self._homes.host} {text}".strip())

    # ------------------------------------------------------------ what other hosts tell

    def heard(self, kind: str, text: str) -> None:
        """Told what another host says."""
        host, _, more = text.partition(" ")
        count, _, again = more.partition(" ")
        now = self._app.loop.time()
        if kind == WATCHED and count.isdecimal():
            self._others(host, int(count), now, again=bool(again))
        elif kind == LEADS:
            self._leader, self._heard = host, now
            self._cast()
        elif kind == RESTS and self._leader == host:
            self._rest()
        elif kind == CAST and host == self._leader:
            self._heard = now
            if self._count:
                self._read()

    def _others(self, host: str, count: int, now: float, *, again: bool) -> None:
        before = self._counts.pop(host, (0, now))[0]
        if count:
            self._counts[host] = (count, now)
        if self.leads:
            self._tell(LEADS)
        self._cast(again=again or before == 0 < count)
        if count != before:
            self._app.watching.tell_presenters()

    def _rest(self) -> None:
        """Told that the host that led has no page of the presenter's any more."""
        self._leader = self._mirror = None
        if self._followed is not None:
            self.lead()
            self._cast()
        self._app.watching.follow_elsewhere(None)

    def _read(self) -> None:
        """Show the watchers here what there is to see."""
        if self._reading:
            self._more = True
            return
        self._reading, self._more = True, False
        leader, last = self._leader, self._last
        assert leader is not None

        def done(found: Any) -> None:
            self._reading = False
            if not isinstance(found, BaseException) and leader == self._leader:
                for number, content in found:
                    self._last = max(self._last, number)
                    self._show(msgspec.json.decode(content, type=Cast))
            if self._more and self._leader is not None:
                self._read()

        self._app.background(lambda: self._homes.casts(leader, last), done)

    def _show(self, cast: Cast) -> None:
        known = self._mirror
        if known is None or (known.grant, known.epoch) != (cast.grant, cast.epoch):
            if not any(isinstance(message, Frame) and message.reset for message in cast.messages):
                return  # the beginning of it was told to others, and is told again for this host
            self._mirror = known = Mirror(cast.grant, cast.epoch)
        if not known.take(cast.messages):
            self._tell(WATCHED, f"{self._count} again")
        self._app.watching.follow_elsewhere(known)
        for message in cast.messages:
            if isinstance(message, Scroll):
                self._app.watching.scrolled(known, message)

    def again(self) -> None:
        """Told that what others said may have been missed."""
        self.watched(self._count)
        if self.leads:
            self._tell(LEADS)

    def close(self) -> None:
        """Look no more."""
        self._looking.cancel()

    def _look(self) -> None:
        """Say that there are watchers here, and see which hosts say nothing any more."""
        now = self._app.loop.time()
        gone = [host for host, (_, heard) in self._counts.items() if now - heard > _GONE_SECONDS]
        for host in gone:
            del self._counts[host]
        if gone:
            self._cast()
            self._app.watching.tell_presenters()
        if self._leader not in (None, self._homes.host) and now - self._heard > _GONE_SECONDS:
            self._rest()
        self.watched(self._count)
        self._looking = self._app.loop.call_later(_LOOK_SECONDS, self._look)
