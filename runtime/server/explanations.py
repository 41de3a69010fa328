"""The explanations of all sessions, and what pages say of theirs. What makes them is read with the first one."""

from typing import TYPE_CHECKING

from modelapp.core.protocol import ExplainStart, ExplainStop, Problem
from modelapp.server.backgrounds import Backgrounds, app_props
from modelapp.session.app import App
from modelapp.session.audience import Client
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.server.elsewhere import OnCluster
    from modelapp.server.explanation import PageExplanation


class Explanations(Backgrounds["PageExplanation"]):
    """The explanations of all sessions of an app.

    Args:
        app: The app.
        cluster: Does the runs, or None: they are done in this process.
    """

    def __init__(self, app: App, cluster: "OnCluster | None" = None) -> None:
        super().__init__(app, cluster)
        app.reloaded.append(self._outdate)

    def take(self, session: Session, client: Client, message: ExplainStart | ExplainStop) -> None:
        """Do what a page says."""
        known: PageExplanation | None = self.known(session)
        if isinstance(message, ExplainStop):
            if known is not None:
                known.stop()
        elif (shown := app_props(session)) is not None and not shown.explain:
            client.send([Problem("This page does not explain its answers.")])
        else:
            self._start(session, message)

    def _start(self, session: Session, message: ExplainStart) -> None:
        from modelapp.server.explanation import PageExplanation  # not needed for the first answer

        self.begin(session, PageExplanation(self._app, session, message.method, self._cluster))

    def _outdate(self) -> None:
        for work in self._of.values():
            work.outdate()
