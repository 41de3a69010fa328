"""Files of the script's author, taken into the store once for the process.

Every run and every session can then name the same examples at no cost, until a file changes.
"""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from modelapp.core.blobs import Blobs
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Uploaded
from modelapp.widgets._files import existing

UploadedT = TypeVar("UploadedT", bound=Uploaded)
_MOST_FILES = 512


class KnownFiles(Generic[UploadedT]):
    """Files of one kind. May be called from several threads at once.

    Args:
        take: Checks a file, cleans it and puts it into the store.
    """

    def __init__(self, take: Callable[[Path, Blobs], UploadedT]) -> None:
        self._take = take
        self._known: OrderedDict[tuple[str, int, int], tuple[UploadedT, dict[str, Path]]] = OrderedDict()
        self._lock = Lock()

    def keep(self, path: Path, blobs: Blobs) -> UploadedT:
        """Put a file into the store; costs next to nothing the second time.

        Raises:
            InvalidValue: If there is no such file, or it cannot be read.
        """
        path = existing(path)
        try:
            facts = path.stat()
            key = (str(path.absolute()), facts.st_mtime_ns, facts.st_size)
            with self._lock:  # also makes twenty sessions that ask at once wait for one of them
                known = self._known.get(key)
                if known is None or not _shown_again(known[1], blobs):
                    uploaded = self._take(path, blobs)
                    known = self._known[key] = (uploaded, {digest: blobs.path(digest) for digest in uploaded.digests})
                    while len(self._known) > _MOST_FILES:
                        self._known.popitem(last=False)
                self._known.move_to_end(key)
        except OSError as fault:
            raise InvalidValue(f"{str(path)!r} cannot be read: {fault.strerror or fault}.") from fault
        return known[0]


def _shown_again(paths: dict[str, Path], blobs: Blobs) -> bool:
    """Let another session see a file's blobs, which lie at these paths by digest; False if the store has lost them."""
    for digest, path in paths.items():
        try:
            blobs.path(digest)
        except InvalidValue:
            try:
                blobs.put(path)
            except OSError:
                return False
    return True
