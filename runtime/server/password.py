"""The password of visitors: a slow hash in memory, and the cookie that stands for having typed it.

The cookie is made from the hash, and the salt from the presenter's key, which nobody else has: it goes on being valid
when the host is started again with the same password, is no other's with another one, and tells nothing of either.
"""

import hashlib
import hmac

_COST = {"n": 1 << 14, "r": 8, "p": 1, "dklen": 32}
"""Of scrypt: about 16 MB and 50 ms a try."""


class Password:
    """One password.

    Args:
        text: What visitors type.
        key: The presenter's key.
    """

    def __init__(self, text: str, key: str) -> None:
        self._salt = hashlib.sha256(b"modelapp password " + key.encode()).digest()
        self._hash = self._hashed(text)
        self.cookie_value = hmac.new(self._hash, b"modelapp cookie", "sha256").hexdigest()
        """Value of the cookie of those who typed it."""

    def fits(self, text: str) -> bool:
        """Return True for the password. It takes long: to be called in a worker thread."""
        return hmac.compare_digest(self._hashed(text), self._hash)

    def typed_before(self, cookie: str | None) -> bool:
        """Return True for the cookie of somebody who typed it."""
        return cookie is not None and hmac.compare_digest(cookie.encode(), self.cookie_value.encode())

    def _hashed(self, text: str) -> bytes:
        return hashlib.scrypt(text.encode("utf-8", "replace"), salt=self._salt, **_COST)
