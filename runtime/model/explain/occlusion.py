"""An occlusion map: where hiding a part of an input takes away from the answer, after Zeiler and Fergus (2014).

Each region is hidden by itself; those where that matters most are divided, and what a region took away is shared among
its parts by what each takes away alone, so that the map's sum stays. Several fills are averaged, since a patch of one
colour may be evidence itself.
"""

from collections.abc import Iterator

from modelapp.core.protocol import Explanation, Faithfulness, Weight
from modelapp.model.explain.deletion import Deletion
from modelapp.model.explain.probe import Probe
from modelapp.model.explain.regions import DIVIDING, GRID, Region, divided, first_regions, scattered
from modelapp.model.explain.subjects import Subject

METHODS = {
    "picture": "Occlusion (Zeiler and Fergus, 2014), in two fills, refined",
    "sound": "Occlusion (Zeiler and Fergus, 2014) by silence and by noise, refined",
    "words": "Word deletion (Li, Monroe and Jurafsky, 2016)",
    "columns": "Change of one column at a time (Robnik-Šikonja and Kononenko, 2008)",
}


class Occlusion:
    """The map of one subject, and how far it can be believed.

    Args:
        probe: What does the runs.
        subject: What is hidden.
        grid: Cells of a picture each way, before any is divided.
        levels: How often regions are divided; None is what suits the kind.
        tested: If True the map is tested by further runs, once it is there.
    """

    def __init__(
        self, probe: Probe, subject: Subject, *, grid: int = GRID, levels: int | None = None, tested: bool = True
    ) -> None:
        self._probe = probe
        self.subject = subject
        self._dividing = DIVIDING[subject.kind]
        self._levels = self._dividing.levels if levels is None else levels
        self._side = grid * 2**self._levels
        self._regions = first_regions(subject, grid)
        self._tested = tested
        self._faithfulness: Faithfulness | None = None
        self._made = False
        self.runs = 0

    def steps(self) -> Iterator[None]:
        """Make the map, and test it; yields after some runs."""
        before = self._probe.runs
        for _ in self._steps():
            self.runs = self._probe.runs - before
            yield

    def _steps(self) -> Iterator[None]:
        order = scattered(self._regions)
        for known in self._taken_by(order):
            for place, value in known:
                order[place].value = value
            yield
        for _ in range(self._levels):
            yield from self._divide(self._dividing.chosen(self.leaves()))
        self._made = not self._probe.stopped
        if self._tested and not self._probe.stopped:
            deletion = Deletion(self._probe, self.subject, self.leaves())
            yield from deletion.steps()
            self._faithfulness = deletion.report()

    def leaves(self) -> list[Region]:
        """Return the finest regions that are there."""
        return [leaf for region in self._regions for leaf in region.leaves()]

    def report(self) -> Explanation | None:
        """Return the map, as far as it is, or None before it is begun."""
        if not self.runs:
            return None
        method, leaves = METHODS[self.subject.kind], self.leaves()
        return reported(
            self._probe, self.subject, method, leaves, self._side, self.runs, self._faithfulness, made=self._made
        )

    def _divide(self, chosen: list[Region]) -> Iterator[None]:
        """Divide regions, each once all of its parts are known; yields after some runs."""
        inside = [(place, part) for place, region in enumerate(chosen) for part in divided(region)]
        alone: list[dict[int, float]] = [{} for _ in chosen]
        for known in self._taken_by([part for _, part in inside]):
            for number, value in known:
                place = inside[number][0]
                alone[place][number] = value
                parts = [part for other, part in inside if other == place]
                if len(alone[place]) == len(parts):
                    chosen[place].share(parts, [value for _, value in sorted(alone[place].items())])
            yield

    def _taken_by(self, regions: list[Region]) -> Iterator[list[tuple[int, float]]]:
        """Yield after some runs which regions, by place, take how much away when they are hidden."""
        whole = self._probe.whole
        for known in self._probe.strengths(self.subject, [region.parts for region in regions]):
            yield [(place, 0.0 if strength is None else whole - strength) for place, strength in known]


def reported(
    probe: Probe,
    subject: Subject,
    method: str,
    leaves: list[Region],
    side: int,
    runs: int,
    tested: Faithfulness | None,
    *,
    made: bool = True,
) -> Explanation:
    """Return a map as a record.

    Args:
        leaves: Its finest regions, in the order of the input.
        side: Of a picture how many cells the finest grid has each way.
        runs: How many runs it took.
        tested: How far it can be believed.
        made: False while it is still being made.
    """
    weights = tuple(
        Weight(part.at, leaf.value / len(leaf.parts), part.input, part.name, part.value)
        for leaf in leaves
        for part in leaf.parts
    )
    peak = _middle(max(leaves, key=lambda leaf: leaf.density)) if subject.kind in ("picture", "sound") else None
    return Explanation(
        subject.kind,
        method,
        subject.names,
        subject.label,
        probe.answer,
        probe.decision,
        probe.whole,
        weights,
        runs,
        tested,
        made,
        _gridded(leaves, side) if subject.kind == "picture" else None,
        peak,
    )


def _gridded(leaves: list[Region], side: int) -> tuple[tuple[float, ...], ...]:
    """Return the map of a picture in the cells of the finest grid."""
    values = [[0.0] * side for _ in range(side)]
    for leaf in leaves:
        left, top, right, bottom = (round(edge * side) for edge in leaf.parts[0].at)
        each = leaf.value / ((right - left) * (bottom - top))
        for row in range(top, bottom):
            values[row][left:right] = [each] * (right - left)
    return tuple(map(tuple, values))


def _middle(region: Region) -> tuple[float, ...]:
    at = region.parts[0].at
    half = len(at) // 2
    return tuple((start + end) / 2 for start, end in zip(at[:half], at[half:], strict=True))
