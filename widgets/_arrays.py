"""Arrays and tensors as pictures."""

from typing import TYPE_CHECKING, Any

from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

_CHANNELS = (1, 3, 4)


def is_array(value: Any) -> bool:
    """Return True for a NumPy array, and for tensors of PyTorch, TensorFlow and the like."""
    return hasattr(value, "shape") and hasattr(value, "dtype") and (hasattr(value, "__array__"))


def as_array(value: Any) -> "np.ndarray[Any, Any]":
    """Return an array or a tensor, on whatever device and with gradients or not, as a NumPy array."""
    import numpy as np  # heavy: only scripts with arrays need it

    if hasattr(value, "detach"):  # PyTorch
        value = value.detach().cpu()
        if "bfloat16" in str(value.dtype):
            value = value.float()
    return np.asarray(value)


def picture_from_array(value: Any) -> "Image":
    """Turn an array or tensor into a picture.

    Args:
        value: Array [shape=(height, width), (height, width, channels) or (channels, height, width), with 1, 3 or 4
            channels; bool, uint8 0-255, uint16 0-65535, or float 0-1]. A batch of one is taken as its picture.

    Raises:
        InvalidValue: If the shape is another one, or the range cannot be told from the type; says how to scale.
    """
    from PIL import Image  # heavy: only scripts with pictures need it

    pixels = _channels_last(as_array(value), value)
    pixels = _scaled(pixels, value)
    return Image.fromarray(pixels)


def _channels_last(pixels: "np.ndarray[Any, Any]", value: Any) -> "np.ndarray[Any, Any]":
    if pixels.ndim == 4 and pixels.shape[0] == 1:
        pixels = pixels[0]
    if pixels.ndim == 3:
        channels_first = pixels.shape[0] in _CHANNELS
        if channels_first and (hasattr(value, "detach") or pixels.shape[2] not in _CHANNELS):
            pixels = pixels.transpose(1, 2, 0)
        if pixels.shape[2] == 1:
            pixels = pixels[:, :, 0]
    if pixels.ndim not in (2, 3) or (pixels.ndim == 3 and pixels.shape[2] not in _CHANNELS) or 0 in pixels.shape:
        raise InvalidValue(
            f"{describe(value)} is no picture: (height, width) or (height, width, 3) is expected.",
            hint="Pass one picture, such as batch[0], with its channels first or last.",
        )
    return pixels


def _scaled(pixels: "np.ndarray[Any, Any]", value: Any) -> "np.ndarray[Any, Any]":
    import numpy as np  # heavy: only scripts with arrays need it

    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * 255
    if pixels.dtype == np.uint16:
        return np.ascontiguousarray(pixels) if pixels.ndim == 2 else (pixels / 257.0).round().astype(np.uint8)
    if pixels.dtype.kind not in "fiu":
        raise InvalidValue(f"{describe(value)} of {pixels.dtype} is no picture: numbers are expected.")
    low, high = float(pixels.min()), float(pixels.max())
    if pixels.dtype.kind == "f" and low >= -1e-6 and high <= 1 + 1e-6:
        return (pixels.clip(0, 1) * 255).round().astype(np.uint8)
    raise InvalidValue(
        f"{describe(value)} of {pixels.dtype} has values from {low:g} to {high:g}, and its type does not say what "
        "white is: uint8 from 0 to 255, or floats from 0 to 1, are expected.",
        hint=_how_to_scale(pixels, low, high),
    )


def _how_to_scale(pixels: "np.ndarray[Any, Any]", low: float, high: float) -> str:
    if low != low or high != high:
        return "Replace NaN first, for example with numpy.nan_to_num(array)."
    if low < 0:
        return f"For example (array - {low:g}) / {high - low:g}.".replace("- -", "+ ")
    if pixels.dtype.kind in "iu" and 16 < high <= 255:
        return 'If white is 255: array.astype("uint8").'
    return f"If white is {high:g}: array / {high:g}."
