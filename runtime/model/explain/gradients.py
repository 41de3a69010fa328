"""Integrated gradients (Sundararajan, Taly and Yan, 2017) of a model that `predict` called.

For PyTorch by captum, where that is installed; for Keras by TensorFlow's tape. Knows tensors only: where on a picture
they lie is the concern of `alignment`.
"""

from collections.abc import Generator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from modelapp.core.context import RunContext
from modelapp.core.prediction import Prediction

if TYPE_CHECKING:
    import numpy as np

PARTS = 4
STEPS = 8
"""How many gradients are taken in each part."""


def prediction_of(run: RunContext) -> Prediction | str:
    """Return the one call of a model in a run whose gradients can be had, or why there is none, in a sentence."""
    if not run.predictions:
        return "Gradients need a model that the script calls by ma.predict."
    if len(run.predictions) > 1:
        return "Gradients need one call of ma.predict; the script makes several."
    (prediction,) = run.predictions
    if prediction.framework not in ("pytorch", "keras"):
        return "Gradients need a model of PyTorch or Keras."
    if prediction.framework == "pytorch" and find_spec("captum") is None:
        return "Gradients of PyTorch models need captum: pip install 'modelapp[explain]'."
    if prediction.framework == "keras" and find_spec("tensorflow") is None:
        return "Gradients of Keras models need TensorFlow."
    if len(prediction.arrays) != 1 or len(getattr(prediction.arrays[0], "shape", ())) != 4:
        return "Gradients need a model that is given one picture."
    if getattr(prediction.result, "ndim", None) not in (0, 1):
        return "Gradients need a model that gives one vector, or one figure."
    return prediction


def pixels_of(prediction: Prediction) -> "np.ndarray[Any, Any]":
    """Return what the model was given [shape=(height, width, channels)]."""
    import numpy as np  # heavy: only scripts with models need it

    array = prediction.arrays[0]
    plain: np.ndarray[Any, Any]
    if prediction.framework == "pytorch":
        plain = array.detach().cpu().numpy()[0]
        return np.ascontiguousarray(plain.transpose(1, 2, 0))
    plain = np.asarray(array)[0]
    return plain


def integrated_gradients(prediction: Prediction, decision: str | None) -> "Generator[None, None, np.ndarray[Any, Any]]":
    """Return what each pixel adds to the model's output, against a picture of the mean colour.

    The way from the mean colour to the picture is gone in a few parts, and what each adds is summed. Yields after each
    part.

    Args:
        prediction: One that `prediction_of` returned.
        decision: The label whose output is meant, if it is one of the labels; else the greatest output is.

    Returns:
        Sums over the channels [shape=(height, width)], in the unit of the output. All together are about the output
        less that of the mean colour.
    """
    index, sign = _target(prediction, decision)
    of = _of_pytorch if prediction.framework == "pytorch" else _of_keras
    total: Any = 0.0
    for part in range(PARTS):
        total = total + of(prediction.model, prediction.arrays[0], index, part / PARTS, (part + 1) / PARTS)
        yield
    result: np.ndarray[Any, Any] = sign * total
    return result


def _target(prediction: Prediction, decision: str | None) -> tuple[int, int]:
    """Return which output is meant, and -1 if it speaks against the decision."""
    import numpy as np  # heavy: only scripts with models need it

    scores = np.ravel(prediction.result)
    names = list(prediction.labels or ())
    if scores.size == 1:
        return 0, -1 if len(names) == 2 and decision == names[0] else 1
    return (names.index(decision) if decision in names else int(scores.argmax())), 1


def _of_pytorch(model: Any, tensor: Any, index: int, start: float, end: float) -> "np.ndarray[Any, Any]":
    """Return what a part of the way adds [shape=(height, width)]."""
    import torch
    from captum.attr import IntegratedGradients

    def chosen(batch: Any) -> Any:
        return model(batch).reshape(len(batch), -1)[:, index]

    with torch.enable_grad():
        given = tensor.detach().clone()
        mean = given.mean(dim=(2, 3), keepdim=True)
        before, after = (mean + share * (given - mean) for share in (start, end))
        found = IntegratedGradients(chosen).attribute(after, before, n_steps=STEPS)
    return found.detach().sum(dim=1)[0].cpu().numpy()  # type: ignore[no-any-return]


def _of_keras(model: Any, array: Any, index: int, start: float, end: float) -> "np.ndarray[Any, Any]":
    """Return what a part of the way adds [shape=(height, width)]."""
    import numpy as np
    import tensorflow as tf

    given = tf.cast(tf.convert_to_tensor(array), tf.float32)
    mean = tf.reduce_mean(given, axis=(1, 2), keepdims=True)
    shares = start + (end - start) * (np.arange(STEPS, dtype=np.float32) + 0.5) / STEPS
    batch = mean + shares[:, None, None, None] * (given - mean)
    with tf.GradientTape() as tape:
        tape.watch(batch)
        outputs = tf.reshape(model(batch, training=False), (STEPS, -1))[:, index]
    slope = tf.reduce_mean(tape.gradient(outputs, batch), axis=0)
    return tf.reduce_sum((end - start) * (given - mean)[0] * slope, axis=-1).numpy()  # type: ignore[no-any-return]
