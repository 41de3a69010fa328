"""The report of a bulk run, as plain data that JSON carries and a page can draw."""

import msgspec
from modelapp.core.protocol import Stored


class ClassFigures(msgspec.Struct, frozen=True):
    """How good the answers are for one class."""

    name: str
    count: int
    """Cases that are truly of it."""
    precision: float
    recall: float
    f1: float
    auc: float | None = None
    """Of it against all others; None without probabilities, or where all cases or none are of it."""


class ReliabilityBin(msgspec.Struct, frozen=True):
    """Answers with a confidence above `low`, up to `high`."""

    low: float
    high: float
    count: int
    confidence: float | None
    """The mean; None if there are no such answers."""
    accuracy: float | None


class Calibration(msgspec.Struct, frozen=True):
    """Whether confidences mean what they say."""

    ece: float
    brier: float
    bins: tuple[ReliabilityBin, ...]
    """By the confidence of the class that was answered."""


class Classification(msgspec.Struct, frozen=True):
    """How good labels are."""

    output: str
    n: int
    """Cases with a truth and an answer."""
    accuracy: float
    macro_f1: float
    auc: float | None
    """Area under the ROC curve; for more than two classes the mean over those that occur, each against all others."""
    classes: tuple[ClassFigures, ...]
    """Those that occur or are answered."""
    confusion: tuple[tuple[int, ...], ...]
    """A row for each true class, a column for each answer, in the order of `classes`."""
    unanswered: int = 0
    """Cases of `n` for which the model named no class: they count as wrong."""
    calibration: Calibration | None = None


class Regression(msgspec.Struct, frozen=True):
    """How good numbers are."""

    output: str
    n: int
    mae: float
    rmse: float
    r2: float | None


class Report(Stored, frozen=True):
    """What became of a bulk run."""

    cases: int
    """How many there are."""
    done: int
    """How many have been run, well or not."""
    failed: int
    seconds: float
    """Time that the script took, summed over the cases."""
    errors: dict[str, int]
    """How many cases failed in which way."""
    truth: str | None = None
    """Name of the column with what is true."""
    without_truth: int = 0
    """Cases that ran well and of which nothing is known."""
    classification: Classification | None = None
    regression: Regression | None = None
    notes: tuple[str, ...] = ()
