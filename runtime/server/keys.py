"""The keys of programs that may call the script."""

import hashlib
import hmac
from collections.abc import Iterable

_LONG = 22
"""Characters from which a key counts as made by a machine: 128 bits in base 64."""


class Keys:
    """The keys of those who may call the script. Only their digests are held, and compared in constant time.

    Args:
        keys: As callers send them; none lets everybody call.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        known = [key for key in keys if key]
        self._digests = [hashlib.sha256(key.encode()).digest() for key in known]
        self._long = [len(key) >= _LONG for key in known]

    def __bool__(self) -> bool:
        return bool(self._digests)

    def owner(self, header: str | None) -> int | None:
        """Return the place of the key that an Authorization header holds, or None if it holds none of them."""
        scheme, _, given = (header or "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        digest = hashlib.sha256(given.strip().encode("utf-8", "replace")).digest()
        found = None
        for place, known in enumerate(self._digests):  # all of them, so that time tells nothing
            if hmac.compare_digest(digest, known):
                found = place
        return found

    def is_long(self, owner: int) -> bool:
        """Return True for a key that is too long to be guessed."""
        return self._long[owner]
