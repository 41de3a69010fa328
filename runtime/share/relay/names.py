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
        except (OSError, ValueError) as problem:
            raise EnvironmentFault(f"The relay's folder {str(folder)!r} cannot be used: {problem}.") from None
        if len(self._secret) < 32:
            raise EnvironmentFault(f"{str(secret)!r} is no secret of a relay.", hint="Delete it: all names change.")
        self.host_key = _read_key(made_key(folder / "host_key"))
        self._known = {name: int(day) for name, day in known.items() if _NAME.fullmatch(name)}

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
            if self._known.pop(name, None) == today:
                self._known[name] = today
                return
            self._known[name] = today  # moves to the end: the dictionary is in the order of last use
            while len(self._known) > self._most:
                del self._known[next(iter(self._known))]
            kept(self._path, json.dumps(self._known).encode())

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
    found = set()
    for line in lines:
        # Options, which may hold blanks within quotes, can stand before the kind of key.
        match = re.search(r"(?:^|\s)(?:ssh-|ecdsa-)[\w@.-]+\s+([A-Za-z0-9+/=]+)", line.partition("#")[0])
        if match:
            found.add(base64.b64decode(match[1]))
    if not found:
        raise EnvironmentFault(f"{str(path)!r} holds no public key.", hint="One a line, as in ~/.ssh/authorized_keys.")
    return frozenset(found)
