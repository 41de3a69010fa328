"""What `predict` did in a run that is to be explained: by it the gradients of the model can be asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Prediction:
    """One call of a model.

    Attributes:
        framework: "pytorch", "keras", "sklearn" or "pyfunc".
        model: The model.
        arrays: What it was given: the framework's own tensors, with the batch axis.
        result: What it gave, as a NumPy array without the batch axis.
        labels: Names of the outputs in their order, or None.
    """

    framework: str
    model: Any
    arrays: list[Any]
    result: Any
    labels: Sequence[str] | None
