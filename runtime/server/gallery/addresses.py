"""By which path below a gallery each app is reached, and the picture of its card."""

import hashlib
import hmac
from collections.abc import Callable, Iterable
from typing import Protocol
from urllib.parse import quote

_TOKEN_DIGITS = 24


class Addresses(Protocol):
    """Which path leads to which app."""

    def of(self, name: str) -> str:
        """Return an app's path, without slashes."""

    def name(self, path: str) -> str | None:
        """Return the name of the app that a path, unquoted, leads to, or None if it leads to none."""


class PlainAddresses:
    """Each app is reached by its name."""

    def of(self, name: str) -> str:
        """Return an app's path, without slashes."""
        return quote(name, safe="")

    def name(self, path: str) -> str | None:
        """Return the name that a path is."""
        return path


class SealedAddresses:
    """Each app is reached by a token: a relay sees the paths of encrypted pages, and must learn no name.

    Args:
        secret: Of the link; the tokens are the same as long as it is.
        names: Returns the names of the apps that there are.
    """

    def __init__(self, secret: bytes, names: Callable[[], Iterable[str]]) -> None:
        self._secret = secret
        self._names = names

    def of(self, name: str) -> str:
        """Return an app's path, without slashes."""
        keyed = hmac.new(self._secret, b"modelapp path " + name.encode("utf-8", "surrogateescape"), hashlib.sha256)
        return keyed.hexdigest()[:_TOKEN_DIGITS]

    def name(self, path: str) -> str | None:
        """Return the name of the app that a path leads to, or None if it leads to none."""
        return next((name for name in self._names() if hmac.compare_digest(self.of(name), path)), None)
