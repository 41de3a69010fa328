"""What a picture file says beside the picture, taken out without touching the pixels.

Pure functions of bytes that a decoder has read without a fault. Kept is what the colours need (colour profile, gamma,
Adobe's transform, palette, transparency); gone are camera, place, time, comments, thumbnails and what follows the end.
"""

import struct

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD"}

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
_APP0, _APP2, _APP14, _APP15, _COMMENT = 0xE0, 0xE2, 0xEE, 0xEF, 0xFE
_STANDALONE = {0x01, *range(0xD0, 0xD8)}


def without_png_metadata(content: bytes) -> bytes:
    """Return a PNG with only the chunks that its pixels need; of an animation the still picture remains."""
    kept = [_PNG_SIGNATURE]
    position = len(_PNG_SIGNATURE)
    while position + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, position)
        chunk = content[position : position + length + 12]
        if chunk[4:8] in _PNG_KEPT:
            kept.append(chunk)
        if chunk[4:8] == b"IEND":
            break
        position += len(chunk)
    return b"".join(kept)


def without_jpeg_metadata(content: bytes, orientation: int) -> bytes:
    """Return a JPEG with only the segments that its pixels need, and a tag for `orientation` (1-8) when it is not 1.

    Raises:
        ValueError: If a segment is longer than the file, or too short to be one.
    """
    kept = [b"\xff\xd8"]
    if 2 <= orientation <= 8:
        kept.append(_orientation_segment(orientation))
    position = 2
    while position + 4 <= len(content):
        if content[position] != 0xFF:
            position += 1
            continue
        marker = content[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
        elif marker == _END:
            break
        elif marker in _STANDALONE or marker == 0:
            position += 2
        else:
            position = _take_segment(content, position, marker, kept)
    kept.append(b"\xff\xd9")
    return b"".join(kept)


def _take_segment(content: bytes, position: int, marker: int, kept: list[bytes]) -> int:
    """Add the segment at `position` to `kept` if the pixels need it; return where the next one begins."""
    end: int = position + 2 + struct.unpack_from(">H", content, position + 2)[0]
    if not position + 4 <= end <= len(content):
        raise ValueError("a segment's length is wrong")  # decoders differ in what they make of that
    if marker == _SCAN:
        end = _end_of_scan(content, end)
        kept.append(content[position:end])
    elif _is_needed(marker, content[position + 4 : position + 16]):
        kept.append(content[position:end])
    return end


def _is_needed(marker: int, start: bytes) -> bool:
    if marker == _APP2:
        return start.startswith(b"ICC_PROFILE\0")
    if marker == _COMMENT:
        return False
    return not _APP0 <= marker <= _APP15 or marker in (_APP0, _APP14)


def _end_of_scan(content: bytes, position: int) -> int:
    """Return where the compressed data that begins at `position` ends: at the first marker that is not part of it."""
    while True:
        position = content.find(b"\xff", position)
        if position < 0 or position + 1 >= len(content):
            return len(content)
        marker = content[position + 1]
        if marker == 0 or marker in _STANDALONE:
            position += 2
        elif marker == 0xFF:
            position += 1
        else:
            return position


def _orientation_segment(orientation: int) -> bytes:
    """Return an Exif segment with a single entry. Source: Exif 2.32, section 4.5.2 and 4.6.4."""
    directory = struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + b"MM\0\x2a\0\0\0\x08" + directory
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body
