"""The page's socket: bytes to messages, messages to bytes, and nothing more."""

import logging
from typing import Any

import msgspec
from modelapp.core.errors import EnvironmentFault
from modelapp.core.protocol import (
    Ask,
    Cancel,
    Ended,
    Flag,
    HandTurn,
    Hello,
    HostMessage,
    Limits,
    PageMessage,
    Problem,
    Rerun,
    Restarting,
    Role,
    Scroll,
    Scrolled,
    Set,
    Welcome,
)
from modelapp.server.checked_socket import CheckedSocket
from modelapp.server.door import CANNOT_READ, Door, Entry
from modelapp.server.encoding import encoded
from modelapp.server.jobs import Jobs
from modelapp.session.app import App
from modelapp.session.frame import Page
from modelapp.session.session import Session
from tornado import websocket

_decoder = msgspec.json.Decoder(PageMessage)
_MOST_UNSENT = 64
log = logging.getLogger("modelapp")


def decode(message: str | bytes) -> PageMessage:
    """Return a message of a page.

    Raises:
        ValueError: If it is not valid; says why.
    """
    try:
        decoded: PageMessage = _decoder.decode(message)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise ValueError(str(problem)) from None
    return decoded


class PageSocket(CheckedSocket):
    """One socket of a page. It is a session's client once it has said hello."""

    def initialize(self, app: App, door: Door, limits: Limits, jobs: Jobs) -> None:
        """Keep what the application hands to each handler."""
        self.app = app
        self.door = door
        self.gate = door.gate
        self.entry = Entry()
        self.role: Role = "visitor"
        self.acknowledged = 0
        self.told = 0
        self.whole = True
        self.shows_old_page = False
        self._limits = limits
        self._jobs = jobs
        self._session: Session | None = None
        self._page: Page | None = None
        """What it is told of."""
        self._unsent = 0
        self._sent_sequence = 0
        self._behind = False

    def open(self, *args: str, **kwargs: str) -> None:
        """Learn the role from the cookie that a key or a link's token became."""
        super().open(*args, **kwargs)
        self.entry = self.door.entry(self.request)
        self.role = self.entry.role
        if self.role == "visitor":
            self.door.came(self)

    def end(self, text: str) -> None:
        """Say why there is nothing more to come, and close."""
        self.send([Ended(text)])
        self.close(4403, text)

    def come_back(self) -> None:
        """Close: the page connects again by itself, and may find another host."""
        self.close(1012)

    def on_message(self, message: str | bytes) -> None:
        """Take one message of the page. One that is not valid is answered and changes nothing."""
        try:
            decoded = decode(message)
        except ValueError as problem:
            self.send([Problem(f"That message is not valid: {problem}.")])
            return
        session = self._session
        if isinstance(decoded, Hello):
            self._hello(decoded)
        elif session is None:
            self.send([Problem("The first message of a socket is “hello”.")])
        else:
            if self.role == "presenter" and not isinstance(decoded, Scrolled):
                self.app.watching.used(session)
            self.take(session, decoded)

    def take(self, session: Session, decoded: PageMessage) -> None:
        """Do what a page says in its session."""
        if isinstance(decoded, HandTurn):
            if self.role == "presenter":
                self.app.watching.hand(decoded.watcher)
        elif isinstance(decoded, Scrolled):
            if self.role == "presenter":
                self.app.watching.scrolled(session, Scroll(decoded.element, decoded.fraction, decoded.above))
        elif self._jobs.take(session, self, decoded):
            pass
        elif isinstance(decoded, Set):
            session.set(self, decoded)
        elif isinstance(decoded, Flag):
            session.flagging.take(self, decoded)
        elif isinstance(decoded, Cancel):
            session.cancel()
        elif isinstance(decoded, Rerun):
            session.request_run()
        elif isinstance(decoded, Ask):
            session.ask(self, decoded)

    def on_close(self) -> None:
        """Leave the session; it waits for the page to come back."""
        self.door.went(self)
        session, self._session, self._page = self._session, None, None
        if session is not None:
            self._was_seen()
            self._jobs.left(self)
            session.detach(self)
            if self.role == "presenter":
                self.app.watching.left(session)
            else:
                self.app.visiting.left(session)
            if not session.watched:
                self.app.idle(session)

    def _was_seen(self) -> None:
        invite = self.entry.invite
        if invite is not None:
            self.app.background(lambda: self.door.saw(invite), lambda _: None)

    def send(self, messages: list[HostMessage]) -> None:
        """Send messages in order, as one packet. A slow page is sent less often, and misses nothing."""
        if not messages or self.ws_connection is None:
            return
        if self._behind:
            messages = [
                message for message in messages if not hasattr(message, "sequence") or isinstance(message, Problem)
            ]
            if not messages:
                return
        else:
            for message in messages:
                self._sent_sequence = max(self._sent_sequence, getattr(message, "sequence", 0) or 0)
        self._behind = self._behind or self._unsent > _MOST_UNSENT
        self._unsent += 1
        try:
            sent = self.write_message(encoded(messages))
        except websocket.WebSocketClosedError:
            return
        sent.add_done_callback(self._was_sent)

    def _was_sent(self, future: Any) -> None:
        if future.cancelled():  # the host ends
            return
        future.exception()  # a socket that closed meanwhile is no fault
        self._unsent -= 1
        if self._behind and self._unsent == 0 and self._page is not None:
            self._behind = False
            self.send([self._page.since(self._sent_sequence)])

    def _hello(self, hello: Hello) -> None:
        if self._session is not None:
            self.send([Problem("This socket said “hello” already.")])
            return
        if self.app.stopping and self.app.sharing is not None:
            self.close(1012)  # a page that comes back by itself may find another host
            return
        try:
            session, resumed = self.app.open(hello.session, self.role, self.entry.invite)
        except EnvironmentFault as fault:
            log.error("%s", fault.message)
            self.send([Problem(CANNOT_READ)])
            self.close(1013)  # the page comes back by itself
            return
        self._session, self._page = session, session.page
        self._was_seen()
        same_host = resumed and hello.epoch == session.epoch
        self.shows_old_page = resumed and not same_host and hello.seen > 0
        self.send([Welcome(session.id, session.grant, session.epoch, self.role, self._limits, resumed)])
        if self.app.stopping:
            self.send([Restarting()])
        self._sent_sequence = hello.seen if same_host else 0
        session.attach(self, hello.seen if same_host else None)
        if self.role == "presenter" and not same_host:
            self.send([*self.app.standing])
        if self.role == "presenter":
            self.app.watching.opened(session, self)
            self.app.visiting.welcome(self)
        else:
            self.app.visiting.opened(session)
        self._jobs.welcome(session, self)
