"""What an answer rests on, for one session's pages."""

from collections.abc import Iterator
from typing import Any

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.protocol import ExplainMethod, ExplainState, WorkPhase
from modelapp.model.explain.runs import Explaining
from modelapp.script.source import Version
from modelapp.server.background import Background
from modelapp.session.app import App
from modelapp.session.session import Session


class PageExplanation(Background):
    """The maps of the answer to the values that one session has now.

    Args:
        app: The app.
        session: Whose pages see it.
        method: How the maps are made.
    """

    noun = "explanation"

    def __init__(self, app: App, session: Session, method: ExplainMethod) -> None:
        self._method = method
        self._explaining: Explaining | None = None
        super().__init__(app, session)

    def _prepare(self, version: Version, run: RunContext) -> Iterator[Any]:
        self._explaining = Explaining(version, run, visitor=self._session.visitor, method=self._method)
        return self._explaining.steps()

    def _end(self) -> bool:
        if self._explaining is not None:
            self._explaining.stop()
        return self._explaining is not None

    def _state(self, phase: WorkPhase, seconds: float, problem: str | None) -> ExplainState:
        explaining = self._explaining
        if explaining is None:
            return ExplainState(phase, seconds, method=self._method, problem=problem)
        maps = tuple(msgspec.structs.replace(each, values=None) for each in explaining.reports())  # not drawn by pages
        values, methods = explaining.probe.values, explaining.methods
        return ExplainState(phase, seconds, values, maps, self._method, methods, problem)
