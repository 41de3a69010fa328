"""Sound as samples: the public `Audio`, and what arrays and files have in common.

Owns the limits, resampling, mixing to one channel, and writing a wav. It knows neither containers nor edits.
"""

import struct
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np

    Samples = np.ndarray[Any, np.dtype[np.float32]]

SECONDS_LIMIT = 3600
"""Longest sound that is taken, in seconds."""
SAMPLE_LIMIT = 180_000_000
"""Most samples of all channels together: an hour at 48 kHz in mono. As float32 they are 720 MB."""
CHANNEL_LIMIT = 8
RATE_LIMITS = (1, 655_350)
"""Samples a second that are taken: the most is what FLAC holds."""
PLAYABLE_RATES = (3_000, 384_000)
"""Samples a second that browsers play."""
# 128 taps and a pass band of 95 %: below .9 of the lower Nyquist frequency tones are kept to .01 dB, and what lies 5 %
# above it is 90 dB down. The default of FFmpeg leaves aliases at -26 dB there.
_FILTER = "filter_size=128:cutoff=0.95:filter_type=kaiser:kaiser_beta=10"
_FRAMES_AT_ONCE = 1 << 16


class Audio(NamedTuple):
    """A sound: `rate, samples = sound`.

    Attributes:
        rate: Samples a second of each channel, in Hz.
        samples: np.ndarray [shape=(frames,) or (frames, channels), float32, -1 to 1].

    Example:
        >>> import modelapp as ma
        >>> import numpy as np
        >>> tone = ma.Audio(16000, np.sin(np.arange(16000, dtype="float32") * 0.17) / 2)
        >>> ma.audio_output(tone)
    """

    rate: int
    samples: "Samples"

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / self.rate


def mixed(samples: "Samples") -> "Samples":
    """Return the mean of all channels [shape=(frames, 1)]."""
    if samples.shape[1] == 1:
        return samples
    return samples.mean(axis=1, keepdims=True, dtype="float32")  # type: ignore[no-any-return]


def resampled(samples: "Samples", rate: float, wanted: float) -> "Samples":
    """Return samples at another rate, through a band-limiting filter of swresample.

    Args:
        samples: np.ndarray [shape=(frames, channels), float32].
        rate: Samples a second that they have; only its ratio to `wanted` counts.
        wanted: Samples a second that they should have.

    Returns:
        np.ndarray [shape=(frames * wanted / rate, to the nearest, channels), float32], with at least one frame. Frame n
        lies at the time n / wanted.
    """
    import numpy as np  # heavy: only scripts with sound need it

    ratio = Fraction(wanted / rate).limit_denominator(10_000)
    count = max(1, int(len(samples) * ratio + Fraction(1, 2)))
    if ratio == 1:
        return samples
    # A signal that stops dead would leak into nothing: the filter sees silence on both sides.
    channels = [_one_channel(samples[:, channel], ratio, count) for channel in range(samples.shape[1])]
    return np.stack(channels, axis=1)


def _one_channel(samples: "Samples", ratio: Fraction, count: int) -> "Samples":
    import numpy as np  # heavy: only scripts with sound need it
    from av import AudioFrame
    from av.error import BlockingIOError as NothingYet
    from av.error import EOFError as NothingMore
    from av.filter import Graph

    source_rate, wanted_rate = ratio.denominator, ratio.numerator
    graph = Graph()
    time_base = Fraction(1, source_rate)
    source = graph.add_abuffer(format="fltp", sample_rate=source_rate, layout="mono", time_base=time_base)
    resample = graph.add("aresample", f"{wanted_rate}:{_FILTER}")
    sink = graph.add("abuffersink")
    graph.link_nodes(source, resample, sink).configure()
    parts = []

    def drain() -> None:
        while True:
            try:
                parts.append(sink.pull().to_ndarray()[0])  # type: ignore[attr-defined]
            except (NothingYet, NothingMore):
                return

    for start in range(0, len(samples), _FRAMES_AT_ONCE):
        piece = np.ascontiguousarray(samples[None, start : start + _FRAMES_AT_ONCE], dtype=np.float32)
        frame = AudioFrame.from_ndarray(piece, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = source_rate, start, time_base
        source.push(frame)
        drain()
    source.push(None)
    drain()
    whole = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return np.pad(whole[:count], (0, max(0, count - len(whole))))


def wav_bytes(rate: int, samples: "np.ndarray[Any, Any]") -> bytes:
    """Return a wav file of samples [shape=(frames, channels)]: 16-bit integers, to which floats are rounded."""
    import numpy as np  # heavy: only scripts with sound need it

    channels = samples.shape[1]
    body = sixteen_bit(samples).astype("<i2", copy=False)
    header = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + body.nbytes, b"WAVE", b"fmt ", 16, 1, channels),
        *(rate, rate * channels * 2, channels * 2, 16, b"data", body.nbytes),
    )
    return header + np.ascontiguousarray(body).tobytes()


def sixteen_bit(samples: "np.ndarray[Any, Any]") -> "np.ndarray[Any, np.dtype[np.int16]]":
    """Return samples from -1 to 1 as 16-bit integers: 32,768 is one, and what is beyond is cut."""
    import numpy as np  # heavy: only scripts with sound need it

    if samples.dtype == np.int16:
        return samples
    return np.clip(np.rint(samples * np.float32(32768)), -32768, 32767).astype(np.int16)


def as_floats(samples: "np.ndarray[Any, Any]") -> "Samples":
    """Return 16-bit integers as floats from -1 to 1, and floats as they are."""
    import numpy as np  # heavy: only scripts with sound need it

    return samples.astype(np.float32) / np.float32(32768) if samples.dtype == np.int16 else samples


def playable_rate(rate: int) -> int:
    """Return a rate that browsers play: `rate` itself, or what to resample to."""
    low, high = PLAYABLE_RATES
    return 8_000 if rate < low else 96_000 if rate > high else rate
