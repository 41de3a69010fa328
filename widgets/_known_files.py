"""Media files of the script's author that are in the store already, so that they are not worked on in every run."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from modelapp.core.blobs import Blobs
from modelapp.core.errors import InvalidValue
from modelapp.widgets._intake import existing

KeptT = TypeVar("KeptT")
_FILES_KEPT = 512


class KnownFiles(Generic[KeptT]):
    """What became of files that have not changed since. It may be used by several threads at once."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, int, int], tuple[KeptT, list[Path]]] = OrderedDict()
        self._lock = Lock()

    def keep(
        self,
        path: Path,
        blobs: Blobs,
        take: Callable[[Path, str, Blobs], KeptT],
        digests: Callable[[KeptT], list[str]],
    ) -> KeptT:
        """Take a file into the store, at next to no cost the second time.

        Args:
            path: The file, from the working folder or beside the script.
            blobs: The store.
            take: Puts a file of a name into the store.
            digests: The blobs of what was taken.

        Raises:
            InvalidValue: If there is no such file, or it cannot be read.
        """
        path = existing(path)
        try:
            facts = path.stat()
            key = (str(path.absolute()), facts.st_mtime_ns, facts.st_size)
            with self._lock:  # also makes twenty sessions that ask at once wait for one of them
                known = self._known.get(key)
                if known is None or not _shown_again(digests(known[0]), known[1], blobs):
                    kept = take(path, path.name, blobs)
                    known = self._known[key] = (kept, [blobs.path(digest) for digest in digests(kept)])
                    while len(self._known) > _FILES_KEPT:
                        self._known.popitem(last=False)
                self._known.move_to_end(key)
        except OSError as fault:
            raise InvalidValue(f"{str(path)!r} cannot be read: {fault.strerror or fault}.") from fault
        return known[0]


def _shown_again(digests: list[str], paths: list[Path], blobs: Blobs) -> bool:
    """Let another session see a file's blobs; False if the store has lost them."""
    for digest, path in zip(digests, paths, strict=True):
        try:
            blobs.path(digest)
        except InvalidValue:
            try:
                blobs.put(path)
            except OSError:
                return False
    return True
