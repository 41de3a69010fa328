"""`predict`: one call for a model of any framework."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from modelapp.core.current import active_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError, did_you_mean
from modelapp.core.prediction import Prediction
from modelapp.model.frameworks import FRAMEWORKS, Framework, Function, Keras, PyTorch, Sklearn, framework_of

_SUM_TOLERANCE = 1e-3


def predict(
    model: Any,
    *inputs: Any,
    framework: Literal["pytorch", "keras", "sklearn", "pyfunc"] | None = None,
    labels: Sequence[Any] | Mapping[Any, Any] | None = None,
    preprocess: Callable[..., Any] | None = None,
    postprocess: Callable[..., Any] | None = None,
    device: str = "auto",
    batch: bool = True,
) -> Any:
    """Run a model on one example, the way its framework wants it.

    - PyTorch: in evaluation and inference mode, on the model's device. A picture becomes float32
      [shape=(channels, height, width), 0-1].
    - Keras: as `model(x, training=False)`. A picture becomes float32 [shape=(height, width, channels), 0-1].
    - scikit-learn: `predict_proba`, else `predict`, with all inputs in one row.
    - any other callable: as it is.

    What was decided is told once to the script's author.

    Args:
        model: The model.
        inputs: One example: pictures, arrays, numbers, a row of a table.
        framework: The framework; None finds it by the model's class.
        labels: Names of the classes, in the order of the model's outputs, or a mapping from class to name. With labels
            the result is a dict of name to probability: outputs that are no probabilities go through softmax, a single
            one with two labels through the logistic function. Outputs in [0, 1] that do not sum to 1 are kept as
            independent probabilities, except from a PyTorch model that does not end in a sigmoid. scikit-learn's own
            classes are used when None.
        preprocess: Called with the inputs; returns what the model gets, several as a tuple. The batch axis is added
            if the model's first layer expects one more.
        postprocess: Called with the result, as NumPy arrays; returns what predict returns. Labels are then not used.
        device: PyTorch device, such as "cuda:1"; "auto" takes a GPU where there is one.
        batch: If False, no batch axis is added or taken away.

    Returns:
        A dict of name to probability if there are labels, a float for a single number, else the model's output as NumPy
        arrays without the batch axis.

    Raises:
        ScriptError: If the model fails (with the shapes that it was given), or labels and outputs do not match.

    Example:
        >>> import modelapp as ma
        >>> image = ma.image_input()
        >>> ma.label_output(ma.predict(net, image, labels=["cat", "dog"]))
    """
    adapter = _adapter(model, framework, device)
    given: Any = preprocess(*inputs) if preprocess else inputs
    values = list(given) if isinstance(given, tuple) else [given]
    if not values:
        raise ScriptError("predict got no input.", hint="Pass what the model takes: predict(model, image).")
    arrays = [adapter.array(value) for value in values]
    run = active_run()
    if run and batch and adapter.accelerated:
        run.stackable = True
    if batch:
        arrays = adapter.batched(arrays)
    shapes = ", ".join(str(tuple(array.shape)) if hasattr(array, "shape") else describe(array) for array in arrays)
    try:
        together = run.together if run and batch else None
        output = together.call(run, adapter, model, arrays) if run and together else adapter.call(arrays)
    except Exception as error:  # whatever the model raises, its author wants to know what it was given
        raise ScriptError(
            f"The model failed on input of shape {shapes}: {type(error).__name__}: {error}",
            hint="Change the input with preprocess=, for example preprocess=lambda image: image.resize((224, 224)).",
        ) from error
    result = adapter.numpy(output)
    names = labels if labels is not None else getattr(adapter, "classes", None)
    if postprocess:
        answer = postprocess(result)
    else:
        answer = _named(result, names, adapter) if names is not None else _plain(result)
    if run and run.mode == "explain":
        told = None if names is None or postprocess else _names(names, adapter)
        run.predictions.append(Prediction(framework or framework_of(model), model, arrays, result, told))
    if run:
        run.notice(f"predict: {adapter.name}, {', '.join([*adapter.did, f'input {shapes}'])}.")
    return answer


def _adapter(model: Any, framework: str | None, device: str) -> Framework:
    found = framework or framework_of(model)
    if found not in FRAMEWORKS:
        near = did_you_mean(found, FRAMEWORKS) or "It is one of " + ", ".join(FRAMEWORKS) + "."
        raise ScriptError(f"predict got framework={found!r}.", hint=near)
    if found == "pytorch":
        return PyTorch(model, device)
    if found == "keras":
        return Keras(model)
    return Sklearn(model) if found == "sklearn" else Function(model)


def _plain(result: Any) -> Any:
    size = getattr(result, "size", None)
    return result.item() if size == 1 and hasattr(result, "item") else result


def _named(result: Any, labels: Sequence[Any] | Mapping[Any, Any], adapter: Framework) -> Any:
    """Return class probabilities by name."""
    import numpy as np  # heavy: not before a model is called

    scores = np.asarray(result)
    if scores.dtype == object or scores.dtype.kind not in "fiub":
        return result  # names already
    scores = scores.astype(np.float64).ravel()
    names = _names(labels, adapter)
    if scores.size == 1 and len(names) == 2:
        value = float(scores[0])
        if not 0 <= value <= 1:
            value = float(1 / (1 + np.exp(-value)))
            adapter.did.append("logistic function")
        return {names[0]: 1 - value, names[1]: value}
    if scores.size != len(names):
        raise ScriptError(
            f"The model gave {scores.size} outputs, but there are {len(names)} labels.",
            hint="Pass one label for each output, in their order.",
        )
    bounded = scores.min() >= 0 and scores.max() <= 1
    if not bounded or (adapter.logits and abs(scores.sum() - 1) > _SUM_TOLERANCE):
        exponentials = np.exp(scores - scores.max())
        scores = exponentials / exponentials.sum()
        adapter.did.append(f"softmax over {len(names)} labels")
    return dict(zip(names, scores.tolist(), strict=True))


def _names(labels: Sequence[Any] | Mapping[Any, Any], adapter: Framework) -> list[str]:
    classes = getattr(adapter, "classes", None)
    if isinstance(labels, Mapping):
        order = classes if classes is not None else sorted(labels, key=_position)
        return [str(labels.get(name, name)) for name in order]
    return [str(label) for label in labels]


def _position(key: Any) -> tuple[bool, Any]:
    """Return what sorts keys as the model's outputs are ordered: "10", as JSON has it, comes after "9"."""
    try:
        return False, int(key)
    except (TypeError, ValueError):
        return True, key
