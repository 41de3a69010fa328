"""All maps of one answer, one after the other."""

from collections.abc import Iterator, Sequence

from modelapp.core.context import RunContext
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import ExplainMethod, Explanation, Json
from modelapp.model.explain.gradient_map import GradientMap, gradients_of
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
        method: "occlusion" hides parts, "gradients" asks the model that sees a picture.
        tested: If True each map is tested by further runs.

    Raises:
        InvalidValue: If there is no such input or output, or if the model has no gradients that can be had.
    """

    def __init__(
        self,
        version: Version,
        base: RunContext,
        input: str | None = None,
        answer: str | None = None,
        *,
        visitor: str | None = None,
        method: ExplainMethod = "occlusion",
        tested: bool = True,
    ) -> None:
        self.probe = Probe(version, base, answer, visitor)
        found = subjects(base, input)
        pictures = [subject for subject in found if subject.kind == "picture"]
        self.methods: tuple[ExplainMethod, ...] = ("occlusion",)
        """Those that are possible."""
        if pictures and gradients_of(base) is None:
            self.methods = ("occlusion", "gradients")
        self._maps: Sequence[Occlusion | GradientMap]
        if method == "occlusion":
            self._maps = [Occlusion(self.probe, subject, tested=tested) for subject in found]
        elif pictures:
            self._maps = [GradientMap(self.probe, subject, tested=tested) for subject in pictures]
        else:
            raise InvalidValue("Gradients are laid over pictures, and there is none of which parts can be hidden.")

    @property
    def values(self) -> dict[str, Json]:
        """Raw values of the inputs that it is about."""
        return self.probe.values

    def steps(self) -> Iterator[int]:
        """Make all maps, some runs a step; yields how many are done."""
        try:
            for each in self._maps:
                for _ in each.steps():
                    yield self.probe.runs
        finally:
            self.probe.close()

    def stop(self) -> None:
        """End the run that is going on, from any thread, and begin no other."""
        self.probe.stop()

    def reports(self) -> list[Explanation]:
        """Return the maps that are begun, as far as they are."""
        return [report for each in self._maps if (report := each.report()) is not None]
