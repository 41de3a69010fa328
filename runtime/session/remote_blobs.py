"""Large values in object storage, with a folder of this machine in front, since whoever reads them needs a file.

A blob is in object storage before `put` returns, and its digest is looked at when it comes back. The folder holds what
was used last, up to a bound. What is deleted is gone from both; where another machine's folder has it still, it is not
given out from there, but removed when it is asked for.
"""

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from modelapp.core.errors import EnvironmentFault
from modelapp.session.blobs import FileBlobs, is_digest

log = logging.getLogger("modelapp")
CACHE_BYTES = 2 << 30
"""How much of it is kept on this machine."""
_IN_USE_SECONDS = 60.0
"""For how long after it was given out a file is not removed to make room: it may be about to be opened."""
_FULL = 0.9
"""Up to which part of the bound room is made."""
_CHUNK_BYTES = 1 << 20


class RemoteBlobs(FileBlobs):
    """Blobs in object storage.

    Args:
        url: Where, as fsspec reads it: `s3://bucket/prefix`.
        folder: The folder of this machine. Made if missing.
        most_bytes: How much is kept there.

    Raises:
        EnvironmentFault: If nothing can be kept there; says why.
    """

    def __init__(self, url: str, folder: Path, most_bytes: int = CACHE_BYTES) -> None:
        super().__init__(folder)
        self.shown = without_password(url)
        self._files, self._root = _opened(url, self.shown)
        self._most_bytes = most_bytes
        self._known: set[str] = set()
        """What this process has seen to be there; other hosts of the app tell what they remove."""
        self._room = threading.Lock()
        self._bytes = sum(file.stat().st_size for file in folder.glob("??/*") if file.is_file())

    def put(self, content: bytes | Path) -> str:
        """Keep bytes or a copy of a file; return its digest."""
        digest = super().put(content)
        if not self._is_kept(digest):
            with self._telling():
                if isinstance(content, Path):
                    self._files.put_file(str(content), self._place(digest))
                else:
                    self._files.pipe_file(self._place(digest), bytes(content))
            self._known.add(digest)
            self._make_room(len(content) if not isinstance(content, Path) else content.stat().st_size)
        return digest

    def path(self, digest: str) -> Path | None:
        """Return where a blob lies on this machine, or None if there is no such blob."""
        if not is_digest(digest):
            return None
        target = self._target(digest)
        try:
            if digest in self._known and target.exists():
                os.utime(target)
                return target
            with self._telling():
                if not self._files.exists(self._place(digest)):
                    self._known.discard(digest)
                    target.unlink(missing_ok=True)
                    return None
                if not target.exists() and not self._fetched(digest, target):
                    return None
        except EnvironmentFault as fault:
            log.error("%s", fault.message)
            return None
        self._known.add(digest)
        os.utime(target)
        return target

    def all(self) -> set[str]:
        """Return the digests of all blobs."""
        return set(self._times())

    def before(self, moment: float) -> set[str]:
        """Return the digests of the blobs that were put last before a moment, in seconds since 1970."""
        return {digest for digest, last in self._times().items() if last < moment and digest not in self._known}

    def folder_with(self, digests: Iterable[str]) -> Path:
        """Return a folder in which these blobs lie, as `FileBlobs` reads it."""
        for digest in digests:
            self.path(digest)
        return self._folder

    def removed_elsewhere(self, digests: Iterable[str]) -> None:
        """Told that other hosts have removed blobs: keep no copy of those that are gone."""
        for digest in digests:
            self._known.discard(digest)
            self.path(digest)

    # ------------------------------------------------------------ object storage

    def _is_kept(self, digest: str) -> bool:
        """Return True if a blob need not be sent: another host may have removed what this one has seen to be there."""
        if digest not in self._known:
            return False
        with self._telling():
            return bool(self._files.exists(self._place(digest)))

    def _delete(self, digest: str) -> None:
        with self._telling(), suppress(FileNotFoundError):
            self._files.rm_file(self._place(digest))
        self._known.discard(digest)
        super()._delete(digest)

    def _place(self, digest: str) -> str:
        return f"{self._root}/{digest[:2]}/{digest}"

    def _times(self) -> dict[str, float]:
        with self._telling():
            try:
                found: dict[str, dict[str, Any]] = self._files.find(self._root, detail=True)
            except FileNotFoundError:
                return {}
        named = ((place.rpartition("/")[2], facts) for place, facts in found.items())
        return {digest: _moment(facts) for digest, facts in named if is_digest(digest)}

    def _fetched(self, digest: str, target: Path) -> bool:
        """Get a blob from object storage; return False if it is not what its digest says."""
        found = hashlib.sha256()

        def chunks() -> Iterator[bytes]:
            with self._files.open(self._place(digest), "rb") as source:
                for chunk in iter(lambda: source.read(_CHUNK_BYTES), b""):
                    found.update(chunk)
                    yield chunk

        self._write(chunks(), target)
        if found.hexdigest() != digest:
            target.unlink(missing_ok=True)
            log.error("The file %s in %s is damaged: it is not used.", digest[:12], self.shown)
            return False
        self._make_room(target.stat().st_size)
        return True

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except EnvironmentFault:
            raise
        except Exception as problem:  # each kind of storage has errors of its own
            raise _unusable(self.shown, problem) from None

    # ------------------------------------------------------------ the folder of this machine

    def _make_room(self, added_bytes: int) -> None:
        """Remove what was used the longest ago, if there is more than the bound."""
        with self._room:
            self._bytes += added_bytes
            if self._bytes <= self._most_bytes:
                return
            files = []
            for file in self._folder.glob("??/*"):
                with suppress(FileNotFoundError):
                    status = file.stat()
                    files.append((status.st_mtime, status.st_size, file))
            self._bytes = sum(size for _, size, _ in files)
            old = time.time() - _IN_USE_SECONDS
            for last, size, file in sorted(files):
                if self._bytes <= self._most_bytes * _FULL or last > old:
                    break
                file.unlink(missing_ok=True)
                self._bytes -= size


def without_password(url: str) -> str:
    """Return an address as it may be shown."""
    parts = urlsplit(url)
    before, at, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{before.partition(':')[0]}{at}{place}", query="", fragment="").geturl()


def _opened(url: str, shown: str) -> tuple[Any, str]:
    """Return the storage and the place in it."""
    scheme = urlsplit(url).scheme
    if scheme == "memory":
        raise EnvironmentFault(
            "memory:// is no place for files: it is forgotten with the process, and no other one sees it.",
            hint="Leave --blobs out to keep them in files beside the script.",
        )
    if "://" not in url:
        raise EnvironmentFault(
            f"{shown!r} is no address of object storage.", hint="It has the form s3://bucket/prefix, or file:///folder."
        )
    try:
        import fsspec  # an extra, which most do without

        files, root = fsspec.core.url_to_fs(url, use_listings_cache=False, skip_instance_cache=True)
        probe = f"{root.rstrip('/')}/.probe"
        if scheme in ("file", "local"):
            files.makedirs(root, exist_ok=True)
            files.auto_mkdir = True
        files.pipe_file(probe, b"can it be written?")
        files.rm_file(probe)
    except ImportError as problem:
        raise EnvironmentFault(
            f"{scheme}:// cannot be used here: {_said(problem)}.", hint='Install it: pip install "modelapp[s3]"'
        ) from None
    except Exception as problem:  # each kind of storage has errors of its own
        raise _unusable(shown, problem) from None
    return files, root.rstrip("/")


def _unusable(shown: str, problem: Exception) -> EnvironmentFault:
    return EnvironmentFault(
        f"The files in {shown} cannot be used: {_said(problem)}.",
        hint="Is that its address, are its credentials here, and may they read, write and delete?",
    )


def _said(problem: BaseException) -> str:
    lines = str(problem).splitlines()
    return (lines[0] if lines else type(problem).__name__).rstrip(". ")


def _moment(facts: dict[str, Any]) -> float:
    """Return when a file was written, in seconds since 1970; what does not say it counts as new."""
    last = facts.get("LastModified") or facts.get("mtime") or facts.get("last_modified") or facts.get("updated")
    if isinstance(last, int | float):
        return float(last)
    stamp: Callable[[], float] | None = getattr(last, "timestamp", None)
    return stamp() if stamp is not None else time.time()
