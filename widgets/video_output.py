"""A video to watch."""

from collections.abc import Callable, Iterable, Iterator, Sized
from fractions import Fraction
from itertools import chain
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
from modelapp.widgets._arrays import as_array, is_array, picture_from_array
from modelapp.widgets._checking import number_option
from modelapp.widgets._files import safe_name, temporary
from modelapp.widgets._pictures import eight_bit
from modelapp.widgets._video import Frames
from modelapp.widgets._video_cuts import cut_file, made_once, shown_progress
from modelapp.widgets._video_edits import Kept
from modelapp.widgets._video_encode import SHOWN, Encoder
from modelapp.widgets._video_facts import facts_of
from modelapp.widgets._video_files import SECONDS_LIMIT
from modelapp.widgets._video_intake import is_playable, keep_bytes, keep_file, poster_of, suffix_of

_MOST_RATE = 1000


class VideoOutputProps(OutputProps, frozen=True, kw_only=True, tag="video_output"):
    """A video to watch."""

    blob: str
    """What a browser can play."""
    poster: str
    """A picture of the first frame."""
    download: str
    """The video as the script gave it."""
    name: str
    """File name to download it under."""
    seconds: float
    rate: float
    frame_count: int
    width: int
    height: int


class VideoOutput(Output):
    """A video to watch. See `video_output`."""

    kind = "video_output"
    made_by_props = True

    def __init__(
        self, video: Any, label: str | None = None, *, rate: float | None = None, key: str | None = None
    ) -> None:
        super().__init__(label, key=key)
        self.video = video
        self.rate = number_option("video_output", "rate", rate)
        if self.rate is not None and not 0 < self.rate <= _MOST_RATE:
            raise ScriptError(
                f"video_output(rate={describe(rate)}): frames a second, above 0 and up to {_MOST_RATE}, are expected.",
                hint="For example video_output(frames, rate=25).",
            )
        self._encoded: Path | None = None

    def props(self, blobs: Blobs) -> VideoOutputProps:
        try:
            if isinstance(self.video, (str, Path, bytes, bytearray)):
                return self._of_file(blobs)
            name = f"{slug(self.label) or self.key or 'video'}.mp4"
            self._encoded = self._of_frames(name, blobs)
            return self._props(self._encoded, name, blobs)
        except InvalidValue as problem:
            raise ScriptError(f"video_output: {problem.message}", hint=problem.hint) from problem

    @classmethod
    def schema(cls) -> Schema:
        return FILE

    @classmethod
    def from_portable(cls, value: Json, content: Callable[[Json], tuple[str, bytes]]) -> bytes:
        return content(value)[1]

    def result(self) -> Any:
        """Return the video as it was given, or, where it was an iterator, a path to what was made of it."""
        return self._encoded if isinstance(self.video, Iterator) else self.video

    def portable(self, keep: Callable[[str, bytes | Path], Json]) -> Json:
        if self._encoded is not None:
            return keep("video.mp4", self._encoded)
        if isinstance(self.video, (bytes, bytearray)):
            return keep("video", bytes(self.video))
        return keep(Path(self.video).name, Path(self.video))

    def _of_file(self, blobs: Blobs) -> VideoOutputProps:
        if self.rate is not None:
            raise InvalidValue("A file has a rate of its own.", hint="Leave out rate=.")
        given = self.video
        if isinstance(given, (str, Path)):
            video = keep_file(Path(given), blobs)
        else:
            video = keep_bytes(bytes(given), "video", blobs)
        return self._props(blobs.path(video.blob), video.name, blobs)

    def _of_frames(self, name: str, blobs: Blobs) -> Path:
        """Return a file of pictures; of `Frames`, which do not change, it is made once."""
        given, text = self.video, f"Encoding {name}"
        if isinstance(given, Frames) and self.rate is None and given.span is not None:
            if not len(given):
                raise InvalidValue("The video has no frames.", hint="Pass at least one frame.")
            return cut_file(given.path, name, Kept(*given.span), SHOWN, blobs)
        frames, rate = _frames_and_rate(given, self.rate)
        if isinstance(given, Frames):
            return made_once((given, rate), blobs, lambda: _encoded(frames, rate, text, blobs))
        return blobs.path(_encoded(frames, rate, text, blobs))

    def _props(self, path: Path, name: str, blobs: Blobs) -> VideoOutputProps:
        facts = facts_of(path, name)
        playable = path
        if not is_playable(facts):
            playable = cut_file(path, name, Kept(0, len(facts.ticks)), SHOWN, blobs)
        return VideoOutputProps(
            label=self.label,
            blob=playable.name,
            poster=blobs.put(poster_of(path, name)),
            download=path.name,
            name=safe_name(Path(name).stem + suffix_of(facts)),
            seconds=facts.seconds,
            rate=facts.rate,
            frame_count=len(facts.ticks),
            width=facts.width,
            height=facts.height,
        )


def _encoded(frames: Iterable[Any], rate: float, text: str, blobs: Blobs) -> str:
    with temporary() as target:
        _encode(frames, rate, target, text)
        return blobs.put(target)


def _frames_and_rate(given: Any, rate: float | None) -> tuple[Iterable[Any], float]:
    """Return what to loop over, and how many frames make a second.

    Raises:
        InvalidValue: If it is no video.
    """
    if isinstance(given, Frames):
        return given, rate or given.rate
    if is_array(given):
        given = as_array(given)
        if given.ndim not in (3, 4) or (given.ndim == 3 and given.shape[2] in (1, 3, 4)):
            raise InvalidValue(
                f"{describe(given)} is no video: (frames, height, width, 3) is expected.",
                hint="Pass one video, such as batch[0]; a picture goes into image_output.",
            )
    elif not isinstance(given, Iterable) or isinstance(given, (dict, set)):
        raise InvalidValue(
            f"{describe(given)} is no video: a path, the bytes of a file, Frames, or pictures with rate= are expected.",
            hint="For example video_output(frames, rate=25).",
        )
    if rate is None:
        raise InvalidValue(
            f"{describe(given)} does not say how many frames make a second.",
            hint="For example video_output(frames, rate=25).",
        )
    return given, rate


def _encode(frames: Iterable[Any], rate: float, target: Path, text: str) -> None:
    """Write pictures as a video.

    Raises:
        InvalidValue: If one is no picture or has another size, or there are none, or too many.
    """
    from av import VideoFrame  # heavy: only scripts with video need it

    pictures = iter(frames)
    first = next(pictures, None)
    if first is None:
        raise InvalidValue("The video has no frames.", hint="Pass at least one picture.")
    total = len(frames) if isinstance(frames, Sized) else 0
    step = shown_progress(text)
    length = 1 / Fraction(rate).limit_denominator(100_000)
    first = _pixels(first, 0)
    height, width = first.shape[:2]
    with Encoder(target, (width, height), SHOWN) as encoder:
        for number, given in enumerate(chain((first,), pictures)):
            pixels = given if number == 0 else _pixels(given, number)
            if pixels.shape != first.shape:
                raise InvalidValue(
                    f"Frame {number} is {pixels.shape[1]} × {pixels.shape[0]} pixels, and frame 0 {width} × {height}.",
                    hint="Give all frames the same size.",
                )
            if (number + 1) * length > SECONDS_LIMIT:
                raise InvalidValue(
                    f"The video is longer than {SECONDS_LIMIT // 60} minutes.", hint="Pass fewer frames."
                )
            frame = VideoFrame.from_ndarray(pixels, "rgb24")
            encoder.write(frame, number * length, length)
            step(number + 1, total)


def _pixels(given: Any, number: int) -> Any:
    """Return a picture in any form as an array [shape=(height, width, 3), uint8]."""
    import numpy as np  # heavy: only scripts with video need it

    try:
        if hasattr(given, "convert"):
            return np.asarray(given.convert("RGB"))
        if not is_array(given):
            raise InvalidValue(f"{describe(given)} is no picture: an array is expected.")
        pixels = as_array(given)
        if pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3:
            return np.ascontiguousarray(pixels)
        picture = picture_from_array(given)
        return np.asarray((eight_bit(picture) if picture.mode.startswith("I") else picture).convert("RGB"))
    except InvalidValue as problem:
        raise InvalidValue(f"Frame {number}: {problem.message}", hint=problem.hint) from problem


def video_output(video: Any, label: str | None = None, *, rate: float | None = None, key: str | None = None) -> None:
    """Show a video to watch, with a download.

    Args:
        video: A path or the bytes of a file; a `Frames`; or pictures: an array or tensor [shape=(frames, height, width,
            3) or (frames, height, width); uint8 0-255, or float 0-1], or any iterable of pictures of one size. What no
            browser plays is encoded as H.264; of an odd width or height the last column or row is then shown twice.
        label: Heading above it, or None for none.
        rate: Frames a second of pictures, above 0 and up to 1000.
        key: Name of the output; None takes the label's slug, else "video".

    Raises:
        ScriptError: If `video` is no video, has no frames or NaN in them, or comes without a rate.

    Example:
        >>> import modelapp as ma
        >>> import numpy as np
        >>> brightness = ma.slider_input("Brightness", 0, 255, 128)
        >>> frames = np.zeros((25, 72, 128, 3), "uint8")
        >>> frames[:, :, ::16] = brightness
        >>> ma.video_output(frames, rate=25)
    """
    current_run().show(VideoOutput(video, label, rate=rate, key=key))
