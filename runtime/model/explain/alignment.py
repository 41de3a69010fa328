"""Where on a picture the pixels lie that a model was given.

What a script does to a picture before its model sees it is the script's own: it is not read but tried. Stripes of the
picture are hidden, and where the model's input changes tells its place. If that is no plain cut and scaling, nothing is
laid over the picture.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from modelapp.core.context import RunContext
from modelapp.model.explain.gradients import pixels_of, prediction_of
from modelapp.model.explain.probe import Probe
from modelapp.model.explain.subjects import Subject

if TYPE_CHECKING:
    import numpy as np

STRIPES = ((0.25, 0.5), (0.5, 0.75))
_CHANGED = (0.3, 0.1, 0.03, 0.01, 0.003)
"""A row or a column of pixels is in a stripe if its change is at least this share of the greatest. Little is what
resampling carries over the stripe's edge, but on a black picture with one bright spot most changes are little too: the
share is taken with which the stripes lie best on a straight line."""
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
        changes = []
        for start, end in STRIPES:
            box = (start, 0.0, end, 1.0) if axis else (0.0, start, 1.0, end)
            (part,) = subject.parts
            run = yield from probe.run_hidden(subject, [part._replace(at=box)])
            change = _change(before, run, axis)
            if change is None:
                return None
            changes.append(change)
        lines = [_line([_span(change, share) for change in changes], len(changes[0])) for share in _CHANGED]
        known = [line for line in lines if line is not None]
        if not known:
            return None
        ends.append(min(known)[1:])
    (left, right), (top, bottom) = ends
    return Placed(left, top, right, bottom)


def _change(before: RunContext, after: RunContext | None, axis: int) -> "np.ndarray[Any, Any] | None":
    """Return by how much each row or column of what the model was given changed, or None if that says nothing."""
    import numpy as np  # heavy: only scripts with models need it

    known = prediction_of(before)
    now = "" if after is None else prediction_of(after)
    if isinstance(known, str) or isinstance(now, str):
        return None
    first, second = pixels_of(known), pixels_of(now)
    if first.shape != second.shape:
        return None
    change: np.ndarray[Any, Any] = np.abs(first.astype(np.float64) - second).max(axis=(2, 1 - axis))
    return change if change.max() > 0 else None


def _span(change: "np.ndarray[Any, Any]", share: float) -> tuple[int, int]:
    """Return where what changed begins and ends."""
    lines = (change >= change.max() * share).nonzero()[0]
    return int(lines[0]), int(lines[-1]) + 1


def _line(spans: list[tuple[int, int]], length: int) -> tuple[float, float, float] | None:
    """Return how far the stripes are from one straight line in pixels, and by it at which fractions of the picture the
    input begins and ends; None if they are too far."""
    import numpy as np  # heavy: only scripts with models need it

    # The edge that both stripes have is measured twice; pixels at the input's own ends tell nothing.
    points = [pair for stripe, span in zip(STRIPES, spans, strict=True) for pair in zip(stripe, span, strict=True)]
    inner = [(share, pixel) for share, pixel in points if 0 < pixel < length]
    if len({share for share, _ in inner}) < 2:
        return None
    shares, pixels = (np.array(column, np.float64) for column in zip(*inner, strict=True))
    slope, offset = np.polyfit(shares, pixels, 1)
    away = float(np.abs(slope * shares + offset - pixels).max())
    if slope <= 0 or away > max(_TOLERANCE_PIXELS, _TOLERANCE_SHARE * length):
        return None  # mirrored, warped, or something else
    start, end = float(-offset / slope), float((length - offset) / slope)
    if abs(start) * slope <= 1 and abs(end - 1) * slope <= 1:
        start, end = 0.0, 1.0  # all of it, but for the rounding to pixels
    return away, start, end
