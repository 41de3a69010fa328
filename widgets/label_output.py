"""The answer of a classifier: a name, with the confidences of the best few."""

import math
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Self

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.json_schema import Schema
from modelapp.core.output import Doubt, Output
from modelapp.core.protocol import OutputProps

_TOLERANCE = 1e-6
_SUM_TOLERANCE = 0.02
_SOFTMAX = "If these are scores, turn them into probabilities first: a softmax, or a sigmoid for each class of its own."


class Bar(msgspec.Struct, frozen=True):
    """One class and how sure the model is of it, in [0, 1]."""

    name: str
    confidence: float


class LabelOutputProps(OutputProps, frozen=True, kw_only=True, tag="label_output"):
    """A name, and the confidences of the best few."""

    top: str
    confidence: float | None = None
    """Of the winner; None when only a name was given, or none is above the threshold."""
    bars: tuple[Bar, ...] = ()
    """Highest first; empty when only a name was given."""
    note: str | None = None


class LabelOutput(Output):
    """The answer of a classifier. See `label_output`."""

    kind = "label_output"
    answers = 3

    def __init__(
        self,
        value: Any,
        labels: Any = None,
        label: str | None = None,
        *,
        top: int | None = 3,
        threshold: float | None = None,
        key: str | None = None,
    ) -> None:
        super().__init__(label, key=key)
        if top is not None and (type(top) is not int or top < 1):
            raise ScriptError(
                f"label_output(top={describe(top)}): a whole number of at least 1, or None for all, is expected.",
                hint="For example label_output(…, top=5).",
            )
        self.top = top
        self.threshold = threshold
        self.name, self.confidences = _read(value, labels)
        if self.confidences:
            self.name = max(self.confidences, key=self.confidences.__getitem__)

    def props(self, blobs: Blobs) -> LabelOutputProps:
        if not self.confidences:
            return LabelOutputProps(label=self.label, top=self.name)
        best = sorted(self.confidences.items(), key=itemgetter(1), reverse=True)[: self.top]
        total = math.fsum(self.confidences.values())
        return LabelOutputProps(
            label=self.label,
            top=f"None above {self.threshold:g}" if self._unsure() else self.name,
            confidence=None if self._unsure() else self.confidences[self.name],
            bars=tuple(Bar(name, confidence) for name, confidence in best),
            note=None if abs(total - 1) <= _SUM_TOLERANCE else f"The confidences sum to {total:.2f}.",
        )

    @classmethod
    def schema(cls) -> Schema:
        return {
            "type": "object",
            "properties": {
                "label": {
                    "type": ["string", "null"],
                    "description": "The winner; null if none is above the threshold.",
                },
                "confidences": {
                    "type": "object",
                    "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
                },
            },
            "required": ["label", "confidences"],
        }

    def result(self) -> dict[str, Any]:
        return {"label": None if self._unsure() else self.name, "confidences": dict(self.confidences)}

    def change_from(self, before: Self) -> str | None:
        earlier, now = before.confidences.get(before.name), self.confidences.get(before.name)
        if earlier is None or now is None:
            return f"{before.name} → {self.name}" if before.name != self.name else None
        return f"{before.name} {earlier:.2f} → {now:.2f}"

    def distance_from(self, before: Self) -> float:
        if not self.confidences or not before.confidences:
            return float(self.name != before.name)
        # The total variation distance; where classes do not exclude each other it may exceed 1.
        names = self.confidences.keys() | before.confidences.keys()
        apart = (abs(self.confidences.get(name, 0.0) - before.confidences.get(name, 0.0)) for name in names)
        return min(1.0, math.fsum(apart) / 2)

    def support_for(self, before: Self) -> float:
        if not self.confidences:
            return float(self.name == before.name)
        return self.confidences.get(before.name, 0.0)

    def decision(self) -> str:
        return f"none above {self.threshold:g}" if self._unsure() else self.name

    def doubts(self) -> list[Doubt]:
        total = math.fsum(self.confidences.values())
        if len(self.confidences) < 2 or abs(total - 1) <= _SUM_TOLERANCE:
            return []
        return [
            Doubt(
                "probabilities do not sum to 1",
                f"the {len(self.confidences)} confidences sum to {total:.3g}, not to 1.",
                f"{_SOFTMAX} Leave it if the classes do not exclude each other, or if these are only the best few.",
                severe=False,
            )
        ]

    def _unsure(self) -> bool:
        return self.threshold is not None and bool(self.confidences) and self.confidences[self.name] < self.threshold


def _read(value: Any, labels: Any) -> tuple[str, dict[str, float]]:
    """Return the winning name and the confidences by name; one of the two is empty."""
    names = None if labels is None else _names(labels)
    if hasattr(value, "to_dict"):  # a pandas Series is a mapping
        value = value.to_dict()
    if isinstance(value, Mapping):
        return "", _checked((str(name), confidence) for name, confidence in value.items())
    if isinstance(value, str):
        return value, {}
    plain = _plain(value)
    if isinstance(plain, list) and len(plain) == 1 and not isinstance(plain[0], (float, list, dict, tuple)):
        plain = plain[0]  # what scikit-learn's predict returns for one case
    if isinstance(plain, str):
        return plain, {}
    if isinstance(plain, int):
        return _name_at(int(plain), names) if not isinstance(plain, bool) or names else str(plain), {}
    if isinstance(plain, float):
        plain = [plain]
    if not isinstance(plain, list) or not plain:
        raise ScriptError(
            f"label_output({describe(value)}): a name, a dict of name to probability, or a vector of probabilities "
            "is expected.",
            hint='For example label_output({"cat": 0.9, "dog": 0.1}) or label_output([0.9, 0.1], ["cat", "dog"]).',
        )
    if isinstance(plain[0], dict) and {"label", "score"} <= plain[0].keys():
        return "", _checked((str(entry["label"]), entry["score"]) for entry in plain)
    if isinstance(plain[0], tuple):
        return "", _checked((str(name), confidence) for name, confidence in plain)
    return "", _named(plain, names, value)


def _plain(value: Any) -> Any:
    """Return an array or tensor of any library, on any device, as numbers or a list; one case of a batch of one."""
    if hasattr(value, "detach"):  # PyTorch: gradients and devices are of no concern to a reader
        value = value.detach().float() if value.is_floating_point() else value.detach()
    elif hasattr(value, "numpy"):  # TensorFlow
        value = value.numpy()
    if hasattr(value, "tolist"):
        value = value.tolist()
    elif isinstance(value, Sequence) and not isinstance(value, (str, tuple)):
        value = [_plain(entry) if hasattr(entry, "tolist") else entry for entry in value]
    elif isinstance(value, tuple):
        value = list(value)
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if isinstance(value, list) and value and all(isinstance(entry, list) and len(entry) == 1 for entry in value):
        value = [entry[0] for entry in value]
    return value


def _names(labels: Any) -> list[str] | dict[int, str]:
    if isinstance(labels, Mapping):
        if all(isinstance(key, str) and isinstance(index, int) for key, index in labels.items()):
            return {index: str(key) for key, index in labels.items()}  # name to index, as Keras' class_indices
        return {int(index): str(name) for index, name in labels.items()}
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        raise ScriptError(
            f"label_output(labels={describe(labels)}): a list of names, or a mapping of index to name, is expected.",
            hint='For example label_output(vector, labels=["cat", "dog"]).',
        )
    return [str(name) for name in labels]


def _name_at(index: int, names: list[str] | dict[int, str] | None) -> str:
    if names is None:
        return str(index)
    if isinstance(names, dict) and index in names:
        return names[index]
    if isinstance(names, list) and 0 <= index < len(names):
        return names[index]
    raise ScriptError(
        f"label_output({index}, labels=…): the {len(names)} labels have none at {index}.",
        hint="Pass labels= with one name for each class of the model, in its order.",
    )


def _named(vector: list[Any], names: list[str] | dict[int, str] | None, value: Any) -> dict[str, float]:
    if isinstance(vector[0], (list, tuple, dict, str)):
        raise ScriptError(
            f"label_output({describe(value)}): one vector of probabilities is expected, not a batch.",
            hint="Pass one case of it: label_output(probabilities[0], labels).",
        )
    if names is not None and len(vector) == 1 and len(names) == 2:
        yes = _confidence(_name_at(1, names), vector[0])
        vector = [1 - yes, yes]
    if names is not None and len(names) != len(vector):
        raise ScriptError(
            f"label_output: the vector has {len(vector)} probabilities, but there are {len(names)} labels.",
            hint="Pass labels= with one name for each class of the model, in its order.",
        )
    pairs: dict[str, float] = {}
    for index, entry in enumerate(vector):
        name = names[index] if isinstance(names, list) else _name_at(index, names)
        pairs[name if name not in pairs else f"{name} ({index})"] = entry  # ImageNet has two cranes
    return _checked(pairs.items())


def _checked(pairs: Iterable[tuple[str, Any]]) -> dict[str, float]:
    confidences = {
        name: value if type(value) is float and 0.0 <= value <= 1.0 else _confidence(name, value)
        for name, value in pairs
    }
    if not confidences:
        raise ScriptError(
            "label_output was given no classes.", hint='For example label_output({"cat": 0.9, "dog": 0.1}).'
        )
    return confidences


def _confidence(name: str, value: Any) -> float:
    plain = value if type(value) is float else _plain(value)
    if isinstance(plain, list) and len(plain) == 1:
        plain = plain[0]
    if not isinstance(plain, (int, float)):
        raise ScriptError(f"label_output: the confidence of {name!r} is {describe(value)}; a number is expected.")
    if not -_TOLERANCE <= plain <= 1 + _TOLERANCE:  # also false for NaN
        raise ScriptError(
            f"label_output: the confidence of {name!r} is {plain:.6g}; a probability from 0 to 1 is expected.",
            hint=_SOFTMAX,
        )
    return min(max(float(plain), 0.0), 1.0)


def label_output(
    value: Any,
    labels: Any = None,
    *,
    top: int | None = 3,
    threshold: float | None = None,
    label: str | None = None,
    key: str | None = None,
) -> None:
    """Show the answer of a classifier: the winning name, and bars for the best few.

    Args:
        value: One of: a name (str); the index of a class (int); a dict or pandas Series of name to probability; a list
            of (name, probability) pairs or of {"label", "score"} dicts; or a vector of probabilities
            [shape=(n,) or (1, n), 0-1] as a list, NumPy array, or tensor of PyTorch (on any device, with gradients or
            not) or TensorFlow. A vector of one with two labels is the probability of the second.
        labels: Names for a vector's or an index's classes: a list [length=n], a mapping of index to name, or of name
            to index. None numbers them from 0.
        top: How many bars to show; None is all.
        threshold: If the best confidence is below it, the page says "None above 0.5" in place of a name, and the
            result's label is None; the bars are still shown. None is no threshold.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "label".

    Raises:
        ScriptError: If a confidence is below 0, above 1, or NaN; if there are more or fewer labels than classes.

    Example:
        >>> import modelapp as ma
        >>> ma.label_output([0.1, 0.7, 0.2], ["cat", "dog", "fox"])
        >>> ma.label_output({"pneumonia": 0.31, "healthy": 0.69}, threshold=0.5)
    """
    current_run().show(LabelOutput(value, labels, label, top=top, threshold=threshold, key=key))
