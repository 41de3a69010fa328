"""A picture: dropped, picked, pasted, taken or drawn."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.input import Edge
from modelapp.core.parts import Part, Parts
from modelapp.core.protocol import InputProps, Json, Uploaded
from modelapp.core.variation import Transform, Variation
from modelapp.widgets._arrays import is_array, picture_from_array
from modelapp.widgets._checking import checked_names, refused
from modelapp.widgets._dicom import MOST_FRAMES
from modelapp.widgets._edited_pictures import edited_picture
from modelapp.widgets._edits import MOST_EDITS, as_raw
from modelapp.widgets._files import named, safe_name
from modelapp.widgets._intake import (
    SUFFIXES,
    THUMBNAIL_HEIGHT,
    keep,
    keep_file,
    raw_value,
    saved,
    size_of,
    taken,
    thumbnail,
    thumbnail_after,
)
from modelapp.widgets._media import MediaInput
from modelapp.widgets._media_variations import jpeg_transforms, picture_edits, varied
from modelapp.widgets._picture_edits import AnyPictureEdit, HidePicture
from modelapp.widgets._pictures import Mode, decoded, fitted, reading, upright

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

Source = Literal["upload", "webcam", "paste", "sketch"]
_SOURCES: tuple[Source, ...] = ("upload", "webcam", "paste", "sketch")
_TOOLS = ("crop", "occlude", "rotate", "flip", "brightness", "contrast", "noise", "blur")  # the edits' own names
_TYPES = ("pil", "numpy", "path")
_MODES = ("RGB", "L", "RGBA")
_SKETCH_PIXELS = 280


class Sketch(msgspec.Struct, frozen=True):
    """Size of the drawing board in pixels."""

    width: int
    height: int


class ImageInputProps(InputProps, frozen=True, kw_only=True, tag="image_input"):
    """Where a picture may come from, and what may be done to it."""

    sources: tuple[str, ...]
    tools: tuple[str, ...]
    sketch: Sketch
    grey: bool = False
    """True if the script gets it without colour."""


class ImageInput(MediaInput):
    """A picture. See `image_input`."""

    kind = "image_input"
    noun = "picture"
    media_type = "image/*"
    fields = frozenset({"blob", "name", "width", "height", "preview", "frames", "edits"})
    edit_union = AnyPictureEdit | HidePicture
    hiding = "hide"
    example_suffixes = SUFFIXES

    def __init__(
        self,
        label: str | None = None,
        *,
        type: Literal["pil", "numpy", "path"] = "pil",
        mode: Mode = "RGB",
        size: tuple[int, int] | None = None,
        sources: Sequence[Source] = _SOURCES,
        tools: Sequence[str] | None = None,
        **common: Any,
    ) -> None:
        super().__init__(label, **common)
        (self.type,) = checked_names("image_input", "type", type, _TYPES)
        (self.mode,) = checked_names("image_input", "mode", mode, _MODES)
        self.sources = checked_names("image_input", "sources", sources, _SOURCES)
        self.tools = _TOOLS if tools is None else checked_names("image_input", "tools", tools, _TOOLS)
        self.size = None if size is None else _checked_size(size)

    def props(self, common: dict[str, Any], blobs: Blobs) -> ImageInputProps:
        return ImageInputProps(
            **common, sources=self.sources, tools=self.tools, sketch=_sketch(self.size), grey=self.mode == "L"
        )

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if raw is None:
            return None
        blob, name = self.checked_file(raw, blobs, others=("preview", "frames"))
        preview, frames = raw.get("preview"), raw.get("frames", [])
        if not isinstance(frames, list) or len(frames) > MOST_FRAMES or (frames and raw["blob"] not in frames):
            raise refused(self, "that frame", f"one of at most {MOST_FRAMES} frames of its clip")
        edits = self.edits_of(raw, offered=True)
        width, height = size_of(blob, name)
        return raw_value(Uploaded(raw["blob"], name, 0, width, height, preview, tuple(frames)), edits)

    def parse(self, raw: Json, blobs: Blobs) -> Any:
        path = blobs.path(raw["blob"])
        edits = self.edits_of(raw)
        if edits:
            picture = fitted(edited_picture(path, raw["name"], edits), self.mode, self.size)  # type: ignore[arg-type]
        elif self.type == "path" and self.size is None and self.mode == "RGB":
            return named(path, raw["name"])
        else:
            picture = decoded(path, raw["name"], self.mode, self.size)  # type: ignore[arg-type]
        if self.type == "path":
            return named(blobs.path(blobs.put(saved(picture).content)), Path(raw["name"]).stem + ".png")
        if self.type == "numpy":
            import numpy as np  # heavy: only scripts with arrays need it

            return np.array(picture)
        return picture

    def copy_value(self, value: Any) -> Any:
        return value.copy() if hasattr(value, "copy") else value

    def edges(self) -> list[Edge]:
        from PIL.Image import new  # heavy: only scripts with pictures need it

        return [
            Edge(new("RGB", (1, 1)), "a picture of one pixel", False),
            Edge(new("L", (640, 3), 255), "a white strip of 640 x 3 pixels", False),
        ]

    def encode(self, given: Any, blobs: Blobs) -> Json:
        if isinstance(given, (str, Path)):
            return raw_value(keep_file(Path(given), blobs))
        if given is None or isinstance(given, dict):
            return self.accept(given, blobs)
        if isinstance(given, (bytes, bytearray)):
            return raw_value(taken(bytes(given), "picture", blobs))
        if is_array(given):
            return raw_value(keep(saved(picture_from_array(given)), "picture.png", blobs))
        if hasattr(given, "convert") and hasattr(given, "getexif"):
            with reading("picture"):
                return raw_value(keep(saved(upright(given)), "picture.png", blobs))
        raise refused(self, given, "a path, a PIL image, an array or the bytes of a picture file")

    def sample(self) -> Any:
        from PIL import Image  # heavy: only scripts with pictures need it

        return Image.new("RGB", self.size or (64, 64), "grey")

    def thumbnail(self, raw: dict[str, Json], blobs: Blobs) -> bytes:
        return thumbnail(blobs.path(raw["blob"]), raw["name"])

    def variations(self, raw: Json) -> list[Variation]:
        return varied(raw, picture_edits(), self.tools)

    def transforms(self) -> list[Transform]:
        return jpeg_transforms() if self.type != "path" else []

    def parts(self, raw: Json) -> Parts | None:
        covered = "occlude" in self.tools and len(raw["edits"]) < MOST_EDITS
        return Parts("picture", (Part((0.0, 0.0, 1.0, 1.0)),)) if covered else None

    def hidden(self, raw: Json, parts: Collection[Part]) -> list[Json]:
        boxes: list[Any] = [part.at for part in parts]
        fills = as_raw([HidePicture(boxes, "mean"), HidePicture(boxes, "blur")])
        return [{**raw, "edits": [*raw["edits"], fill]} for fill in fills]

    def picture_of(self, raw: Json, blobs: Blobs, height: int | None = None) -> bytes | None:
        if raw is None:
            return None
        path, edits = blobs.path(raw["blob"]), self.edits_of(raw)
        if height and not edits and raw["preview"] is None and raw["height"] <= height and raw["width"] <= height:
            return path.read_bytes()
        return thumbnail_after(thumbnail(path, raw["name"], height or THUMBNAIL_HEIGHT), raw["name"], edits)

    def receive(self, upload: Path, name: str, blobs: Blobs) -> Uploaded:
        name = safe_name(name)
        return taken(upload.read_bytes(), name, blobs)


def _checked_size(size: Any) -> tuple[int, int]:
    if (
        not isinstance(size, (tuple, list))
        or len(size) != 2
        or not all(type(side) is int and 0 < side <= 10_000 for side in size)
    ):
        raise ScriptError(
            f"image_input(size={describe(size)}): (width, height) in pixels, each from 1 to 10000, is expected.",
            hint="For example image_input(size=(224, 224)).",
        )
    return size[0], size[1]


def _sketch(size: tuple[int, int] | None) -> Sketch:
    """Return the drawing board's size: a whole multiple of the model's pixels, so that strokes stay sharp."""
    if size is None:
        return Sketch(_SKETCH_PIXELS, _SKETCH_PIXELS)
    factor = max(1, round(_SKETCH_PIXELS / max(size)))
    return Sketch(size[0] * factor, size[1] * factor)


@overload
def image_input(
    label: str | None = None,
    *,
    type: Literal["pil"] = "pil",
    mode: Mode = "RGB",
    size: tuple[int, int] | None = None,
    sources: Sequence[Source] = ...,
    tools: Sequence[str] | None = None,
    value: Any = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> "Image": ...
@overload
def image_input(
    label: str | None = None,
    *,
    type: Literal["numpy"],
    mode: Mode = "RGB",
    size: tuple[int, int] | None = None,
    sources: Sequence[Source] = ...,
    tools: Sequence[str] | None = None,
    value: Any = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> "np.ndarray[Any, np.dtype[np.uint8]]": ...
@overload
def image_input(
    label: str | None = None,
    *,
    type: Literal["path"],
    mode: Mode = "RGB",
    size: tuple[int, int] | None = None,
    sources: Sequence[Source] = ...,
    tools: Sequence[str] | None = None,
    value: Any = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Path: ...
@overload
def image_input(
    label: str | None = None,
    *,
    type: Literal["pil"] = "pil",
    mode: Mode = "RGB",
    size: tuple[int, int] | None = None,
    sources: Sequence[Source] = ...,
    tools: Sequence[str] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> "Image | None": ...
@overload
def image_input(
    label: str | None = None,
    *,
    type: Literal["numpy"],
    mode: Mode = "RGB",
    size: tuple[int, int] | None = None,
    sources: Sequence[Source] = ...,
    tools: Sequence[str] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> "np.ndarray[Any, np.dtype[np.uint8]] | None": ...
@overload
def image_input(
    label: str | None = None,
    *,
    type: Literal["path"],
    mode: Mode = "RGB",
    size: tuple[int, int] | None = None,
    sources: Sequence[Source] = ...,
    tools: Sequence[str] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Path | None: ...
def image_input(
    label: str | None = None,
    *,
    type: Literal["pil", "numpy", "path"] = "pil",
    mode: Mode = "RGB",
    size: tuple[int, int] | None = None,
    sources: Sequence[Source] = _SOURCES,
    tools: Sequence[str] | None = None,
    value: Any = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Any:
    """Ask for a picture.

    Uploads are turned upright by their EXIF tag, and lose all metadata. Of an animation the first frame is taken, of a
    DICOM clip (with pydicom installed) the one that is picked, its grey levels as the file's window and level say.

    The page can change the picture: what `tools` offers is done to the original at its full size, before `mode` and
    `size` apply. Half of a photo of 4000 x 3000 pixels is 2000 x 3000.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        type: What the script gets: "pil", "numpy", or "path" for a file.
        mode: "RGB", "L" (grey) or "RGBA". Transparency is laid on white for the first two. Deeper pixels are brought to
            0-255: 16-bit ones by 65,535, floats from [0, 1], or from their lowest and highest value if they leave that.
        size: (width, height) in pixels to stretch or shrink the picture to, with a Lanczos filter (in two steps for a
            large JPEG, at most a few of 256 levels off); None keeps it.
        sources: Where it may come from: any of "upload", "webcam", "paste", "sketch".
        tools: Ways to edit it on the page: any of "crop", "occlude", "rotate", "flip", "brightness", "contrast",
            "noise", "blur"; None is all of these, () is none.
        value: Picture before anybody chooses one: a path (from the working folder or beside the script), a PIL image,
            the bytes of a file, or an array [shape=(height, width) or (height, width, 3 or 4), uint8 0-255 or
            float 0-1]. None is the first example, or empty if there are none.
        examples: Ready pictures in any of these forms: a list, a mapping of title to picture, or a folder, of which the
            first 50 are shown.
        required: If True an empty input ends the run quietly and the page says what it waits for; if False the script
            gets None.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        By `type`: PIL.Image.Image in `mode`; np.ndarray [shape=(height, width, 3), (height, width, 4) for "RGBA" or
        (height, width) for "L"; uint8, 0-255]; or a Path to the file as it was uploaded, without its metadata, which
        with edits, `size` or another `mode` is a PNG made so. The picture is the script's own to change.

    Raises:
        ScriptError: If an option is unknown, or `value` or an example is no picture.

    Example:
        >>> import modelapp as ma
        >>> image = ma.image_input(size=(224, 224), examples=["cat.jpg", "dog.jpg"])
        >>> ma.image_output(image.rotate(90))
    """
    return current_run().input(
        ImageInput,
        label,
        type=type,
        mode=mode,
        size=size,
        sources=sources,
        tools=tools,
        value=value,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
