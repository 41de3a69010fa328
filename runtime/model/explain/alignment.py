"""Where on a picture the pixels lie that a model was given.

What a script does to a picture before its model sees it is the script's own: it is not read but tried. Stripes of the
picture are hidden, and where the model's input changes tells its place. If that is no plain cut and scaling, nothing is
laid over the picture.
"""

from collections.abc import Generator
from typing import NamedTuple

from modelapp.core.context import RunContext
from modelapp.model.explain.gradients import pixels_of, prediction_of
from modelapp.model.explain.probe import Probe
from modelapp.model.explain.subjects import Subject

STRIPES = ((0.25, 0.5), (0.5, 0.75))
_CHANGED = 0.1
"""A row or a column of pixels changed if its change is at least this share of the greatest."""
_TOLERANCE_PIXELS = 1.5
_TOLERANCE_SHARE = 0.015


class Placed(NamedTuple):
    """Where a model's input begins and ends on the picture, in fractions of width and height: beyond 0 and 1 if it has
    margins of its own."""

    left: float
    top: float
    right: float
    bottom: float


def placed(probe: Probe, subject: Subject, before: RunContext) -> Generator[None, None, Placed | None]:
    """Return where the model's input lies on the picture, or None if it is no plain cut. Yields after each run."""
    ends = []
    for axis in (1, 0):
        found = []
        for start, end in STRIPES:
            box = (start, 0.0, end, 1.0) if axis else (0.0, start, 1.0, end)
            (part,) = subject.parts
            run = yield from probe.run_hidden(subject, [part._replace(at=box)])
            span = _changed(before, run, axis)
            if span is None:
                return None
            found.append((start, end, *span))
        line = _line(found)
        if line is None:
            return None
        ends.append(line)
    (left, right), (top, bottom) = ends
    return Placed(left, top, right, bottom)


def _changed(before: RunContext, after: RunContext | None, axis: int) -> tuple[int, int, int] | None:
    """Return the first and last rows or columns that changed, and how many there are in all."""
    import numpy as np  # heavy: only scripts with models need it

    known = prediction_of(before)
    now = "" if after is None else prediction_of(after)
    if isinstance(known, str) or isinstance(now, str):
        return None
    first, second = pixels_of(known), pixels_of(now)
    if first.shape != second.shape:
        return None
    change = np.abs(first.astype(np.float64) - second).max(axis=(2, 1 - axis))
    if not change.max() > 0:
        return None
    lines = np.flatnonzero(change >= change.max() * _CHANGED)
    return int(lines[0]), int(lines[-1]) + 1, len(change)


def _line(found: list[tuple[float, float, int, int, int]]) -> tuple[float, float] | None:
    """Return at which fractions of the picture the input begins and ends, if the stripes lie on one straight line."""
    import numpy as np  # heavy: only scripts with models need it

    # The edge that both stripes have is measured twice; pixels at the input's own ends tell nothing.
    points = [(share, pixel) for start, end, first, last, _ in found for share, pixel in ((start, first), (end, last))]
    length = found[0][4]
    inner = [(share, pixel) for share, pixel in points if 0 < pixel < length]
    if len({share for share, _ in inner}) < 2:
        return None
    shares, pixels = (np.array(column, np.float64) for column in zip(*inner, strict=True))
    slope, offset = np.polyfit(shares, pixels, 1)
    if slope <= 0 or np.abs(slope * shares + offset - pixels).max() > max(_TOLERANCE_PIXELS, _TOLERANCE_SHARE * length):
        return None  # mirrored, warped, or something else
    return float(-offset / slope), float((length - offset) / slope)
