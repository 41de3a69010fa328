"""The socket of somebody who watches the presenter. It is told what the presenter's page shows, and can do nothing.

But for the wish to scroll along, she is heard only while she has the turn. The key of the watch link opens it, which is
not the presenter's, and it never learns the secret of the presenter's session.
"""

from typing import Any

from modelapp.core.protocol import (
    Ask,
    BulkStart,
    BulkState,
    BulkStop,
    ExplainStart,
    ExplainState,
    ExplainStop,
    FollowScroll,
    Frame,
    HandTurn,
    Hello,
    HistoryState,
    HostMessage,
    SweepStart,
    SweepState,
    SweepStop,
    Welcome,
)
from modelapp.server.jobs import ELEMENTS
from modelapp.server.websocket import PageSocket, decode
from modelapp.session.watching import Followed
from tornado import web

_PRESENTERS_OWN = BulkStart | BulkStop | SweepStart | SweepStop | ExplainStart | ExplainStop
"""What a watcher cannot ask for, though it be her turn."""
_HERS = (BulkState, SweepState, ExplainState, HistoryState)
"""What a watcher is not told of."""


class WatcherSocket(PageSocket):
    """One socket of a watcher's page. It watches once it has said hello."""

    def initialize(self, **common: Any) -> None:  # type: ignore[override]
        """Keep what the application hands to each handler."""
        super().initialize(**common)
        self._said_hello = False
        self._welcomed = False
        self._greeting: Welcome | None = None

    def prepare(self) -> None:
        """Refuse who has no watch link."""
        super().prepare()
        if not self.gate.is_watcher(self.get_cookie(self.gate.watch_cookie)):
            raise web.HTTPError(403)

    def open(self, *args: str, **kwargs: str) -> None:
        """Be a watcher, even in the presenter's own browser."""
        super().open(*args, **kwargs)
        self.role = "watcher"

    def on_message(self, message: str | bytes) -> None:
        """Take “hello”, the wish to scroll along, and what is said in her turn. All else is ignored."""
        try:
            decoded = decode(message)
        except ValueError:
            return
        if isinstance(decoded, Hello):
            if not self._said_hello:
                self._said_hello = True
                self.app.watching.join(self)
            return
        if isinstance(decoded, FollowScroll):
            self.app.watching.scroll_along(self, decoded.now)
            return
        session = self.app.watching.acting(self)
        if session is None or isinstance(decoded, _PRESENTERS_OWN):
            return
        if isinstance(decoded, HandTurn):
            if decoded.watcher is None:
                self.app.watching.hand(None)
        elif not (isinstance(decoded, Ask) and decoded.element in ELEMENTS):
            self.take(session, decoded)

    def on_close(self) -> None:
        """Watch no longer."""
        self._page = None
        self.app.watching.leave(self)

    def end(self, text: str) -> None:
        """Stay: the presenter's session goes, and another one of hers may come."""

    def follow(self, page: Followed | None) -> None:
        """Be a client of this page from now on, or of none.

        Hers learns where its media are together with the first of its frames: until then it shows what it
        showed.
        """
        self._page = page.page if page else None
        self._sent_sequence = -1  # it has seen no frame of this page: were it slow it would be sent the whole page
        self.shows_old_page = self.shows_old_page or not self.whole
        self.whole = True
        grant = page.grant if page else ""
        epoch = page.epoch if page else self.app.epoch
        welcome = Welcome("", grant, epoch, self.role, self._limits, resumed=True)
        if not self._welcomed:
            self._welcomed = True
            super().send([welcome])
        elif page is not None:
            self._greeting = welcome

    def send(self, messages: list[HostMessage]) -> None:
        """Send messages in order. Many cases, sweeps, explanations and the history are the presenter's own."""
        messages = [message for message in messages if not isinstance(message, _HERS)]
        if self._greeting is not None and any(isinstance(message, Frame) and message.reset for message in messages):
            messages = [self._greeting, *messages]
            self._greeting = None
        super().send(messages)
