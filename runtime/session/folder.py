"""The folder of an app, beside its script: where it is, that it is private, and the addresses of a host that runs."""

import os
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from modelapp.core.errors import EnvironmentFault


class Addresses(msgspec.Struct, frozen=True):
    """Where an app is reached just now.

    Attributes:
        process: Id of the process that serves it.
        local: Address of its page for browsers of this machine or network.
        public: Address of its page for everybody, or None.
    """

    process: int
    local: str
    public: str | None = None


def folder_of(script: Path) -> Path:
    """Return where an app, or a gallery, keeps what lasts."""
    script = script.resolve()
    if script.is_dir():  # a gallery: no app has such a name
        return script / ".modelapp" / "_gallery"
    return script.parent / ".modelapp" / script.stem


def make_private(folder: Path) -> None:
    """Make an app's folder, which holds what visitors gave: for this user alone, and not for git.

    Raises:
        EnvironmentFault: If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        ignore = folder.parent / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
    except OSError as problem:
        raise EnvironmentFault(
            f"The folder {str(folder)!r} cannot be made: {problem.strerror}.",
            hint="Start the script in a folder that you may write to.",
        ) from None


class Announced:
    """The addresses of this process in an app's folder, for `modelapp invite` in another one.

    Args:
        folder: The app's folder.
        local: Address of the page for browsers of this machine or network.
    """

    def __init__(self, folder: Path, local: str) -> None:
        self._path = folder / "addresses.json"
        self._now = Addresses(os.getpid(), local)
        self._write()

    def reached(self, public: str | None) -> None:
        """Have this public address from now on. Called in any thread. If it cannot be kept links name the local one."""
        self._now = Addresses(self._now.process, self._now.local, public)
        with suppress(EnvironmentFault):
            self._write()

    @property
    def public(self) -> str | None:
        """The address of the page for everybody just now, or None."""
        return self._now.public

    def close(self) -> None:
        """Be reached no more. What another process has written since stays."""
        known = _read(self._path)
        if known is not None and known.process == self._now.process:
            self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        part = self._path.with_name(f"addresses.{self._now.process}.part")
        try:
            part.touch(mode=0o600)
            part.write_bytes(msgspec.json.encode(self._now))
            part.replace(self._path)
        except OSError as problem:
            raise EnvironmentFault(f"{str(self._path)!r} cannot be written: {problem.strerror}.") from None


def addresses(folder: Path) -> Addresses | None:
    """Return where an app is reached just now, or None if it does not run."""
    known = _read(folder / "addresses.json")
    if known is None:
        return None
    place = urlsplit(known.local)
    try:  # a host that was killed left its addresses behind
        socket.create_connection((place.hostname or "", place.port or 80), timeout=2).close()
    except OSError:
        return None
    return known


def _read(path: Path) -> Addresses | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Addresses)
    except (OSError, msgspec.MsgspecError):
        return None
