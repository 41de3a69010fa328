"""What a widget may do with the host's store of large values: pictures, sound, files.

The store itself is in `session`; widgets see this interface only.
"""

from pathlib import Path
from typing import Protocol

from modelapp.core.errors import InvalidValue


class Blobs(Protocol):
    """A content-addressed store, as one session sees it."""

    def put(self, content: bytes | Path) -> str:
        """Keep bytes or a copy of a file, let the session see it, and return its digest (SHA-256, hex)."""

    def path(self, digest: str) -> Path:
        """Return where the content lies.

        Raises:
            InvalidValue: If this session neither made the blob nor was shown it.
        """


class _NoBlobs:
    """Stands for a store where nothing can be large: that of inputs whose values are plain JSON."""

    def put(self, content: bytes | Path) -> str:
        raise InvalidValue("Nothing can be kept here.")

    def path(self, digest: str) -> Path:
        raise InvalidValue("Nothing is kept here.")


NO_BLOBS = _NoBlobs()
