"""Picture files as pixels: reading them safely, upright, and in the mode that a script asked for.

Owns which formats are read, the pixel limit, and what becomes of transparency, 16-bit and floating-point pixels. Every
fault of a file is an `InvalidValue` that a visitor can act on. Pillow is loaded when the first picture is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Literal

from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import PIXEL_LIMIT

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

Mode = Literal["RGB", "L", "RGBA"]

# Not Pillow's whole list: some of its plugins start other programs (PostScript), and each is a parser of foreign bytes.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "TIFF", "JPEG2000", "PPM", "ICO")
_READABLE = "PNG, JPEG, GIF, WebP, AVIF, BMP and TIFF can be read."
_LIMIT = f"At most {PIXEL_LIMIT / 1e6:,.0f} megapixels are taken: make it smaller first."
_ORIENTATION_TAG = 0x0112


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises inside the block into one plain sentence.

    Raises:
        InvalidValue: In its place.
    """
    try:
        yield
    except InvalidValue:
        raise
    except MemoryError:
        raise InvalidValue(f"“{name}” is too large for this machine's memory.") from None
    except Exception as fault:  # foreign bytes in a decoder: it may raise anything at all
        short = "truncated" in str(fault) or isinstance(fault, EOFError)
        reason = "it ends before the picture does" if short else "it is damaged"
        raise InvalidValue(f"“{name}” cannot be read: {reason}. Save or send it again.") from fault


def open_picture(file: IO[bytes], name: str) -> "ImageFile":
    """Open a picture's header; nothing is decoded yet.

    Raises:
        InvalidValue: If it is empty, no picture of a known format, or above the pixel limit.
    """
    from PIL import Image  # heavy: only scripts with pictures need it

    Image.init()
    prefix = file.read(16)
    if not prefix:
        raise InvalidValue(f"“{name}” is empty (0 bytes).")
    for format_name in FORMATS:
        # Not Image.open: that warns or raises at a limit of its own, which is a global of the process.
        factory, accepts = Image.OPEN.get(format_name, (None, None))
        if factory is None or (accepts is not None and not _accepted(accepts(prefix))):
            continue
        file.seek(0)
        try:
            picture = factory(file, "")  # no file name: Pillow would open it for uncompressed pixels
        except Image.DecompressionBombError:
            raise InvalidValue(f"“{name}” has too many pixels. {_LIMIT}") from None
        except (SyntaxError, IndexError, TypeError, KeyError, EOFError, ValueError, OSError) as fault:
            if isinstance(fault, OSError) and "truncated" in str(fault).lower():
                raise
            continue
        check_pixels(picture.size, name)
        return picture
    raise InvalidValue(f"“{name}” is not a picture that can be read. {_READABLE}")


def _accepted(answer: object) -> bool:
    return bool(answer) and not isinstance(answer, str)  # a str says that the plugin is not built in


def check_pixels(size: tuple[int, int], name: str) -> None:
    """Refuse a picture that would not fit into memory once it is decoded.

    Raises:
        InvalidValue: If it has more than `PIXEL_LIMIT` pixels.
    """
    width, height = size
    if width * height > PIXEL_LIMIT:
        raise InvalidValue(
            f"“{name}” has {width:,} × {height:,} pixels, {width * height / 1e6:,.0f} megapixels. {_LIMIT}"
        )


def orientation_of(picture: "Image") -> int:
    """Return a picture's EXIF orientation, 1 to 8; 1 is upright."""
    orientation = picture.getexif().get(_ORIENTATION_TAG, 1)
    return orientation if orientation in range(1, 9) else 1


def upright(picture: "Image") -> "Image":
    """Return the first frame of a picture, turned as its EXIF tag says."""
    from PIL import ImageOps  # heavy: only scripts with pictures need it

    if orientation_of(picture) == 1:
        return picture
    return ImageOps.exif_transpose(picture)


def decoded(path: Path, name: str, mode: Mode, size: tuple[int, int] | None) -> "Image":
    """Read a picture file as a script wants it.

    Args:
        path: The file.
        name: What a message calls it.
        mode: "RGB", "L" or "RGBA"; see `in_mode`.
        size: (width, height) in pixels to stretch or shrink it to with a Lanczos filter, or None. A JPEG that is much
            larger is decoded at a half, a quarter or an eighth first: three times as fast for a photo of 12 megapixels,
            and never more than a few of 256 levels from the slow way.

    Raises:
        InvalidValue: If it cannot be read.
    """
    with reading(name), path.open("rb") as file:
        opened = open_picture(file, name)
        if size is not None:
            side = 3 * max(size)
            opened.draft(None, (side, side))
        return fitted(upright(opened), mode, size)


def fitted(picture: "Image", mode: Mode, size: tuple[int, int] | None) -> "Image":
    """Return a picture in `mode` (see `in_mode`), stretched or shrunk to `size` with a Lanczos filter."""
    from PIL import Image  # heavy: only scripts with pictures need it

    picture = in_mode(picture, mode)
    if size is not None and picture.size != size:
        return picture.resize(size, Image.Resampling.LANCZOS)
    return picture


def in_mode(picture: "Image", mode: Mode) -> "Image":
    """Return a picture with 8 bits a channel in `mode`, 0-255.

    Transparency is laid on white for "RGB" and "L". Pixels of more than 8 bits are scaled by the full range of their
    type (65,535 for 16 bits), floating-point ones from [0, 1], or from their lowest to their highest if they leave it.
    """
    from PIL import Image  # heavy: only scripts with pictures need it

    picture = eight_bit(picture)
    if mode == "RGBA":
        return picture.convert("RGBA")
    if picture.has_transparency_data:
        layer = picture.convert("RGBA")
        picture = Image.new("RGBA", layer.size, "white")
        picture.alpha_composite(layer)
    # Straight from palette or ink to grey would skip the colours.
    if mode == "L" and picture.mode not in ("L", "1", "RGB"):
        picture = picture.convert("RGB")
    plain = picture.convert(mode)
    return plain if plain is not picture else picture.copy()


def eight_bit(picture: "Image") -> "Image":
    """Return a picture of 16-bit, 32-bit or floating-point pixels as 8-bit grey, any other as it is."""
    if not (picture.mode.startswith("I") or picture.mode == "F"):
        return picture
    import numpy as np  # heavy: only deep pictures need it
    from PIL import Image

    # Single precision and in place: at the pixel limit each copy is 400 MB.
    pixels = np.asarray(picture).astype(np.float32)
    np.nan_to_num(pixels, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(pixels.min()), float(pixels.max())
    if picture.mode != "F":
        # Pillow hands out 16-bit files in the 32-bit mode too; real 32-bit ones go above.
        low, high = 0.0, 65535.0 if high <= 65535 else 2.0**31 - 1
    elif low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    np.clip(pixels, low, high, out=pixels)
    scale = max(abs(low), abs(high)) or 1.0
    pixels /= scale  # before subtracting, which could overflow
    pixels -= low / scale
    pixels *= 255 / ((high - low) / scale or 1.0)
    return Image.fromarray(pixels.round().astype(np.uint8))
