"""Large values as files, by the digest of their content, and which session may see which."""

import hashlib
import os
import tempfile
import threading
from collections.abc import Callable, Collection, Container, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Json

DIGEST_LENGTH = 64
_CHUNK_BYTES = 1 << 20


class Blobs(Protocol):
    """All large values of an app. Methods may be called in any thread."""

    def put(self, content: bytes | Path) -> str:
        """Keep bytes or a copy of a file; return its digest."""

    def path(self, digest: str) -> Path | None:
        """Return where a blob lies on this machine, or None if there is no such blob."""

    def all(self) -> set[str]:
        """Return the digests of all blobs."""

    def before(self, moment: float) -> set[str]:
        """Return the digests of the blobs that were put last before a moment, in seconds since 1970."""

    def remove_all_but(self, digests: Iterable[str], needed: Callable[[], Container[str]]) -> set[str]:
        """Remove blobs, except those that are needed or are put meanwhile; return which were removed or not there."""

    def folder_with(self, digests: Iterable[str]) -> Path:
        """Return a folder in which these blobs lie, as `FileBlobs` reads it, for another process."""

    def removed_elsewhere(self, digests: Iterable[str]) -> None:
        """Told that other hosts of the app have removed blobs."""


class FileBlobs:
    """Blobs as files below one folder.

    Args:
        folder: Made if missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._asked_for: set[str] | None = None
        """What was put while it is looked which blobs nobody needs any more; None while nobody looks."""
        self._removal = threading.Lock()
        """Two removals at a time would take each other's notes of what was put for their own."""

    def put(self, content: bytes | Path) -> str:
        """Keep bytes or a copy of a file; return its digest."""
        digest = hashlib.sha256()
        if isinstance(content, bytes | bytearray | memoryview):
            digest.update(content)
            target = self._target(digest.hexdigest())
            if not self._is_there(target):
                self._write(iter((bytes(content),)), target)
            return digest.hexdigest()
        with content.open("rb") as source:
            for chunk in iter(lambda: source.read(_CHUNK_BYTES), b""):
                digest.update(chunk)
            target = self._target(digest.hexdigest())
            if not self._is_there(target):
                source.seek(0)
                self._write(iter(lambda: source.read(_CHUNK_BYTES), b""), target)
        return digest.hexdigest()

    def path(self, digest: str) -> Path | None:
        """Return where a blob lies, or None if there is no such blob."""
        if not is_digest(digest):
            return None
        target = self._target(digest)
        return target if target.exists() else None

    def all(self) -> set[str]:
        """Return the digests of all blobs."""
        return {file.name for file in self._folder.glob("??/*") if is_digest(file.name)}

    def folder_with(self, digests: Iterable[str]) -> Path:
        """Return the folder, in which all of them lie."""
        return self._folder

    def removed_elsewhere(self, digests: Iterable[str]) -> None:
        """No other host has this folder."""

    def before(self, moment: float) -> set[str]:
        """Return the digests of the blobs that were put last before a moment, in seconds since 1970."""
        found = set()
        for file in self._folder.glob("??/*"):
            with suppress(FileNotFoundError):
                if is_digest(file.name) and file.stat().st_mtime < moment:
                    found.add(file.name)
        return found

    def remove_all_but(self, digests: Iterable[str], needed: Callable[[], Container[str]]) -> set[str]:
        """Remove blobs, except those that are needed or are put meanwhile; return which were removed or not there.

        Args:
            digests: The blobs.
            needed: Returns those that somebody needs.
        """
        with self._removal:
            with self._lock:
                self._asked_for = set()
            try:
                return self._removed(digests, needed())
            finally:
                with self._lock:
                    self._asked_for = None

    def _removed(self, digests: Iterable[str], needed: Container[str]) -> set[str]:
        gone = set()
        for digest in digests:
            if digest in needed or not is_digest(digest):
                continue
            with self._lock:
                if self._asked_for is not None and digest not in self._asked_for:
                    self._delete(digest)
                    gone.add(digest)
        return gone

    def _delete(self, digest: str) -> None:
        self._target(digest).unlink(missing_ok=True)

    def _is_there(self, target: Path) -> bool:
        """Return True if a blob need not be written again. It then counts as put now."""
        with self._lock:
            if self._asked_for is not None:
                self._asked_for.add(target.name)
            try:
                os.utime(target)
            except FileNotFoundError:
                return False
            return True

    def _target(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest

    def _write(self, chunks: Iterator[bytes], target: Path) -> None:
        # Written aside and renamed, so that a blob is there whole or not at all.
        target.parent.mkdir(exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
        Path(name).replace(target)


class Ledger(Protocol):
    """What one session may see, where all hosts of the app read it. Called in any thread."""

    def show(self, digests: Collection[str]) -> None:
        """Note that it may see these."""

    def hide(self, digests: Iterable[str]) -> None:
        """Note that it may not see these any more."""

    def may_see(self, digest: str) -> bool:
        """Return True if it may see a blob."""

    def await_removal(self, digest: str) -> None:
        """Wait while a host removes a blob that it may have thought nobody needs."""


class SessionBlobs:
    """The blobs that one session made or was shown; it can neither read others nor learn that they exist.

    Args:
        store: All blobs of the app.
        visible: Digests that the session may see; grows with each `put`.
        made: What was put, of which all views of one session share one set.
        ledger: Where other hosts of the app read what the session may see; None where there is one host.
    """

    def __init__(
        self, store: Blobs, visible: set[str], made: set[str] | None = None, ledger: "Ledger | None" = None
    ) -> None:
        self._store = store
        self._ledger = ledger
        self.visible = visible
        self.made: set[str] = set() if made is None else made
        """Digests that the session has put since this process began."""
        self.noted = self.made
        """Digests that were put through this view of the session's blobs."""

    def noting(self) -> "SessionBlobs":
        """Return another view of the same session's blobs, which notes what is put through it."""
        view = SessionBlobs(self._store, self.visible, self.made, self._ledger)
        view.noted = set()
        return view

    def forget(self, digests: set[str]) -> None:
        """Let the session not see these any more."""
        self.hide(digests)
        self.made -= digests

    def show(self, digests: Collection[str]) -> None:
        """Let the session see these from now on. Called in any thread."""
        if self._ledger is not None and not self.visible.issuperset(digests):
            self._ledger.show(digests)
        self.visible.update(digests)

    def hide(self, digests: set[str]) -> None:
        """Let the session not see these any more, though it made them."""
        if self._ledger is not None:
            self._ledger.hide(self.visible & digests)
        self.visible -= digests

    def sees(self, digest: str) -> bool:
        """Return True if the session may see a blob, which another host may have taken in for it."""
        if digest not in self.visible and self._ledger is not None and self._ledger.may_see(digest):
            self.visible.add(digest)
        return digest in self.visible

    def put(self, content: bytes | Path) -> str:
        """Keep bytes or a copy of a file, let the session see it, and return its digest."""
        digest = self._store.put(content)
        self.show((digest,))
        self.made.add(digest)
        self.noted.add(digest)
        if self._ledger is not None:
            self._ledger.await_removal(digest)
            self._store.removed_elsewhere((digest,))  # perhaps
        if self._store.path(digest) is None:  # it was removed for others, just before it was known that this needs it
            self._store.put(content)
        return digest

    def note(self, digests: Collection[str]) -> None:
        """Take blobs that are here for put through this view."""
        self.show(digests)
        self.made.update(digests)
        self.noted.update(digests)

    def path(self, digest: str) -> Path:
        """Return where a blob lies.

        Raises:
            InvalidValue: If the session may not see it, or it is gone.
        """
        path = self._store.path(digest) if is_digest(digest) and self.sees(digest) else None
        if path is None:
            raise InvalidValue("That file is not here any more. Please choose it again.")
        return path


def is_digest(text: object) -> bool:
    """Return True if `text` has the form of a digest."""
    return isinstance(text, str) and len(text) == DIGEST_LENGTH and all(letter in "0123456789abcdef" for letter in text)


def digests_in(raw: Json) -> Iterator[str]:
    """Yield the digests that a raw value names."""
    if isinstance(raw, dict):
        for item in raw.values():
            yield from digests_in(item)
    elif isinstance(raw, list | tuple):
        for item in raw:
            yield from digests_in(item)
    elif is_digest(raw):
        yield raw
