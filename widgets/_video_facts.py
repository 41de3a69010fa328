"""What is known of a video without its pictures: the times of its frames, its size, its formats.

Owns the index, which is read from packets, and kept for the process. It knows neither edits nor uploads.
"""

from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from modelapp.core.errors import InvalidValue
from modelapp.widgets._containers import damaged, reading
from modelapp.widgets._video_files import (
    SECONDS_LIMIT,
    check_size,
    codec_of,
    frames_of,
    opened,
    packets_of,
    video_stream,
)

if TYPE_CHECKING:
    from av.container import InputContainer


class Facts(NamedTuple):
    """What is known of a video without its pictures.

    Attributes:
        ticks: When each frame is shown after the file's beginning, ascending, in units of `time_base`.
        last_ticks: How long the last frame is shown.
        origin: What the file calls its beginning, in the same unit.
        time_base: Seconds.
        coded_size: Width and height of the pictures as they are stored, in pixels.
        quarter_turns: By how many times 90 degrees against the clock they are turned to be upright.
        codec: Name of the format of the pictures, such as "h264".
        pixel_format: Such as "yuv420p".
        sound: Name of the format of the sound, or None without one.
        container: FFmpeg's name of the file's format.
    """

    ticks: tuple[int, ...]
    last_ticks: int
    origin: int
    time_base: Fraction
    coded_size: tuple[int, int]
    quarter_turns: int
    codec: str
    pixel_format: str
    sound: str | None
    container: str

    @property
    def seconds(self) -> float:
        """When the last frame ends, in seconds after the file's beginning."""
        return float(self.end_of(len(self.ticks) - 1))

    @property
    def rate(self) -> float:
        """Frames a second; the mean where their distances vary."""
        return float(len(self.ticks) / (self.end_of(len(self.ticks) - 1) - self.time_of(0)))

    @property
    def width(self) -> int:
        """Width of the upright picture in pixels."""
        return self.coded_size[self.quarter_turns % 2]

    @property
    def height(self) -> int:
        """Height of the upright picture in pixels."""
        return self.coded_size[1 - self.quarter_turns % 2]

    def time_of(self, number: int) -> Fraction:
        """Return when a frame is shown, in seconds after the file's beginning."""
        return self.ticks[number] * self.time_base

    @property
    def is_counted(self) -> bool:
        """True where only the order of decoded frames tells their times: AVI has none for frames that refer ahead."""
        return _is_counted(self.container, self.codec)

    def end_of(self, number: int) -> Fraction:
        """Return when a frame ends, in seconds after the file's beginning."""
        last = number + 1 == len(self.ticks)
        return (self.ticks[-1] + self.last_ticks) * self.time_base if last else self.time_of(number + 1)


def indexed(container: "InputContainer", name: str) -> Facts:
    """Read a video's packets, without decoding more than one frame; return what is known of it.

    Raises:
        InvalidValue: If it has no frames, is damaged or above a limit.
    """
    stream = video_stream(container, name)
    assert stream.time_base is not None
    codec = codec_of(stream)
    shown: list[int] = []
    last_duration = 0
    for packet in packets_of(container, stream):
        place = packet.pts if packet.pts is not None else packet.dts
        if place is None or packet.is_discard or (codec == "vp8" and _is_hidden(packet)):
            continue
        if not shown or place > shown[-1]:
            last_duration = packet.duration or 0
        shown.append(place)
    if not shown:
        raise InvalidValue(f"“{name}” has no frames in it: its length is zero.")
    shown = sorted(set(shown))
    origin = min(shown[0], _origin(container, stream.time_base, shown[0]))
    ticks = tuple(place - origin for place in shown)
    if _is_counted(container.format.name, codec):
        ticks = tuple(number * _usual_step(stream) for number in range(len(ticks)))
    # A header's word for the length of the last frame is not believed blindly.
    step = _step(ticks, stream)
    last_ticks = last_duration if step <= 4 * last_duration <= 40 * step else step
    if (ticks[-1] + last_ticks) * stream.time_base > SECONDS_LIMIT:
        raise InvalidValue(
            f"“{name}” is longer than {SECONDS_LIMIT // 60} minutes, which is the most that is taken. Cut it first."
        )
    sounds = container.streams.audio
    return Facts(
        ticks=ticks,
        last_ticks=last_ticks,
        origin=origin,
        time_base=stream.time_base,
        coded_size=(stream.codec_context.width, stream.codec_context.height),
        quarter_turns=0,
        codec=codec,
        pixel_format=stream.codec_context.pix_fmt or "",
        sound=codec_of(sounds[0]) if sounds else None,
        container=container.format.name,
    )


def _step(ticks: tuple[int, ...], stream: Any) -> int:
    """Return the mean distance of frames; of a single one what the header says."""
    if len(ticks) > 1:
        return max(1, round(Fraction(ticks[-1] - ticks[0], len(ticks) - 1)))
    return _usual_step(stream)


def _usual_step(stream: Any) -> int:
    rate: Fraction = stream.average_rate or Fraction(25)
    return max(1, int(1 / (rate * stream.time_base) + Fraction(1, 2)))


def _is_counted(container: str, codec: str) -> bool:
    return container == "avi" and codec in ("h264", "hevc", "mpeg4")


def _is_hidden(packet: Any) -> bool:
    """Return True for a frame of VP8 that only others are made from: it is never shown."""
    return not bytes(packet)[0] >> 4 & 1


def _origin(container: "InputContainer", time_base: Fraction, otherwise: int) -> int:
    """Return a file's beginning, which players call zero, in units of a stream."""
    microseconds = container.start_time
    if microseconds is None:
        return otherwise
    return int(Fraction(microseconds, 1_000_000) / time_base + Fraction(1, 2))


def facts_of(path: Path, name: str) -> Facts:
    """Return what is known of a video, at little cost the second time.

    Raises:
        InvalidValue: If it cannot be read.
    """
    status = path.stat()
    return _facts_of(path, status.st_mtime_ns, status.st_size, name)


@lru_cache(maxsize=64)
def _facts_of(path: Path, _changed: int, _size_bytes: int, name: str) -> Facts:
    with reading(name), opened(path, name) as container:
        facts = indexed(container, name)
    with reading(name), opened(path, name) as container:
        stream = video_stream(container, name)
        first = next(frames_of(container, stream), None)
        if first is None:
            raise damaged(name)
        check_size(first, name)
        return facts._replace(
            quarter_turns=round(first.rotation / 90) % 4,
            coded_size=(first.width, first.height),
            pixel_format=first.format.name,
        )
