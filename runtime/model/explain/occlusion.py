"""An occlusion map: where hiding a part of a picture takes away from the answer, after Zeiler and Fergus (2014).

Each cell of a coarse grid is hidden by itself; where that matters most the cells are divided, and what a cell took away
is shared among its parts by what each takes away alone, so that the map's sum stays. Several fills are averaged, since
a patch of one colour may be evidence itself. Runs are done one at a time: whoever drives it can let others go first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.declared import Declared, Given
from modelapp.core.errors import InvalidValue
from modelapp.core.input import PictureBox
from modelapp.model.sweep.runs import answer_of, explaining
from modelapp.script.interrupt import Interrupter
from modelapp.script.source import Version

GRID = 7
LEVELS = 2
METHOD = "Occlusion (Zeiler and Fergus, 2014), in two fills, refined"
_MOST_DIVIDED = 12
_DIVIDED_FROM = 0.4
"""Cells are divided whose value for their area is at least this share of the greatest."""


class OcclusionMap(msgspec.Struct, frozen=True):
    """What of an input an answer rests on."""

    method: str
    input: str
    answer: str
    decision: str | None
    """What the answer decides for, where it decides."""
    values: list[list[float]]
    """[shape=(rows, columns)], the top row first: how much of the answer hiding such a cell takes away, in the unit of
    the answer (confidence for a label); below 0 where hiding adds to it."""
    peak: tuple[float, float]
    """(x, y) of the middle of the greatest, in fractions of width and height."""
    runs: int


@dataclass(slots=True)
class _Cell:
    box: PictureBox
    value: float = 0.0
    parts: list["_Cell"] = field(default_factory=list)

    @property
    def density(self) -> float:
        left, top, right, bottom = self.box
        return self.value / ((right - left) * (bottom - top))

    def leaves(self) -> Iterator["_Cell"]:
        for part in self.parts:
            yield from part.leaves()
        if not self.parts:
            yield self


class Occlusion:
    """The occlusion map of one run's answer.

    Args:
        version: The script.
        base: The run whose answer is explained; it ended well.
        input: Name of the input; None takes the first of which parts can be hidden.
        answer: Name of the output; None takes the first label, else number, else text, else any.
        grid: Cells each way, before any is divided.
        levels: How often cells are divided, into four.
        visitor: Name of the person for whom it is done, or None.

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
        grid: int = GRID,
        levels: int = LEVELS,
        visitor: str | None = None,
    ) -> None:
        self._version = version
        self._base = base
        self._visitor = visitor
        self._grid, self._levels = grid, levels
        self._answer = answer_of(base, answer)
        self._declared = _with_parts(base, input)
        self._values = {name: one.raw for name, one in base.inputs.items() if not one.input.momentary}
        before = base.outputs[self._answer]
        self._whole = before.support_for(before)
        self._cells = [
            _Cell((column / grid, row / grid, (column + 1) / grid, (row + 1) / grid))
            for row in range(grid)
            for column in range(grid)
        ]
        self._interrupter: Interrupter | None = None
        self._stopped = False
        self.runs = 0

    def steps(self) -> Iterator[int]:
        """Do the map, a cell a step; yields how many runs are done."""
        for cell in self._cells:
            cell.value = self._taken_by(cell.box)
            yield self.runs
        for _ in range(self._levels):
            for cell in self._to_divide():
                parts = [_Cell(box) for box in _quarters(cell.box)]
                alone = []
                for part in parts:
                    alone.append(self._taken_by(part.box))
                    yield self.runs
                _share(cell, parts, alone)

    def stop(self) -> None:
        """End the run that is going on, from any thread, and begin no other."""
        self._stopped = True
        if self._interrupter is not None:
            self._interrupter.request()
            self._interrupter.force()

    def report(self) -> OcclusionMap:
        """Return the map, as far as it is."""
        side = self._grid * 2**self._levels
        values = [[0.0] * side for _ in range(side)]
        leaves = [leaf for cell in self._cells for leaf in cell.leaves()]
        for leaf in leaves:
            left, top, right, bottom = (round(edge * side) for edge in leaf.box)
            each = leaf.value / ((right - left) * (bottom - top))
            for row in range(top, bottom):
                values[row][left:right] = [each] * (right - left)
        greatest = max(leaves, key=lambda leaf: leaf.density).box
        return OcclusionMap(
            METHOD,
            self._declared.name,
            self._answer,
            self._base.outputs[self._answer].decision(),
            values,
            ((greatest[0] + greatest[2]) / 2, (greatest[1] + greatest[3]) / 2),
            self.runs,
        )

    def _to_divide(self) -> list[_Cell]:
        leaves = sorted((leaf for cell in self._cells for leaf in cell.leaves()), key=lambda leaf: -abs(leaf.density))
        least = abs(leaves[0].density) * _DIVIDED_FROM
        return [leaf for leaf in leaves[:_MOST_DIVIDED] if leaf.value and abs(leaf.density) >= least]

    def _taken_by(self, box: PictureBox) -> float:
        """Return how much of the answer hiding a part takes away, on average over the fills.

        A run without an answer says nothing and is left out.
        """
        before = self._base.outputs[self._answer]
        taken = []
        for raw in self._declared.input.hidden(self._declared.raw, box):
            if self._stopped:
                break
            given = Given({**self._values, self._declared.name: raw}, parsed=self._base.inputs)
            blobs, visitor = self._base.blobs, self._visitor
            run, _ = explaining(self._version, given, blobs, self._begin, visitor=visitor, like=self._base)
            self.runs += 1
            output = run.outputs.get(self._answer)
            if type(output) is type(before):
                taken.append(self._whole - output.support_for(before))
        return sum(taken) / len(taken) if taken else 0.0

    def _begin(self, run: RunContext) -> Interrupter:
        self._interrupter = Interrupter(run)
        run.superseded = self._stopped
        return self._interrupter


def _with_parts(run: RunContext, name: str | None) -> Declared:
    """Return the input of that name, or the first of which parts can be hidden."""
    whole = (0.0, 0.0, 1.0, 1.0)
    for declared in run.inputs.values():
        wanted = name in (None, declared.name) and not declared.input.is_empty(declared.raw)
        if wanted and declared.input.hidden(declared.raw, whole):
            return declared
    which = "There is no input" if name is None else f"{name!r} is no input"
    raise InvalidValue(
        f"{which} of which parts can be hidden.", hint='It must be a picture, and its tools must have "occlude".'
    )


def _quarters(box: PictureBox) -> list[PictureBox]:
    left, top, right, bottom = box
    x, y = (left + right) / 2, (top + bottom) / 2
    return [(left, top, x, y), (x, top, right, y), (left, y, x, bottom), (x, y, right, bottom)]


def _share(cell: _Cell, parts: list[_Cell], alone: list[float]) -> None:
    """Share what a cell takes away among its parts, by what each takes away alone."""
    sign = 1 if cell.value > 0 else -1
    weights = [max(0.0, sign * value) for value in alone]
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        part.value = cell.value * (weight / total if total else 0.25)
    cell.parts = parts
