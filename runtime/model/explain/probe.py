"""The runs of an explanation: what is left of the answer where parts are hidden.

One run a step, so that whoever drives it can let others go first between two.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence

from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.core.parts import Part
from modelapp.core.protocol import Json
from modelapp.model.around import Around
from modelapp.model.explain.subjects import Subject
from modelapp.model.sweep.runs import answer_of
from modelapp.script.source import Version


class Probe:
    """Runs around one run.

    Args:
        version: The script.
        base: The run whose answer is explained; it ended well.
        answer: Name of the output; None takes the first label, else number, else text, else any.
        visitor: Name of the person for whom it is done, or None.

    Raises:
        InvalidValue: If there is no such output.
    """

    def __init__(
        self, version: Version, base: RunContext, answer: str | None = None, visitor: str | None = None
    ) -> None:
        self._around = Around(version, base, visitor)
        self.base = base
        self.answer = answer_of(base, answer)
        self.values: dict[str, Json] = {
            name: declared.raw for name, declared in base.inputs.items() if not declared.input.momentary
        }
        """Raw values of the inputs that it is about."""
        self._before = base.outputs[self.answer]
        self.whole = self._before.support_for(self._before)
        """The strength of the answer with nothing hidden."""
        self.decision = self._before.decision()
        self.runs = 0

    def strengths(
        self, subject: Subject, several: Sequence[Iterable[Part]]
    ) -> Iterator[list[tuple[int, float | None]]]:
        """Find the strength of the answer with parts hidden, on average over the ways to hide them, for several parts.

        A run without an answer says nothing and is left out; without any, and where nothing can be hidden, it is None.

        Yields:
            After some runs what is known by them: places in `several`, each with the strength.
        """
        hidden = [subject.hidden(parts) for parts in several]
        open_runs = [len(ways) for ways in hidden]
        found: list[list[float]] = [[] for _ in hidden]
        wanted = [(place, values) for place, ways in enumerate(hidden) for values in ways]
        known: list[tuple[int, float | None]] = [(place, None) for place, ways in enumerate(hidden) if not ways]
        if known and not wanted:
            yield known
        for first in range(0, len(wanted), self._around.at_once):
            chunk = wanted[first : first + self._around.at_once]
            runs = self._done([values for _, values in chunk])
            if self.stopped:
                return
            for (place, _), run in zip(chunk, runs, strict=True):
                output = run.outputs.get(self.answer)
                if type(output) is type(self._before):
                    found[place].append(output.support_for(self._before))
                open_runs[place] -= 1
                if not open_runs[place]:
                    known.append((place, sum(found[place]) / len(found[place]) if found[place] else None))
            yield known
            known = []

    def run_hidden(self, subject: Subject, parts: Iterable[Part]) -> Generator[None, None, RunContext | None]:
        """Return a run with parts hidden in the first way, or None. Yields after it."""
        for values in subject.hidden(parts)[:1]:
            if not self.stopped:
                (run,) = self._done([values])
                yield
                return run
        return None

    @property
    def stopped(self) -> bool:
        """True once it was stopped."""
        return self._around.stopped

    def stop(self) -> None:
        """End the runs that are going on, from any thread, and begin no other."""
        self._around.stop()

    def close(self) -> None:
        """Give back threads."""
        self._around.close()

    def _done(self, several: list[dict[str, Json]]) -> list[RunContext]:
        # What is not hidden is not decoded again.
        givens = [Given({**self.values, **values}, parsed=self.base.inputs) for values in several]
        self.runs += len(several)
        return [run for run, _ in self._around.runs(givens)]
