"""What a report is made of, collected row by row, and compared with the truth at the end."""

from array import array
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from modelapp.core.names import some
from modelapp.core.protocol import Json
from modelapp.model.bulk import measures
from modelapp.model.bulk.report import Calibration, ClassFigures, Classification, Regression, ReliabilityBin, Report
from modelapp.model.bulk.results import Row, is_label

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Gathered:
    """What a report is made of.

    Args:
        cases: How many there are.
        truth: Name of the column with what is true, or None.
        answer: The output that is compared with it; None takes the first label, else number, else text.
    """

    def __init__(self, cases: int, truth: str | None = None, answer: str | None = None) -> None:
        self._cases = cases
        self._truth = truth
        self._answer = answer
        self._done = self._failed = self._without_truth = 0
        self._seconds = 0.0
        self._errors: Counter[str] = Counter()
        self._truths: list[str] = []
        self._labels: list[str | None] = []
        self._numbers = array("d")
        self._names: dict[str, int] = {}
        self._confidences: list[array[float] | None] = []
        self._without_answer = 0

    @property
    def done(self) -> int:
        """How many rows were added."""
        return self._done

    @property
    def failed(self) -> int:
        """How many of them have no outputs."""
        return self._failed

    def add(self, row: Row) -> None:
        """Take in a row."""
        self._done += 1
        self._seconds += row.seconds
        if row.fault is not None:
            self._failed += 1
            self._errors[row.fault.type] += 1
            return
        if self._truth is None:
            return
        truth = row.given.get(self._truth, "").strip()
        if not truth:
            self._without_truth += 1
            return
        self._answer = self._answer or _comparable(row.outputs)
        if self._answer not in row.outputs:
            self._without_answer += 1
            return
        self._compare(truth, row.outputs[self._answer])

    def _compare(self, truth: str, output: Json) -> None:
        self._truths.append(truth)
        label = output["label"] if is_label(output) else output
        self._labels.append(label if isinstance(label, str) or label is None else _text(label))
        numeric = isinstance(output, (int, float)) and not isinstance(output, bool)
        self._numbers.append(float(output) if numeric else float("nan"))
        confidences: dict[str, float] = output["confidences"] if is_label(output) else {}
        for name in confidences:
            self._names.setdefault(name, len(self._names))
        if not confidences:
            self._confidences.append(None)
            return
        values = array("d", bytes(8 * len(self._names)))
        for name, confidence in confidences.items():
            values[self._names[name]] = confidence
        self._confidences.append(values)

    def report(self, notes: tuple[str, ...] = ()) -> Report:
        """Return the report of what was added so far."""
        said = list(notes)
        classification = regression = None
        if self._without_answer:
            what = "label, number or text" if self._answer is None else f"output {self._answer!r}"
            said.append(f"{self._without_answer:,} of the cases with a truth have no {what} to compare with it.")
        if self._truths:
            assert self._answer is not None
            truths = [_number(truth) for truth in self._truths]
            if not self._names and None not in truths and not any(number != number for number in self._numbers):
                regression = self._regression([number for number in truths if number is not None])
            else:
                classification, told = self._classification()
                said += told
        return Report(
            self._cases,
            self._done,
            self._failed,
            round(self._seconds, 6),
            dict(self._errors.most_common()),
            self._truth,
            self._without_truth,
            classification,
            regression,
            tuple(said),
        )

    def _regression(self, truths: list[float]) -> Regression:
        import numpy as np  # heavy: only reports need it

        figures = measures.errors(np.array(truths), np.array(self._numbers))
        return Regression(str(self._answer), len(truths), *figures)

    def _classification(self) -> tuple[Classification, list[str]]:
        import numpy as np  # heavy: only reports need it

        labels = [label for label in self._labels if label is not None]
        classes = sorted({*self._truths, *labels, *self._names})
        place = {name: index for index, name in enumerate(classes)}
        truth = np.array([place[name] for name in self._truths])
        predicted = np.array([-1 if label is None else place[label] for label in self._labels])
        matrix = measures.confusion(truth, predicted, len(classes))
        support = np.bincount(truth, minlength=len(classes))
        figures = measures.per_class(matrix, support)
        probabilities = self._probabilities(classes)
        areas: dict[str, float | None] = {}
        calibration = None
        if probabilities is not None:
            known = [name for name in classes if name in self._names]
            areas = {name: measures.auc(truth == place[name], probabilities[:, place[name]]) for name in known}
            calibration = _calibration(truth, predicted, probabilities)
        # Of a thousand classes that the model knows, most neither occur nor are answered.
        met = [index for index in range(len(classes)) if support[index] or matrix[:, index].any()]
        shown = tuple(
            ClassFigures(classes[index], int(support[index]), *figures[index], areas.get(classes[index]))
            for index in met
        )
        defined = [area for area in areas.values() if area is not None]
        return (
            Classification(
                output=str(self._answer),
                n=len(truth),
                accuracy=float((truth == predicted).mean()),
                macro_f1=sum(one.f1 for one in shown) / len(shown),
                auc=sum(defined) / len(defined) if defined else None,
                classes=shown,
                confusion=tuple(tuple(int(matrix[row, column]) for column in met) for row in met),
                unanswered=int((predicted < 0).sum()),
                calibration=calibration,
            ),
            self._doubts(labels),
        )

    def _probabilities(self, classes: list[str]) -> "NDArray[np.float64] | None":
        """Return the probability of each class [shape=(n, classes)]; None if some case has none."""
        import numpy as np  # heavy: only reports need it

        table = np.zeros((len(self._truths), len(classes)))
        columns = [classes.index(name) for name in self._names]
        for index, values in enumerate(self._confidences):
            if values is None:
                return None
            table[index, columns[: len(values)]] = values
        return table

    def _doubts(self, labels: list[str]) -> list[str]:
        answered = {*labels, *self._names}
        unknown = sorted(set(self._truths) - answered)
        if not unknown or not answered:
            return []
        return [f"True labels that the model never names: {some(unknown)}. It names: {some(sorted(answered))}."]


def _calibration(
    truth: "NDArray[np.int64]", predicted: "NDArray[np.int64]", probabilities: "NDArray[np.float64]"
) -> Calibration | None:
    sure = predicted >= 0
    if not sure.any():
        return None
    confidence = probabilities[sure, predicted[sure]]
    bins = measures.reliability(truth[sure] == predicted[sure], confidence)
    ece = measures.expected_calibration_error(bins)
    assert ece is not None
    return Calibration(
        ece,
        measures.brier(truth, probabilities),
        tuple(
            ReliabilityBin(
                index / len(bins),
                (index + 1) / len(bins),
                one.count if one else 0,
                one.confidence if one else None,
                one.accuracy if one else None,
            )
            for index, one in enumerate(bins)
        ),
    )


def _comparable(outputs: dict[str, Json]) -> str | None:
    def first(fits: type | tuple[type, ...]) -> str | None:
        return next((name for name, output in outputs.items() if isinstance(output, fits)), None)

    return (
        next((name for name, output in outputs.items() if is_label(output)), None) or first((int, float)) or first(str)
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number else None


def _text(value: Json) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
