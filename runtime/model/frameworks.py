"""How each framework wants to be called: one class a framework, all with the same four steps.

`array` turns one input into what the framework computes on, `batched` adds the axes that the model expects, `call`
runs it without keeping anything for training, and `numpy` brings the result back. Frameworks are imported only when
one of their models is at hand, so the import is there already.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError

if TYPE_CHECKING:
    import numpy as np

FRAMEWORKS = ("pytorch", "keras", "sklearn", "pyfunc")


class Framework(Protocol):
    """One way of calling a model. `did` collects what was decided, in words, for the author."""

    name: str
    logits: bool
    """True if outputs in [0, 1] that do not sum to 1 are scores, not independent probabilities."""
    did: list[str]
    stacks: bool
    """True if the model takes several examples at once, along the first axis."""
    accelerated: bool
    """True if it does them faster at once, on an accelerator."""

    def array(self, value: Any) -> Any:
        """Turn one input into what the framework computes on."""

    def batched(self, arrays: list[Any]) -> list[Any]:
        """Add the batch axis, where the model expects one and the input has none."""

    def call(self, arrays: list[Any]) -> Any:
        """Run the model."""

    def stacked(self, arrays: list[Any]) -> Any:
        """Return one input of several examples, each with a batch axis of one, as one array."""

    def numpy(self, result: Any) -> Any:
        """Return the result as NumPy arrays, without the batch axis that `batched` added."""


def framework_of(model: Any) -> str:
    """Return the name of the framework that a model belongs to; "pyfunc" for any other callable.

    Raises:
        ScriptError: If the model cannot be called.
    """
    for base in type(model).__mro__:
        package = base.__module__.partition(".")[0]
        if package == "torch":
            return "pytorch"
        if package == "keras" or base.__module__.startswith("tensorflow.python.keras"):
            return "keras"
        if package == "sklearn":
            return "sklearn"
    if not callable(model):
        raise ScriptError(
            f"predict got {describe(model)} as its model, which cannot be called.",
            hint="Pass a PyTorch module, a Keras model, a scikit-learn estimator or a function.",
        )
    return "pyfunc"


def image_array(value: Any) -> "np.ndarray[Any, Any] | None":
    """Return a PIL picture as float32 [shape=(height, width, channels), 0-1], or None for anything else."""
    if not hasattr(value, "getbands") or not hasattr(value, "tobytes"):
        return None
    import numpy as np  # heavy: not before a model is called

    pixels = np.asarray(value)
    if pixels.ndim == 2:
        pixels = pixels[:, :, np.newaxis]
    scale = 65535.0 if pixels.dtype == np.uint16 else 255.0 if pixels.dtype == np.uint8 else 1.0
    return (pixels / np.float32(scale)).astype(np.float32)


class PyTorch:
    """PyTorch: evaluation mode, inference mode, the model's device."""

    name = "PyTorch"
    stacks = True

    def __init__(self, model: Any, device: str) -> None:
        import torch

        self._torch = torch
        self._model = model
        self.did: list[str] = []
        self._added = False
        self._device = self._place(device)
        self.accelerated = self._device.type != "cpu"
        last = list(model.modules())[-1]
        self.logits = not isinstance(last, torch.nn.Sigmoid)
        if model.training:
            model.eval()
            self.did.append("switched to evaluation mode")

    def _place(self, device: str) -> Any:
        torch = self._torch
        parameter = next(iter(self._model.parameters()), None)
        here = parameter.device if parameter is not None else torch.device("cpu")
        wanted = here
        if device != "auto":
            wanted = torch.device(device)
        elif here.type == "cpu" and torch.cuda.is_available():
            wanted = torch.device("cuda")
        if wanted != here and parameter is not None:
            self._model.to(wanted)
        self.did.append(f"on {wanted}")
        return wanted

    def array(self, value: Any) -> Any:
        """Pictures become float32 [shape=(channels, height, width), 0-1]; float64 becomes float32."""
        torch = self._torch
        pixels = image_array(value)
        if pixels is not None:
            value = torch.from_numpy(pixels.transpose(2, 0, 1).copy())
        elif not isinstance(value, torch.Tensor):
            value = torch.as_tensor(value)
        return (value.float() if value.dtype == torch.float64 else value).to(self._device)

    def batched(self, arrays: list[Any]) -> list[Any]:
        """Add an axis unless the input has as many as the model's first layer expects."""
        expected = self._expected_axes()
        if expected is not None:
            self._added = arrays[0].ndim < expected
        else:
            self._added = True
        return [array.unsqueeze(0) for array in arrays] if self._added else arrays

    def _expected_axes(self) -> int | None:
        for layer in self._model.modules():
            # By the classes that it extends: many networks bring their own kind of convolution.
            for kind in (base.__name__ for base in type(layer).__mro__):
                for axes in (1, 2, 3):
                    if kind == f"Conv{axes}d":
                        return axes + 2
                if kind in ("Linear", "Embedding"):
                    return 2
        return None

    def call(self, arrays: list[Any]) -> Any:
        """Run the model without gradients."""
        with self._torch.inference_mode():
            return self._model(*arrays)

    def stacked(self, arrays: list[Any]) -> Any:
        """Return examples as one tensor."""
        return self._torch.cat(arrays)

    def numpy(self, result: Any) -> Any:
        """Return tensors, also inside tuples and dicts, as arrays."""
        if isinstance(result, self._torch.Tensor):
            array = result.detach().cpu().numpy()
            return array[0] if self._added and array.ndim and array.shape[0] == 1 else array
        return _inside(result, self.numpy)


class Keras:
    """Keras: called as a function with `training=False`, which is far faster for one example than `model.predict`."""

    name = "Keras"
    logits = False
    stacks = True
    accelerated = False  # it does not say where it computes

    def __init__(self, model: Any) -> None:
        self._model = model
        self.did: list[str] = ["called with training=False"]
        self._added = False

    def array(self, value: Any) -> Any:
        """Pictures become float32 [shape=(height, width, channels), 0-1]; float64 becomes float32."""
        import numpy as np

        pixels = image_array(value)
        array = np.asarray(value) if pixels is None else pixels
        return array.astype(np.float32) if array.dtype == np.float64 else array

    def batched(self, arrays: list[Any]) -> list[Any]:
        """Add the batch axis, and a channel axis at the end, as the model's input shape says."""
        shapes = self._input_shapes()
        fitted = []
        for index, array in enumerate(arrays):
            shape = shapes[index] if index < len(shapes) else None
            if shape is not None and array.ndim == len(shape) - 2 and shape[-1] == 1:
                array = array[..., None]
            add = shape is None or array.ndim == len(shape) - 1
            self._added = self._added or add
            fitted.append(array[None] if add else array)
        return fitted

    def _input_shapes(self) -> list[tuple[int | None, ...]]:
        shape = getattr(self._model, "input_shape", None)
        if shape is None:
            return []
        if isinstance(shape, dict):
            return [tuple(one) for one in shape.values()]
        if isinstance(shape, list) or (shape and isinstance(shape[0], tuple | list)):
            return [tuple(one) for one in shape]
        return [tuple(shape)]

    def call(self, arrays: list[Any]) -> Any:
        """Run the model."""
        return self._model(arrays[0] if len(arrays) == 1 else arrays, training=False)

    def stacked(self, arrays: list[Any]) -> Any:
        """Return examples as one array."""
        import numpy as np

        return np.concatenate(arrays)

    def numpy(self, result: Any) -> Any:
        """Return tensors, also inside tuples and dicts, as arrays."""
        if hasattr(result, "numpy"):
            array = result.numpy()
            return array[0] if self._added and array.ndim and array.shape[0] == 1 else array
        return _inside(result, self.numpy)


class Sklearn:
    """scikit-learn: `predict_proba` where there is one, else `predict`, on one row."""

    name = "scikit-learn"
    logits = False
    stacks = True
    accelerated = False

    def __init__(self, model: Any) -> None:
        self._model = model
        self.classes: Sequence[Any] | None = None
        self.did: list[str] = []

    def array(self, value: Any) -> Any:
        """Leave tables as they are; pictures become grey levels 0-1 or colours in one row."""
        import numpy as np

        if hasattr(value, "columns") or isinstance(value, dict):
            return value
        if hasattr(value, "to_frame") and hasattr(value, "index"):  # a pandas Series is one row
            return value.to_frame().T
        pixels = image_array(value)
        return np.asarray(value if pixels is None else pixels)

    def batched(self, arrays: list[Any]) -> list[Any]:
        """Make one row of all inputs, with the columns' names where the model was fitted with names."""
        import numpy as np

        if hasattr(self._model, "predict_proba") and hasattr(self._model, "classes_"):
            self.classes = list(self._model.classes_)
        first = arrays[0]
        names = getattr(self._model, "feature_names_in_", None)
        if isinstance(first, dict):
            import pandas as pd

            table = pd.DataFrame([first])
            return [table[list(names)] if names is not None else table]
        if hasattr(first, "columns"):
            return [first]
        row: Any
        if len(arrays) == 1 and first.ndim == 2 and first.shape[0] == 1:
            row = first
        else:
            row = np.concatenate([array.ravel() for array in arrays]).reshape(1, -1)
        if names is not None and len(names) == row.shape[1]:
            import pandas as pd

            row = pd.DataFrame(row, columns=list(names))
        return [row]

    def call(self, arrays: list[Any]) -> Any:
        """Run the estimator."""
        if hasattr(self._model, "predict_proba"):
            self.did.append("predict_proba")
            return self._model.predict_proba(arrays[0])
        self.did.append("predict")
        return self._model.predict(arrays[0])

    def stacked(self, arrays: list[Any]) -> Any:
        """Return rows as one table."""
        if hasattr(arrays[0], "columns"):
            import pandas as pd

            return pd.concat(arrays, ignore_index=True)
        import numpy as np

        return np.concatenate(arrays)

    def numpy(self, result: Any) -> Any:
        """Return the row's result."""
        return result[0] if getattr(result, "ndim", 0) and result.shape[0] == 1 else result


class Function:
    """Any callable: called with the inputs as they are."""

    name = "a function"
    logits = False
    stacks = False
    accelerated = False

    def __init__(self, model: Callable[..., Any]) -> None:
        self._model = model
        self.did: list[str] = []

    def array(self, value: Any) -> Any:
        """Leave it as it is."""
        return value

    def batched(self, arrays: list[Any]) -> list[Any]:
        """Leave them as they are."""
        return arrays

    def call(self, arrays: list[Any]) -> Any:
        """Call the function."""
        return self._model(*arrays)

    def stacked(self, arrays: list[Any]) -> Any:
        """Never called: a function takes its inputs as they are."""
        raise NotImplementedError

    def numpy(self, result: Any) -> Any:
        """Leave it as it is, but bring tensors back from their device."""
        if hasattr(result, "detach"):
            return result.detach().cpu().numpy()
        return result.numpy() if hasattr(result, "numpy") and hasattr(result, "shape") else result


def _inside(result: Any, convert: Callable[[Any], Any]) -> Any:
    if isinstance(result, dict):
        return {key: convert(item) for key, item in result.items()}
    if isinstance(result, list | tuple):
        return type(result)(map(convert, result)) if type(result) in (list, tuple) else [convert(x) for x in result]
    return result
