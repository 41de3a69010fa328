"""What an answer rests on, for one session's pages."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.protocol import ExplainMethod, ExplainState, WorkPhase
from modelapp.model.explain.runs import Explaining
from modelapp.model.live.around import ExplainAround
from modelapp.script.source import Version
from modelapp.server.around_elsewhere import ExplainingElsewhere
from modelapp.server.background import Background
from modelapp.session.app import App
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.server.elsewhere import OnCluster


class PageExplanation(Background):
    """The maps of the answer to the values that one session has now.

    Args:
        app: The app.
        session: Whose pages see it.
        method: How the maps are made.
        cluster: Does the runs, or None: they are done in this process.
    """

    noun = "explanation"

    def __init__(self, app: App, session: Session, method: ExplainMethod, cluster: "OnCluster | None" = None) -> None:
        self._method = method
        self._explaining: Explaining | ExplainingElsewhere | None = None
        super().__init__(app, session, cluster)

    def _prepare(self, version: Version, run: RunContext) -> Iterator[Any]:
        self._explaining = Explaining(version, run, visitor=self._session.visitor, method=self._method)
        return self._explaining.steps()

    def _hand_over(self, cluster: "OnCluster") -> Iterator[Any]:
        case = ExplainAround(0, self._values, blobs=self._folder(), visitor=self._session.visitor, method=self._method)
        self._explaining = ExplainingElsewhere(cluster.begin([case]))
        return self._explaining.steps()

    def _end(self) -> bool:
        if self._explaining is not None:
            self._explaining.stop()
        return self._explaining is not None

    def _state(self, phase: WorkPhase, seconds: float, problem: str | None) -> ExplainState:
        explaining = self._explaining
        if explaining is None or not explaining.values:
            return ExplainState(phase, seconds, method=self._method, problem=problem)
        maps = tuple(msgspec.structs.replace(each, values=None) for each in explaining.reports())  # not drawn by pages
        values, methods = explaining.values, explaining.methods
        return ExplainState(phase, seconds, values, maps, self._method, methods, problem)
