"""Edited pictures at full size, and what is remembered of them.

While somebody drags a brush or a slider only the last edit changes: the picture before it is kept, so that a photo is
not decoded, turned and cropped again for each step. Everything here may be called from several threads at once.
"""

from collections import OrderedDict
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import msgspec
from modelapp.widgets._picture_edits import AnyPictureEdit, HidePicture
from modelapp.widgets._picture_pixels import edited_once
from modelapp.widgets._pictures import in_mode, open_picture, reading, upright

if TYPE_CHECKING:
    from PIL.Image import Image

BYTES_KEPT = 400_000_000
"""As much as one picture at the pixel limit, and ten photos of 12 megapixels."""

_kept: "OrderedDict[bytes, Image]" = OrderedDict()
_lock = Lock()


def edited_picture(path: Path, name: str, edits: list[AnyPictureEdit | HidePicture]) -> "Image":
    """Return a picture after its edits, in mode RGB, or RGBA if it has transparency. Nobody may change it.

    Args:
        path: File of the original, whose content never changes.
        name: What a message calls it.
        edits: What to do, in order. It is done at the size of the original, after turning that upright.

    Raises:
        InvalidValue: If it cannot be read.
    """
    keys = _keys(path, edits)
    picture, done = _longest_kept(keys)
    with reading(name):
        if picture is None:
            picture = _original(path, name)
            _keep(keys[0], picture)
        for place in range(done, len(edits)):
            picture = edited_once(picture, edits[place])
            if place == len(edits) - 2:  # the last one changes with the next step of a drag
                _keep(keys[place + 1], picture)
    return picture


def _keys(path: Path, edits: list[AnyPictureEdit | HidePicture]) -> list[bytes]:
    """Return what names the picture after no edit, after the first, after the first two, and so on."""
    keys = [str(path).encode()]
    for edit in edits:
        keys.append(sha256(keys[-1] + msgspec.json.encode(edit)).digest())
    return keys


def _longest_kept(keys: list[bytes]) -> "tuple[Image | None, int]":
    """Return the picture after as many edits as possible that is still there, and after how many it is."""
    with _lock:
        for done in range(len(keys) - 1, -1, -1):
            picture = _kept.get(keys[done])
            if picture is not None:
                _kept.move_to_end(keys[done])
                return picture, done
    return None, 0


def _keep(key: bytes, picture: "Image") -> None:
    with _lock:
        _kept[key] = picture
        _kept.move_to_end(key)
        while len(_kept) > 1 and sum(map(_size_bytes, _kept.values())) > BYTES_KEPT:
            _kept.popitem(last=False)


def _size_bytes(picture: "Image") -> int:
    return picture.width * picture.height * len(picture.getbands())


def _original(path: Path, name: str) -> "Image":
    with path.open("rb") as file:
        picture = upright(open_picture(file, name))
        return in_mode(picture, "RGBA" if picture.has_transparency_data else "RGB")
