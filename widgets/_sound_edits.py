"""What can be done to a sound, as records that are stored and as pure functions on samples.

Each edit applies to what the one before it left, at the original's rate and with its channels. Times are in seconds.
Nothing is cut to [-1, 1] between edits: that is done once, by `edited`, after the last of them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import msgspec
from modelapp.core.protocol import Edit
from modelapp.widgets._noise import normal_noise
from modelapp.widgets._sound import SAMPLE_LIMIT, resampled

if TYPE_CHECKING:
    from modelapp.widgets._sound import Samples

Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=86_400)]


class SoundEdit(Edit, frozen=True):
    """One change to a sound."""


class SoundTrim(SoundEdit, frozen=True, tag="trim"):
    """Keep what is between two times, each rounded to the nearest frame; at least one frame stays."""

    start: Seconds
    end: Seconds

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("it must not end before it starts")


class Gain(SoundEdit, frozen=True, tag="gain"):
    """Make it louder, or quieter below zero."""

    decibels: Annotated[float, msgspec.Meta(ge=-60, le=60)]


class SoundNoise(SoundEdit, frozen=True, tag="noise"):
    """Add white Gaussian noise to every channel. Silence stays silent.

    Sample number n = frame * channels + channel gets number n of the sequence that the picture's `Noise` describes,
    scaled so that the root mean square of the sound is `snr_decibels` above that of the noise, over all channels.
    """

    snr_decibels: Annotated[float, msgspec.Meta(ge=-40, le=100)]
    """Signal-to-noise ratio."""
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**32)] = 0


class Reverse(SoundEdit, frozen=True, tag="reverse"):
    """Play it backwards."""


class Speed(SoundEdit, frozen=True, tag="speed"):
    """Play it faster, or slower below one. The pitch goes with it, as on a record player."""

    factor: Annotated[float, msgspec.Meta(ge=0.25, le=4)]


class HideSound(msgspec.Struct, frozen=True, tag="hide", tag_field="op", forbid_unknown_fields=True):
    """Put silence, or white Gaussian noise as strong as the sound itself, in the place of stretches: what the host
    itself does to see what an answer rests on. No page makes it, so it is no `SoundEdit`."""

    spans: list[tuple[Seconds, Seconds]]
    """(start, end); their ends are rounded to the nearest frame."""
    fill: Literal["silence", "noise"]


AnySoundEdit: TypeAlias = SoundTrim | Gain | SoundNoise | Reverse | Speed


def edited(rate: int, samples: "Samples", edits: Sequence[SoundEdit | HideSound]) -> "Samples":
    """Return samples with edits done in order, and then cut to [-1, 1].

    Args:
        rate: Samples a second.
        samples: np.ndarray [shape=(frames, channels), float32]; it is not changed.
        edits: What to do.
    """
    for edit in edits:
        samples = applied(rate, samples, edit)
    return samples.clip(-1, 1)


def applied(rate: int, samples: "Samples", edit: SoundEdit | HideSound) -> "Samples":
    """Return samples with one edit done; nothing is cut to [-1, 1]."""
    match edit:
        case SoundTrim(start, end):
            return trimmed(rate, samples, start, end)
        case Gain(decibels):
            return samples * _amplitude(decibels)
        case SoundNoise(snr_decibels, seed):
            return noisy(samples, snr_decibels, seed)
        case Reverse():
            return samples[::-1]
        case Speed(factor):
            return faster(rate, samples, factor)
        case HideSound(spans, fill):
            return hidden(rate, samples, spans, fill)
    raise TypeError(f"{edit!r} is no edit of a sound.")


def trimmed(rate: int, samples: "Samples", start: float, end: float) -> "Samples":
    """Return the frames from `start` to `end`, in seconds: the first is round(start * rate), the last is not taken."""
    first = min(_frame(start * rate), len(samples) - 1)
    return samples[first : max(first + 1, _frame(end * rate))]


def noisy(samples: "Samples", snr_decibels: float, seed: int) -> "Samples":
    """Return samples with noise of exactly that ratio of root mean squares."""
    noise = normal_noise(0, samples.size, seed).reshape(samples.shape)
    return samples + noise * _float32(_root_mean_square(samples) / _root_mean_square(noise) / _amplitude(snr_decibels))


def hidden(rate: int, samples: "Samples", spans: Sequence[tuple[float, float]], fill: str) -> "Samples":
    """Return samples with stretches replaced by silence, or by noise of the same root mean square as the sound."""
    result = samples.copy()
    for start, end in spans:
        part = result[_frame(start * rate) : _frame(end * rate)]
        part[:] = 0
        if fill == "noise" and part.size:
            noise = normal_noise(_frame(start * rate) * samples.shape[1], part.size, 0).reshape(part.shape)
            part += noise * _float32(_root_mean_square(samples))
    return result


def faster(rate: int, samples: "Samples", factor: float) -> "Samples":
    """Return samples played faster; when slowed down, no more than there may be of a sound."""
    return resampled(samples[: int(SAMPLE_LIMIT * factor) // samples.shape[1] + 1], factor, 1.0)


def _frame(place: float) -> int:
    return int(place + 0.5)  # as Math.round in the page: round() of Python takes halves to even


def _amplitude(decibels: float) -> float:
    return _float32(10 ** (decibels / 20))


def _root_mean_square(samples: "Samples") -> float:
    import numpy as np  # heavy: only scripts with sound need it

    return float(np.sqrt(np.mean(np.square(samples), dtype=np.float64)))


def _float32(number: float) -> float:
    import numpy as np  # heavy: only scripts with sound need it

    return np.float32(number)  # type: ignore[return-value]
