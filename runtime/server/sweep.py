"""A robustness sweep for one session's pages: a run at a time in the app's queue, behind everybody who waits.

All methods are called in the event loop's thread unless they say otherwise.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import suppress

from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.core.errors import InvalidValue, ModelAppError
from modelapp.core.protocol import Json, SweepPhase, SweepRow, SweepState
from modelapp.model.sweep.runs import Sweep, Varied, explaining, worst_first
from modelapp.script.failure import CALM
from modelapp.script.interrupt import Interrupter
from modelapp.session.app import App
from modelapp.session.queue import Job
from modelapp.session.session import Session

log = logging.getLogger("modelapp")
_TELL_SECONDS = 0.15
_FORCE_SECONDS = 0.05
_OURS = {"InvalidValue", "WrongInput", "MissingInput", "NoAnswer"}
"""Faults whose messages are about a value, and meant for everybody."""


class PageSweep:
    """A sweep around the values that one session has now.

    Args:
        app: The app.
        session: Whose pages see it.
    """

    def __init__(self, app: App, session: Session) -> None:
        self._app = app
        self._session = session
        self._version = app.version
        self._given = Given(dict(session.values))
        self._sweep: Sweep | None = None
        self._steps: Iterator[Varied] | None = None
        self._interrupter: Interrupter | None = None
        self._pictures: dict[int, str] = {}
        self._job: Job | None = None
        self._ended = self._closed = False
        self._started = self._told = time.monotonic()
        self.state = SweepState("running")

    def begin(self) -> None:
        """Ask for the first run, whose answer the others are compared with."""
        self._tell("running")
        self._next()

    def stop(self) -> None:
        """End the runs. Rows that are there stay."""
        if self._ended:
            return
        self._ended = True
        job, sweep, interrupter = self._job, self._sweep, self._interrupter
        if job is not None:
            self._app.queue.withdraw(job)
        if sweep is not None:
            sweep.stop()
        elif interrupter is not None:
            interrupter.request()
            self._app.loop.call_later(_FORCE_SECONDS, interrupter.force)
        self._tell("stopped")

    def close(self) -> None:
        """End the runs without a word."""
        self._closed = True
        self.stop()

    def values_of(self, number: int) -> dict[str, Json]:
        """Return what a page sets to show a variation.

        Raises:
            InvalidValue: If there is none of that number.
        """
        if self._sweep is None:
            raise InvalidValue("There is no such variation yet.")
        return self._sweep.values_of(number)

    # ------------------------------------------------------------ runs

    def _next(self) -> None:
        self._job = Job(self._step, lambda place: None, client=self._session.id, background=True)
        self._app.queue.submit(self._job)

    def _step(self) -> None:
        """Do one run. Called in a thread of the queue."""
        problem: str | None = None
        more = False
        try:
            if self._steps is None:
                self._sweep = self._around()
                self._steps = self._sweep.steps()
                more = True
            else:
                row = next(self._steps, None)
                more = row is not None
                if row is not None:
                    self._keep_picture(row)
        except ModelAppError as error:
            problem = error.message
        except Exception:  # ours: the page must not suffer from it
            log.exception("The sweep of %s failed", self._app.script.path.name)
            problem = CALM
        with suppress(RuntimeError):  # the host stopped meanwhile, and its loop is closed
            self._app.loop.call_soon_threadsafe(self._stepped, more, problem)

    def _around(self) -> Sweep:
        """Run on the values as they are. Called in a thread of the queue.

        Raises:
            InvalidValue: If there is no answer to compare with.
        """
        version = self._version
        if version is None:
            raise InvalidValue("The script cannot be run as it is now.")
        session = self._session
        run, outcome = explaining(version, self._given, session.blobs, self._begin_run, visitor=session.visitor)
        if outcome.phase == "waiting":
            names = [run.inputs[name].input.label or name for name in outcome.waiting_for if name in run.inputs]
            raise InvalidValue(f"There is no answer yet: {', '.join(names) or 'an input'} is empty.")
        if outcome.phase != "done":
            raise InvalidValue("There is no answer to compare with: the run with these values did not end well.")
        return Sweep(version, run, visitor=session.visitor)

    def _begin_run(self, run: RunContext) -> Interrupter:
        self._interrupter = Interrupter(run)
        run.superseded = self._ended
        return self._interrupter

    def _keep_picture(self, row: Varied) -> None:
        assert self._sweep is not None
        try:
            picture = self._sweep.picture_of(row.number)
        except Exception:  # foreign bytes may make a decoder raise anything, and the row says all without it
            log.debug("No picture of variation %d", row.number, exc_info=True)
            return
        if picture is not None and not self._ended:
            self._pictures[row.number] = self._session.blobs.put(picture)

    def _stepped(self, more: bool, problem: str | None) -> None:
        if self._ended:
            return
        if problem is not None or not more:
            self._ended = True
            self._tell("done" if problem is None else "failed", problem)
        elif self._app.version is not self._version:
            self._ended = True
            self._tell("stopped", "The script was saved meanwhile.")
        else:
            if time.monotonic() - self._told > _TELL_SECONDS:
                self._tell("running")
            self._next()

    # ------------------------------------------------------------ pages

    def _tell(self, phase: SweepPhase, problem: str | None = None) -> None:
        sweep, self._told = self._sweep, time.monotonic()
        self.state = SweepState(
            phase,
            total=len(sweep.cases) if sweep else 0,
            seconds=round(self._told - self._started, 3),
            before=sweep.before if sweep else None,
            values=sweep.values if sweep else {},
            rows=tuple(self._shown(row) for row in worst_first(sweep.rows)) if sweep else (),
            problem=problem,
        )
        if self._closed:
            return
        for client in list(self._session.audience.clients):
            client.send([self.state])

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
