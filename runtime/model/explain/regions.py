"""How what can be hidden is divided: coarse regions at first, and the ones that matter most into finer ones.

A picture has a grid of cells that are divided into four, a sound windows and a long text stretches of words that are
divided into two; columns stay whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import gcd

from modelapp.core.parts import Part
from modelapp.model.explain.subjects import Subject

GRID = 7
WINDOWS = 16
MOST_WORDS = 40
"""A longer text begins with as many stretches."""


@dataclass(slots=True)
class Region:
    """A part that is hidden as one, or the regions that it was divided into."""

    parts: tuple[Part, ...]
    size: float
    """Area, seconds, or number of words or columns."""
    value: float = 0.0
    """How much of the answer hiding it takes away."""
    inside: list["Region"] = field(default_factory=list)

    @property
    def density(self) -> float:
        """What it takes away for its size."""
        return self.value / self.size

    def leaves(self) -> Iterator["Region"]:
        """Yield the finest regions in it."""
        for region in self.inside:
            yield from region.leaves()
        if not self.inside:
            yield self

    def share(self, inside: list["Region"], alone: list[float]) -> None:
        """Take finer regions, and share what this one takes away among them by what each takes away alone."""
        sign = 1 if self.value > 0 else -1
        weights = [max(0.0, sign * value) for value in alone]
        total = sum(weights)
        for region, weight in zip(inside, weights, strict=True):
            region.value = self.value * (weight / total if total else region.size / self.size)
        self.inside = inside


@dataclass(frozen=True, slots=True)
class Dividing:
    """How far what kind of thing is divided."""

    levels: int
    most: int
    """How many regions are divided at a level."""
    least: float = 0.4
    """Those are divided whose value is at least this share of the greatest."""
    by_size: bool = True
    """The value for its size counts: what is small and strong. Else the value itself, as with words, which are few."""

    def chosen(self, regions: list[Region]) -> list[Region]:
        """Return the regions that are divided."""

        def measure(region: Region) -> float:
            return abs(region.density if self.by_size else region.value)

        ordered = sorted(regions, key=lambda region: -measure(region))
        least = measure(ordered[0]) * self.least
        mattering = [region for region in ordered if region.value and measure(region) >= least]
        return [region for region in mattering if divided(region)][: self.most]


DIVIDING = {
    "picture": Dividing(levels=2, most=12),
    "sound": Dividing(levels=2, most=6),
    "words": Dividing(levels=8, most=8, least=0.1, by_size=False),
    "columns": Dividing(levels=0, most=0),
}


def first_regions(subject: Subject, grid: int = GRID) -> list[Region]:
    """Return the coarse regions of what is hidden."""
    if subject.kind == "picture":
        (whole,) = subject.parts
        edges = [place / grid for place in range(grid + 1)]
        boxes = [
            (edges[column], edges[row], edges[column + 1], edges[row + 1])
            for row in range(grid)
            for column in range(grid)
        ]
        return [_box(whole, box) for box in boxes]
    if subject.kind == "sound":
        (whole,) = subject.parts
        seconds = whole.at[1] / WINDOWS
        return [_span(whole, number * seconds, (number + 1) * seconds) for number in range(WINDOWS)]
    count = len(subject.parts)
    most = MOST_WORDS if subject.kind == "words" else count
    cuts = sorted({number * count // min(most, count) for number in range(min(most, count) + 1)})
    return [_several(subject.parts[start:end]) for start, end in pairwise(cuts)]


def scattered(regions: list[Region]) -> list[Region]:
    """Return regions in an order in which any first few lie all over, so that who watches sees all of it come up."""
    count = len(regions)
    stride = max(1, round(count * 0.382))
    while gcd(stride, count) != 1:
        stride += 1
    return [regions[number * stride % count] for number in range(count)]


def divided(region: Region) -> list[Region]:
    """Return the finer regions of one; [] if it cannot be divided."""
    if len(region.parts) > 1:
        middle = len(region.parts) // 2
        return [_several(region.parts[:middle]), _several(region.parts[middle:])]
    (part,) = region.parts
    if part.name:
        return []  # a word, or a column
    if len(part.at) == 4:
        left, top, right, bottom = part.at
        x, y = (left + right) / 2, (top + bottom) / 2
        boxes = [(left, top, x, y), (x, top, right, y), (left, y, x, bottom), (x, y, right, bottom)]
        return [_box(part, box) for box in boxes]
    start, end = part.at
    return [_span(part, start, (start + end) / 2), _span(part, (start + end) / 2, end)]


def _box(whole: Part, box: tuple[float, float, float, float]) -> Region:
    left, top, right, bottom = box
    return Region((whole._replace(at=box),), (right - left) * (bottom - top))


def _span(whole: Part, start: float, end: float) -> Region:
    return Region((whole._replace(at=(start, end)),), end - start)


def _several(parts: tuple[Part, ...]) -> Region:
    return Region(parts, float(len(parts)))
