"""The sweeps of all sessions, and what pages say of theirs. Nothing that runs them is read before the first one."""

from typing import TYPE_CHECKING, Any

from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Answer, AppProps, Ask, Problem, SweepStart, SweepStop
from modelapp.session.app import App
from modelapp.session.audience import Client
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.server.sweep import PageSweep

ELEMENT = "sweep"
"""Of which a page asks for the values of a variation."""


class Sweeps:
    """The sweeps of all sessions of an app. All methods are called in the event loop's thread.

    Args:
        app: The app.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._of: dict[str, PageSweep] = {}

    def welcome(self, session: Session, client: Client) -> None:
        """Tell a page that has just come how far the session's sweep is."""
        known = self._of.get(session.id)
        if known is not None:
            client.send([known.state])

    def take(self, session: Session, client: Client, message: SweepStart | SweepStop | Ask) -> None:
        """Do what a page says, or answer what it asks."""
        known = self._of.get(session.id)
        if isinstance(message, Ask):
            self._ask(known, client, message)
        elif isinstance(message, SweepStop):
            if known is not None:
                known.stop()
        elif not _offered(session):
            client.send([Problem("This page does not test its answers.")])
        else:
            self._start(session, known)

    def forget(self, session: Session) -> None:
        """End a session's sweep, and know nothing of it any more."""
        known = self._of.pop(session.id, None)
        if known is not None:
            known.close()

    def _start(self, session: Session, known: "PageSweep | None") -> None:
        from modelapp.server.sweep import PageSweep  # not needed for the first answer

        if known is not None:
            known.close()
        for gone in [name for name in self._of if not self._app.exists(name)]:
            self._of.pop(gone).close()
        self._of[session.id] = PageSweep(self._app, session)
        self._of[session.id].begin()

    def _ask(self, known: "PageSweep | None", client: Client, message: Ask) -> None:
        query: Any = message.query
        number = query.get("open") if isinstance(query, dict) else None
        try:
            if known is None or type(number) is not int:
                raise InvalidValue("There is no such variation any more.")
            client.send([Answer(message.id, reply={"values": known.values_of(number)})])
        except InvalidValue as problem:
            client.send([Answer(message.id, error=problem.message)])

    def close(self) -> None:
        """End all runs."""
        for known in self._of.values():
            known.close()


def _offered(session: Session) -> bool:
    shown = [element.props for element in session.page.elements.values() if isinstance(element.props, AppProps)]
    return not shown or shown[0].sweep
