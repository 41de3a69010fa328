"""Video files: reading foreign ones safely, and what is known of a kept one without its pictures.

Owns which formats are read, the limits, the index of frame times, and decoding from any frame on. Every fault of a file
is an `InvalidValue` that a visitor can act on. PyAV is loaded when the first file is.
"""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from modelapp.core.errors import InvalidValue
from modelapp.widgets._sound_files import damaged, reading

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream

SECONDS_LIMIT = 3600
"""Longest video that is taken, in seconds."""
FRAME_PIXEL_LIMIT = 8192 * 4320
"""Most pixels of a frame."""
SUFFIXES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".3gp")
READABLE = "MP4, MOV, WebM, MKV, AVI and GIF can be read."
# Not FFmpeg's whole list: some formats are play lists that name other files and addresses, and each is a parser of
# foreign bytes.
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif"
_CODECS: tuple[str, ...] = (
    "h264",
    "hevc",
    "vp8",
    "vp9",
    "av1",
    "mpeg4",
    "msmpeg4v2",
    "msmpeg4v3",
    "mjpeg",
    "h263",
    "gif",
    "ffv1",
)
_CODECS += ("mpeg1video", "mpeg2video", "prores", "dnxhd", "rawvideo", "png", "flv1", "cinepak", "huffyuv")
_DECODERS = {"libdav1d": "av1", "libvpx": "vp8", "libvpx-vp9": "vp9", "libaom-av1": "av1"}
_HEADS = (b"RIFF", b"\x1aE\xdf\xa3", b"GIF8")


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


@contextmanager
def opened(path: Path, name: str) -> Iterator["InputContainer"]:
    """Open a video file; nothing but its header is read yet.

    Raises:
        InvalidValue: If it is empty, or no file of a known format.
    """
    import av  # heavy: only scripts with video files need it

    if path.stat().st_size == 0:
        raise InvalidValue(f"“{name}” is empty (0 bytes).")
    with path.open("rb") as file:  # by file and not by name: nothing in it may lead to another one
        try:
            container: InputContainer = av.open(
                # Old containers have no times of display: they are worked out from the order of the frames.
                file,
                "r",
                metadata_errors="replace",
                options={"format_whitelist": _FORMATS, "fflags": "+genpts"},
            )
        except Exception as fault:  # foreign bytes in a decoder: it may raise anything at all
            if _looks_like_video(path):
                raise damaged(name) from fault
            raise InvalidValue(f"“{name}” is not a video that can be read. {READABLE}") from fault
        with container:
            yield container


def _looks_like_video(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(16)
    return head.startswith(_HEADS) or head[4:8] == b"ftyp"


def video_stream(container: "InputContainer", name: str) -> "VideoStream":
    """Return a file's first stream of pictures that is not its cover.

    Raises:
        InvalidValue: If there is none, its format is unknown, or its pictures are too large.
    """
    from av.stream import Disposition

    streams = [one for one in container.streams.video if not one.disposition & Disposition.attached_pic]
    if not streams:
        raise InvalidValue(f"“{name}” has no video in it. {READABLE}")
    stream = streams[0]
    codec = codec_of(stream)
    if codec not in _CODECS:
        raise InvalidValue(f"The video of “{name}” is in a format that cannot be read ({codec}). {READABLE}")
    check_size(stream.codec_context, name)
    # Slices and whole frames at once: twice as quick on two cores.
    stream.thread_type = "AUTO"
    return stream


def codec_of(stream: Any) -> str:
    """Return the name of a stream's format, whichever decoder reads it."""
    context = stream.codec_context
    if context is None:
        return "unknown"
    name: str = context.name
    return _DECODERS.get(name, name)


def check_size(picture: Any, name: str) -> None:
    """Check the size of a frame, or of what a header announces.

    Raises:
        InvalidValue: If it is none, or above the limit.
    """
    if picture.width < 1 or picture.height < 1:
        raise damaged(name)
    if picture.width * picture.height > FRAME_PIXEL_LIMIT:
        raise InvalidValue(
            f"The frames of “{name}” are {picture.width:,} × {picture.height:,} pixels: at most 8192 × 4320 are taken."
        )


def colour_matrix(frame: "VideoFrame") -> int:
    """Return what a frame's colours are written in, as FFmpeg numbers it: 1 for BT.709, 5 for BT.601 and so on.

    A frame that does not say, or holds plain colours, is taken as browsers take it: by its size.
    """
    says = int(frame.colorspace)
    if says in (0, 2) or frame.format.is_rgb:
        return 1 if frame.height >= 720 else 5
    return 5 if says == 6 else says


def packets_of(container: "InputContainer", stream: Any) -> Iterator[Any]:
    """Yield a stream's packets; the end of a file that was cut off is its end."""
    from av.error import FFmpegError

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except FFmpegError:
            return
        if packet is None:
            return
        if packet.size:
            yield packet


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
        first = next(_frames(container, stream), None)
        if first is None:
            raise damaged(name)
        return facts._replace(
            quarter_turns=round(first.rotation / 90) % 4,
            coded_size=(first.width, first.height),
            pixel_format=first.format.name,
        )


def _frames(container: "InputContainer", stream: Any, faults: list[int] | None = None) -> Iterator["VideoFrame"]:
    """Yield decoded frames in the order in which they are shown. Single damaged packets are skipped, and counted."""
    from av.error import EOFError as NothingMore
    from av.error import FFmpegError

    for packet in _with_end(packets_of(container, stream)):
        try:
            frames = stream.decode(packet)
        except NothingMore:
            return
        except FFmpegError:
            if faults is not None:
                faults.append(0 if packet is None else packet.pts or 0)
            continue
        yield from frames


def _with_end(packets: Iterator[Any]) -> Iterator[Any]:
    yield from packets
    yield None  # hands out what the decoder still holds


def keyframe_near(path: Path, name: str, number: int) -> "VideoFrame":
    """Return a frame at or before a number that costs little to decode.

    Raises:
        InvalidValue: If there is none.
    """
    facts = facts_of(path, name)
    with reading(name), opened(path, name) as container:
        stream = video_stream(container, name)
        container.seek(facts.ticks[number] + facts.origin, stream=stream)
        for frame in _frames(container, stream):
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
        numbered = _numbered(_frames(container, stream, faults), facts)
        start = next(numbered, None)
        if first > 0 and (start is None or start[0] > first):  # an index that leads astray
            container.seek(facts.origin, stream=stream)
            numbered = _numbered(_frames(container, stream, faults), facts)
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
