"""Pictures, sounds and files for a page without a host: bounded, without metadata, as text."""

import base64
from io import BytesIO

from modelapp.core.protocol import RecordedMedia

MOST_SIDE = 1280
"""Pixels of the longer side of a picture; a larger one is made smaller."""
_LOSSLESS_BYTES = 60_000
"""A picture without transparency that came as a larger PNG is kept in a format that loses what nobody sees."""
_PLAIN_JPEG = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
"""What Pillow tells of a JPEG in which nobody noted anything."""
_HEADS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"fLaC": "audio/flac",
    b"OggS": "audio/ogg",
    b"ID3": "audio/mpeg",
    b"\x1aE\xdf\xa3": "video/webm",
}
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}


def media_type(content: bytes) -> str:
    """Return what a browser is to take bytes for, by how they begin; what it might run is never among them."""
    if content[:4] == b"RIFF":
        return _RIFF.get(content[8:12], "application/octet-stream")
    if content[4:8] == b"ftyp":
        return "video/mp4"
    return next((kind for head, kind in _HEADS.items() if content.startswith(head)), "application/octet-stream")


def recorded(content: bytes) -> RecordedMedia:
    """Return a file for the page; a picture is brought to its bounds first."""
    kind = media_type(content)
    if kind in ("image/png", "image/jpeg", "image/webp"):
        kind, content = _bounded(content, kind)
    return RecordedMedia(kind, base64.b64encode(content).decode("ascii"))


def _bounded(content: bytes, kind: str) -> tuple[str, bytes]:
    """Return a picture upright, of bounded size, and without any metadata, and its media type."""
    from PIL import Image, ImageOps  # heavy: only scripts with pictures need it

    with Image.open(BytesIO(content)) as opened:
        if kind == "image/jpeg" and max(opened.size) <= MOST_SIDE and set(opened.info) <= _PLAIN_JPEG:
            return kind, content
        picture = ImageOps.exif_transpose(opened)
        if picture.mode not in ("L", "RGB", "RGBA"):
            picture = picture.convert("RGBA" if "transparency" in picture.info or "A" in picture.mode else "RGB")
        picture.thumbnail((MOST_SIDE, MOST_SIDE))
        if picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (255, 255):
            picture = picture.convert("RGB")
        picture.info.clear()  # the encoders write what they find there
        buffer = BytesIO()
        if kind == "image/jpeg" and picture.mode != "RGBA":
            picture.save(buffer, "JPEG", quality=85)
            return "image/jpeg", buffer.getvalue()
        if len(content) > _LOSSLESS_BYTES and picture.mode != "RGBA":
            picture.save(buffer, "WEBP", quality=90, method=2)
            return "image/webp", buffer.getvalue()
        picture.save(buffer, "PNG")
        return "image/png", buffer.getvalue()
