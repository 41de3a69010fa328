"""Which sealed requests are taken."""

import secrets

from modelapp.core.sealing import Key, Unsealable

_EPOCH_BYTES = 8
_MOST_SALTS = 1 << 16


class WrongKey(Unsealable):
    """It was sealed with the key of another link."""


class Stale(Unsealable):
    """It was sealed for an earlier process, or long ago."""


class Intake:
    """Which sealed requests are taken: those of the key, and each once, so that nobody can send one again.

    Args:
        key: The key of the link.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self._begin()

    def _begin(self) -> None:
        self.id = self.key.id + secrets.token_bytes(_EPOCH_BYTES)
        self._salts: set[bytes] = set()

    def secret(self, key_id: bytes, salt: bytes) -> bytes:
        """Return what a request is sealed with.

        Raises:
            WrongKey: If it is of another link.
            Stale: If it is to be sealed again, with the present id.
            Unsealable: If it was here before.
        """
        if key_id[: len(self.key.id)] != self.key.id:
            raise WrongKey("This link is not the one of this page: please ask for it again.")
        if len(self._salts) >= _MOST_SALTS:
            self._begin()
        if key_id != self.id:
            raise Stale("It was sealed too long ago.")
        if salt in self._salts:
            raise Unsealable("It was here before.")
        self._salts.add(salt)
        return self.key.secret
