"""The runs of an explanation: what is left of the answer where parts are hidden.

One run a step, so that whoever drives it can let others go first between two.
"""

from collections.abc import Generator, Iterable

from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.core.parts import Part
from modelapp.core.protocol import Json
from modelapp.model.explain.subjects import Subject
from modelapp.model.sweep.runs import answer_of, explaining
from modelapp.script.interrupt import Interrupter
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
        self._version = version
        self._visitor = visitor
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
        self.stopped = False
        self._interrupter: Interrupter | None = None

    def strength(self, subject: Subject, parts: Iterable[Part]) -> Generator[None, None, float | None]:
        """Return the strength of the answer with parts hidden, on average over the ways to hide them.

        A run without an answer says nothing and is left out; without any, and where nothing can be hidden, it is None.
        Yields after each run.
        """
        found = []
        for values in subject.hidden(parts):
            if self.stopped:
                return None
            strength = self._run(values)
            if strength is not None:
                found.append(strength)
            yield
        return sum(found) / len(found) if found else None

    def run_hidden(self, subject: Subject, parts: Iterable[Part]) -> Generator[None, None, RunContext | None]:
        """Return a run with parts hidden in the first way, or None. Yields after it."""
        for values in subject.hidden(parts)[:1]:
            if not self.stopped:
                run = self._done(values)
                yield
                return run
        return None

    def stop(self) -> None:
        """End the run that is going on, from any thread, and begin no other."""
        self.stopped = True
        if self._interrupter is not None:
            self._interrupter.request()
            self._interrupter.force()

    def _run(self, values: dict[str, Json]) -> float | None:
        output = self._done(values).outputs.get(self.answer)
        return output.support_for(self._before) if type(output) is type(self._before) else None

    def _done(self, values: dict[str, Json]) -> RunContext:
        base = self.base
        given = Given({**self.values, **values}, parsed=base.inputs)  # what is not hidden is not decoded again
        run, _ = explaining(self._version, given, base.blobs, self._begin, visitor=self._visitor, like=base)
        self.runs += 1
        return run

    def _begin(self, run: RunContext) -> Interrupter:
        self._interrupter = Interrupter(run)
        run.superseded = self.stopped
        return self._interrupter
