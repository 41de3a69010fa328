"""A page's sweep and its maps that replicas do: what they tell is taken in here, as if it were done in this process."""

import logging
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import msgspec
from modelapp.core.errors import InvalidValue, ModelAppError, RunFailed
from modelapp.core.protocol import ExplainMethod, Explanation, Json
from modelapp.model.engines.threads import Case
from modelapp.model.errands import Done
from modelapp.model.live.around import ExplainStep, SweepBegun, SweepStep
from modelapp.model.sweep.runs import Varied
from modelapp.session.blobs import SessionBlobs

if TYPE_CHECKING:
    from modelapp.model.engines.replicas import Replicas

log = logging.getLogger("modelapp")
_LOST = "What did this was lost, and the second try as well. Begin it again."


class Works:
    """Cases that replicas do, behind whatever visitors wait for, and that tell of themselves. Called in any thread.

    Args:
        replicas: They.
        cases: The cases.
        ended: Told what came of each, and whether they had been stopped by then.
    """

    def __init__(self, replicas: "Replicas", cases: Sequence[Case], ended: Callable[[Any, bool], None]) -> None:
        self._replicas = replicas
        self._ended = ended
        self._stopped = False
        self._events: SimpleQueue[tuple[bool, Any]] = SimpleQueue()
        self._works = [
            replicas.work(
                case,
                lambda reply: self._events.put((True, reply)),
                told=lambda event: self._events.put((False, event)),
                background=True,
            )
            for case in cases
        ]
        for work in self._works:
            replicas.submit(work)

    def news(self) -> Iterator[Any]:
        """Yield what they tell, and what errands come to, until all have ended.

        Raises:
            ModelAppError: What is wrong with one of them; the others are ended.
        """
        open_works = len(self._works)
        while open_works:
            ended, what = self._events.get()
            if not ended:
                yield what
                continue
            open_works -= 1
            self._ended(what, self._stopped)
            if isinstance(what, ModelAppError):
                self.stop()
                raise what
            if what.fault is not None:
                self.stop()
                log.error("%s", what.fault)
                raise RunFailed(_LOST)
            if isinstance(what, Done):
                yield what

    def reports(self) -> Iterator[Any]:
        """Yield the reports of errands, as they are ready.

        Raises:
            ModelAppError: As above.
        """
        return (told.report for told in self.news() if isinstance(told, Done))

    def stop(self) -> None:
        """End them."""
        self._stopped = True
        for work in self._works:
            self._replicas.stop(work)


class SweepElsewhere:
    """A sweep that replicas do. It is to a page what `Sweep` is.

    Args:
        works: Its parts.
        blobs: The session's, for what variations are made of.
    """

    def __init__(self, works: Works, blobs: SessionBlobs) -> None:
        self._works = works
        self._blobs = blobs
        self._steps: dict[int, SweepStep] = {}
        self.total = 0
        self.before: str | None = None
        self.values: dict[str, Json] = {}
        self.rows: list[Varied] = []

    def steps(self) -> Iterator[Varied]:
        """Take in what they do."""
        for told in self._works.news():
            if isinstance(told, SweepBegun):
                self.total, self.before, self.values = told.total, told.before, told.values
            elif told.row.number not in self._steps:  # else it was told before its replica was lost
                for content in told.contents.values():
                    self._blobs.put(content)
                self._steps[told.row.number] = msgspec.structs.replace(told, contents={})
                self.rows.append(told.row)
                yield told.row

    def picture_of(self, number: int) -> bytes | None:
        """Return a small picture file of a variation, or None where a picture says nothing."""
        return self._steps[number].picture

    def values_of(self, number: int) -> dict[str, Json]:
        """Return the raw values of a variation by input name.

        Raises:
            InvalidValue: If there is none of that number, or it has none.
        """
        step = self._steps.get(number)
        if step is None:
            raise InvalidValue("There is no such variation any more.")
        if step.values is None:
            raise InvalidValue("There is no value to show: the variation failed.")
        return step.values

    def stop(self) -> None:
        """End the runs."""
        self._works.stop()


class ExplainingElsewhere:
    """Maps that a replica makes. It is to a page what `Explaining` is.

    Args:
        works: The one case of it.
    """

    def __init__(self, works: Works) -> None:
        self._works = works
        self.values: dict[str, Json] = {}
        self.methods: tuple[ExplainMethod, ...] = ("occlusion",)
        self._reports: tuple[Explanation, ...] = ()

    def steps(self) -> Iterator[ExplainStep]:
        """Take in how far they are."""
        for told in self._works.news():
            self.values, self.methods, self._reports = told.values, told.methods, told.reports
            yield told

    def reports(self) -> list[Explanation]:
        """Return the maps that are begun, as far as they are."""
        return list(self._reports)

    def stop(self) -> None:
        """End the runs."""
        self._works.stop()
