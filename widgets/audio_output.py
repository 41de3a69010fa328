"""A sound to listen to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.json_schema import FILE, Schema
from modelapp.core.names import slug
from modelapp.core.output import Output
from modelapp.core.protocol import Json, OutputProps
from modelapp.widgets._arrays import is_array
from modelapp.widgets._files import safe_name, temporary
from modelapp.widgets._sound import Audio, as_floats, playable_rate, resampled, sixteen_bit, wav_bytes
from modelapp.widgets._sound_arrays import checked_rate, is_pair, plain_pair, samples_from
from modelapp.widgets._sound_files import samples_of
from modelapp.widgets._sound_intake import keep_bytes, keep_file, peaks, samples_in

_PEAKS = 400


class AudioOutputProps(OutputProps, frozen=True, kw_only=True, tag="audio_output"):
    """A sound to listen to."""

    blob: str
    """What a browser can play."""
    download: str
    """The sound as the script gave it."""
    name: str
    """File name to download it under."""
    seconds: float
    rate: int
    channels: int
    peaks: tuple[int, ...]
    """The loudest sample of each of up to 400 equal stretches, as parts in a thousand of full scale."""
    note: str | None = None


class AudioOutput(Output):
    """A sound to listen to. See `audio_output`."""

    kind = "audio_output"

    def __init__(
        self, audio: Any, label: str | None = None, *, rate: int | None = None, key: str | None = None
    ) -> None:
        super().__init__(label, key=key)
        self.audio = plain_pair(audio)
        self.rate = rate

    def props(self, blobs: Blobs) -> AudioOutputProps:
        try:
            if isinstance(self.audio, (str, Path, bytes, bytearray)):
                return self._of_file(blobs)
            return self._of_samples(blobs)
        except InvalidValue as problem:
            raise ScriptError(f"audio_output: {problem.message}", hint=problem.hint) from problem

    @classmethod
    def schema(cls) -> Schema:
        return FILE

    @classmethod
    def from_portable(cls, value: Json, content: Callable[[Json], tuple[str, bytes]]) -> Any:
        name, data = content(value)
        if not name.endswith(".wav"):
            return data
        with temporary() as path:
            path.write_bytes(data)
            rate, samples = samples_of(path, name)
        return Audio(rate, samples[:, 0] if samples.shape[1] == 1 else samples)

    def result(self) -> Any:
        """Return the sound as `Audio`, or a path or bytes as they were given."""
        if isinstance(self.audio, (str, Path, bytes, bytearray)):
            return self.audio
        rate, samples = self._samples()
        samples = as_floats(samples)
        return Audio(rate, samples[:, 0] if samples.shape[1] == 1 else samples)

    def portable(self, keep: Callable[[str, bytes | Path], Json]) -> Json:
        sound = self.result()
        if isinstance(sound, Audio):
            samples = sound.samples if sound.samples.ndim == 2 else sound.samples[:, None]
            return keep("sound.wav", wav_bytes(sound.rate, samples))
        return (
            keep("sound", bytes(sound))
            if isinstance(sound, (bytes, bytearray))
            else keep(Path(sound).name, Path(sound))
        )

    def _samples(self) -> tuple[int, Any]:
        given, rate = self.audio, self.rate
        if is_pair(given):
            if rate is not None and rate != given[0]:
                raise InvalidValue(f"The sound has {given[0]} samples a second, but rate={rate} was passed too.")
            rate, given = given
        if not is_array(given) and not (isinstance(given, list) and given):
            raise InvalidValue(
                f"{describe(given)} is no sound: (rate, samples), an array with rate=, a path or the bytes of a file "
                "is expected.",
                hint="For example audio_output((16000, samples)).",
            )
        if rate is None:
            raise InvalidValue(
                f"{describe(given)} does not say how many samples make a second.",
                hint="For example audio_output(samples, rate=16000).",
            )
        return checked_rate(rate), samples_from(_array(given))

    def _of_samples(self, blobs: Blobs) -> AudioOutputProps:
        rate, samples = self._samples()
        loudest, share = _loudness(samples)
        notes = []
        if loudest > 1:
            notes.append(f"Cut off: {share:.1%} of the samples leave −1 to 1, the loudest is {loudest:.3g}.")
        whole = sixteen_bit(samples)
        whole_floats = as_floats(whole)
        download = blob = blobs.put(wav_bytes(rate, whole))
        playable = playable_rate(rate)
        if playable != rate:
            notes.append(f"Played at {playable:,} Hz: browsers cannot play {rate:,} Hz.")
            blob = blobs.put(wav_bytes(playable, resampled(whole_floats, rate, playable)))
        return AudioOutputProps(
            label=self.label,
            blob=blob,
            download=download,
            name=f"{slug(self.label) or self.key or 'sound'}.wav",
            seconds=len(samples) / rate,
            rate=rate,
            channels=samples.shape[1],
            peaks=_in_thousandths(whole_floats),
            note=" ".join(notes) or None,
        )

    def _of_file(self, blobs: Blobs) -> AudioOutputProps:
        given = self.audio
        if isinstance(given, (str, Path)):
            kept = keep_file(Path(given), blobs)
        else:
            kept = keep_bytes(bytes(given), "sound", blobs)
        path = blobs.path(kept.blob)
        with path.open("rb") as file:
            suffix = ".flac" if file.read(4) == b"fLaC" else ".wav"
        return AudioOutputProps(
            label=self.label,
            blob=kept.preview or kept.blob,
            download=kept.blob,
            name=safe_name(Path(kept.name).stem + suffix),
            seconds=kept.seconds,
            rate=kept.rate,
            channels=kept.channels,
            peaks=_in_thousandths(samples_in(path, kept.name)[1]),
        )


def _array(given: Any) -> Any:
    import numpy as np  # heavy: only scripts with sound need it

    if not isinstance(given, list):
        return given
    try:
        return np.asarray(given, dtype=np.float32)
    except (TypeError, ValueError):
        raise InvalidValue(f"{describe(given)} is no sound: numbers are expected.") from None


def _loudness(samples: Any) -> tuple[float, float]:
    """Return the largest distance from zero, and the share of samples that leave -1 to 1."""
    import numpy as np  # heavy: only scripts with sound need it

    if samples.dtype == np.int16:
        return 0.0, 0.0
    heights = np.abs(samples)
    return float(heights.max()), float(np.mean(heights > 1))


def _in_thousandths(samples: Any) -> tuple[int, ...]:
    return tuple(min(1000, round(1000 * peak)) for peak in peaks(samples, _PEAKS))


def audio_output(audio: Any, label: str | None = None, *, rate: int | None = None, key: str | None = None) -> None:
    """Show a sound to listen to, with its waveform and a download.

    Args:
        audio: (rate, samples), an `Audio` or a segment of pydub; an array or tensor with `rate`; a path; or the bytes
            of a file. Samples are arrays [shape=(frames,), (frames, channels) or (channels, frames), at most 8
            channels; float -1 to 1, int16, int32 or uint8]. What leaves -1 to 1 is cut off, with a note.
        label: Heading above it, or None for none.
        rate: Samples a second, 1 to 655,350, for an array that comes without.
        key: Name of the output; None takes the label's slug, else "audio".

    Raises:
        ScriptError: If `audio` is no sound, is empty, has values that are not numbers, or comes without a rate.

    Example:
        >>> import modelapp as ma
        >>> import numpy as np
        >>> pitch = ma.slider_input("Pitch (Hz)", 100, 1000, 440)
        >>> time = np.arange(16000) / 16000
        >>> ma.audio_output(np.sin(2 * np.pi * pitch * time) / 2, rate=16000)
    """
    current_run().show(AudioOutput(audio, label, rate=rate, key=key))
