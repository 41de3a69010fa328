"""What an answer depends on: weights as heat over a picture, words, the columns of a row, or a sound."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.output import Output
from modelapp.core.protocol import Json, OutputProps
from modelapp.widgets._arrays import as_array, is_array
from modelapp.widgets._sound_arrays import is_pair, plain_pair
from modelapp.widgets.audio_output import AudioOutput
from modelapp.widgets.image_output import ImageOutput

if TYPE_CHECKING:
    import numpy as np

_POSITIVE, _NEGATIVE = (228, 87, 46), (36, 87, 197)
"""Red for what speaks for the answer, blue for what speaks against it; the page uses the same two."""
_LARGEST_HEAT = 1024


class HeatedWord(msgspec.Struct, frozen=True):
    """A word, and its strength in [-1, 1]."""

    text: str
    strength: float


class HeatedColumn(msgspec.Struct, frozen=True):
    """A column of a row, its value as text, and its strength in [-1, 1]."""

    name: str
    value: str
    strength: float
    weight: str
    """The weight itself, as text."""


class HeatedPicture(msgspec.Struct, frozen=True):
    """A picture, and a smaller one whose opacity is the strength, to be stretched over it."""

    blob: str
    heat: str
    width: int
    height: int


class HeatedSound(msgspec.Struct, frozen=True):
    """A sound in equal stretches."""

    blob: str
    """What a browser can play."""
    seconds: float
    peaks: tuple[int, ...]
    """The loudest sample of each stretch, as parts in a thousand of full scale."""
    strengths: tuple[float, ...]
    """The strength of each stretch, in [-1, 1]."""


class SaliencyOutputProps(OutputProps, frozen=True, kw_only=True, tag="saliency_output"):
    """Weights as heat. Strengths are weights divided by the largest absolute one; one of the parts is there."""

    opacity: float
    lowest: float
    """Lowest weight, or 0 if all are above."""
    highest: float
    """Highest weight, or 0 if all are below."""
    picture: HeatedPicture | None = None
    words: tuple[HeatedWord, ...] | None = None
    columns: tuple[HeatedColumn, ...] | None = None
    sound: HeatedSound | None = None


class SaliencyOutput(Output):
    """Weights as heat. See `saliency_output`."""

    kind = "saliency_output"

    def __init__(
        self, on: Any, weights: Any, label: str | None = None, *, opacity: float = 0.5, key: str | None = None
    ) -> None:
        super().__init__(label, key=key)
        if isinstance(opacity, bool) or not isinstance(opacity, (int, float)) or not 0 <= opacity <= 1:
            raise ScriptError(
                f"saliency_output(opacity={describe(opacity)}): a number from 0 to 1 is expected.",
                hint="For example saliency_output(image, weights, opacity=0.5).",
            )
        self.opacity = float(opacity)
        self.on = on = plain_pair(on)
        self.form = form_of(on)
        if self.form == "picture":
            self.names: list[str] = []
            self.weights = _map_of(weights)
        elif self.form == "sound":
            self.names = []
            self.weights = _line_of(weights)
        else:
            self.names, self.values = _named_values(on, self.form)
            self.weights = _list_of(weights, self.names, self.form)

    def props(self, blobs: Blobs) -> SaliencyOutputProps:
        lowest, highest = min(0.0, float(self.weights.min())), max(0.0, float(self.weights.max()))
        strengths = self.weights / (max(-lowest, highest) or 1.0)
        props = SaliencyOutputProps(label=self.label, opacity=self.opacity, lowest=lowest, highest=highest)
        if self.form == "picture":
            return msgspec.structs.replace(props, picture=self._picture(strengths, blobs))
        if self.form == "sound":
            return msgspec.structs.replace(props, sound=self._sound(strengths, blobs))
        each = [round(float(strength), 4) for strength in strengths]
        if self.form == "words":
            words = tuple(HeatedWord(text, strength) for text, strength in zip(self.names, each, strict=True))
            return msgspec.structs.replace(props, words=words)
        rows = zip(self.names, self.values, each, self.weights.tolist(), strict=True)
        columns = [HeatedColumn(name, value, strength, f"{weight:+.3g}") for name, value, strength, weight in rows]
        columns.sort(key=lambda column: -abs(column.strength))
        return msgspec.structs.replace(props, columns=tuple(columns))

    @classmethod
    def from_portable(cls, value: Json, content: Callable[[Json], tuple[str, bytes]]) -> Any:
        if not isinstance(value, list):
            return value
        if all(isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) for one in value):
            return [tuple(pair) for pair in value]
        import numpy as np  # heavy: only scripts with arrays need it

        return np.asarray(value)

    def result(self) -> Any:
        """Return the weights: an array, (word, weight) pairs for words, or {column: weight} for a row."""
        if self.form in ("picture", "sound"):
            return self.weights
        pairs = list(zip(self.names, self.weights.tolist(), strict=True))
        return pairs if self.form == "words" else dict(pairs)

    def _picture(self, strengths: "np.ndarray[Any, Any]", blobs: Blobs) -> HeatedPicture:
        shown = ImageOutput(self.on).props(blobs)
        return HeatedPicture(shown.blob, blobs.put(heat(strengths)), shown.width, shown.height)

    def _sound(self, strengths: "np.ndarray[Any, Any]", blobs: Blobs) -> HeatedSound:
        shown = AudioOutput(self.on).props(blobs)
        each = tuple(round(float(strength), 4) for strength in _stretches(strengths, len(shown.peaks)))
        return HeatedSound(shown.blob, shown.seconds, shown.peaks, each)


def saliency_output(
    on: Any, weights: Any, *, opacity: float = 0.5, label: str | None = None, key: str | None = None
) -> None:
    """Show what an answer depends on, by weights of your own: red speaks for it, blue against it.

    Args:
        on: What the weights are about. A picture: PIL image, array [shape=(height, width) or (height, width, 3)], or
            path. Words: a str, which is split at white space, or a list of str. A row: a dict, a Series, or a
            DataFrame with one row. A sound: an `Audio` or (rate, samples).
        weights: For a picture an array [shape=(rows, columns), any size: it is stretched over the picture]. For words
            one number for each. For a row one number for each column, in order or as a dict of column to weight;
            a column without one has 0. For a sound one number for each of any number of equal stretches. Units are
            your own: only their ratios to the largest are drawn.
        opacity: Opacity of the strongest heat, 0 to 1; the reader can change it.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "saliency".

    Raises:
        ScriptError: If the weights do not fit what they are about, or are no finite numbers.

    Example:
        >>> import modelapp as ma
        >>> ma.saliency_output("not a good film", [-0.2, 0.0, 0.7, 0.1])
        >>> ma.saliency_output({"age": 70, "dose": 5}, {"age": 0.4, "dose": -0.1})
    """
    current_run().show(SaliencyOutput(on, weights, label, opacity=opacity, key=key))


def form_of(on: Any) -> Literal["picture", "words", "row", "sound"]:
    """Return what a value is drawn as.

    Raises:
        ScriptError: If it is nothing that heat can be drawn on.
    """
    if isinstance(on, str) or (isinstance(on, (list, tuple)) and on and all(isinstance(word, str) for word in on)):
        return "words"
    if is_pair(on):
        return "sound"
    if isinstance(on, Mapping) or (hasattr(on, "index") and hasattr(on, "to_dict")):
        return "row"
    if is_array(on) or (hasattr(on, "convert") and hasattr(on, "getexif")) or hasattr(on, "suffix"):
        return "picture"
    raise ScriptError(
        f"saliency_output({describe(on)}, …): a picture, words, a row or a sound is expected.",
        hint="Words are a str or a list of str, a row is a dict or a Series, a sound is (rate, samples).",
    )


def heat(strengths: "np.ndarray[Any, Any]") -> bytes:
    """Return strengths as a PNG whose colour is their sign and whose opacity their size.

    Args:
        strengths: Array [shape=(rows, columns), -1 to 1].
    """
    import numpy as np  # heavy: only scripts with arrays need it
    from PIL import Image

    pixels = np.empty((*strengths.shape, 4), dtype=np.uint8)
    pixels[..., :3] = np.where((strengths < 0)[..., None], _NEGATIVE, _POSITIVE)
    pixels[..., 3] = (np.abs(strengths).clip(0, 1) * 255).round()
    picture = Image.fromarray(pixels)
    if max(picture.size) > _LARGEST_HEAT:
        picture.thumbnail((_LARGEST_HEAT, _LARGEST_HEAT))
    buffer = BytesIO()
    picture.save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def _map_of(weights: Any) -> "np.ndarray[Any, Any]":
    array = _numbers(weights)
    while array.ndim > 2 and 1 in array.shape:
        array = array.squeeze(array.shape.index(1))
    if array.ndim != 2 or 0 in array.shape:
        hint = "Of channels take the largest: abs(weights).max(axis=0), or the axis that they are in."
        raise ScriptError(
            f"saliency_output(…, {describe(weights)}): for a picture, weights of shape (rows, columns) are expected.",
            hint=hint if array.ndim == 3 else "For example numpy.zeros((7, 7)).",
        )
    return array


def _line_of(weights: Any) -> "np.ndarray[Any, Any]":
    array = _numbers(weights)
    array = array.reshape(-1) if array.size == max((1, *array.shape)) else array
    if array.ndim != 1 or not len(array):
        raise ScriptError(
            f"saliency_output(…, {describe(weights)}): for a sound, weights of shape (stretches,) are expected.",
            hint="Of several channels take the largest: abs(weights).max(axis=0), or the axis that they are in.",
        )
    return array


def _stretches(strengths: "np.ndarray[Any, Any]", count: int) -> "np.ndarray[Any, Any]":
    """Return the strength of each of `count` stretches: the one that lies there, or the strongest of several."""
    import numpy as np  # heavy: only scripts with arrays need it

    if len(strengths) <= count:
        return strengths[np.arange(count) * len(strengths) // count]
    parts = np.array_split(strengths, count)
    return np.array([part[np.abs(part).argmax()] for part in parts])


def _list_of(weights: Any, names: Sequence[str], form: str) -> "np.ndarray[Any, Any]":
    noun = "words" if form == "words" else "columns"
    if isinstance(weights, Mapping) or (form == "row" and hasattr(weights, "to_dict")):
        by_name = {str(name): weight for name, weight in dict(weights).items()}
        unknown = [name for name in by_name if name not in names]
        if unknown:
            raise ScriptError(
                f"saliency_output(…): there is no {unknown[0]!r} among the {noun}: {', '.join(names)}.",
                hint="The weights' names must be those of what they are about.",
            )
        weights = [by_name.get(name, 0.0) for name in names]
    array = _numbers(weights).reshape(-1)
    if len(array) != len(names) or not len(names):
        raise ScriptError(
            f"saliency_output(…): {len(array)} weights for {len(names)} {noun}.",
            hint="A str is split at white space; pass a list of words to split it in another way."
            if form == "words"
            else "Pass one for each column, or a dict of column to weight.",
        )
    return array


def _numbers(weights: Any) -> "np.ndarray[Any, Any]":
    import numpy as np  # heavy: only scripts with arrays need it

    if not is_array(weights) and isinstance(weights, Iterable) and not isinstance(weights, (str, Sequence)):
        weights = list(weights)
    try:
        array = np.asarray(as_array(weights), dtype=np.float64)
    except (TypeError, ValueError):
        raise ScriptError(f"saliency_output(…, {describe(weights)}): the weights must be numbers.") from None
    if not np.isfinite(array).all():
        raise ScriptError(
            f"saliency_output(…, {describe(weights)}): some weights are NaN or infinite.",
            hint="Replace them first, for example with numpy.nan_to_num(weights).",
        )
    return array


def _named_values(on: Any, form: str) -> tuple[list[str], list[str]]:
    if form == "words":
        return (on.split() if isinstance(on, str) else list(on)), []
    if hasattr(on, "columns"):
        if len(on) != 1:
            raise ScriptError(
                f"saliency_output({describe(on)}, …): one row is expected.", hint="For example frame.iloc[[0]]."
            )
        on = on.iloc[0]
    pairs = dict(on).items()
    return [str(name) for name, _ in pairs], [_text(value) for _, value in pairs]


def _text(value: Any) -> str:
    if value is None or value != value:
        return "missing"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
