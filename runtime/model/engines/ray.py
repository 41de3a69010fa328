"""The engine of a cluster: replicas of the script on the nodes of Ray, each with caches of its own.

Imported only when it is asked for. It submits few cases at a time and takes answers as they come; which replica does
what, and what becomes of cases whose replica is lost, is the concern of `Replicas`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from modelapp.core.errors import ModelAppError
from modelapp.model.engines.actors import Terms, Work
from modelapp.model.engines.replicas import Replicas
from modelapp.model.engines.threads import Answer, Case, Fault, Meeting, one_line

_WARMING = -1


class RayEngine:
    """An engine of replicas in a cluster of Ray.

    Args:
        script: The script's file, or the replicas of one that are there already and stay when the engine is closed.
        address: Of the cluster: None for one of this machine, "auto", "HOST:PORT" or "ray://HOST:PORT".
        terms: How many replicas, and what each gets.
        background: True if all that visitors wait for goes first.
        without: A folder that replicas on this machine import nothing from.

    Raises:
        EnvironmentFault: If the cluster cannot be used; says why.
    """

    def __init__(
        self,
        script: Path | Replicas,
        address: str | None = None,
        terms: Terms | None = None,
        *,
        background: bool = True,
        without: Path | None = None,
    ) -> None:
        self.told: Callable[[Any], None] | None = None
        self._ours = not isinstance(script, Replicas)
        self.replicas = script if isinstance(script, Replicas) else Replicas(script, address, terms, without=without)
        self._generation = self.replicas.current
        self.replicas.hold(self._generation, 1)
        self._background = background
        self._stopped = False
        self._closed = False
        self._answers: SimpleQueue[Any] = SimpleQueue()

    @property
    def processes(self) -> list[int]:
        """Ids of the replicas' processes."""
        return self.replicas.processes()

    def meet(self, cases: Sequence[Case]) -> Meeting:
        """Run the first of these that run well, to learn what inputs the script has."""
        met = Meeting()
        for case in cases:  # one by one, since each may be the one that kills its replica
            answers: SimpleQueue[Any] = SimpleQueue()
            work = self.replicas.work([case], answers.put, background=self._background)
            self.replicas.submit(work, self._generation)
            found = answers.get()
            if isinstance(found, ModelAppError):
                raise found
            if not isinstance(found, Meeting):
                met = Meeting(met.inputs, fault=met.fault or found.fault)
            elif found.fault is None:
                warm = replace(case, position=_WARMING) if found.position is not None else None
                self._generation.warm = warm
                return found
            else:
                met = Meeting(found.inputs or met.inputs, (), found.possible, met.fault or found.fault)
        return met

    def run(self, cases: Iterable[Case]) -> Iterator[Answer]:
        """Run cases, and yield an answer for each in the order in which they are ready."""
        source = iter(cases)
        waiting: dict[int, Work] = {}
        answers: SimpleQueue[tuple[int, Any]] = SimpleQueue()
        self._answers = answers
        count = 0
        more = True
        try:
            while not self._stopped:
                while more and len(waiting) < self._window():
                    case = next(source, None)
                    more = case is not None
                    if case is None:
                        break
                    count += 1
                    work = self._work(case, count, answers)
                    if isinstance(work, Answer):
                        yield work
                        continue
                    waiting[count] = work
                    self.replicas.submit(work, self._generation)
                if not waiting:
                    return
                number, reply = answers.get()
                if number < 0:
                    return
                del waiting[number]
                if isinstance(reply, ModelAppError):
                    raise reply
                yield reply
        finally:
            for work in waiting.values():
                self.replicas.stop(work)

    def stop(self) -> None:
        """Let `run` end without the answers that it waits for. Called in any thread."""
        self._stopped = True
        self._answers.put((-1, None))

    def close(self) -> None:
        """End the replicas, but for those that were there before."""
        if self._closed:
            return
        self._closed = True
        if self._ours:
            self.replicas.close()
        else:
            self.replicas.hold(self._generation, -1)

    def _work(self, case: Case, number: int, answers: "SimpleQueue[tuple[int, Any]]") -> Work | Answer:
        try:
            return self.replicas.work(
                case,
                lambda reply: answers.put((number, reply)),
                told=self.told,
                background=self._background,
            )
        except Exception as error:  # what a caller passed may not be picklable, in any way
            text = one_line(f"The case cannot be sent to a replica: {type(error).__name__}: {error}")
            return Answer(case.position, fault=Fault(type(error).__name__, text))

    def _window(self) -> int:
        """Return how many cases are handed over at a time: as many as all replicas do, and one more for each."""
        slots = max((actor.slots for actor in list(self._generation.replicas)), default=1)
        return self.replicas.terms.most * (slots + 1)
