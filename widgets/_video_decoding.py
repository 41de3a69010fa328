"""The frames of a kept video, by number, as the decoder gives them."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.widgets._containers import damaged, reading
from modelapp.widgets._video_facts import Facts, facts_of
from modelapp.widgets._video_files import frames_of, opened, video_stream

if TYPE_CHECKING:
    from av import VideoFrame


def colour_matrix(frame: "VideoFrame") -> int:
    """Return what a frame's colours are written in, as FFmpeg numbers it: 1 for BT.709, 5 for BT.601 and so on.

    A frame that does not say, or holds plain colours, is taken as browsers take it: by its size.
    """
    says = int(frame.colorspace)
    if says in (0, 2) or frame.format.is_rgb:
        return 1 if frame.height >= 720 else 5
    return 5 if says == 6 else says


def keyframe_near(path: Path, name: str, number: int) -> "VideoFrame":
    """Return a frame at or before a number that costs little to decode.

    Raises:
        InvalidValue: If there is none.
    """
    facts = facts_of(path, name)
    with reading(name), opened(path, name) as container:
        stream = video_stream(container, name)
        container.seek(facts.ticks[number] + facts.origin, stream=stream)
        for frame in frames_of(container, stream):
            return frame
    raise damaged(name)


def decoded(
    path: Path, name: str, first: int, end: int, faults: list[int] | None = None
) -> Iterator[tuple[int, "VideoFrame"]]:
    """Yield a kept video's frames from number `first` to before `end`, each with its number.

    Args:
        path: The file.
        name: What a message calls it.
        first: Number of the first frame.
        end: One more than the last.
        faults: Gets an entry for each packet that could not be decoded.

    Raises:
        InvalidValue: If none of them can be decoded.
    """
    facts = facts_of(path, name)
    found = False
    with reading(name), opened(path, name) as container:
        stream = video_stream(container, name)
        if first > 0:
            container.seek(facts.ticks[first] + facts.origin, stream=stream)
        numbered = _numbered(frames_of(container, stream, faults), facts)
        start = next(numbered, None)
        if first > 0 and (start is None or start[0] > first):  # an index that leads astray
            container.seek(facts.origin, stream=stream)
            numbered = _numbered(frames_of(container, stream, faults), facts)
            start = next(numbered, None)
        for number, frame in chain(() if start is None else (start,), numbered):
            if number >= end:
                break
            if number >= first:
                found = True
                yield number, frame
    if not found:
        raise damaged(name)


def _numbered(frames: Iterator["VideoFrame"], facts: Facts) -> Iterator[tuple[int, "VideoFrame"]]:
    if facts.is_counted:
        yield from enumerate(frames)
        return
    for frame in frames:
        if frame.pts is not None:
            yield max(0, bisect_right(facts.ticks, frame.pts - facts.origin) - 1), frame
