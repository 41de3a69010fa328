"""Large values as files, by the digest of their content, and which session may see which."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Json

DIGEST_LENGTH = 64
_CHUNK_BYTES = 1 << 20


class FileBlobs:
    """Blobs as files below one folder.

    Args:
        folder: Made if missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)

    def put(self, content: bytes | Path) -> str:
        """Keep bytes or a copy of a file; return its digest."""
        digest = hashlib.sha256()
        if isinstance(content, bytes | bytearray | memoryview):
            digest.update(content)
            target = self._target(digest.hexdigest())
            if not target.exists():
                self._write(iter((bytes(content),)), target)
            return digest.hexdigest()
        with content.open("rb") as source:
            for chunk in iter(lambda: source.read(_CHUNK_BYTES), b""):
                digest.update(chunk)
            target = self._target(digest.hexdigest())
            if not target.exists():
                source.seek(0)
                self._write(iter(lambda: source.read(_CHUNK_BYTES), b""), target)
        return digest.hexdigest()

    def path(self, digest: str) -> Path | None:
        """Return where a blob lies, or None if there is no such blob."""
        if not is_digest(digest):
            return None
        target = self._target(digest)
        return target if target.exists() else None

    def _target(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _write(self, chunks: Iterator[bytes], target: Path) -> None:
        # Written aside and renamed, so that a blob is there whole or not at all.
        target.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
        Path(name).replace(target)


class SessionBlobs:
    """The blobs that one session made or was shown; it can neither read others nor learn that they exist.

    Args:
        store: All blobs of the app.
        visible: Digests that the session may see; grows with each `put`.
    """

    def __init__(self, store: FileBlobs, visible: set[str]) -> None:
        self._store = store
        self.visible = visible

    def put(self, content: bytes | Path) -> str:
        """Keep bytes or a copy of a file, let the session see it, and return its digest."""
        digest = self._store.put(content)
        self.visible.add(digest)
        return digest

    def path(self, digest: str) -> Path:
        """Return where a blob lies.

        Raises:
            InvalidValue: If the session may not see it, or it is gone.
        """
        path = self._store.path(digest) if isinstance(digest, str) and digest in self.visible else None
        if path is None:
            raise InvalidValue("That file is not here any more. Please choose it again.")
        return path


def is_digest(text: object) -> bool:
    """Return True if `text` has the form of a digest."""
    return isinstance(text, str) and len(text) == DIGEST_LENGTH and all(letter in "0123456789abcdef" for letter in text)


def digests_in(raw: Json) -> Iterator[str]:
    """Yield the digests that a raw value names."""
    if isinstance(raw, dict):
        for item in raw.values():
            yield from digests_in(item)
    elif isinstance(raw, list | tuple):
        for item in raw:
            yield from digests_in(item)
    elif is_digest(raw):
        yield raw
