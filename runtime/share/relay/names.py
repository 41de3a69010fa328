"""The relay's own folder: its host key, the secret that names are made with, and the names that it has given."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import threading
import time
from pathlib import Path

import paramiko
from modelapp.core.errors import EnvironmentFault
from modelapp.share.keys import kept, made_key

_SECONDS_PER_DAY = 86_400
_NAME = re.compile(r"[a-z2-7]{26}")
_ALLOWED = re.compile(r"(?:^|\s)(?:ssh-|ecdsa-)[\w@.-]+\s+([A-Za-z0-9+/=]+)")


class Names:
    """Gives names, and knows them again after a restart. Used from several threads.

    Args:
        folder: The relay's own folder.
        most: How many names are remembered; those that were served least lately are forgotten first.

    Raises:
        EnvironmentFault: If the folder cannot be used.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._most = most
        self._path = folder / "names.json"
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            secret = folder / "secret"
            if not secret.exists():
                kept(secret, secrets.token_bytes(32))
            self._secret = secret.read_bytes()
            known = json.loads(self._path.read_bytes()) if self._path.exists() else {}
            self._known = {name: int(day) for name, day in known.items() if _NAME.fullmatch(name)}
        except (OSError, ValueError, TypeError, AttributeError) as problem:
            raise EnvironmentFault(f"The relay's folder {str(folder)!r} cannot be used: {problem}.") from None
        if len(self._secret) < 32:
            raise EnvironmentFault(f"{str(secret)!r} is no secret of a relay.", hint="Delete it: all names change.")
        self.host_key = _read_key(made_key(folder / "host_key"))

    def name(self, key: paramiko.PKey, app: str) -> str:
        """Return the name of a key's app: always the same, and known to nobody else."""
        public = key.asbytes()
        message = len(public).to_bytes(4, "big") + public + app.encode()
        digest = hmac.digest(self._secret, message, hashlib.sha256)
        return base64.b32encode(digest[:16]).decode().rstrip("=").lower()

    def remember(self, name: str) -> None:
        """Know a name from now on."""
        today = int(time.time() // _SECONDS_PER_DAY)
        with self._lock:
            if self._known.get(name) == today:
                return
            known = {other: day for other, day in self._known.items() if other != name}
            known[name] = today  # moves to the end: the dictionary is in the order of last use
            while len(known) > self._most:
                del known[next(iter(known))]
            self._known = known  # at once: who asks meanwhile finds all names
            kept(self._path, json.dumps(known).encode())

    def __contains__(self, name: str) -> bool:
        return name in self._known


def _read_key(path: Path) -> paramiko.PKey:
    try:
        return paramiko.Ed25519Key.from_private_key_file(str(path))
    except (OSError, ValueError, paramiko.SSHException) as problem:
        raise EnvironmentFault(f"{str(path)!r} is no private key: {problem}.") from None


def allowed_keys(path: Path) -> frozenset[bytes]:
    """Return the public keys of an `authorized_keys` file.

    Raises:
        EnvironmentFault: If it cannot be read, or holds none.
    """
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError as problem:
        raise EnvironmentFault(f"{str(path)!r} cannot be read: {problem.strerror}.") from None
    found: set[bytes] = set()
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith("#"):
            continue
        # Options can stand before the kind of key; what they quote is none.
        match = _ALLOWED.search(re.sub(r'"(?:[^"\\]|\\.)*"', "", line))
        try:
            found |= {base64.b64decode(match[1], validate=True)} if match else set()
        except ValueError:
            raise EnvironmentFault(f"Line {number} of {str(path)!r} is no public key.", hint="Copy it again.") from None
    if not found:
        raise EnvironmentFault(f"{str(path)!r} holds no public key.", hint="One a line, as in ~/.ssh/authorized_keys.")
    return frozenset(found)
