"""Who watches the presenter, which of her pages they see, and who of them has the turn.

Watchers see the page that the presenter opened or used last. One of them may have the turn: what she says is then taken
in for the presenter's session, until the presenter takes it back or either of the two leaves. All methods are called in
the event loop's thread.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Protocol

from modelapp.core.protocol import HostMessage, Scroll, Turn, Watchers
from modelapp.core.protocol import Watching as Told
from modelapp.session.audience import Client
from modelapp.session.frame import Page
from modelapp.session.session import Session


class Watcher(Client, Protocol):
    """One socket of somebody who watches."""

    def follow(self, page: "Followed | None") -> None:
        """Be told that it is a client of this page from now on, or of none."""


class Followed(Protocol):
    """A page of the presenter's, at this host or another."""

    grant: str
    epoch: str
    page: Page

    def attach(self, client: Client, seen: int | None) -> None:
        """Add a client that saw all frames up to `seen`, or None if it saw none."""

    def detach(self, client: Client) -> None:
        """Take away a client."""


class OtherHosts(Protocol):
    """What watchers at other hosts need of this one."""

    @property
    def elsewhere(self) -> int:
        """How many there are."""

    @property
    def leads(self) -> bool:
        """True if the presenter's page that was used last is at this host."""

    def lead(self) -> None:
        """Told when the presenter opens or uses a page here."""

    def follow(self, session: Session | None) -> None:
        """Told which page of the presenter's here was used last, or that there is none."""

    def watched(self, count: int) -> None:
        """Told how many watch here."""

    def scrolled(self, place: Scroll) -> None:
        """Told what the presenter has at the top of her window."""


class Watching:
    """Those who watch the presenter.

    Args:
        tell_presenters: Tells the presenter something, on each of her pages.
    """

    def __init__(self, tell_presenters: Callable[[Sequence[HostMessage]], None]) -> None:
        self._tell_presenters = tell_presenters
        self.others: OtherHosts | None = None
        """Watchers at other hosts; None where there is one host."""
        self._elsewhere: Followed | None = None
        """The presenter's page at another host, if that is where she was last."""
        self._watchers: dict[int, Watcher] = {}
        self._last_number = 0
        self._open: list[Session] = []
        """Sessions of which the presenter has a page open; the one that she used last is the last."""
        self._followed: Followed | None = None
        self._turn: Watcher | None = None
        self._scrolls_with: set[Watcher] = set()
        self._place: Scroll | None = None
        self._key = ""

    # ------------------------------------------------------------ the presenter

    def opened(self, session: Session, client: Client) -> None:
        """Told when the presenter opens a page."""
        self.used(session)
        if self._watchers or (self.others is not None and self.others.elsewhere):
            client.send([self._watchers_now()])

    def used(self, session: Session) -> None:
        """Told when the presenter does something on a page."""
        if self._followed is session and (self.others is None or self.others.leads):
            return
        if session in self._open:
            self._open.remove(session)
        self._open.append(session)
        self._elsewhere = None
        if self.others is not None:
            self.others.lead()
        self._follow()

    def left(self, session: Session) -> None:
        """Told when the presenter closes a page."""
        if session in self._open and not any(client.role == "presenter" for client in session.audience.clients):
            self._open.remove(session)
            self._follow()

    def hand(self, number: int | None) -> None:
        """Give the turn to a watcher, or take it back. A number that has gone gets nothing."""
        chosen = None if number is None else self._watchers.get(number)
        if chosen is self._turn:
            return
        self._take_back()
        if chosen is not None and isinstance(self._followed, Session):
            self._turn, self._key = chosen, secrets.token_urlsafe(24)
        self._tell()

    def scrolled(self, page: "Followed", place: Scroll) -> None:
        """Told what the presenter has at the top of her window."""
        if page is self._followed:
            if self.others is not None:
                self.others.scrolled(place)
            self._place = place
            for watcher in self._scrolls_with:
                watcher.send([place])

    # ------------------------------------------------------------ other hosts

    def follow_elsewhere(self, page: "Followed | None") -> None:
        """Have the watchers see the presenter's page at another host, or one here."""
        self._elsewhere = page
        self._follow()

    def tell_presenters(self) -> None:
        """Tell the presenter who watches."""
        self._tell_presenters([self._watchers_now()])

    # ------------------------------------------------------------ watchers

    def join(self, watcher: Watcher) -> None:
        """Add somebody who watches."""
        self._last_number += 1
        self._watchers[self._last_number] = watcher
        watcher.follow(self._followed)
        self._tell()
        if self._followed is not None:
            self._followed.attach(watcher, None)
        if self.others is not None:
            self.others.watched(len(self._watchers))

    def leave(self, watcher: Watcher) -> None:
        """Take away somebody who watches. A turn of hers is over."""
        numbers = [number for number, other in self._watchers.items() if other is watcher]
        if not numbers:
            return
        del self._watchers[numbers[0]]
        if self.others is not None:
            self.others.watched(len(self._watchers))
        self._scrolls_with.discard(watcher)
        if self._followed is not None:
            self._followed.detach(watcher)
        if watcher is self._turn:
            self._take_back()
        else:
            self._tell()

    def scroll_along(self, watcher: Watcher, now: bool) -> None:
        """Tell a watcher where the presenter's page is scrolled to, or no longer."""
        if watcher not in self._watchers.values() or (watcher in self._scrolls_with) is now:
            return
        asked = bool(self._scrolls_with)
        if now:
            self._scrolls_with.add(watcher)
            if self._place is not None:
                watcher.send([self._place])
        else:
            self._scrolls_with.discard(watcher)
        if asked is not bool(self._scrolls_with):
            self._tell_presenters([self._watchers_now()])

    def acting(self, watcher: Watcher) -> Session | None:
        """Return the session that a watcher may act in just now, or None."""
        return self._followed if watcher is self._turn and isinstance(self._followed, Session) else None

    def lent(self, key: str) -> Session | None:
        """Return the session that the holder of this key may act in just now, or None."""
        fits = self._turn is not None and secrets.compare_digest(key.encode(), self._key.encode())
        return self._followed if fits and isinstance(self._followed, Session) else None

    # ------------------------------------------------------------ inside

    def _follow(self) -> None:
        here = self._open[-1] if self._open else None
        if self.others is not None:
            self.others.follow(here)
        latest = self._elsewhere or here
        if latest is self._followed:
            return
        self._take_back()
        before, self._followed, self._place = self._followed, latest, None
        for watcher in self._watchers.values():
            if before is not None:
                before.detach(watcher)
            watcher.follow(latest)
        self._tell()
        if latest is not None:
            for watcher in self._watchers.values():
                latest.attach(watcher, None)

    def _take_back(self) -> None:
        holder, self._turn, self._key = self._turn, None, ""
        if holder is not None and isinstance(self._followed, Session):
            self._tell()  # first, so that her page takes the values that follow for the truth
            self._followed.take_back(holder)

    def _tell(self) -> None:
        """Tell the presenter who watches, and those whose turn it is."""
        live = self._followed is not None
        for number, watcher in self._watchers.items():
            turn: Turn = "none" if self._turn is None else "yours" if watcher is self._turn else "another"
            watcher.send([Told(number, live, turn, self._key if turn == "yours" else None)])
        self._tell_presenters([self._watchers_now()])

    def _watchers_now(self) -> Watchers:
        turns = [number for number, watcher in self._watchers.items() if watcher is self._turn]
        elsewhere = self.others.elsewhere if self.others is not None else 0
        turn = turns[0] if turns else None
        return Watchers(tuple(self._watchers), turn, bool(self._scrolls_with) or elsewhere > 0, elsewhere)
