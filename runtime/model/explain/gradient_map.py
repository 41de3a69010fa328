"""A map of a picture by the gradients of the model that sees it, laid over the picture cell by cell."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from modelapp.core.context import RunContext
from modelapp.core.errors import InvalidValue
from modelapp.core.prediction import Prediction
from modelapp.core.protocol import Explanation, Faithfulness
from modelapp.model.explain.alignment import Placed, placed
from modelapp.model.explain.deletion import Deletion
from modelapp.model.explain.gradients import integrated_gradients, prediction_of
from modelapp.model.explain.occlusion import reported
from modelapp.model.explain.probe import Probe
from modelapp.model.explain.regions import Region, first_regions
from modelapp.model.explain.subjects import Subject

if TYPE_CHECKING:
    import numpy as np

GRID = 14
_BY = {"pytorch": "captum", "keras": "TensorFlow"}


class GradientMap:
    """The map of one picture, and how far it can be believed.

    Args:
        probe: What does the runs.
        subject: The picture.
        tested: If True the map is tested by further runs, once it is there.

    Raises:
        InvalidValue: If the script's model has no gradients that can be had; says why.
    """

    def __init__(self, probe: Probe, subject: Subject, *, tested: bool = True) -> None:
        self._probe = probe
        self.subject = subject
        prediction = prediction_of(probe.base)
        if isinstance(prediction, str):
            raise InvalidValue(prediction)
        self._prediction: Prediction = prediction
        self._tested = tested
        self._regions = list[Region]()
        self._grid = GRID
        self._faithfulness: Faithfulness | None = None
        self.runs = 0

    def steps(self) -> Iterator[None]:
        """Make the map, and test it; yields after some runs.

        Raises:
            InvalidValue: If what the model is given cannot be laid over the picture.
        """
        before = self._probe.runs
        for _ in self._steps():
            self.runs = self._probe.runs - before
            yield

    def _steps(self) -> Iterator[None]:
        place = yield from placed(self._probe, self.subject, self._probe.base)
        if self._probe.stopped:
            return
        if place is None:
            raise InvalidValue(
                "Gradients cannot be laid over the picture: what the script makes of it for its model is no plain cut "
                "and scaling. Hide parts instead."
            )
        self._lay((yield from integrated_gradients(self._prediction, self._probe.decision)), place)
        if self._tested and not self._probe.stopped:
            deletion = Deletion(self._probe, self.subject, self._regions)
            yield from deletion.steps()
            self._faithfulness = deletion.report()

    def report(self) -> Explanation | None:
        """Return the map, or None before it is there."""
        if not self._regions:
            return None
        method = f"Integrated gradients (Sundararajan, Taly and Yan, 2017) by {_BY[self._prediction.framework]}"
        return reported(self._probe, self.subject, method, self._regions, self._grid, self.runs, self._faithfulness)

    def _lay(self, values: "np.ndarray[Any, Any]", place: Placed) -> None:
        """Add up what lies in each cell of the picture."""
        import numpy as np  # heavy: only scripts with models need it

        height, width = values.shape
        across = place.left + (np.arange(width) + 0.5) / width * (place.right - place.left)
        down = place.top + (np.arange(height) + 0.5) / height * (place.bottom - place.top)
        finest = min(width / (place.right - place.left), height / (place.bottom - place.top))
        self._grid = grid = max(1, min(GRID, int(finest + 0.5)))  # a cell has a pixel of the model's at least
        sums = np.zeros((grid, grid))
        inside = (down >= 0) & (down < 1), (across >= 0) & (across < 1)
        rows, columns = (np.floor(down[inside[0]] * grid), np.floor(across[inside[1]] * grid))
        np.add.at(sums, (rows.astype(int)[:, None], columns.astype(int)[None, :]), values[np.ix_(*inside)])
        regions = first_regions(self.subject, grid)
        for region, value in zip(regions, sums.ravel().tolist(), strict=True):
            region.value = value
        self._regions = regions


def gradients_of(run: RunContext) -> str | None:
    """Return why there are no gradients of a run's model, or None if there are."""
    found = prediction_of(run)
    return found if isinstance(found, str) else None
