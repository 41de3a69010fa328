"""Uploaded files as the script sees them: under the name that they were uploaded with, beside their content.

Also what a digest from the wire must look like before it is taken to the store.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.errors import InvalidValue
from modelapp.core.examples import found_at

_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
NAME_LIMIT = 120


def safe_name(name: str) -> str:
    """Return a file name that stays in its folder and can be shown: no separators, controls or leading dots."""
    clean = _UNSAFE.sub("_", name).strip().lstrip(".").strip()
    if len(clean) > NAME_LIMIT:
        suffix = Path(clean).suffix[:20]
        clean = clean[: NAME_LIMIT - len(suffix)] + suffix
    while len(clean.encode()) > 240:  # a file system counts bytes, and takes 255
        middle = len(clean) // 2
        clean = clean[: middle - 1] + clean[middle:]
    return clean or "file"


def blob_path(digest: Any, blobs: Blobs) -> Path | None:
    """Return where a blob that a raw value names lies, or None if that is no blob of this session."""
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        return None
    try:
        return blobs.path(digest)
    except InvalidValue:
        return None


def named(blob: Path, name: str) -> Path:
    """Return a path to a blob's content whose last part is `name`, so that a script sees the suffix that it expects."""
    folder = blob.parent / f"{blob.name}.named"
    path = folder / safe_name(name)
    if path.exists():
        return path
    folder.mkdir(exist_ok=True)
    try:
        os.link(blob, path)
    except FileExistsError:  # another thread was quicker
        pass
    except OSError:  # a file system without hard links
        handle, temporary = tempfile.mkstemp(dir=folder)
        os.close(handle)
        shutil.copyfile(blob, temporary)
        Path(temporary).replace(path)
    return path


def existing(path: Path) -> Path:
    """Return where a path of the script leads: from the working folder, else from the script's own.

    Raises:
        InvalidValue: If there is nothing at either.
    """
    found = found_at(path)
    if found is None:
        raise InvalidValue(f"There is no file {str(path)!r}, neither in the working folder nor beside the script.")
    return found


@contextmanager
def temporary() -> Iterator[Path]:
    """Make an empty file for the block's use."""
    handle, name = tempfile.mkstemp(prefix="modelapp-")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
