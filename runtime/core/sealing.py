"""Sealing: what passes between a page and its host can be read by nobody on the way.

Both ends hold a key that the others never see. A body is sealed as RFC 8188 (Encrypted Content-Encoding for HTTP,
`aes128gcm`) says: a header, then records of one length, each authenticated, the last one marked. An answer is sealed
with a key made from the key and the request's salt, so that no other answer fits. Messages of a socket are sealed one
by one, with a key for each direction that both ends' salts go into, and are numbered: none can be left out, repeated or
put elsewhere.

This module knows bytes; it must not know sockets or HTTP.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from modelapp.core.errors import ModelAppError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SALT_BYTES = 16
RECORD_BYTES = 1 << 16
"""Length of a sealed record, unless another is asked for."""
LARGEST_RECORD_BYTES = 1 << 21

_KEY_BYTES = 32
_ID_BYTES = 8
_TAG_BYTES = 16
_LENGTH_BYTES = 4
_NONCE_BYTES = 12
_FIXED_HEADER_BYTES = SALT_BYTES + _LENGTH_BYTES + 1
_MORE, _LAST = b"\x01", b"\x02"
_CONTENT_INFO = b"Content-Encoding: aes128gcm\0"
_NONCE_INFO = b"Content-Encoding: nonce\0"
_ANSWER_INFO = b"modelapp answer"
_SOCKET_INFO = b"modelapp socket "


class Unsealable(ModelAppError):
    """What arrived was not sealed with this key, or was changed or cut on its way."""


@dataclass(frozen=True)
class Key:
    """The secret that both ends share.

    Attributes:
        secret: 32 random bytes.
    """

    secret: bytes

    @classmethod
    def of(cls, password: str) -> Self:
        """Return the key that is made of a password, which must be one that nobody can guess."""
        return cls(hashlib.sha256(b"modelapp link " + password.encode()).digest())

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the key that `text` writes.

        Raises:
            ValueError: If it writes none.
        """
        secret = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if len(secret) != _KEY_BYTES:
            raise ValueError("not the length of a key")
        return cls(secret)

    @property
    def text(self) -> str:
        """The key in 43 letters, digits, "-" and "_", as links carry it."""
        return base64.urlsafe_b64encode(self.secret).rstrip(b"=").decode()

    @cached_property
    def id(self) -> bytes:
        """Eight bytes that tell this key from others, and nothing of it."""
        return hashlib.sha256(b"modelapp key " + self.secret).digest()[:_ID_BYTES]

    def answering(self, salt: bytes) -> bytes:
        """Return what the answer to the request with this salt is sealed with."""
        return _derived(self.secret, salt, _ANSWER_INFO, _KEY_BYTES)


class Sealer:
    """Seals one body, piece by piece.

    Args:
        secret: What it is sealed with.
        key_id: Told to the other end in plain, at most 255 bytes.
        record_bytes: Length of a sealed record.
        salt: 16 bytes that no other body has; random if not given.
    """

    def __init__(
        self, secret: bytes, *, key_id: bytes = b"", record_bytes: int = RECORD_BYTES, salt: bytes | None = None
    ) -> None:
        self.salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
        self._records = _Records(secret, self.salt)
        self._room = record_bytes - _TAG_BYTES - 1
        self._waiting = bytearray()
        self.header = self.salt + record_bytes.to_bytes(_LENGTH_BYTES) + bytes([len(key_id)]) + key_id
        """Goes first."""

    def seal(self, data: bytes) -> bytes:
        """Return the records that are full now."""
        self._waiting += data
        sealed = []
        # One is kept back: only when there is more is it known not to be the last.
        while len(self._waiting) > self._room:
            sealed.append(self._records.encrypted(bytes(self._waiting[: self._room]) + _MORE))
            del self._waiting[: self._room]
        return b"".join(sealed)

    def flushed(self) -> bytes:
        """Return what is left as a record filled up with padding: more may come, and not soon."""
        if not self._waiting:
            return b""
        padded = bytes(self._waiting) + _MORE
        self._waiting.clear()
        return self._records.encrypted(padded.ljust(self._room + 1, b"\0"))

    def finished(self) -> bytes:
        """Return the last record."""
        return self._records.encrypted(bytes(self._waiting) + _LAST)


class Opener:
    """Opens one body, piece by piece.

    Args:
        secret_for: Returns what a body with this key id and salt is sealed with, or raises `Unsealable`.
    """

    def __init__(self, secret_for: Callable[[bytes, bytes], bytes]) -> None:
        self._secret_for = secret_for
        self._waiting = bytearray()
        self._records: _Records | None = None
        self._record_bytes = 0
        self._is_complete = False

    def open(self, data: bytes) -> bytes:
        """Return what of the body can be read now.

        Raises:
            Unsealable: If it cannot be, ever.
        """
        self._waiting += data
        if self._records is None and not self._read_header():
            return b""
        opened = []
        # A full record is opened at once, as more may not come soon; the last one, which may be full too, says so.
        while len(self._waiting) >= self._record_bytes:
            opened.append(self._opened(self._record_bytes))
        return b"".join(opened)

    def finished(self) -> bytes:
        """Return the rest of the body, which has arrived.

        Raises:
            Unsealable: If it was cut.
        """
        if self._is_complete and not self._waiting:
            return b""
        if self._records is None or not self._waiting:
            raise Unsealable("It was cut on its way.")
        rest = self._opened(len(self._waiting))
        if not self._is_complete:
            raise Unsealable("It was cut on its way.")
        return rest

    def _read_header(self) -> bool:
        if len(self._waiting) < _FIXED_HEADER_BYTES:
            return False
        id_bytes = self._waiting[_FIXED_HEADER_BYTES - 1]
        if len(self._waiting) < _FIXED_HEADER_BYTES + id_bytes:
            return False
        salt = bytes(self._waiting[:SALT_BYTES])
        self._record_bytes = int.from_bytes(self._waiting[SALT_BYTES : SALT_BYTES + _LENGTH_BYTES])
        key_id = bytes(self._waiting[_FIXED_HEADER_BYTES : _FIXED_HEADER_BYTES + id_bytes])
        if not _TAG_BYTES + 1 < self._record_bytes <= LARGEST_RECORD_BYTES:
            raise Unsealable("Its records are of no length that is taken.")
        self._records = _Records(self._secret_for(key_id, salt), salt)
        del self._waiting[: _FIXED_HEADER_BYTES + id_bytes]
        return True

    def _opened(self, length: int) -> bytes:
        assert self._records is not None
        if self._is_complete:
            raise Unsealable("It was lengthened on its way.")
        record = self._records.decrypted(bytes(self._waiting[:length])).rstrip(b"\0")
        del self._waiting[:length]
        if record[-1:] not in (_MORE, _LAST):
            raise Unsealable("It was changed on its way.")
        self._is_complete = record[-1:] == _LAST
        return record[:-1]


class SocketSeal:
    """Seals and opens the messages of one socket, in their order.

    Args:
        key: The key of both ends.
        page_salt: 16 random bytes of the page.
        host_salt: 16 random bytes of the host.
        is_host: True at the host's end.
    """

    def __init__(self, key: Key, page_salt: bytes, host_salt: bytes, *, is_host: bool) -> None:
        page, host = (
            _Numbered(_derived(key.secret, page_salt + host_salt, _SOCKET_INFO + end, 16)) for end in (b"page", b"host")
        )
        self._out, self._in = (host, page) if is_host else (page, host)

    def seal(self, message: bytes) -> bytes:
        """Return a message as it is sent."""
        return self._out.encrypted(message)

    def open(self, sealed: bytes) -> bytes:
        """Return a message that was received.

        Raises:
            Unsealable: If it is not the other end's next one.
        """
        return self._in.decrypted(sealed)


class _Numbered:
    """AES-GCM, where the number of a message is its nonce."""

    def __init__(self, key: bytes, base: int = 0) -> None:
        self._cipher = _cipher(key)
        self._base = base
        self._number = 0

    def encrypted(self, data: bytes) -> bytes:
        return self._cipher.encrypt(self._nonce(), data, None)

    def decrypted(self, data: bytes) -> bytes:
        from cryptography.exceptions import InvalidTag  # heavy: only who shares needs it

        try:
            return self._cipher.decrypt(self._nonce(), data, None)
        except InvalidTag:
            raise Unsealable("It was sealed with another key, or changed on its way.") from None

    def _nonce(self) -> bytes:
        nonce = (self._base ^ self._number).to_bytes(_NONCE_BYTES)
        self._number += 1
        return nonce


class _Records(_Numbered):
    """The records of RFC 8188, sections 2.2 and 2.3."""

    def __init__(self, secret: bytes, salt: bytes) -> None:
        base = _derived(secret, salt, _NONCE_INFO, _NONCE_BYTES)
        super().__init__(_derived(secret, salt, _CONTENT_INFO, 16), int.from_bytes(base))


def _cipher(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # heavy: only who shares needs it

    return AESGCM(key)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    """Return a key made of another (HKDF with SHA-256, RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256  # heavy: only who shares needs it
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), length, salt, info).derive(secret)
