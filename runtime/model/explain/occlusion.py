"""An occlusion map: where hiding a part of an input takes away from the answer, after Zeiler and Fergus (2014).

Each region is hidden by itself; those where that matters most are divided, and what a region took away is shared among
its parts by what each takes away alone, so that the map's sum stays. Several fills are averaged, since a patch of one
colour may be evidence itself.
"""

from collections.abc import Generator, Iterator

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
        """Make the map, and test it; yields after each run."""
        for _ in self._steps():
            self.runs += 1
            yield

    def _steps(self) -> Iterator[None]:
        for region in scattered(self._regions):
            region.value = yield from self._taken_by(region)
        for _ in range(self._levels):
            for region in self._dividing.chosen(self.leaves()):
                inside = divided(region)
                alone = []
                for part in inside:
                    alone.append((yield from self._taken_by(part)))
                region.share(inside, alone)
        self._made = True
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

    def _taken_by(self, region: Region) -> Generator[None, None, float]:
        strength = yield from self._probe.strength(self.subject, region.parts)
        return 0.0 if strength is None else self._probe.whole - strength


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
