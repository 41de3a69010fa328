"""Video files: reading foreign ones safely.

Owns which formats are read, the limits, and packets and frames in their order. Every fault of a file is an
`InvalidValue` that a visitor can act on. PyAV is loaded when the first file is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import InvalidValue
from modelapp.widgets._containers import damaged, opened_container

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
_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,gif"
_RARER_CODECS = ("mpeg1video", "mpeg2video", "prores", "dnxhd", "rawvideo", "png", "flv1", "cinepak", "huffyuv")
_CODECS = (
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
    *_RARER_CODECS,
)
_DECODERS = {"libdav1d": "av1", "libvpx": "vp8", "libvpx-vp9": "vp9", "libaom-av1": "av1"}
_HEADS = (b"RIFF", b"\x1aE\xdf\xa3", b"GIF8")


@contextmanager
def opened(path: Path, name: str) -> Iterator["InputContainer"]:
    """Open a video file; nothing but its header is read yet.

    Raises:
        InvalidValue: If it is empty, or no file of a known format.
    """
    # Old containers have no times of display: they are worked out from the order of the frames.
    with opened_container(path, name, "video", _FORMATS, _HEADS, READABLE, fflags="+genpts") as container:
        yield container


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


def frames_of(container: "InputContainer", stream: Any, faults: list[int] | None = None) -> Iterator["VideoFrame"]:
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
