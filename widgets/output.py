"""Whatever the value is, the output that suits it."""

import math
import sys
from collections.abc import Iterator, Mapping
from numbers import Number
from pathlib import Path
from typing import Any

from modelapp.core.current import current_run
from modelapp.core.output import Output
from modelapp.widgets._arrays import is_array
from modelapp.widgets._intake import SUFFIXES
from modelapp.widgets._sound import Audio
from modelapp.widgets._sound_arrays import plain_pair
from modelapp.widgets._sound_intake import SUFFIXES as SOUND_SUFFIXES
from modelapp.widgets._video import Frames
from modelapp.widgets._video_files import SUFFIXES as VIDEO_SUFFIXES
from modelapp.widgets.audio_output import AudioOutput
from modelapp.widgets.file_output import FileOutput
from modelapp.widgets.image_output import ImageOutput
from modelapp.widgets.json_output import JsonOutput
from modelapp.widgets.label_output import LabelOutput
from modelapp.widgets.number_output import NumberOutput
from modelapp.widgets.plot_output import PlotOutput, library_of
from modelapp.widgets.table_output import TableOutput
from modelapp.widgets.text_output import TextOutput, text_output
from modelapp.widgets.video_output import VideoOutput


def output(value: Any, *, label: str | None = None, key: str | None = None) -> None:
    """Show a value in the way that suits its type.

    Args:
        value: A number; text, or an iterator of pieces of it; a dict of name to probability (bars); a PIL image, or an
            array or tensor of a picture's shape; a DataFrame or any other array (a table); an `Audio` (a sound);
            `Frames` (a video); a figure; a Path (a picture, a sound, a video, or a file to download); an `Output`; any
            dict, list or other object (JSON, or its text).
        label: Heading above it, or None for none. An `Output` keeps its own.
        key: Name of the output; None takes the label's slug, else the kind that was picked.

    Example:
        >>> import modelapp as ma
        >>> ma.output({"cat": 0.9, "dog": 0.1})
        >>> ma.output(3.14, label="Ratio")
    """
    if isinstance(value, Iterator):
        text_output(value, label=label, key=key)
    else:
        current_run().show(suitable(value, label, key))


def suitable(value: Any, label: str | None = None, key: str | None = None) -> Output:
    """Return the output that `output` shows for a value."""
    if isinstance(value, Output):
        return value
    if value is None or isinstance(value, (str, bool)):
        return TextOutput(str(value), label, key=key)
    if isinstance(value, Number) and not isinstance(value, complex):
        return NumberOutput(value, label, key=key)
    if isinstance(value, Path):
        if value.suffix.lower() in SUFFIXES:
            return ImageOutput(value, label, key=key)
        if value.suffix.lower() in SOUND_SUFFIXES:
            return AudioOutput(value, label, key=key)
        if value.suffix.lower() in VIDEO_SUFFIXES:
            return VideoOutput(value, label, key=key)
        return FileOutput(value, None, label, key=key)
    if isinstance(value, Frames):
        return VideoOutput(value, label, key=key)
    if isinstance(value, Audio) or plain_pair(value) is not value:
        return AudioOutput(value, label, key=key)
    if isinstance(value, (bytes, bytearray)):
        return FileOutput(bytes(value), "file.bin", label, key=key)
    if library_of(value) is not None:
        return PlotOutput(value, label, key=key)
    if hasattr(value, "convert") and hasattr(value, "getexif"):
        return ImageOutput(value, label, key=key)
    if _is_frame(value):
        return TableOutput(value, label, key=key)
    if is_array(value):
        return _of_array(value, label, key)
    if isinstance(value, Mapping) and _are_probabilities(value):
        return LabelOutput(value, None, label, key=key)
    if isinstance(value, (Mapping, list, tuple, set, frozenset)) or hasattr(value, "__dataclass_fields__"):
        return JsonOutput(value, label, key=key)
    return TextOutput(str(value), label, key=key)


def _is_frame(value: Any) -> bool:
    pandas = sys.modules.get("pandas")  # a frame cannot exist where pandas was not imported
    return pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series))


def _of_array(value: Any, label: str | None, key: str | None) -> Output:
    shape = tuple(value.shape)
    if shape == () or (shape == (1,) and "str" not in str(value.dtype)):
        return NumberOutput(value, label, key=key)
    picture = len(shape) == 3 and (shape[2] in (1, 3, 4) or shape[0] in (1, 3, 4))
    if picture or (len(shape) == 2 and min(shape) >= 8 and "int64" not in str(value.dtype)):
        return ImageOutput(value, label, key=key)
    return TableOutput(value, label, key=key) if len(shape) <= 2 else JsonOutput(value, label, key=key)


def _are_probabilities(value: Mapping[Any, Any]) -> bool:
    """Return True for a dict of name to float in [0, 1] that sums to about one."""
    confidences: list[Any] = list(value.values())
    if not confidences or not all(isinstance(name, str) for name in value):
        return False
    if not all(isinstance(confidence, float) and 0 <= confidence <= 1 for confidence in confidences):
        return False
    return abs(math.fsum(confidences) - 1) <= 0.02
