"""The edits of `_picture_edits` done to pixels: pure functions from a picture to a new one.

Pictures are PIL images in mode RGB or RGBA. Nothing here changes the picture that it is given.
"""

from collections.abc import Iterable
from functools import reduce
from itertools import pairwise
from math import floor, hypot, sqrt
from typing import TYPE_CHECKING, Any

from modelapp.widgets._noise import normal_noise
from modelapp.widgets._picture_edits import (
    AnyPictureEdit,
    Blur,
    Box,
    Brightness,
    Contrast,
    Crop,
    Flip,
    HidePicture,
    Noise,
    Occlude,
    Rotate,
)

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

OCCLUSION_BLUR = 0.04
"""Standard deviation of the blur that occludes, in fractions of the longer side."""
_ROWS_AT_ONCE = 1 << 20
_LARGEST_FULL_BLUR = 8.0


def edited(picture: "Image", edits: Iterable[AnyPictureEdit | HidePicture]) -> "Image":
    """Return a picture after all edits, in their order."""
    return reduce(edited_once, edits, picture)


def edited_once(picture: "Image", edit: AnyPictureEdit | HidePicture) -> "Image":
    """Return a picture after one edit.

    Args:
        picture: PIL image in mode RGB or RGBA.
        edit: What to do.

    Returns:
        A new image in the same mode.
    """
    match edit:
        case Crop(box=box):
            return picture.crop(pixel_box(box, picture.size))
        case Flip(axis=axis):
            return _flipped(picture, axis)
        case Rotate(degrees=degrees):
            return _rotated(picture, degrees)
        case Occlude():
            return _occluded(picture, edit)
        case Brightness(amount=amount):
            return _mapped(picture, [level + 255 * amount for level in range(256)])
        case Contrast(factor=factor):
            return _mapped(picture, [(level - 127.5) * factor + 127.5 for level in range(256)])
        case Noise(sigma=sigma, seed=seed):
            return _noisy(picture, sigma, seed)
        case Blur(sigma=sigma):
            return blurred(picture, sigma * max(picture.size))
        case HidePicture(boxes=boxes, fill=fill):
            return _hidden(picture, [pixel_box(box, picture.size) for box in boxes], fill)


def pixel_box(box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return a box as (left, top, right, bottom) in pixels of a picture of this (width, height): one pixel at least."""
    left, right = _pixel_range(box[0], box[2], size[0])
    top, bottom = _pixel_range(box[1], box[3], size[1])
    return left, top, right, bottom


def _pixel_range(start: float, end: float, length: int) -> tuple[int, int]:
    first, last = floor(start * length + 0.5), floor(end * length + 0.5)
    if last > first:
        return first, last
    first = min(first, length - 1)
    return first, first + 1


def mean_colour(picture: "Image") -> tuple[int, ...]:
    """Return the mean of each colour channel, weighted by opacity; with opacity 255 for RGBA."""
    from PIL import ImageStat  # heavy: only scripts with edited pictures need it

    if picture.mode == "RGB":
        return tuple(floor(mean + 0.5) for mean in ImageStat.Stat(picture).mean)
    opacity = picture.getchannel("A")
    if opacity.getextrema() == (255, 255):
        return (*mean_colour(picture.convert("RGB")), 255)
    import numpy as np

    pixels = np.asarray(picture).reshape(-1, 4).astype(np.float64)
    means = pixels[:, 3] @ pixels[:, :3] / (pixels[:, 3].sum() or 1.0)
    return (*(floor(mean + 0.5) for mean in means.tolist()), 255)


def _flipped(picture: "Image", axis: str) -> "Image":
    from PIL.Image import Transpose  # heavy: only scripts with pictures need it

    return picture.transpose(Transpose.FLIP_LEFT_RIGHT if axis == "horizontal" else Transpose.FLIP_TOP_BOTTOM)


def _rotated(picture: "Image", degrees: float) -> "Image":
    from PIL.Image import Resampling, Transpose  # heavy: only scripts with pictures need it

    if degrees % 90:
        return picture.rotate(-degrees, Resampling.BILINEAR, fillcolor=mean_colour(picture))
    turns = {90: Transpose.ROTATE_270, 180: Transpose.ROTATE_180, 270: Transpose.ROTATE_90}
    turn = turns.get(int(degrees % 360))
    return picture.copy() if turn is None else picture.transpose(turn)


def _mapped(picture: "Image", levels: list[float]) -> "Image":
    """Return a picture with each level of its colour channels replaced by `levels[level]`, rounded and clipped."""
    table = [min(255, max(0, floor(level + 0.5))) for level in levels] * 3
    return picture.point(table + list(range(256)) if picture.mode == "RGBA" else table)


def _noisy(picture: "Image", sigma: float, seed: int) -> "Image":
    import numpy as np  # heavy: only scripts with edited pictures need it
    from PIL import Image

    pixels = np.array(picture)
    height, width, _ = pixels.shape
    colours = pixels[..., :3]
    grey = bool((colours == colours[..., :1]).all())
    rows = max(1, _ROWS_AT_ONCE // (3 * width))
    for top in range(0, height, rows):  # a picture of 100 megapixels would need gigabytes at once
        part = colours[top : top + rows]
        first, count = top * width * 3, part.shape[0] * width
        if grey:
            noise = normal_noise(first, count, seed, step=3).reshape(*part.shape[:2], 1)
        else:
            noise = normal_noise(first, count * 3, seed).reshape(part.shape)
        noisy = noise * np.float32(255 * sigma)
        noisy = noisy + part
        noisy += 0.5
        np.floor(noisy, out=noisy)
        np.clip(noisy, 0, 255, out=noisy)
        colours[top : top + rows] = noisy
    return Image.fromarray(pixels)


def blurred(picture: "Image", sigma: float) -> "Image":
    """Return a picture blurred by a Gaussian with a standard deviation of `sigma` pixels.

    Beyond 8 pixels it is blurred on a smaller copy, which a blur that wide makes up for.
    """
    from PIL import ImageFilter  # heavy: only scripts with pictures need it
    from PIL.Image import Resampling

    if not sigma:
        return picture.copy()
    # Colours of transparent pixels must not bleed into their neighbours.
    layer = picture.convert("RGBa") if picture.mode == "RGBA" else picture
    factor = max(1, int(2 * sigma / _LARGEST_FULL_BLUR)) if sigma > _LARGEST_FULL_BLUR else 1
    if factor > 1:
        small = (max(1, round(layer.width / factor)), max(1, round(layer.height / factor)))
        smaller = layer.resize(small, Resampling.BOX).filter(ImageFilter.GaussianBlur(sigma / factor))
        layer = smaller.resize(layer.size, Resampling.BICUBIC)
    else:
        layer = layer.filter(ImageFilter.GaussianBlur(sigma))
    return layer.convert(picture.mode) if layer.mode != picture.mode else layer


def _occluded(picture: "Image", edit: Occlude) -> "Image":
    from PIL import Image  # heavy: only scripts with pictures need it

    if edit.box is not None:
        area, mask = pixel_box(edit.box, picture.size), None
    else:
        assert edit.path is not None
        covered = stroke(edit.path, edit.width, picture.size)
        if covered is None:
            return picture.copy()
        area, pixels = covered
        mask = Image.fromarray(pixels)
    result = picture.copy()
    size = (area[2] - area[0], area[3] - area[1])
    if edit.colour == "blur":
        cover = _blurred_part(picture, area)
    elif edit.colour == "mean":
        cover = Image.new(picture.mode, size, mean_colour(picture))
    else:
        cover = Image.new(picture.mode, size, edit.colour)
    result.paste(cover, area, mask)
    return result


def _hidden(picture: "Image", areas: list[tuple[int, int, int, int]], fill: str) -> "Image":
    result = picture.copy()
    if fill == "mean":
        colour = mean_colour(picture)
        for area in areas:
            result.paste(colour, area)
    elif len(areas) == 1:
        result.paste(_blurred_part(picture, areas[0]), areas[0])
    else:
        cover = blurred(picture, OCCLUSION_BLUR * max(picture.size))
        for area in areas:
            result.paste(cover.crop(area), area)
    return result


def _blurred_part(picture: "Image", area: tuple[int, int, int, int]) -> "Image":
    """Return what is inside `area` after blurring the whole picture, at the cost of a part of it."""
    sigma = OCCLUSION_BLUR * max(picture.size)
    margin = int(4 * sigma) + 1
    left, top = max(0, area[0] - margin), max(0, area[1] - margin)
    right, bottom = min(picture.width, area[2] + margin), min(picture.height, area[3] + margin)
    near = blurred(picture.crop((left, top, right, bottom)), sigma)
    return near.crop((area[0] - left, area[1] - top, area[2] - left, area[3] - top))


def stroke(
    path: list[tuple[float, float]], width: float, size: tuple[int, int]
) -> "tuple[tuple[int, int, int, int], np.ndarray[Any, np.dtype[np.uint8]]] | None":
    """Return what a brush covers.

    Args:
        path: Points (x, y) in fractions of width and height.
        width: Diameter in fractions of the longer side.
        size: (width, height) of the picture in pixels.

    Returns:
        The smallest part of the picture that holds it, (left, top, right, bottom) in pixels, and a mask of that part
        [shape=(height, width), uint8, 255 where covered, else 0]; None if it is wholly outside.
    """
    import numpy as np  # heavy: only scripts with edited pictures need it

    radius = max(width * max(size), sqrt(2)) / 2
    points = [(x * size[0], y * size[1]) for x, y in path]
    whole = _around(points, radius, size)
    if whole is None:
        return None
    left, top, right, bottom = whole
    mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
    for start, end in pairwise(points) if len(points) > 1 else [(points[0], points[0])]:
        part = _around((start, end), radius, size)
        if part is not None:
            near = _near(start, end, radius, part)
            mask[part[1] - top : part[3] - top, part[0] - left : part[2] - left][near] = 255
    return whole, mask


def _around(
    points: Iterable[tuple[float, float]], radius: float, size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Return the pixels that can be at most `radius` from a line through `points`, or None if there are none."""
    columns, rows = zip(*points, strict=True)
    left, right = max(0, floor(min(columns) - radius)), min(size[0], floor(max(columns) + radius) + 1)
    top, bottom = max(0, floor(min(rows) - radius)), min(size[1], floor(max(rows) + radius) + 1)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _near(start: tuple[float, float], end: tuple[float, float], radius: float, part: tuple[int, int, int, int]) -> Any:
    """Return whether each pixel's centre is at most `radius` from a line [shape=(height, width) of `part`, bool]."""
    import numpy as np  # heavy: only scripts with edited pictures need it

    x = np.arange(part[0], part[2], dtype=np.float32)[None, :] + np.float32(0.5 - start[0])
    y = np.arange(part[1], part[3], dtype=np.float32)[:, None] + np.float32(0.5 - start[1])
    along, down = end[0] - start[0], end[1] - start[1]
    length = hypot(along, down)
    if length > 1e-6:  # pixels; a shorter one is a point
        # The nearest place on the line, as a fraction of it; beyond its ends, the end.
        nearest = np.clip((x * np.float32(along) + y * np.float32(down)) / np.float32(length * length), 0, 1)
        x, y = x - nearest * np.float32(along), y - nearest * np.float32(down)
    return x * x + y * y <= np.float32(radius * radius + 1e-3)
