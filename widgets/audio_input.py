"""A sound: dropped, picked or recorded, and edited on the page."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal, overload

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.input import Edge
from modelapp.core.parts import Part, Parts
from modelapp.core.protocol import InputProps, Json, UploadedSound
from modelapp.core.variation import Variation
from modelapp.widgets._arrays import is_array
from modelapp.widgets._checking import checked_names, refused
from modelapp.widgets._edits import MOST_EDITS, as_raw
from modelapp.widgets._files import named, safe_name
from modelapp.widgets._media import MediaInput
from modelapp.widgets._media_variations import seconds_after, sound_edits, varied
from modelapp.widgets._sound import SECONDS_LIMIT, Audio, mixed, resampled, wav_bytes
from modelapp.widgets._sound_arrays import checked_rate, is_pair, plain_pair, samples_from
from modelapp.widgets._sound_edits import AnySoundEdit, HideSound, edited
from modelapp.widgets._sound_intake import (
    SUFFIXES,
    facts_of,
    keep_bytes,
    keep_file,
    keep_samples,
    keep_upload,
    raw_value,
    samples_in,
    thumbnail,
)

Source = Literal["upload", "microphone"]
Tool = Literal["trim", "gain", "noise", "reverse", "speed"]
_SOURCES: tuple[Source, ...] = ("upload", "microphone")
_TOOLS: tuple[Tool, ...] = ("trim", "gain", "noise", "reverse", "speed")
_TYPES = ("samples", "path")
_RATES = (100, 384_000)


class AudioInputProps(InputProps, frozen=True, kw_only=True, tag="audio_input"):
    """Where a sound may come from, and what may be done to it."""

    sources: tuple[str, ...]
    tools: tuple[str, ...]
    most_seconds: int
    """Longest recording."""


class AudioInput(MediaInput):
    """A sound. See `audio_input`."""

    kind = "audio_input"
    noun = "sound"
    media_type = "audio/*"
    fields = frozenset({"blob", "name", "seconds", "rate", "channels", "preview", "edits"})
    edit_union = AnySoundEdit | HideSound
    hiding = "hide"
    example_suffixes = (*SUFFIXES, ".webm")

    def __init__(
        self,
        label: str | None = None,
        *,
        type: Literal["samples", "path"] = "samples",
        rate: int | None = None,
        mono: bool = True,
        sources: Sequence[Source] = _SOURCES,
        tools: Sequence[Tool] | None = None,
        **common: Any,
    ) -> None:
        super().__init__(label, **common)
        (self.type,) = checked_names("audio_input", "type", type, _TYPES)
        self.sources = checked_names("audio_input", "sources", sources, _SOURCES)
        self.tools = _TOOLS if tools is None else checked_names("audio_input", "tools", tools, _TOOLS)
        self.rate = None if rate is None else _checked_rate(rate)
        self.mono = mono

    def props(self, common: dict[str, Any], blobs: Blobs) -> AudioInputProps:
        return AudioInputProps(**common, sources=self.sources, tools=self.tools, most_seconds=SECONDS_LIMIT)

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if raw is None:
            return None
        blob, name = self.checked_file(raw, blobs, others=("preview",))
        facts = facts_of(blob, name)
        sound = UploadedSound(
            raw["blob"],
            name,
            0,
            preview=raw.get("preview"),
            seconds=facts.seconds,
            rate=facts.rate,
            channels=facts.channels,
        )
        return raw_value(sound, self.edits_of(raw, offered=True))

    def parse(self, raw: Json, blobs: Blobs) -> Any:
        rate, samples = samples_in(blobs.path(raw["blob"]), raw["name"])
        samples = edited(rate, samples, self.edits_of(raw))
        if self.mono:
            samples = mixed(samples)
        if self.rate is not None and self.rate != rate:
            rate, samples = self.rate, resampled(samples, rate, self.rate).clip(-1, 1)
        if self.type == "path":
            return named(blobs.path(blobs.put(wav_bytes(rate, samples))), Path(raw["name"]).stem + ".wav")
        return Audio(rate, samples[:, 0].copy() if self.mono else samples)

    def copy_value(self, value: Any) -> Any:
        return value._replace(samples=value.samples.copy()) if isinstance(value, Audio) else value

    def edges(self) -> list[Edge]:
        import numpy as np  # heavy: only scripts with sounds need it

        rate = self.rate or 16_000
        return [
            Edge((rate, np.zeros(rate // 100 + 1, np.float32)), "a hundredth of a second of silence", False),
            Edge((rate, np.zeros(rate, np.float32)), "a second of silence", False),
        ]

    def encode(self, given: Any, blobs: Blobs) -> Json:
        given = plain_pair(given)
        if isinstance(given, (str, Path)):
            return raw_value(keep_file(Path(given), blobs))
        if given is None or isinstance(given, dict):
            return self.accept(given, blobs)
        if isinstance(given, (bytes, bytearray)):
            return raw_value(keep_bytes(bytes(given), "sound", blobs))
        if is_pair(given):
            rate = checked_rate(given[0])
            if not is_array(given[1]):
                raise refused(self, given, "a pair of rate and an array of samples")
            return raw_value(keep_samples(rate, _within_one(samples_from(given[1])), "sound.wav", blobs))
        if is_array(given):
            raise InvalidValue(
                f"{describe(given)} does not say how many samples make a second.",
                hint="Pass the rate with it: (16000, samples).",
            )
        raise refused(self, given, "a path, (rate, samples) or the bytes of a sound file")

    def variations(self, raw: Json) -> list[Variation]:
        # Times of a cut count from what the edits before have left.
        return varied(raw, sound_edits(seconds_after(raw["seconds"], self.edits_of(raw))), self.tools)

    def parts(self, raw: Json) -> Parts | None:
        seconds = seconds_after(raw["seconds"], self.edits_of(raw))
        return Parts("sound", (Part((0.0, seconds)),)) if seconds > 0 and len(raw["edits"]) < MOST_EDITS else None

    def hidden(self, raw: Json, parts: Collection[Part]) -> list[Json]:
        spans: list[Any] = [part.at for part in parts]
        fills = as_raw([HideSound(spans, "silence"), HideSound(spans, "noise")])
        return [{**raw, "edits": [*raw["edits"], fill]} for fill in fills]

    def is_one(self, examples: Any) -> bool:
        return is_array(examples) or isinstance(examples, Audio)

    def sample(self) -> Any:
        import numpy as np  # heavy: only scripts with sound need it

        rate = self.rate or 16_000
        return rate, np.zeros(rate, np.float32)

    def thumbnail(self, raw: dict[str, Json], blobs: Blobs) -> bytes:
        return thumbnail(blobs.path(raw["blob"]), raw["name"])

    def receive(self, upload: Path, name: str, blobs: Blobs) -> UploadedSound:
        return keep_upload(upload, safe_name(name), blobs)


def _checked_rate(rate: Any) -> int:
    low, high = _RATES
    if type(rate) is not int or not low <= rate <= high:
        raise ScriptError(
            f"audio_input(rate={describe(rate)}): samples a second, a whole number from {low} to {high:,}, is "
            "expected.",
            hint="For example audio_input(rate=16000).",
        )
    return rate


def _within_one(samples: Any) -> Any:
    import numpy as np  # heavy: only scripts with sound need it

    loudest = 0.0 if samples.dtype == np.int16 else float(np.abs(samples).max())
    if loudest <= 1:
        return samples
    raise InvalidValue(
        f"The samples go to {loudest:g}: floats from -1 to 1 are expected.",
        hint=f"If full scale is {32768 if loudest > 100 else f'{loudest:g}'}: samples / "
        f"{32768 if loudest > 100 else f'{loudest:g}'}.",
    )


@overload
def audio_input(
    label: str | None = None,
    *,
    type: Literal["samples"] = "samples",
    rate: int | None = None,
    mono: bool = True,
    sources: Sequence[Source] = ...,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Audio: ...
@overload
def audio_input(
    label: str | None = None,
    *,
    type: Literal["path"],
    rate: int | None = None,
    mono: bool = True,
    sources: Sequence[Source] = ...,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Path: ...
@overload
def audio_input(
    label: str | None = None,
    *,
    type: Literal["samples"] = "samples",
    rate: int | None = None,
    mono: bool = True,
    sources: Sequence[Source] = ...,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Audio | None: ...
@overload
def audio_input(
    label: str | None = None,
    *,
    type: Literal["path"],
    rate: int | None = None,
    mono: bool = True,
    sources: Sequence[Source] = ...,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Path | None: ...
def audio_input(
    label: str | None = None,
    *,
    type: Literal["samples", "path"] = "samples",
    rate: int | None = None,
    mono: bool = True,
    sources: Sequence[Source] = _SOURCES,
    tools: Sequence[Tool] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Any:
    """Ask for a sound.

    What the page edits is done in this order: the original, its edits at its own rate, one channel, the rate asked for.
    Uploads lose their tags and pictures. At most an hour and 180 million samples are taken.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        type: What the script gets: "samples", or "path" for a wav of 16 bits a sample.
        rate: Samples a second that the model wants, from 100 to 384,000; None keeps those of the sound. Resampling
            keeps tones below .9 of half the lower rate to .1 dB, and leaves nothing of those above 1.1 of it (-80 dB).
        mono: If True all channels are averaged to one.
        sources: Where it may come from: any of "upload", "microphone".
        tools: Ways to edit it on the page: any of "trim", "gain", "noise", "reverse", "speed"; None is all, () is none.
        value: Sound before anybody chooses one: a path (from the working folder or beside the script), (rate, samples)
            with an array [shape=(frames,) or (frames, channels), float -1 to 1, int16, int32 or uint8], an `Audio`, a
            segment of pydub, or the bytes of a file. None is the first example, or empty if there are none.
        examples: Ready sounds in any of these forms: a list, a mapping of title to sound, or a folder, of which the
            first 50 are shown.
        required: If True an empty input ends the run quietly and the page says what it waits for; if False the script
            gets None.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        By `type`: `Audio`, a named tuple of rate in Hz (int) and samples np.ndarray [shape=(frames,), or (frames,
        channels) without `mono`; float32, -1 to 1], which are the script's own to change; or a Path to a wav.

    Raises:
        ScriptError: If an option is unknown, or `value` or an example is no sound.

    Example:
        >>> import modelapp as ma
        >>> import numpy as np
        >>> tone = (16000, np.sin(np.arange(16000, dtype="float32") * 0.17) / 2)
        >>> rate, samples = ma.audio_input("Sound", rate=16000, examples={"A tone": tone})
        >>> ma.number_output(len(samples) / rate, unit="s", label="Length")
    """
    return current_run().input(
        AudioInput,
        label,
        type=type,
        rate=rate,
        mono=mono,
        sources=sources,
        tools=tools,
        value=value,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
