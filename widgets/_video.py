"""Video as frames: the public `Frames`, and the limits of what is taken.

Owns lazy decoding by frame number. It knows neither uploads nor edits; what a kept file holds is told by
`_video_facts.Facts`.
"""

from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, overload

from modelapp.widgets._video_decoding import colour_matrix, decoded
from modelapp.widgets._video_facts import Facts, facts_of

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame

    Picture = np.ndarray[Any, np.dtype[np.uint8]]

_STEPS_AHEAD = 32
"""How far reading on is taken to be quicker than jumping, in frames."""


class Frames:
    """The frames of a video, each decoded when it is asked for: `for frame in frames`, `frames[7]`, `frames[10:20]`.

    It can be looped over any number of times, and never holds more than a few pictures. A frame is np.ndarray
    [shape=(height, width, 3), uint8, 0-255], upright, and the script's own to change. A slice is a `Frames` too.

    Attributes:
        rate: Frames a second; the mean where their distances vary.
        width: Width of the upright picture in pixels.
        height: Height of the upright picture in pixels.
        seconds: Duration.
        path: The file that they are in, which may hold more of them.

    Example:
        >>> import modelapp as ma
        >>> frames = ma.video_input("Clip", type="frames", required=False)
        >>> if frames is not None:
        ...     ma.number_output(max(frame.mean() for frame in frames[::5]), label="Brightest")
    """

    def __init__(self, path: Path, name: str = "video", numbers: range | None = None) -> None:
        self.path = path
        self._name = name
        self._facts: Facts = facts_of(path, name)
        self._numbers = range(len(self._facts.ticks)) if numbers is None else numbers
        self._lock = Lock()
        self._ahead: Iterator[tuple[int, Picture]] | None = None
        self._next = 0

    @property
    def span(self) -> tuple[int, int] | None:
        """The numbers of the first frame and of the one after the last, of the file; None if some are left out."""
        return (self._numbers.start, self._numbers.stop) if self._numbers.step == 1 else None

    @property
    def rate(self) -> float:
        """Frames a second."""
        return self._facts.rate / abs(self._numbers.step)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self._facts.width

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self._facts.height

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        if abs(self._numbers.step) > 1 or not self._numbers:
            return len(self._numbers) / self.rate
        first, last = sorted((self._numbers[0], self._numbers[-1]))
        return float(self._facts.end_of(last) - self._facts.time_of(first))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator["Picture"]:
        if self._numbers.step < 0:
            yield from (self._picture(number) for number in self._numbers)
            return
        if not self._numbers:
            return
        for number, picture in pictures(self.path, self._name, self._numbers[0], self._numbers[-1] + 1):
            if number in self._numbers:
                yield picture

    @overload
    def __getitem__(self, place: int) -> "Picture": ...
    @overload
    def __getitem__(self, place: slice) -> "Frames": ...
    def __getitem__(self, place: int | slice) -> "Picture | Frames":
        if isinstance(place, slice):
            return Frames(self.path, self._name, self._numbers[place])
        try:
            number = self._numbers[place]
        except IndexError:
            raise IndexError(f"There is no frame {place}: the video has {len(self)} frames.") from None
        return self._picture(number)

    def _picture(self, number: int) -> "Picture":
        """Return a frame of the file; frames that are asked for in order are read on from the last one."""
        with self._lock:
            if self._ahead is None or not self._next <= number < self._next + _STEPS_AHEAD:
                self._ahead = pictures(self.path, self._name, number, len(self._facts.ticks))
            for found, picture in self._ahead:
                self._next = found + 1
                if found == number:
                    return picture
        raise AssertionError("pictures() yields every number up to the last")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frames):
            return NotImplemented
        return (self.path, self._numbers) == (other.path, other._numbers)

    def __hash__(self) -> int:
        return hash((self.path, self._numbers))

    def __repr__(self) -> str:
        return f"Frames({len(self)} of {self.width} x {self.height} at {self.rate:.4g} a second)"


def pictures(path: Path, name: str, first: int, end: int) -> Iterator[tuple[int, "Picture"]]:
    """Yield the numbers from `first` to before `end`, each with its picture, upright; every number once, in order.

    A frame that a damaged file does not give is stood in for by the one before it, as players do.
    """
    facts = facts_of(path, name)
    last: Any = None
    expected = first
    for number, frame in decoded(path, name, first, end):
        if number < expected:
            continue
        last = picture_of(frame, facts)
        for missing in range(expected, number + 1):
            yield missing, last if missing == number else last.copy()
        expected = number + 1
    for missing in range(expected, end if last is not None else expected):
        yield missing, last.copy()


def picture_of(frame: "VideoFrame", facts: Facts) -> "Picture":
    """Return a decoded frame as an array, upright, and of the same size as all others of its file."""
    from numpy import ascontiguousarray, rot90  # heavy: only scripts with video need it

    picture = frame.reformat(*facts.coded_size, "rgb24", src_colorspace=colour_matrix(frame)).to_ndarray()
    return ascontiguousarray(rot90(picture, facts.quarter_turns))
