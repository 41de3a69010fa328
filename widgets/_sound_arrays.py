"""Arrays and tensors as sound, in the shapes and types in which libraries hand them out."""

from typing import TYPE_CHECKING, Any

from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue
from modelapp.widgets._arrays import as_array
from modelapp.widgets._sound import CHANNEL_LIMIT, RATE_LIMITS, SAMPLE_LIMIT

if TYPE_CHECKING:
    import numpy as np


def plain_pair(value: Any) -> Any:
    """Return a segment of pydub as (rate, samples [shape=(frames, channels), float32]), and anything else as it is."""
    if not hasattr(value, "get_array_of_samples") or not hasattr(value, "frame_rate"):
        return value
    import numpy as np  # heavy: only scripts with sound need it

    whole = np.asarray(value.get_array_of_samples()).reshape(-1, value.channels)
    return value.frame_rate, (whole / 2.0 ** (8 * value.sample_width - 1)).astype(np.float32)


def is_pair(value: Any) -> bool:
    """Return True for (rate, samples), an `Audio` among them."""
    return isinstance(value, tuple) and len(value) == 2 and getattr(value[0], "shape", ()) == ()


def checked_rate(rate: Any) -> int:
    """Return a rate as a whole number.

    Raises:
        InvalidValue: If it is none from 1 to 655,350.
    """
    item = rate.item() if getattr(rate, "ndim", None) == 0 else rate
    low, high = RATE_LIMITS
    if isinstance(item, bool) or not isinstance(item, (int, float)) or item != item // 1 or not low <= item <= high:
        raise InvalidValue(
            f"{describe(rate)} is no rate: samples a second, a whole number from {low} to {high:,}, are expected.",
            hint="A sound is (rate, samples), the rate first: for example (16000, samples).",
        )
    return int(item)


def samples_from(value: Any) -> "np.ndarray[Any, Any]":
    """Return an array or a tensor as samples of a known range.

    Args:
        value: Array [shape=(frames,), (frames, channels) or (channels, frames), with at most 8 channels; float -1 to 1,
            int16, int32 or uint8].

    Returns:
        np.ndarray [shape=(frames, channels), float32, or int16 where it was int16]. Floats may leave -1 to 1.

    Raises:
        InvalidValue: If it has another shape or type, no frames, or values that are no numbers; says what to do.
    """
    import numpy as np  # heavy: only scripts with sound need it

    samples = _frames_first(as_array(value), value)
    if samples.size > SAMPLE_LIMIT:
        raise InvalidValue(f"{describe(value)} has more than {SAMPLE_LIMIT / 1e6:,.0f} million samples.")
    if samples.dtype == np.int16:
        return samples
    if samples.dtype == np.int32:
        return (samples / 2.0**31).astype(np.float32)
    if samples.dtype == np.uint8:
        return (samples.astype(np.float32) - 128) / 128
    if samples.dtype.kind != "f":
        raise InvalidValue(
            f"{describe(value)} of {samples.dtype} is no sound: its type does not say how loud the largest value is.",
            hint="Pass floats from -1 to 1, or int16: for example samples.astype('int16').",
        )
    if not np.isfinite(samples).all():
        raise InvalidValue(
            f"{describe(value)} has values that are not numbers (NaN or infinite).",
            hint="Find out where they come from, or replace them with numpy.nan_to_num(samples).",
        )
    return samples.astype(np.float32)


def _frames_first(samples: "np.ndarray[Any, Any]", value: Any) -> "np.ndarray[Any, Any]":
    if samples.ndim == 3 and samples.shape[0] == 1:
        samples = samples[0]  # a batch of one
    if samples.ndim == 1:
        samples = samples[:, None]
    if samples.ndim == 2 and samples.shape[0] <= CHANNEL_LIMIT < samples.shape[1]:
        samples = samples.T
    if samples.ndim != 2 or samples.shape[1] > CHANNEL_LIMIT or samples.shape[1] == 0:
        raise InvalidValue(
            f"{describe(value)} is no sound: (frames,) or (frames, channels) with at most {CHANNEL_LIMIT} channels is "
            "expected.",
            hint="Pass one sound, such as batch[0].",
        )
    if samples.shape[0] == 0:
        raise InvalidValue(f"{describe(value)} is no sound: it has no frames.", hint="Show nothing in that case.")
    return samples
