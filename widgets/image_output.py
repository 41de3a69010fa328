"""A picture, with boxes and masks on it."""

from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.json_schema import FILE, Schema
from modelapp.core.output import Output
from modelapp.core.protocol import Json, OutputProps
from modelapp.widgets._arrays import as_array, is_array, picture_from_array
from modelapp.widgets._intake import keep_file, saved
from modelapp.widgets._pictures import decoded, eight_bit, in_mode

if TYPE_CHECKING:
    from PIL.Image import Image

# Above this a PNG of a photo takes longer to make and to send than anybody wants to wait.
_PIXELS_OF_A_LARGE_PHOTO = 1_500_000


class Box(msgspec.Struct, frozen=True):
    """A box in fractions of the picture's width and height."""

    x0: float
    y0: float
    x1: float
    y1: float
    label: str | None
    colour: int
    """Index into the page's palette; boxes and masks of one label share it."""


class Mask(msgspec.Struct, frozen=True):
    """A region of the picture."""

    blob: str
    """A PNG of the picture's size whose alpha is the region."""
    label: str | None
    colour: int


class ImageOutputProps(OutputProps, frozen=True, kw_only=True, tag="image_output"):
    """A picture, with boxes and masks on it."""

    blob: str
    width: int
    height: int
    caption: str | None = None
    boxes: tuple[Box, ...] = ()
    masks: tuple[Mask, ...] = ()


class ImageOutput(Output):
    """A picture, with boxes and masks on it. See `image_output`."""

    kind = "image_output"

    def __init__(
        self,
        image: Any,
        label: str | None = None,
        *,
        caption: str | None = None,
        boxes: Any = (),
        masks: Any = (),
        key: str | None = None,
    ) -> None:
        super().__init__(label, key=key)
        self.image = image
        self.caption = caption
        self.boxes = boxes
        self.masks = masks

    def props(self, blobs: Blobs) -> ImageOutputProps:
        blob, width, height = self._picture(blobs)
        colours: dict[str, int] = {}
        return ImageOutputProps(
            label=self.label,
            blob=blob,
            width=width,
            height=height,
            caption=self.caption,
            boxes=tuple(_box(box, width, height, colours) for box in _listed("boxes", self.boxes)),
            masks=tuple(_mask(mask, width, height, colours, blobs) for mask in _pairs(self.masks)),
        )

    @classmethod
    def schema(cls) -> Schema:
        return FILE

    @classmethod
    def from_portable(cls, value: Json, content: Callable[[Json], tuple[str, bytes]]) -> "Image":
        from PIL import Image  # heavy: only scripts with pictures need it

        picture = Image.open(BytesIO(content(value)[1]))
        picture.load()
        return picture.copy()

    def result(self) -> "Image":
        """Return the picture as a PIL image, without boxes and masks."""
        if isinstance(self.image, (str, Path)):
            return decoded(Path(self.image), Path(self.image).name, "RGB", None)
        return _as_picture(self.image)

    def portable(self, keep: Callable[[str, bytes | Path], Json]) -> Json:
        picture = self.result()
        return keep("picture.png", saved(in_mode(picture, "RGBA" if picture.has_transparency_data else "RGB")).content)

    def _picture(self, blobs: Blobs) -> tuple[str, int, int]:
        if isinstance(self.image, (str, Path)):
            try:
                kept = keep_file(Path(self.image), blobs)
            except InvalidValue as problem:
                raise ScriptError(f"image_output(…): {problem.message}", hint=problem.hint) from problem
            return kept.preview or kept.blob, kept.width or 0, kept.height or 0
        picture = _as_picture(self.image)
        return blobs.put(_encoded(picture)), picture.width, picture.height


def _as_picture(image: Any) -> "Image":
    if hasattr(image, "convert") and hasattr(image, "getexif"):
        return image  # type: ignore[no-any-return]
    if not is_array(image):
        raise ScriptError(
            f"image_output({describe(image)}): a PIL image, an array, a tensor or a path is expected.",
            hint="For a figure use plot_output(…), for anything else output(…).",
        )
    try:
        return picture_from_array(image)
    except InvalidValue as problem:
        raise ScriptError(f"image_output: {problem.message}", hint=problem.hint) from problem


def _encoded(picture: "Image") -> bytes:
    """Return a picture as a file that every browser shows, made quickly: PNG, or JPEG for a large opaque one."""
    see_through = picture.has_transparency_data
    picture = eight_bit(picture)
    if picture.mode not in ("L", "RGB", "RGBA"):
        picture = in_mode(picture, "RGBA" if see_through else "L" if picture.mode == "1" else "RGB")
    buffer = BytesIO()
    pixels = picture.width * picture.height
    if pixels > _PIXELS_OF_A_LARGE_PHOTO and not see_through:
        picture.save(buffer, "JPEG", quality=90, exif=b"")
    else:
        picture.save(buffer, "PNG", compress_level=1 if pixels > 100_000 else 6, exif=b"")
    return buffer.getvalue()


def _listed(option: str, given: Any) -> list[Any]:
    if given is None:
        return []
    if hasattr(given, "detach"):
        given = given.detach().cpu()
    if hasattr(given, "tolist"):
        given = given.tolist()
    if isinstance(given, (str, bytes)) or not isinstance(given, Iterable):
        raise ScriptError(
            f"image_output({option}={describe(given)}): a list is expected.",
            hint='For example image_output(image, boxes=[(10, 20, 110, 220, "cat")]).',
        )
    return list(given)


def _box(given: Any, width: int, height: int, colours: dict[str, int]) -> Box:
    corners, label = _corners(given)
    try:
        x0, y0, x1, y1 = (float(corner) for corner in corners)
    except (TypeError, ValueError):
        raise _bad_box(given, "four numbers are expected") from None
    if not all(abs(corner) < float("inf") for corner in (x0, y0, x1, y1)):
        raise _bad_box(given, "four finite numbers are expected")
    if x1 < x0 or y1 < y0:
        raise _bad_box(given, "the second corner is left of or above the first")

    def within(corner: float, side: int) -> float:
        return min(max(corner / side, 0.0), 1.0)

    return Box(
        within(x0, width),
        within(y0, height),
        within(x1, width),
        within(y1, height),
        label,
        _colour(label, colours),
    )


def _corners(given: Any) -> tuple[Any, str | None]:
    """Return a box's four corners and its label, from a tuple, or from a dict such as detectors return."""
    if isinstance(given, Mapping):
        place = given.get("box", given)
        if isinstance(place, Mapping):
            for names in (("x0", "y0", "x1", "y1"), ("xmin", "ymin", "xmax", "ymax")):
                if place.keys() >= set(names):
                    place = [place[name] for name in names]
                    break
        label = given.get("label")
        if label is not None and isinstance(given.get("score"), (int, float)):
            label = f"{label} {given['score']:.2f}"
        return _listed("boxes", place), None if label is None else str(label)
    corners = _listed("boxes", given)
    return corners[:4], str(corners[4]) if len(corners) == 5 else None


def _bad_box(given: Any, problem: str) -> ScriptError:
    return ScriptError(
        f"image_output(boxes=…): {describe(given)}: {problem}.",
        hint="A box is its corners in pixels, (x0, y0, x1, y1) or (x0, y0, x1, y1, label); not (x, y, width, height).",
    )


def _colour(label: str | None, colours: dict[str, int]) -> int:
    return 0 if label is None else colours.setdefault(label, len(colours))


def _pairs(masks: Any) -> list[tuple[str | None, Any]]:
    if isinstance(masks, Mapping):
        return [(str(label), mask) for label, mask in masks.items()]
    return [(None, mask) for mask in ((masks or ()) if not is_array(masks) else as_array(masks))]


def _mask(given: tuple[str | None, Any], width: int, height: int, colours: dict[str, int], blobs: Blobs) -> Mask:
    import numpy as np  # heavy: only scripts with arrays need it
    from PIL import Image

    label, region = given
    region = as_array(region)
    if region.ndim == 3 and region.shape[0] == 1:
        region = region[0]
    if region.shape != (height, width):
        raise ScriptError(
            f"image_output(masks=…): the mask {label or ''} has shape {region.shape}, the picture has "
            f"(height, width) = {(height, width)}. They must be the same.".replace("mask  has", "mask has"),
            hint="Resize the mask to the picture, for example with skimage.transform.resize.",
        )
    if region.dtype.kind == "f":
        region = region.clip(0, 1) * 255
    elif region.dtype != np.uint8 or region.max(initial=0) <= 1:
        region = (region != 0) * 255
    alpha = Image.fromarray(region.astype(np.uint8))
    mask = Image.merge("LA", (Image.new("L", alpha.size, 255), alpha))
    buffer = BytesIO()
    mask.save(buffer, "PNG", compress_level=1)
    return Mask(blobs.put(buffer.getvalue()), label, _colour(label, colours))


def image_output(
    image: Any,
    *,
    caption: str | None = None,
    boxes: Any = (),
    masks: Any = (),
    label: str | None = None,
    key: str | None = None,
) -> None:
    """Show a picture.

    Args:
        image: PIL image; array or tensor [shape=(height, width), (height, width, channels) or (channels, height,
            width), with 1, 3 or 4 channels; uint8 0-255, float 0-1, bool or uint16]; or a path.
        caption: A sentence below it, which is also its text for those who cannot see it; None is none.
        boxes: Boxes on it, each (x0, y0, x1, y1) or (x0, y0, x1, y1, label) in pixels; an array [shape=(n, 4)]; or
            dicts with "box" and optionally "label" and "score", as detectors return. What is outside is cut off.
        masks: Regions of it: a list of arrays, or a mapping of label to array [shape=(height, width), bool, or float
            0-1 for soft ones].
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "image".

    Raises:
        ScriptError: If `image` is none, has a range that its type does not tell, or a box or mask does not fit it.

    Example:
        >>> import modelapp as ma
        >>> photo = ma.image_input()
        >>> ma.image_output(photo, boxes=[(10, 20, 110, 220, "cat")], caption="What the detector found")
    """
    current_run().show(ImageOutput(image, label, caption=caption, boxes=boxes, masks=masks, key=key))
