"""Pictures as files, uploaded and parsed as a page and a script would."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from modelapp.widgets.image_input import ImageInput
from PIL import Image


def file_of(picture, format_name, **options) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, format_name, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """Return a PNG that says it is of this size, and has hardly any pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"IDAT" + zlib.compress(b"\0" * 1000)
    parts = [struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) for body in (chunk, data)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def opened(path: Path):
    return Image.open(io.BytesIO(path.read_bytes()))


def photo(width=40, height=20):
    """A picture whose left half is red and right half is blue, with some texture."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = 220
    pixels[:, width // 2 :, 2] = 220
    pixels[::2, ::2, 1] = 30
    return Image.fromarray(pixels)


def exif(orientation: int):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "SecretCamera"
    return tags


def uploaded(blobs, content: bytes, name: str, tmp_path: Path, widget=None):
    upload = tmp_path / "upload"
    upload.write_bytes(content)
    return (widget or ImageInput("Image")).receive(upload, name, blobs)


def raw_of(upload):
    names = ("blob", "name", "width", "height", "preview")
    return {name: getattr(upload, name) for name in names} | {"edits": []}


def parsed(blobs, content: bytes, tmp_path: Path, name="picture.png", **options):
    widget = ImageInput("Image", **options)
    raw = raw_of(uploaded(blobs, content, name, tmp_path, widget))
    return widget.parse(widget.accept(raw, blobs), blobs)
