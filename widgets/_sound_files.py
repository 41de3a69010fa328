"""Sound files: reading foreign ones safely, and the two forms in which they are kept.

Owns which formats are read, and what becomes of damaged, endless and soundless files. Every fault of a file is an
`InvalidValue` that a visitor can act on. PyAV is loaded when the first file is.

What is kept is written anew, so that it holds samples and nothing else: FLAC of 16 bits a sample, or a wav of 32-bit
floats where the file had more than 16 bits (24-bit and float recordings). Compressed formats decode to 16 bits, as
players do; what their decoder leaves beyond full scale is cut there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from modelapp.core.errors import InvalidValue
from modelapp.widgets._containers import damaged, opened_container, reading
from modelapp.widgets._sound import CHANNEL_LIMIT, RATE_LIMITS, SAMPLE_LIMIT, SECONDS_LIMIT, as_floats

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer
    from modelapp.widgets._sound import Samples

_FORMATS = "wav,mp3,aac,ogg,flac,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aiff"
_CODECS = ("mp3", "mp3float", "aac", "vorbis", "opus", "libopus", "flac", "alac")
_READABLE = "WAV, MP3, OGG, Opus, M4A, AAC, FLAC, AIFF and WebM can be read."
_HEADS = (b"RIFF", b"OggS", b"fLaC", b"ID3", b"\x1aE\xdf\xa3")
_FRAMES_AT_ONCE = 1 << 15
_DEEP = ("flt", "fltp", "dbl", "dblp", "s32", "s32p", "s64", "s64p")


class Facts(NamedTuple):
    """What is known of a kept sound without its samples."""

    frames: int
    rate: int
    channels: int

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.frames / self.rate


@contextmanager
def opened(path: Path, name: str) -> Iterator["InputContainer"]:
    """Open a sound file; nothing but its header is read yet.

    Raises:
        InvalidValue: If it is empty, or no file of a known format.
    """
    with opened_container(path, name, "sound", _FORMATS, _HEADS, _READABLE) as container:
        yield container


def frames_of(container: "InputContainer", name: str) -> Iterator["AudioFrame"]:
    """Yield the decoded frames of a file's first sound, up to the limits. Single damaged packets are skipped.

    Raises:
        InvalidValue: If there is no sound, it is damaged, or is above a limit.
    """
    from av.error import EOFError as NothingMore
    from av.error import FFmpegError

    if not container.streams.audio:
        raise InvalidValue(f"“{name}” has no sound in it. {_READABLE}")
    stream = container.streams.audio[0]
    codec = stream.codec_context.name
    if codec not in _CODECS and not codec.startswith("pcm_"):
        raise InvalidValue(f"The sound of “{name}” is in a format that cannot be read ({codec}). {_READABLE}")
    good = bad = frames = 0
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except NothingMore:
            break
        except FFmpegError:  # the container itself ends in the middle of something
            bad += 1
            break
        if packet is None:
            break
        try:
            decoded = packet.decode()
        except NothingMore:
            break
        except FFmpegError:
            bad += 1
            continue
        for frame in decoded:
            if frames == 0:
                _check_facts(frame, name)
            good += 1
            frames += frame.samples
            _check_length(frames, frame, name)
            yield frame
    # One is what the end of a file that was cut off leaves.
    if bad and (good == 0 or bad > max(1, good // 10)):
        raise damaged(name)


def _check_facts(frame: Any, name: str) -> None:
    channels = frame.layout.nb_channels
    if not 1 <= channels <= CHANNEL_LIMIT:
        raise InvalidValue(f"“{name}” has {channels} channels: at most {CHANNEL_LIMIT} are taken.")
    if not RATE_LIMITS[0] <= frame.sample_rate <= RATE_LIMITS[1]:
        raise InvalidValue(
            f"“{name}” has {frame.sample_rate:,} samples a second: at most {RATE_LIMITS[1]:,} are taken."
        )


def _check_length(frames: int, frame: Any, name: str) -> None:
    if frames > SECONDS_LIMIT * frame.sample_rate:
        minutes = SECONDS_LIMIT // 60
        raise InvalidValue(f"“{name}” is longer than {minutes} minutes, which is the most that is taken. Cut it first.")
    if frames * frame.layout.nb_channels > SAMPLE_LIMIT:
        raise InvalidValue(
            f"“{name}” has too many samples: at most {SAMPLE_LIMIT / 1e6:,.0f} million are taken, which is an hour at "
            "48 kHz in mono, or half an hour in stereo. Cut it, or save it at a lower rate."
        )


def rewrite(source: Path, target: Path, name: str) -> Facts:
    """Write a sound file anew, with its samples and nothing else; frame by frame, so that little memory is used.

    Raises:
        InvalidValue: If it cannot be read, has no sound, or is above a limit.
    """
    from av import AudioResampler

    with reading(name), opened(source, name) as container:
        frames = frames_of(container, name)
        first = next(frames, None)
        if first is None:
            raise InvalidValue(f"“{name}” has no sound in it: its length is zero.")
        rate, layout = first.sample_rate, layout_of(first.layout.nb_channels)
        deep = container.streams.audio[0].codec_context.name.startswith(("pcm", "flac", "alac"))
        deep = deep and first.format.name in _DEEP
        # The layout's name may be one that FLAC does not know; only the number of channels counts here.
        convert = AudioResampler("flt" if deep else "s16", first.layout, rate, _FRAMES_AT_ONCE)
        with Writer(target, rate, layout, deep=deep) as writer:
            for frame in chain((first,), frames, (None,)):
                writer.write(convert.resample(frame))
    if writer.frames == 0:
        raise InvalidValue(f"“{name}” has no sound in it: its length is zero.")
    return Facts(writer.frames, rate, first.layout.nb_channels)


def layout_of(channels: int) -> str:
    """Return the name of a layout of 1 to 8 channels that FLAC knows."""
    return ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")[channels - 1]


class Writer:
    """A sound file that is being written: FLAC of 16 bits, or a wav of 32-bit floats if `deep`."""

    def __init__(self, target: Path, rate: int, layout: str, *, deep: bool) -> None:
        import av  # heavy: only scripts with sound files need it

        # Bit-exact: no names of programs and no times are written along, and the same samples give the same file.
        kind = ("wav", "pcm_f32le") if deep else ("flac", "flac")
        self._container = av.open(str(target), "w", format=kind[0], options={"fflags": "+bitexact"})
        self._format = "flt" if deep else "s16"
        stream: Any = self._container.add_stream(kind[1], rate=rate, layout=layout)
        stream.codec_context.format = self._format
        self._stream = stream
        self._layout = layout
        self.frames = 0

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *problem: object) -> None:
        if problem[0] is None and self.frames:
            self._container.mux(self._stream.encode(None))
        self._container.close()

    def write(self, frames: list[Any]) -> None:
        """Add frames that have the file's own sample format."""
        from av import AudioFrame

        for frame in frames:
            same = AudioFrame.from_ndarray(frame.to_ndarray(), format=self._format, layout=self._layout)
            same.sample_rate = frame.sample_rate
            self.frames += same.samples
            self._container.mux(self._stream.encode(same))


def samples_of(path: Path, name: str) -> tuple[int, "Samples"]:
    """Read a kept sound; return its rate and its samples [shape=(frames, channels), float32].

    Raises:
        InvalidValue: If it cannot be read.
    """
    from numpy import concatenate  # heavy: only scripts with sound need it

    with reading(name), opened(path, name) as container:
        parts: list[Any] = []
        for frame in frames_of(container, name):
            part = frame.to_ndarray()
            parts.append(part.reshape(-1, frame.layout.nb_channels) if not frame.format.is_planar else part.T)
            rate = frame.sample_rate
        if not parts:
            raise damaged(name)
        whole = concatenate(parts)
    return rate, as_floats(whole)
