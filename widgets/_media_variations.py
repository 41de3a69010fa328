"""How pictures and sounds vary in a robustness sweep: one more edit each, of those that the page can make."""

import io
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from modelapp.core.protocol import Edit, Json
from modelapp.core.variation import Transform, Variation
from modelapp.widgets._edits import MOST_EDITS, as_raw
from modelapp.widgets._picture_edits import Blur, Brightness, Contrast, Crop, Flip, Noise, Rotate
from modelapp.widgets._sound_edits import Gain, Reverse, SoundEdit, SoundNoise, SoundTrim, Speed

_SEED = 1


def picture_edits() -> Iterator[tuple[str, Edit]]:
    """Yield what is done to a picture, each with its name: what changes no more than a camera might comes too."""
    yield "flipped left to right", Flip("horizontal")
    yield "flipped top to bottom", Flip("vertical")
    for degrees in (-5, 5, -15, 15):
        yield f"turned by {_signed(degrees)}°", Rotate(degrees)
    for degrees in (90, 180):
        yield f"turned by {degrees}°", Rotate(degrees)
    for kept in (0.9, 0.75):
        margin = (1 - kept) / 2
        yield f"cropped to the middle {100 * kept:g} %", Crop((margin, margin, 1 - margin, 1 - margin))
    for amount in (-0.25, -0.1, 0.1, 0.25):
        yield f"brightness {_signed(round(100 * amount))} %", Brightness(amount)
    for factor in (0.5, 0.75, 1.33, 2):
        yield f"contrast × {factor:g}", Contrast(factor)
    for sigma in (0.005, 0.02):
        yield f"blurred by {100 * sigma:g} %", Blur(sigma)
    for sigma in (0.03, 0.1):
        yield f"noise of {100 * sigma:g} %", Noise(sigma, _SEED)


def jpeg_transforms() -> list[Transform]:
    """Return the compressions of a picture as JPEG that are tried."""
    return [
        Transform(f"compressed as JPEG of quality {quality}", partial(_compressed, quality=quality))
        for quality in (75, 30, 10)
    ]


def _compressed(value: Any, quality: int) -> Any:
    """Return a picture, or an array of 8-bit numbers, as it is after compression."""
    from PIL import Image  # heavy: only scripts with pictures need it

    picture = value if isinstance(value, Image.Image) else Image.fromarray(value)
    file = io.BytesIO()
    # JPEG has no opacity: colours stay, and so does what shines through.
    picture.convert("L" if picture.mode == "L" else "RGB").save(file, "JPEG", quality=quality)
    compressed = Image.open(file).convert(picture.mode)
    if "A" in picture.getbands():
        compressed.putalpha(picture.getchannel("A"))
    if isinstance(value, Image.Image):
        return compressed
    import numpy as np

    return np.array(compressed)


def sound_edits(seconds: float) -> Iterator[tuple[str, Edit]]:
    """Yield what is done to a sound of this length, each with its name."""
    for ratio in (30, 20, 10, 0):
        yield f"noise at {ratio} dB", SoundNoise(ratio, _SEED)
    for decibels in (-20, -6, 6):
        yield f"gain {_signed(decibels)} dB", Gain(decibels)
    yield "gain +20 dB, clipped", Gain(20)
    for factor in (0.8, 0.9, 1.1, 1.25):
        yield f"speed × {factor:g}", Speed(factor)
    yield "first tenth cut off", SoundTrim(seconds / 10, seconds)
    yield "last tenth cut off", SoundTrim(0, seconds * 0.9)
    yield "reversed", Reverse()


def varied(raw: dict[str, Json], edits: Iterator[tuple[str, Edit]], tools: tuple[str, ...]) -> list[Variation]:
    """Return a medium's raw value with one more edit each, of those that the script offers."""
    if len(raw["edits"]) >= MOST_EDITS:
        return []
    return [
        Variation(name, {**raw, "edits": [*raw["edits"], *as_raw([edit])]})
        for name, edit in edits
        if edit.__struct_config__.tag in tools
    ]


def seconds_after(seconds: float, edits: Iterable[SoundEdit]) -> float:
    """Return how long a sound of this length is after edits."""
    for edit in edits:
        if isinstance(edit, SoundTrim):
            seconds = max(0.0, min(edit.end, seconds) - edit.start)
        elif isinstance(edit, Speed):
            seconds /= edit.factor
    return seconds


def _signed(number: int) -> str:
    return f"{number:+d}".replace("-", "−")
