"""What can be done to a picture, as records that are stored and as pure functions on pixels.

Each edit applies to what the one before it left. Places and sizes are fractions of that picture's width and height, so that
a list made on a small preview means the same at full size; x goes right, y goes down, (0, 0) is the upper left corner.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec
from modelapp.core.protocol import Edit

Fraction: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=1)]
Box: TypeAlias = tuple[Fraction, Fraction, Fraction, Fraction]
"""(left, top, right, bottom)."""
Point: TypeAlias = tuple[Annotated[float, msgspec.Meta(ge=-1, le=2)], Annotated[float, msgspec.Meta(ge=-1, le=2)]]
"""A place on or near the picture: strokes may begin and end outside."""


class PictureEdit(Edit, frozen=True):
    """One change to a picture."""


class Crop(PictureEdit, frozen=True, tag="crop"):
    """Keep what is inside a box; its edges are rounded to the nearest pixel, and at least one pixel stays."""

    box: Box


class Occlude(PictureEdit, frozen=True, tag="occlude"):
    """Cover a box, or all that a round brush passes over: exactly one of `box` and `path` is given."""

    colour: Annotated[str, msgspec.Meta(pattern="^(#[0-9a-f]{6}|mean|blur)$")]
    """"#rrggbb"; "mean": the mean colour of the picture before this edit; "blur": that picture blurred by a Gaussian whose
    standard deviation is 4 % of its longer side."""
    box: Box | None = None
    path: Annotated[list[Point], msgspec.Meta(min_length=1, max_length=5000)] | None = None
    """Where the brush went: the pixels whose centre is at most half of `width` from the line through these points."""
    width: Annotated[float, msgspec.Meta(gt=0, le=2)] = 0.05
    """Diameter of the brush, in fractions of the picture's longer side. The covered line is at least one pixel wide."""


class Rotate(PictureEdit, frozen=True, tag="rotate"):
    """Turn clockwise. Multiples of 90 degrees are exact, and swap width and height if they are odd ones; any other angle
    keeps width and height, turns about the centre (bilinear), and fills what comes into view with the mean colour."""

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
    """Add Gaussian noise to every pixel, to each channel by itself, or alike where the picture has no colour.

    Pixel number n = (y * width + x) * 3 + channel (channel 0 throughout where there is no colour) gets the normal quantile
    at ((hash(n + hash(seed)) >> 16) + 0.5) / 65536 times `sigma`; additions are modulo 2**32 and hash is the integer hash
    "lowbias32" of Chris Wellons (Prospecting for Hash Functions, 2018), so that a seed gives the same noise everywhere.
    """

    sigma: Annotated[float, msgspec.Meta(ge=0, le=1)]
    """Standard deviation: 1 is the whole range from black to white."""
    seed: Annotated[int, msgspec.Meta(ge=0, lt=2**32)] = 0


class Blur(PictureEdit, frozen=True, tag="blur"):
    """Blur by a Gaussian; edges are continued outwards."""

    sigma: Annotated[float, msgspec.Meta(ge=0, le=0.25)]
    """Standard deviation, in fractions of the picture's longer side."""


AnyPictureEdit: TypeAlias = Crop | Occlude | Rotate | Flip | Brightness | Contrast | Noise | Blur
