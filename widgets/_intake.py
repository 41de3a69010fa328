"""Pictures on their way into the blob store: checked, decoded once to be sure, and rid of metadata.

Work on files that have not changed is kept for the process, so that every run and every session can name the same
examples at no cost. Everything here may be called from several threads at once.
"""

from collections.abc import Collection
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.protocol import Edit, Json, Uploaded
from modelapp.widgets._dicom import dicom_frames, is_dicom
from modelapp.widgets._edits import as_raw
from modelapp.widgets._known_files import KnownFiles
from modelapp.widgets._metadata import without_jpeg_metadata, without_png_metadata
from modelapp.widgets._picture_edits import AnyPictureEdit, HidePicture
from modelapp.widgets._picture_pixels import edited
from modelapp.widgets._pictures import eight_bit, in_mode, open_picture, orientation_of, reading, upright

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".webp",
    ".avif",
    ".bmp",
    ".tif",
    ".tiff",
    ".jp2",
    ".ppm",
    ".pgm",
    ".ico",
    ".dcm",
)
THUMBNAIL_HEIGHT = 160


class CleanPicture(NamedTuple):
    """A picture file without metadata. Width and height, in pixels, are of the upright picture."""

    content: bytes
    width: int
    height: int
    preview: bytes | None
    """A picture that a browser can show, or None if `content` is one."""


def clean(content: bytes, name: str) -> CleanPicture:
    """Check a picture file and take its metadata out: JPEG and PNG without loss, any other as PNG of its first frame.

    Raises:
        InvalidValue: If it cannot be read to its end, or is above the pixel limit.
    """
    with reading(name):
        picture = open_picture(BytesIO(content), name)
        width, height = picture.size
        orientation = orientation_of(picture)
        if picture.format in ("JPEG", "MPO"):
            # An eighth of the size reads all of the file's data, in a fraction of the time.
            picture.draft(None, (1, 1))
            picture.load()
            size = (height, width) if orientation >= 5 else (width, height)
            bare = without_jpeg_metadata(content, orientation)
            _check_still_readable(bare, name, (width, height))
            return CleanPicture(bare, *size, None)
        picture.load()
        if picture.format == "PNG" and orientation == 1:
            bare = without_png_metadata(content)
            _check_still_readable(bare, name, (width, height))
            return CleanPicture(bare, width, height, None)
        return saved(upright(picture))


def _check_still_readable(content: bytes, name: str, size: tuple[int, int]) -> None:
    """Refuse a damaged file that was read by luck, and no longer is without what stood between its parts."""
    if open_picture(BytesIO(content), name).size != size:
        raise ValueError("the header changed with the metadata")


def saved(picture: "Image") -> CleanPicture:
    """Write a picture without loss or metadata: as PNG, or as TIFF with a preview where PNG is not deep enough."""
    picture = _without_tags(picture)
    if picture.mode == "F" or picture.mode == "I":
        return CleanPicture(_file(picture, "TIFF"), *picture.size, _file(eight_bit(picture), "PNG"))
    return CleanPicture(_file(picture, "PNG"), *picture.size, None)


def _without_tags(picture: "Image") -> "Image":
    """Return a picture's pixels in a mode that PNG or TIFF holds, with nothing else that saving might write along."""
    if picture.mode.startswith("I") or picture.mode == "F":
        import numpy as np  # heavy: only deep pictures need it
        from PIL import Image

        pixels = np.asarray(picture)
        if picture.mode != "F" and pixels.min() >= 0 and pixels.max() <= 65535:
            pixels = pixels.astype(np.uint16)
        return Image.fromarray(pixels)
    if picture.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        return in_mode(picture, "RGBA" if picture.has_transparency_data else "RGB")
    bare = picture.copy()
    bare.info = {key: picture.info[key] for key in ("transparency", "icc_profile") if key in picture.info}
    return bare


def _file(picture: "Image", format_name: str) -> bytes:
    buffer = BytesIO()
    if format_name == "PNG":
        # The highest levels take seconds for a photo, and save a tenth.
        picture.save(buffer, "PNG", compress_level=1 if picture.width * picture.height > 10**6 else 6, exif=b"")
    else:
        picture.save(buffer, format_name)
    return buffer.getvalue()


def taken(content: bytes, name: str, blobs: Blobs) -> Uploaded:
    """Put a picture file into the store without its metadata; of a DICOM clip, each frame.

    Raises:
        InvalidValue: If it cannot be read to its end, or is above the pixel limit.
    """
    if not is_dicom(content):
        return keep(clean(content, name), name, blobs)
    kept = [keep(saved(frame), name, blobs) for frame in dicom_frames(content, name)]
    if len(kept) == 1:
        return kept[0]
    return msgspec.structs.replace(kept[0], frames=tuple(frame.blob for frame in kept))


def keep(picture: CleanPicture, name: str, blobs: Blobs) -> Uploaded:
    """Put a clean picture into the store."""
    preview = None if picture.preview is None else blobs.put(picture.preview)
    return Uploaded(blobs.put(picture.content), name, len(picture.content), picture.width, picture.height, preview)


def raw_value(uploaded: Uploaded, edits: Collection[Edit] = ()) -> dict[str, Json]:
    """Return the raw value of a picture."""
    return {
        "blob": uploaded.blob,
        "name": uploaded.name,
        "width": uploaded.width,
        "height": uploaded.height,
        "preview": uploaded.preview,
        "frames": list(uploaded.frames),
        "edits": as_raw(edits),
    }


_known = KnownFiles(lambda path, blobs: taken(path.read_bytes(), path.name, blobs))


def keep_file(path: Path, blobs: Blobs) -> Uploaded:
    """Put a picture file of the script's author into the store; costs next to nothing the second time.

    Raises:
        InvalidValue: If there is no such file, or it cannot be read.
    """
    return _known.keep(path, blobs)


@lru_cache(maxsize=1024)
def size_of(path: Path, name: str) -> tuple[int, int]:
    """Return the width and height in pixels of the upright picture in a blob, whose content never changes.

    Raises:
        InvalidValue: If it is no picture, or above the pixel limit.
    """
    with reading(name), path.open("rb") as file:
        picture = open_picture(file, name)
        width, height = picture.size
        return (height, width) if orientation_of(picture) >= 5 else (width, height)


def thumbnail_after(thumbnail: bytes, name: str, edits: Collection[AnyPictureEdit | HidePicture]) -> bytes:
    """Return a thumbnail with edits done to it: not to the picture, which would take as long as a run does."""
    from PIL import Image  # heavy: only scripts with pictures need it

    if not edits:
        return thumbnail
    with reading(name):
        small = in_mode(Image.open(BytesIO(thumbnail)), "RGBA")
        if small.getchannel("A").getextrema() != (255, 255):
            return _file(edited(small, edits), "PNG")
        buffer = BytesIO()
        edited(small.convert("RGB"), edits).save(buffer, "JPEG", quality=85)
        return buffer.getvalue()


@lru_cache(maxsize=256)
def thumbnail(path: Path, name: str, height: int = THUMBNAIL_HEIGHT) -> bytes:
    """Return a picture file, 160 pixels high or less, of the picture in a blob, whose content never changes."""
    with reading(name), path.open("rb") as file:
        picture: Any = open_picture(file, name)
        photo = picture.format in ("JPEG", "MPO")
        if photo:
            picture.draft(None, (4 * height, 2 * height))
        picture = upright(picture)
        picture = in_mode(picture, "RGB" if photo else "RGBA")
        picture.thumbnail((4 * height, height))
        buffer = BytesIO()
        quick = {} if height == THUMBNAIL_HEIGHT else {"compress_level": 1}  # a large one is packed again by who asks
        picture.save(buffer, "JPEG" if photo else "PNG", **({"quality": 85} if photo else quick))
        return buffer.getvalue()
