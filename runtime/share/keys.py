"""Private keys of our own, made once and kept for this user alone."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from modelapp.core.errors import EnvironmentFault


def made_key(path: Path) -> Path:
    """Return the path of an ed25519 key, which is made, for this user alone, if it is not there.

    Raises:
        EnvironmentFault: If it can be neither read nor kept.
    """
    try:
        if not path.exists():
            key = Ed25519PrivateKey.generate().private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
            )
            kept(path, key)
    except OSError as problem:
        raise EnvironmentFault(f"The key {str(path)!r} cannot be kept: {problem.strerror}.") from None
    return path


def kept(path: Path, data: bytes) -> None:
    """Write a private file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    new.replace(path)
