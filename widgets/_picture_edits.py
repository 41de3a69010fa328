"""What can be done to a picture, as records: what the page sends and the store keeps. `_picture_pixels` does it.

Each edit applies to what the one before it left. Places and sizes are fractions of that picture's width and height, so
that a list made on a small preview means the same at full size; x goes right, y goes down, (0, 0) is the upper left
corner. A picture here is RGB or RGBA with 8 bits a channel. Numbers are rounded half up. The mean colour is the mean of
each colour channel over all pixels, weighted by opacity; what is covered or filled with a colour becomes opaque.
Brightness, contrast and noise leave the opacity as it is.
"""

from typing import Annotated, Literal, TypeAlias

import msgspec
from modelapp.core.protocol import Edit

Fraction: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
Box: TypeAlias = tuple[Fraction, Fraction, Fraction, Fraction]
"""(left, top, right, bottom)."""
Point: TypeAlias = tuple[Annotated[float, msgspec.Meta(ge=-1, le=2)], Annotated[float, msgspec.Meta(ge=-1, le=2)]]
"""A place on or near the picture: strokes may begin and end outside."""


def _check_box(box: Box) -> None:
    left, top, right, bottom = box
    if not (left < right and top < bottom):
        raise ValueError("its box must go from left to right and from top to bottom")


class PictureEdit(Edit, frozen=True):
    """One change to a picture."""


class Crop(PictureEdit, frozen=True, tag="crop"):
    """Keep what is inside a box. Its edges are rounded to whole pixels; if nothing is left between two, the pixel after
    them stays, or the last one at the picture's end."""

    box: Box

    def __post_init__(self) -> None:
        _check_box(self.box)


class Occlude(PictureEdit, frozen=True, tag="occlude"):
    """Cover a box, or all that a round brush passes over: exactly one of `box` and `path` is given."""

    colour: Annotated[str, msgspec.Meta(pattern="^(#[0-9a-f]{6}|mean|blur)$")]
    """"#rrggbb"; "mean": the mean colour of the picture before this edit; "blur": that picture, blurred by a
    Gaussian whose standard deviation is 4 % of its longer side."""
    box: Box | None = None
    """Rounded to pixels as for `Crop`."""
    path: Annotated[list[Point], msgspec.Meta(min_length=1, max_length=5000)] | None = None
    """Where the brush went: it covers the pixels whose centres are at most half of `width` from this line."""
    width: Annotated[float, msgspec.Meta(gt=0, le=2)] = 0.05
    """Diameter of the brush, in fractions of the picture's longer side; at least the square root of 2 in pixels, so
    that no stroke slips between the pixels' centres."""

    def __post_init__(self) -> None:
        if (self.box is None) == (self.path is None):
            raise ValueError("it needs a box or a path, and not both")
        if self.box is not None:
            _check_box(self.box)


class Rotate(PictureEdit, frozen=True, tag="rotate"):
    """Turn clockwise. Multiples of 90 degrees are exact, and odd ones swap width and height. Any other angle keeps
    these, turns about the centre (bilinear), and fills what comes into view with the mean colour of what was before."""

    degrees: Annotated[float, msgspec.Meta(ge=-360, le=360)]


class Flip(PictureEdit, frozen=True, tag="flip"):
    """Mirror: "horizontal" swaps left and right, "vertical" swaps top and bottom."""

    axis: Literal["horizontal", "vertical"]


class Brightness(PictureEdit, frozen=True, tag="brightness"):
    """Add to every channel: 1 is the whole range from black to white."""

    amount: Annotated[float, msgspec.Meta(ge=-1, le=1)]


class Contrast(PictureEdit, frozen=True, tag="contrast"):
    """Spread every channel away from the middle of its range (127.5 of 255): 1 changes nothing, 0 leaves grey."""

    factor: Annotated[float, msgspec.Meta(ge=0, le=4)]


class Noise(PictureEdit, frozen=True, tag="noise"):
    """Add Gaussian noise to every pixel: to each channel by itself, or alike to all where every pixel is grey.

    Number (y * width + x) * 3 + channel of the seed's sequence (see `_noise`; channel 0 throughout in a grey picture),
    times `sigma`, is added to that channel."""

    sigma: Annotated[float, msgspec.Meta(ge=0, le=1)]
    """Standard deviation: 1 is the whole range from black to white."""
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**32)] = 0


class Blur(PictureEdit, frozen=True, tag="blur"):
    """Blur by a Gaussian; edges are continued outwards."""

    sigma: Annotated[float, msgspec.Meta(ge=0, le=0.25)]
    """Standard deviation, in fractions of the picture's longer side."""


class HidePicture(msgspec.Struct, frozen=True, tag="hide", tag_field="op", forbid_unknown_fields=True):
    """Cover boxes, as `Occlude` covers one: what the host itself does to see what an answer rests on. No page makes it,
    so it is no `PictureEdit`."""

    boxes: list[Box]
    fill: Literal["mean", "blur"]


AnyPictureEdit: TypeAlias = Crop | Occlude | Rotate | Flip | Brightness | Contrast | Noise | Blur
