"""A robustness sweep for one session's pages."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from modelapp.core.context import RunContext
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Json, SweepRow, SweepState, WorkPhase
from modelapp.model.live.around import SweepAround
from modelapp.model.sweep.runs import Sweep, Varied, worst_first
from modelapp.script.failure import CALM
from modelapp.script.source import Version
from modelapp.server.around_elsewhere import SweepElsewhere
from modelapp.server.background import Background
from modelapp.session.app import App
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.server.elsewhere import OnCluster

log = logging.getLogger("modelapp")
_OURS = {"InvalidValue", "WrongInput", "MissingInput", "NoAnswer"}
"""Faults whose messages are about a value, and meant for everybody."""


class PageSweep(Background):
    """A sweep around the values that one session has now.

    Args:
        app: The app.
        session: Whose pages see it.
        cluster: Does the runs, or None: they are done in this process.
    """

    noun = "sweep"

    def __init__(self, app: App, session: Session, cluster: "OnCluster | None" = None) -> None:
        self._sweep: Sweep | SweepElsewhere | None = None
        self._pictures: dict[int, str] = {}
        super().__init__(app, session, cluster)

    def values_of(self, number: int) -> dict[str, Json]:
        """Return what a page sets to show a variation.

        Raises:
            InvalidValue: If there is none of that number.
        """
        if self._sweep is None:
            raise InvalidValue("There is no such variation yet.")
        return self._sweep.values_of(number)

    def _prepare(self, version: Version, run: RunContext) -> Iterator[Any]:
        self._sweep = Sweep(version, run, visitor=self._session.visitor)
        return self._sweep.steps()

    def _hand_over(self, cluster: "OnCluster") -> Iterator[Any]:
        parts = cluster.room
        case = SweepAround(0, self._values, blobs=self._folder(), visitor=self._session.visitor, parts=parts)
        works = cluster.begin([replace(case, position=part) for part in range(parts)])
        self._sweep = SweepElsewhere(works, self._blobs)
        return self._sweep.steps()

    def _end(self) -> bool:
        if self._sweep is not None:
            self._sweep.stop()
        return self._sweep is not None

    def _did(self, step: Varied) -> None:
        assert self._sweep is not None
        try:
            picture = self._sweep.picture_of(step.number)
        except Exception:  # foreign bytes may make a decoder raise anything, and the row says all without it
            log.debug("No picture of variation %d", step.number, exc_info=True)
            return
        if picture is not None and not self._ended:
            self._pictures[step.number] = self._blobs.put(picture)

    def _state(self, phase: WorkPhase, seconds: float, problem: str | None) -> SweepState:
        sweep = self._sweep
        if sweep is None:
            return SweepState(phase, seconds=seconds, problem=problem)
        rows = tuple(self._shown(row) for row in worst_first(sweep.rows))
        return SweepState(phase, sweep.total, seconds, sweep.before, sweep.values, rows, problem)

    def _shown(self, row: Varied) -> SweepRow:
        """Return a row as the session's pages may see it."""
        fault = None
        if row.fault is not None:
            ours = row.fault.type in _OURS
            fault = row.fault.message if ours else str(row.fault) if self._session.role == "presenter" else CALM
        return SweepRow(
            row.number,
            row.input,
            row.label,
            row.variation,
            row.change,
            row.distance,
            row.now,
            fault,
            self._pictures.get(row.number),
        )
