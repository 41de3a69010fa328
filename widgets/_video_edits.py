"""What can be done to a video, as records that are stored, and which frames they leave.

Each edit applies to what the one before it left, with times in seconds after that one's beginning. Times are compared
in whole thousandths of a second, which is what containers keep and what a sum of decimals does not blur.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Annotated, NamedTuple, TypeAlias

import msgspec
from modelapp.core.protocol import Edit
from modelapp.widgets._video_facts import Facts

VideoSeconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class VideoEdit(Edit, frozen=True):
    """One change to a video."""


class VideoTrim(VideoEdit, frozen=True, tag="trim"):
    """Keep the frames that are first shown from `start` to before `end`; at least one stays."""

    start: VideoSeconds
    end: VideoSeconds

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("it must not end before it starts")


class VideoFrame(VideoEdit, frozen=True, tag="frame"):
    """Keep the one frame that is shown at a time; before the first one, the first."""

    at: VideoSeconds


AnyVideoEdit: TypeAlias = VideoTrim | VideoFrame


class Kept(NamedTuple):
    """What edits leave of a video: the frames from number `first` to before `end`; `still` if one was picked."""

    first: int
    end: int
    still: bool = False


def kept(facts: Facts, edits: Sequence[VideoEdit]) -> Kept:
    """Return what of a video is left after edits were done in order."""
    above, below = facts.time_base.as_integer_ratio()
    times = [(2000 * tick * above + below) // (2 * below) for tick in facts.ticks]  # halves go up, as in the page
    first, end, still, beginning = 0, len(times), False, 0
    for edit in edits:
        match edit:
            case VideoTrim(start, stop):
                from_time, to_time = (beginning + _thousandths(seconds) for seconds in (start, stop))
                last = end - 1
                first = min(bisect_left(times, from_time, first, end), last)
                end = max(first + 1, bisect_left(times, to_time, first, end))
                beginning = from_time
            case VideoFrame(at):
                first = max(first, bisect_right(times, beginning + _thousandths(at), first, end) - 1)
                end, still, beginning = first + 1, True, times[first]
    return Kept(first, end, still)


def _thousandths(seconds: float) -> int:
    return int(1000 * seconds + 0.5)  # as Math.round in the page: round() of Python takes halves to even
