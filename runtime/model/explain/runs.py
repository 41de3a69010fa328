"""All maps of one answer, one after the other."""

from collections.abc import Iterator

from modelapp.core.context import RunContext
from modelapp.core.protocol import Explanation
from modelapp.model.explain.occlusion import Occlusion
from modelapp.model.explain.probe import Probe
from modelapp.model.explain.subjects import subjects
from modelapp.script.source import Version


class Explaining:
    """What one run's answer rests on.

    Args:
        version: The script.
        base: The run whose answer is explained; it ended well.
        input: Name of the one input that is asked for; None takes all of which parts can be hidden.
        answer: Name of the output; None takes the first label, else number, else text, else any.
        visitor: Name of the person for whom it is done, or None.
        tested: If True each map is tested by further runs.

    Raises:
        InvalidValue: If there is no such input or output.
    """

    def __init__(
        self,
        version: Version,
        base: RunContext,
        input: str | None = None,
        answer: str | None = None,
        *,
        visitor: str | None = None,
        tested: bool = True,
    ) -> None:
        self.probe = Probe(version, base, answer, visitor)
        self._maps = [Occlusion(self.probe, subject, tested=tested) for subject in subjects(base, input)]

    def steps(self) -> Iterator[int]:
        """Make all maps, a run a step; yields how many are done."""
        for each in self._maps:
            for _ in each.steps():
                yield self.probe.runs

    def stop(self) -> None:
        """End the run that is going on, from any thread, and begin no other."""
        self.probe.stop()

    def reports(self) -> list[Explanation]:
        """Return the maps that are begun, as far as they are."""
        return [each.report() for each in self._maps if each.runs]
