"""The background runs of all sessions, of one kind. Nothing that does them is read before the first one."""

from typing import TYPE_CHECKING, Generic, TypeVar

from modelapp.core.protocol import AppProps
from modelapp.session.app import App
from modelapp.session.audience import Client
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.server.background import Background
    from modelapp.server.elsewhere import OnCluster

WorkT = TypeVar("WorkT", bound="Background")


class Backgrounds(Generic[WorkT]):
    """The background runs of one kind of all sessions. All methods are called in the event loop's thread.

    Args:
        app: The app.
        cluster: Does the runs, or None: they are done in this process.
    """

    def __init__(self, app: App, cluster: "OnCluster | None" = None) -> None:
        self._app = app
        self._cluster = cluster
        self._of: dict[str, WorkT] = {}

    def welcome(self, session: Session, client: Client) -> None:
        """Tell a page that has just come how far the session's runs are."""
        known = self._of.get(session.id)
        if known is not None:
            client.send([known.state])

    def begin(self, session: Session, work: WorkT) -> None:
        """Begin a session's runs, in place of those that it had."""
        known = self._of.get(session.id)
        if known is not None:
            known.close()
        for gone in [name for name in self._of if not self._app.exists(name)]:
            self._of.pop(gone).close()
        self._of[session.id] = work
        work.begin()

    def known(self, session: Session) -> WorkT | None:
        """Return a session's runs, or None if it began none."""
        return self._of.get(session.id)

    def forget(self, session: Session) -> None:
        """End a session's runs, and know nothing of them any more."""
        known = self._of.pop(session.id, None)
        if known is not None:
            known.close()

    def close(self) -> None:
        """End all runs."""
        for known in self._of.values():
            known.close()


def app_props(session: Session) -> AppProps | None:
    """Return what the script says of its page, or None if it says nothing."""
    shown = [element.props for element in session.page.elements.values() if isinstance(element.props, AppProps)]
    return shown[0] if shown else None
