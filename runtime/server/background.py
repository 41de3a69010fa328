"""Runs around the values that one session has now: one at a time in the app's queue, behind everybody who waits.

What the runs are for is the concern of those who extend it: a robustness sweep, an explanation. All methods are called
in the event loop's thread unless they say otherwise.
"""

import logging
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.errors import InvalidValue, ModelAppError
from modelapp.core.protocol import ExplainState, SweepState, WorkPhase
from modelapp.model.around import run_around
from modelapp.script.failure import CALM
from modelapp.script.interrupt import Interrupter
from modelapp.script.source import Version
from modelapp.session.app import App
from modelapp.session.blobs import digests_in
from modelapp.session.queue import Job
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.server.elsewhere import OnCluster

log = logging.getLogger("modelapp")
_TELL_SECONDS = 0.15
_FORCE_SECONDS = 0.05


class Background(ABC):
    """Runs around the values that one session has now.

    Args:
        app: The app.
        session: Whose pages see it.
        cluster: Does the runs, or None: they are done in this process.
    """

    noun: ClassVar[str]
    """What the log calls it."""

    def __init__(self, app: App, session: Session, cluster: "OnCluster | None" = None) -> None:
        self._app = app
        self._cluster = cluster
        self._session = session
        self._version = app.version
        self._values = dict(session.values)
        self._blobs = session.blobs.noting()
        """The session's; what is put here goes when it is closed, but for what something else needs."""
        self._steps: Iterator[Any] | None = None
        self._interrupter: Interrupter | None = None
        self._job: Job | None = None
        self._ended = self._closed = False
        self._started = self._told = time.monotonic()
        self.state = self._state("running", 0.0, None)

    @abstractmethod
    def _prepare(self, version: Version, run: RunContext) -> Iterator[Any]:
        """Return what does a run at each step, around a run that ended well. Called in a thread of the queue.

        Raises:
            InvalidValue: If it cannot be done.
        """

    @abstractmethod
    def _hand_over(self, cluster: "OnCluster") -> Iterator[Any]:
        """Return what takes in a replica's steps as they come, in place of `_prepare`. Called in the queue's thread."""

    @abstractmethod
    def _end(self) -> bool:
        """End the run of a step that is going on, from any thread; return False if no step was begun yet."""

    @abstractmethod
    def _state(self, phase: WorkPhase, seconds: float, problem: str | None) -> SweepState | ExplainState:
        """Return what pages are told. Called by the constructor, too."""

    def _did(self, step: Any) -> None:  # noqa: B027  most have nothing to keep
        """Keep what a step gave. Called in a thread of the queue."""

    def begin(self) -> None:
        """Ask for the first run, around which the others are."""
        self._tell("running")
        self._next()

    def stop(self) -> None:
        """End the runs. What is there stays."""
        if self._ended:
            return
        self._ended = True
        job, interrupter = self._job, self._interrupter
        if job is not None and self._app.queue.withdraw(job):
            self._release()
        if not self._end() and interrupter is not None:
            interrupter.request()
            self._app.loop.call_later(_FORCE_SECONDS, interrupter.force)
        self._tell("stopped")

    def close(self) -> None:
        """End the runs without a word."""
        self._closed = True
        self.stop()
        self._let_go()

    def outdate(self) -> None:
        """Say of what is done that the script was saved since."""
        if self.state.phase == "done":
            self.state = msgspec.structs.replace(self.state, problem="The script was saved since this was found.")
            self._send()

    # ------------------------------------------------------------ runs

    def _next(self) -> None:
        if self._cluster is not None:  # it waits for what others do: a thread of the queue has better things to do
            threading.Thread(target=self._step, name="modelapp-step", daemon=True).start()
            return
        self._job = Job(self._step, lambda place: None, client=self._session.id, background=True)
        self._app.queue.submit(self._job)

    def _step(self) -> None:
        """Do one run, or wait until a replica has. Called in another thread."""
        problem: str | None = None
        more = False
        try:
            if self._steps is None:
                self._steps = (
                    self._prepare(*self._around()) if self._cluster is None else self._hand_over(self._cluster)
                )
                more = True
                if self._ended:  # it was stopped before there was anything to end
                    self._end()
            else:
                step = next(self._steps, None)
                more = step is not None
                if more:
                    self._did(step)
        except ModelAppError as error:
            problem = error.message
        except Exception:  # ours: the page must not suffer from it
            log.exception("The %s of %s failed", self.noun, self._app.script.path.name)
            problem = CALM
        with suppress(RuntimeError):  # the host stopped meanwhile, and its loop is closed
            self._app.loop.call_soon_threadsafe(self._stepped, more, problem)

    def _around(self) -> tuple[Version, RunContext]:
        """Run on the values as they are. Called in a thread of the queue.

        Raises:
            InvalidValue: If there is no answer.
        """
        version = self._version
        if version is None:
            raise InvalidValue("The script cannot be run as it is now.")
        return version, run_around(version, self._values, self._blobs, self._begin_run, self._session.visitor)

    def _folder(self) -> Path:
        """Return where a replica finds the files that the values name."""
        return self._app.blobs.folder_with(digests_in(self._values))

    def _begin_run(self, run: RunContext) -> Interrupter:
        self._interrupter = Interrupter(run)
        run.superseded = self._ended
        return self._interrupter

    def _release(self) -> None:
        """Give back what the steps hold: none is going on."""
        steps, self._steps = self._steps, None
        if isinstance(steps, Generator):
            steps.close()

    def _let_go(self) -> None:
        """Remove the files that were made and nobody else needs."""
        if self._blobs.noted:
            self._app.forgetting.want(self._session, set(self._blobs.noted))

    def _stepped(self, more: bool, problem: str | None) -> None:
        if self._ended:
            self._release()
            if self._closed:
                self._let_go()
            return
        if problem is not None or not more:
            self._ended = True
            self._tell("done" if problem is None else "failed", problem)
        elif self._app.version is not self._version:
            self._ended = True
            self._end()
            self._release()
            self._tell("stopped", "The script was saved meanwhile.")
        else:
            if time.monotonic() - self._told > _TELL_SECONDS:
                self._tell("running")
            self._next()

    # ------------------------------------------------------------ pages

    def _tell(self, phase: WorkPhase, problem: str | None = None) -> None:
        self._told = time.monotonic()
        self.state = self._state(phase, round(self._told - self._started, 3), problem)
        self._send()

    def _send(self) -> None:
        if self._closed:
            return
        for client in list(self._session.audience.clients):
            client.send([self.state])
