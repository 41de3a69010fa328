"""DICOM files as plain pictures: pixels only, so that names and numbers of patients get no further.

What is burned into the pixels stays there. Grey levels are brought to 0-255 as the file's own window and level say.
Needs pydicom, and for some compressed files one of the decoders that it names.
"""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import PIXEL_LIMIT
from modelapp.widgets._pictures import check_pixels, reading

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

MOST_FRAMES = 300
"""Longest clip that is taken: as many as ten seconds at 30 frames a second."""
_PREFIX_AT = 128


def is_dicom(content: bytes) -> bool:
    """Return True if a file says that it is DICOM (part 10 of the standard, section 7.1)."""
    return content[_PREFIX_AT : _PREFIX_AT + 4] == b"DICM"


def dicom_frames(content: bytes, name: str) -> "list[Image]":
    """Return the frames of a DICOM file, each as an RGB or grey picture with 8 bits a channel.

    Raises:
        InvalidValue: If pydicom is not installed, or the file has no picture, cannot be decoded, or is too large.
    """
    try:
        import pydicom  # an optional package
    except ImportError:
        raise InvalidValue(
            f"“{name}” is a DICOM file, and its host cannot open these: pydicom is not installed there.",
            hint="pip install pydicom",
        ) from None
    import warnings

    with reading(name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about details of the standard that a file does not keep to
        dataset = pydicom.dcmread(BytesIO(content))
        count = _checked_count(dataset, name)
        return _decoded(dataset, count, name)


def _checked_count(dataset: Any, name: str) -> int:
    if "PixelData" not in dataset:
        raise InvalidValue(f"“{name}” is a DICOM file without a picture.")
    width, height = int(dataset.Columns), int(dataset.Rows)
    count = int(dataset.get("NumberOfFrames", None) or 1)
    check_pixels((width, height), name)
    if count > MOST_FRAMES:
        raise InvalidValue(f"“{name}” has {count:,} frames: clips of at most {MOST_FRAMES} are taken. Cut it first.")
    if width * height * count > 3 * PIXEL_LIMIT:
        raise InvalidValue(
            f"“{name}” has {count:,} frames of {width:,} × {height:,} pixels, too many in all. Cut it first."
        )
    return count


def _decoded(dataset: Any, count: int, name: str) -> "list[Image]":
    from PIL import Image  # heavy: only scripts with pictures need it
    from pydicom.pixels.processing import apply_color_lut
    from pydicom.pixels.utils import iter_pixels

    kind = str(dataset.PhotometricInterpretation)
    try:
        frames = list(iter_pixels(dataset))  # colours come as RGB
    except (RuntimeError, NotImplementedError) as fault:
        raise InvalidValue(f"“{name}” cannot be decoded: {str(fault).splitlines()[0]}") from fault
    if len(frames) != count:
        raise InvalidValue(f"“{name}” has {len(frames)} frames where it says {count}: it is damaged.")
    if kind == "PALETTE COLOR":
        frames = [apply_color_lut(frame, dataset) for frame in frames]
    if frames[0].ndim == 2:
        levels = grey_levels(frames, dataset)
        return [Image.fromarray(levels(frame)) for frame in frames]
    if frames[0].dtype != "uint8":
        frames = [(frame >> 8).astype("uint8") for frame in frames]
    return [Image.fromarray(frame) for frame in frames]


Levels = Callable[["np.ndarray[Any, Any]"], "np.ndarray[Any, np.dtype[np.uint8]]"]


def grey_levels(frames: "Sequence[np.ndarray[Any, Any]]", dataset: Any) -> Levels:
    """Return what makes levels 0-255 [shape=(height, width), uint8] of stored grey values.

    It applies the file's rescale slope and intercept, then its look-up table or its first window (PS3.3 of the
    standard, section C.11.2.1.2), or the range of all frames where it has neither; MONOCHROME1 is turned over, so that
    white is bright as in any picture.
    """
    import numpy as np  # heavy: only scripts with pictures need it
    from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

    def values(frame: Any) -> Any:
        value = np.asarray(apply_modality_lut(frame, dataset), dtype=np.float64)
        if "VOILUTSequence" in dataset:
            value = apply_voi_lut(value.astype(np.int64), dataset, prefer_lut=True).astype(np.float64)
        return 1 / (1 + np.exp(-4 * (value - center) / width)) if sigmoid else value

    center, width, sigmoid = 0.0, 1.0, False
    if "VOILUTSequence" in dataset:
        low, high = 0.0, 2.0 ** int(dataset.VOILUTSequence[0].LUTDescriptor[2]) - 1
    elif "WindowWidth" in dataset and "WindowCenter" in dataset:
        center, width = _first(dataset.WindowCenter), max(_first(dataset.WindowWidth), 1.0)
        function = str(dataset.get("VOILUTFunction", "LINEAR"))
        sigmoid = function == "SIGMOID"
        low, high = center - width / 2, center + width / 2 - (function != "LINEAR_EXACT")
        if sigmoid:
            low, high = 0.0, 1.0
    else:
        ranges = [(float(value.min()), float(value.max())) for value in map(values, frames)]
        low, high = min(lowest for lowest, _ in ranges), max(highest for _, highest in ranges)
    turned = str(dataset.PhotometricInterpretation) == "MONOCHROME1"

    def levels(frame: Any) -> Any:  # one at a time: a clip as floats would be gigabytes
        level = np.floor(np.clip((values(frame) - low) / ((high - low) or 1.0), 0, 1) * 255 + 0.5).astype(np.uint8)
        return 255 - level if turned else level

    return levels


def _first(value: Any) -> float:
    """Return the first of one or several numbers."""
    return float(value) if isinstance(value, (int, float, str)) else float(next(iter(value)))
