"""A served script's runs on a cluster: the replicas that its API and its bulk runs share. Most hosts do without.

Visitors' calls are handed over as such, so that they come before bulk runs there too. A saved script reaches the
replicas at once: what was begun ends on the version before.
"""

import logging
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from modelapp.core.context import Mode, RunContext
from modelapp.core.errors import MissingInput, ModelAppError, RunFailed, Superseded
from modelapp.model.calling import CallAnswer, CallCase
from modelapp.model.engines.choice import EngineChoice, replicas_of
from modelapp.model.engines.replicas import Figures
from modelapp.model.engines.threads import Answer, Case, Engine, Meeting, fault_of
from modelapp.model.service import Asked
from modelapp.script.execution import Execution
from modelapp.script.run import Outcome
from modelapp.server.around_elsewhere import Works

log = logging.getLogger("modelapp")
_RESULTS = {MissingInput.__name__: "waiting", Superseded.__name__: "cancelled", "Stopped": "cancelled"}


class OnCluster:
    """The replicas of a served script. Methods are called in any thread.

    Args:
        choice: Which cluster, and how many.
        script: The script's file.

    Raises:
        EnvironmentFault: If there is no such cluster.
    """

    def __init__(self, choice: EngineChoice, script: Path) -> None:
        self._script = script
        self._replicas = replicas_of(choice, script)
        self.counted: Callable[[str, str, str, float], None] | None = None
        """Told of each run's end: the app's name, its mode, how it ended ("done", "waiting", …), and its seconds."""
        self.read: set[Path] = set()
        """Files that runs of pages were made of."""
        self.resized: Callable[[int], None] | None = None
        """Told how many runs may be handed over at the same time, now that more is known."""

    def reload(self) -> None:
        """Have all that comes from now on done by the script as it is now."""
        try:
            self._replicas.replace(self._script)
        except ModelAppError as problem:
            log.error("The replicas run the script as it was before: %s", problem)

    def engine(self, visitor: str | None = None) -> Engine:
        """Return an engine for a bulk run, of the script as it is now until its end.

        Args:
            visitor: Name of the person for whom it is, or None.
        """
        from modelapp.model.engines.ray import RayEngine  # it is here: replicas are of it

        return _Counted(RayEngine(self._replicas), lambda answer: self._count("bulk", answer), visitor)

    def execution(self, run: RunContext, who: str, background: bool) -> Execution:
        """Return what does a page's run on a replica. Called in the queue's thread."""
        from modelapp.model.live.execution import ReplicaExecution  # as above

        def ended(outcome: Outcome, read: tuple[str, ...]) -> None:
            if self.counted is not None:
                self.counted(self._script.stem, run.mode, outcome.phase, outcome.seconds)
            self.read |= {self._script.parent / name for name in read} if read else set()
            if self.resized is not None:
                self.resized(self.room)

        return ReplicaExecution(run, self._replicas, who, background=background, ended=ended)

    def begin(self, cases: Sequence[Case], mode: Mode = "explain") -> Works:
        """Have cases done that nobody waits for. Each counts as one run of this mode, when it has ended."""
        return Works(self._replicas, cases, lambda answer, stopped: self._count(mode, answer, stopped=stopped))

    @property
    def room(self) -> int:
        """How many runs all replicas do at the same time, once all are there."""
        return self._replicas.terms.most * self._replicas.figures().slots

    def figures(self) -> Figures:
        """Return how many replicas there are."""
        return self._replicas.figures()

    def call(
        self, asked: Asked, told: Callable[[tuple[Any, ...]], None] | None, stops: list[Callable[[], None]]
    ) -> Any:
        """Do a call, and return its `CallAnswer`.

        Args:
            told: Called with what it tells meanwhile, or None.
            stops: Gets what ends it.

        Raises:
            ModelAppError: Whatever is wrong with it.
        """
        events: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        case = CallCase(0, asked.inputs, asked.edits, visitor=asked.visitor, streams=told is not None)
        work = self._replicas.work(
            case,
            lambda reply: events.put(("answer", reply)),
            told=None if told is None else lambda event: events.put(("told", event)),
            background=False,
        )
        stops.append(lambda: self._replicas.stop(work))
        self._replicas.submit(work)
        while True:
            kind, what = events.get()
            if kind == "told" and told is not None:
                told(what)
                continue
            self._count("api", what)
            if isinstance(what, CallAnswer):
                return what
            if isinstance(what, ModelAppError):
                raise what
            raise RunFailed(str(what.fault))

    def _count(self, mode: str, answer: Answer | ModelAppError, *, stopped: bool = False) -> None:
        if self.counted is None:
            return
        fault = answer.fault if isinstance(answer, Answer) else fault_of(answer, self._script, {})
        result = "cancelled" if stopped else "done" if fault is None else _RESULTS.get(fault.type, "failed")
        seconds = answer.seconds if isinstance(answer, Answer) else 0.0
        self.counted(self._script.stem, mode, result, seconds)

    def close(self) -> None:
        """End the replicas."""
        self._replicas.close()


class _Counted:
    """An engine whose answers are counted.

    Args:
        engine: Does the runs.
        count: Told of each answer.
        visitor: Name of the person for whom its cases are done, or None.
    """

    def __init__(self, engine: Engine, count: Callable[[Answer], None], visitor: str | None) -> None:
        self._visitor = visitor
        self.told: Callable[[Any], None] | None = None
        self._engine = engine
        self._count = count

    def meet(self, cases: Sequence[Case]) -> Meeting:
        """Run the first of these that run well, to learn what inputs the script has."""
        return self._engine.meet([replace(case, visitor=self._visitor) for case in cases])

    def run(self, cases: Iterable[Case]) -> Iterator[Answer]:
        """Run cases, and yield an answer for each in the order in which they are ready."""
        answers = self._engine.run(replace(case, visitor=self._visitor) for case in cases)
        try:
            for answer in answers:
                self._count(answer)
                yield answer
        finally:
            if isinstance(answers, Generator):
                answers.close()

    def close(self) -> None:
        """Give back what the engine holds."""
        self._engine.close()
