"""Sound files of every kind, made with PyAV, and the tones in them."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import av
import numpy as np

TONES = (440, 550, 660, 770, 880, 990)
"""Hz of the tone in each channel."""


class Kind(NamedTuple):
    """How to write a file: container, codec, layout and so on."""

    suffix: str
    container: str
    codec: str
    rate: int = 44100
    layout: str = "stereo"
    codec_options: Mapping[str, str] = MappingProxyType({})
    options: Mapping[str, str] = MappingProxyType({})
    sample_format: str | None = None
    tolerance: float = 0.0


CHANNELS = {"mono": 1, "stereo": 2, "5.1": 6}
_VBR = {"flags": "+qscale", "global_quality": "236"}
KINDS = {
    "wav 8 bit": Kind(".wav", "wav", "pcm_u8", tolerance=0.006),
    "wav 16 bit": Kind(".wav", "wav", "pcm_s16le"),
    "wav 24 bit": Kind(".wav", "wav", "pcm_s24le"),
    "wav 32 bit": Kind(".wav", "wav", "pcm_s32le"),
    "wav float": Kind(".wav", "wav", "pcm_f32le"),
    "wav double": Kind(".wav", "wav", "pcm_f64le"),
    "wav mono": Kind(".wav", "wav", "pcm_s16le", 8000, "mono"),
    "wav 5.1": Kind(".wav", "wav", "pcm_s16le", 48000, "5.1"),
    "wav of a slow sensor": Kind(".wav", "wav", "pcm_s16le", 2500, "mono"),
    "aiff": Kind(".aiff", "aiff", "pcm_s16be"),
    "flac": Kind(".flac", "flac", "flac"),
    "flac 24 bit": Kind(".flac", "flac", "flac", 96000, "mono", sample_format="s32"),
    "mp3": Kind(".mp3", "mp3", "libmp3lame", tolerance=0.02),
    "mp3 with variable bit rate": Kind(".mp3", "mp3", "libmp3lame", codec_options=_VBR, tolerance=0.05),
    "mp3 mono": Kind(".mp3", "mp3", "libmp3lame", 16000, "mono", tolerance=0.02),
    "ogg vorbis": Kind(".ogg", "ogg", "vorbis", 44100, "stereo", {"strict": "experimental"}, tolerance=0.5),
    "opus": Kind(".opus", "ogg", "libopus", 48000, "stereo", tolerance=0.03),
    "webm": Kind(".webm", "webm", "libopus", 48000, "mono", tolerance=0.03),
    "m4a with its index at the end": Kind(".m4a", "ipod", "aac", tolerance=0.3),
    "m4a with its index in front": Kind(".m4a", "ipod", "aac", options={"movflags": "+faststart"}, tolerance=0.3),
    "aac": Kind(".aac", "adts", "aac", tolerance=0.3),
    "m4a lossless": Kind(".m4a", "ipod", "alac", sample_format="s16p"),
}


def tones(rate: int, channels: int, seconds: float = 1.0, level: float = 0.5) -> Any:
    """Return one tone a channel [shape=(frames, channels), float32]."""
    time = np.arange(round(rate * seconds)) / rate
    return np.stack([level * np.sin(2 * np.pi * TONES[channel] * time) for channel in range(channels)], 1).astype("f4")


def sound_file(kind: Kind, samples: Any = None, *, tags: dict[str, str] | None = None) -> bytes:
    """Return a file of samples, by default a second of tones."""
    if samples is None:
        samples = tones(kind.rate, CHANNELS[kind.layout])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sound{kind.suffix}"
        with av.open(str(path), "w", format=kind.container, options=dict(kind.options)) as container:
            container.metadata.update(tags or {})
            stream: Any = container.add_stream(
                kind.codec, rate=kind.rate, layout=kind.layout, options=dict(kind.codec_options)
            )
            if kind.sample_format:
                stream.codec_context.format = kind.sample_format
            stream.codec_context.open()
            convert = av.AudioResampler(
                stream.codec_context.format, kind.layout, kind.rate, stream.codec_context.frame_size or None
            )
            whole = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout=kind.layout)
            whole.sample_rate, whole.pts = kind.rate, 0
            for frame in [*convert.resample(whole), *convert.resample(None)]:
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path.read_bytes()


def wav(samples: Any = None, rate: int = 16000) -> bytes:
    """Return a wav of 16 bits, by default of a second of one tone."""
    return sound_file(Kind(".wav", "wav", "pcm_s16le", rate, "mono"), tones(rate, 1) if samples is None else samples)


def pitch(samples: Any, rate: float) -> float:
    """Return the loudest frequency of one channel in Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * rate / len(samples))
