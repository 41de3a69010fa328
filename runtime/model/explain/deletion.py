"""How far a map can be believed: the deletion curve (Samek et al., 2017; Petsiuk, Das and Saenko, 2018).

Regions are hidden one after the other, from the greatest of the map, and so in a few random orders. A map that says
what the answer rests on takes it away sooner than chance does.
"""

import random
from collections.abc import Iterator
from itertools import pairwise

from modelapp.core.protocol import Faithfulness
from modelapp.model.explain.probe import Probe
from modelapp.model.explain.regions import Region
from modelapp.model.explain.subjects import Subject

ORDERS = 3
STEPS = 10
_SEED = 1
_LEAST_CHANGE = 1e-9


class Deletion:
    """The test of a map.

    Args:
        probe: What does the runs.
        subject: What is hidden.
        regions: The map: regions with their values.
        orders: How many random orders it is compared with.
    """

    def __init__(self, probe: Probe, subject: Subject, regions: list[Region], *, orders: int = ORDERS) -> None:
        self._probe = probe
        self._subject = subject
        marked = sorted(regions, key=lambda region: -region.density)
        rule = random.Random(_SEED)
        self._orders = [marked, *(rule.sample(regions, len(regions)) for _ in range(orders))]
        self._curves: list[list[tuple[float, float | None]]] = [[] for _ in self._orders]
        self._first = 1

    def steps(self) -> Iterator[None]:
        """Hide regions; yields after some runs."""
        cuts = [_cuts(order) for order in self._orders]
        self._first = cuts[0][0]
        # All is hidden at the end, in whatever order: that is done once.
        wanted = [
            (place, cut)
            for place, order in enumerate(self._orders)
            for cut in cuts[place]
            if cut < len(order) or not place
        ]
        strengths: dict[tuple[int, int], float | None] = {}
        hidden = [[part for region in self._orders[place][:cut] for part in region.parts] for place, cut in wanted]
        for known in self._probe.strengths(self._subject, hidden):
            strengths.update((wanted[number], strength) for number, strength in known)
            yield
        if self._probe.stopped:
            return
        for place, (order, curve) in enumerate(zip(self._orders, self._curves, strict=True)):
            total = sum(region.size for region in order)
            curve.append((0.0, self._probe.whole))
            for cut in cuts[place]:
                share = sum(region.size for region in order[:cut]) / total
                curve.append((share, strengths[(place if cut < len(order) else 0, cut)]))

    def report(self) -> Faithfulness | None:
        """Return what was found, or None if it is not done."""
        if self._probe.stopped:
            return None
        marked, *others = (_known(curve) for curve in self._curves)
        if len(marked) < 2 or any(len(curve) < 2 for curve in others):
            return None
        end = min(curve[-1][0] for curve in (marked, *others))  # a required input that is empty has no answer
        whole = self._probe.whole
        lowest = min(strength for curve in (marked, *others) for _, strength in curve)
        chance = sum(_area(curve, end) for curve in others) / len(others)
        least = _area([(0.0, whole), (marked[1][0], lowest), (1.0, lowest)], end)
        room = chance - least
        score = None if room < _LEAST_CHANGE * max(1.0, abs(whole)) else max(-1.0, (chance - _area(marked, end)) / room)
        shares = tuple(share for share, _ in marked if share <= end)
        return Faithfulness(
            score,
            shares,
            tuple(strength for share, strength in marked if share <= end),
            tuple(sum(_at(curve, share) for curve in others) / len(others) for share in shares),
            self._first,
        )


def _cuts(order: list[Region]) -> list[int]:
    """Return how many regions are hidden at each step: so many that another tenth of all is."""
    total = sum(region.size for region in order)
    cuts, hidden, tenths = list[int](), 0.0, 0
    for number, region in enumerate(order, 1):
        hidden += region.size
        reached = int(hidden / total * STEPS + 1e-6)
        if reached > tenths or number == len(order):
            cuts.append(number)
            tenths = reached
    return cuts


def _known(curve: list[tuple[float, float | None]]) -> list[tuple[float, float]]:
    return [(share, strength) for share, strength in curve if strength is not None]


def _area(curve: list[tuple[float, float]], end: float) -> float:
    """Return the area under a curve from 0 to `end`."""
    shares = sorted({share for share, _ in curve if share < end} | {end})
    points = [(share, _at(curve, share)) for share in shares]
    return sum((right - left) * (before + after) / 2 for (left, before), (right, after) in pairwise(points))


def _at(curve: list[tuple[float, float]], share: float) -> float:
    """Return the height of a curve at a place, on a straight line between the points that are known."""
    for (left, before), (right, after) in pairwise(curve):
        if share <= right:
            return before + (after - before) * (share - left) / (right - left)
    return curve[-1][1]
