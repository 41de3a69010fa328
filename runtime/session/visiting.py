"""Who is here now, for the presenter: those who were invited by name, the others as a number.

All methods are called in the event loop's thread.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from modelapp.core.protocol import HostMessage, Visitors
from modelapp.session.audience import Client
from modelapp.session.session import Session


class Visiting:
    """The visitors who have a page open.

    Args:
        tell_presenters: Tells the presenter something, on each of her pages.
    """

    def __init__(self, tell_presenters: Callable[[Sequence[HostMessage]], None]) -> None:
        self._tell_presenters = tell_presenters
        self._pages: Counter[Session] = Counter()
        self._told = Visitors(())

    def opened(self, session: Session) -> None:
        """Told when a visitor opens a page."""
        self._pages[session] += 1
        self._tell()

    def left(self, session: Session) -> None:
        """Told when she closes it."""
        self._pages[session] -= 1
        if self._pages[session] <= 0:
            del self._pages[session]
        self._tell()

    def welcome(self, presenter: Client) -> None:
        """Tell a page of the presenter that has just opened."""
        if self._pages:
            presenter.send([self._told])

    def _tell(self) -> None:
        named = {session.invite: session.visitor or "" for session in self._pages if session.invite is not None}
        others = sum(session.invite is None for session in self._pages)
        now = Visitors(tuple(named.values()), others)
        if now != self._told:
            self._told = now
            self._tell_presenters([now])
