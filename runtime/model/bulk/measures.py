"""Figures of merit, in plain NumPy: arrays in, numbers out. Knows nothing of scripts, cases or files.

Where a figure is not defined (an AUC where only one class occurs, say) it is None.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


def confusion(truth: "Whole", predicted: "Whole", classes: int) -> "Whole":
    """Count how often each class was taken for which.

    Args:
        truth: Index of each case's class [shape=(n,)].
        predicted: Index of the class that was answered [shape=(n,)]; -1 for none of them.
        classes: How many there are.

    Returns:
        [shape=(classes, classes)]: a row for each true class, a column for each answer.
    """
    import numpy as np  # heavy: only reports need it

    known = predicted >= 0
    flat = np.bincount(truth[known] * classes + predicted[known], minlength=classes * classes)
    return flat.reshape(classes, classes).astype(np.int64)


class PerClass(NamedTuple):
    """Figures of one class, each in [0, 1]; 0 where nothing was there to be counted."""

    precision: float
    recall: float
    f1: float


def per_class(matrix: "Whole", support: "Whole") -> list[PerClass]:
    """Return precision, recall and F1 of each class.

    F1 is the harmonic mean of the two (van Rijsbergen, Information Retrieval, 2nd ed., 1979, chapter 7).

    Args:
        matrix: Of `confusion`.
        support: How many cases are of each class, also those without an answer [shape=(classes,)].
    """
    figures = []
    for place in range(len(matrix)):
        hits, answered, true = int(matrix[place, place]), int(matrix[:, place].sum()), int(support[place])
        precision, recall = hits / answered if answered else 0.0, hits / true if true else 0.0
        figures.append(PerClass(precision, recall, 2 * hits / (answered + true) if answered + true else 0.0))
    return figures


def auc(positive: "NDArray[np.bool_]", score: "Floats") -> float | None:
    """Return the area under the ROC curve: how often a positive case scores above a negative one, ties counting half.

    Computed from ranks, as the statistic of Mann and Whitney (Hanley and McNeil, Radiology 143, 1982).

    Args:
        positive: Which cases are of the class [shape=(n,)].
        score: How sure the model is of it [shape=(n,)].

    Returns:
        In [0, 1]; None if all or none are positive.
    """
    import numpy as np  # heavy: only reports need it

    count, total = int(positive.sum()), len(positive)
    if count in (0, total):
        return None
    _, places, sizes = np.unique(score, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    ranks = (last - (sizes - 1) / 2)[places]  # of equal scores: the mean of the ranks that they take up
    return float((ranks[positive].sum() - count * (count + 1) / 2) / (count * (total - count)))


def brier(truth: "Whole", probabilities: "Floats") -> float:
    """Return the mean squared distance of probabilities from what was true (Brier, Monthly Weather Review 78, 1950).

    Args:
        truth: Index of each case's class [shape=(n,)].
        probabilities: Of each class [shape=(n, classes)].

    Returns:
        For two classes the mean square for one of them, in [0, 1]; for more the sum over all, in [0, 2]. The usual
        convention, that of scikit-learn too.
    """
    import numpy as np  # heavy: only reports need it

    classes = probabilities.shape[1]
    squares = ((probabilities - np.eye(classes)[truth]) ** 2).sum(axis=1)
    return float(squares.mean() / (2 if classes == 2 else 1))


@dataclass(frozen=True, slots=True)
class Bin:
    """The cases with confidences in one range."""

    count: int
    confidence: float
    """Their mean."""
    accuracy: float
    """The share of them that was right."""


def reliability(right: "NDArray[np.bool_]", confidence: "Floats", bins: int = 10) -> list[Bin | None]:
    """Return how often answers of each confidence were right (DeGroot and Fienberg, The Statistician 32, 1983).

    Args:
        right: Which answers were right [shape=(n,)].
        confidence: Of the answer [shape=(n,), 0-1].
        bins: Number of ranges of equal width; the upper edge belongs to a range.

    Returns:
        A bin for each range, from 0 up; None where no case is.
    """
    import numpy as np  # heavy: only reports need it

    edges = np.linspace(0, 1, bins + 1)
    place = np.searchsorted(edges[1:-1], confidence)
    inside = [place == one for one in range(bins)]
    return [
        Bin(int(here.sum()), float(confidence[here].mean()), float(right[here].mean())) if here.any() else None
        for here in inside
    ]


def expected_calibration_error(bins: list[Bin | None]) -> float | None:
    """Return the mean distance of confidence from accuracy, each bin weighted by its cases; None for no cases.

    ECE as in Guo et al., On Calibration of Modern Neural Networks, ICML 2017.
    """
    filled = [one for one in bins if one is not None]
    total = sum(one.count for one in filled)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in filled) / total if total else None


class Errors(NamedTuple):
    """How far numbers are from what they should be."""

    mae: float
    """Mean absolute error."""
    rmse: float
    """Root of the mean squared error."""
    r2: float | None
    """Coefficient of determination; 1 is perfect, 0 is as good as the mean. None for fewer than two cases."""


def errors(truth: "Floats", answered: "Floats") -> Errors:
    """Return the errors of numbers [shape=(n,), n at least 1].

    Where all truths are equal, R2 is 1 if all answers are right, else 0: the convention of scikit-learn.
    """
    import numpy as np  # heavy: only reports need it

    off = answered - truth
    squares, spread = float((off**2).sum()), float(((truth - truth.mean()) ** 2).sum())
    r2 = None if len(truth) < 2 else 1 - squares / spread if spread else float(not squares)
    return Errors(float(np.abs(off).mean()), float(np.sqrt((off**2).mean())), r2)
