"""What a replica keeps of sessions from run to run: files, decoded inputs, what `once` gave, caches of the session.

All of it can be lost: the host sends what a replica lacks, and what was not decoded is decoded again.
"""

import pickle
import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.declared import Declared
from modelapp.core.input import Input
from modelapp.core.protocol import Json
from modelapp.model.live.parts import Packing, digest_of
from modelapp.session.blobs import FileBlobs, SessionBlobs
from modelapp.session.naming import naming

_MOST_SESSIONS = 200
_MOST_BYTES = 2 << 30
_MANY_FILES = 50


class KeptSession:
    """What a replica has of one session.

    Args:
        blobs: All files of the replica.
    """

    def __init__(self, blobs: FileBlobs) -> None:
        self.blobs = SessionBlobs(blobs, set())
        self.memory: dict[Any, Any] = {}
        self._parsed: dict[str, Declared] = {}
        self._widgets: dict[str, tuple[Input[Any], str]] = {}
        """By name, the object of an input that was packed last, and its digest."""
        self._once: dict[Any, str] = {}
        """Digests of what `once` gave, by what tells it in the memory."""
        self._unsent: set[Any] = set()

    def parsed(self, values: dict[str, Json]) -> dict[str, Declared]:
        """Return the inputs of the last run here; values that are as they were become the very same objects."""
        for name, declared in self._parsed.items():
            if name in values and type(values[name]) is type(declared.stored) and values[name] == declared.stored:
                values[name] = declared.stored
        return dict(self._parsed)

    def ended(self, run: RunContext, *, whole: bool) -> None:
        """Keep the inputs of a run for the next one, and let go of files that only earlier runs needed."""
        self._parsed = run.inputs if whole else {**self._parsed, **run.inputs}
        if whole and len(self.blobs.visible) > _MANY_FILES:
            values = [[one.raw, one.used, one.initial] for one in run.inputs.values()]
            self.blobs.visible &= naming([dict(run.elements), values])

    # ------------------------------------------------------------ objects of inputs

    def widget(self, declared: Declared, packing: Packing, has: Iterable[str]) -> tuple[str, bytes | None]:
        """Return the digest of an input's object, and the object as bytes if the host lacks it."""
        known = self._widgets.get(declared.name)
        if known is not None and known[1] in has and known[0].same_options(declared.input):
            return known[1], None
        content = packing.packed(declared.input)
        digest = digest_of(content)
        self._widgets[declared.name] = (declared.input, digest)
        return digest, content

    # ------------------------------------------------------------ once

    def lacks(self, digest: str) -> bool:
        """Return True if what this digest names is neither a file here nor something that `once` gave."""
        if digest in self._once.values():
            return False
        try:
            self.blobs.path(digest)
        except Exception:  # it is not here, or was not shown to this session
            return True
        return False

    def remember(self, contents: Mapping[str, bytes]) -> None:
        """Take in what `once` gave in other replicas."""
        for digest, content in contents.items():
            key, value = pickle.loads(content)
            self.memory[key] = value
            self._once[key] = digest

    def once(self, packing: Packing, run: RunContext) -> dict[str, bytes]:
        """Return what `once` gave that the host has not got yet, by digest."""
        made: dict[str, bytes] = {}
        for key, value in list(self.memory.items()):
            if not (isinstance(key, tuple) and key[0] == "once") or key in self._once or key in self._unsent:
                continue
            try:
                content = packing.packed((key, value))
            except Exception:  # whatever the object's own methods raise
                self._unsent.add(key)
                run.notice(f"once({key[1]}) cannot be pickled: it is called again where a session changes its replica.")
                continue
            self._once[key] = digest_of(content)
            made[self._once[key]] = content
        return made


class KeptSessions:
    """What a replica has of all sessions; those that were here longest ago are forgotten."""

    def __init__(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="modelapp-live-"))
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.files = FileBlobs(folder)
        self._sessions: dict[str, KeptSession] = {}
        self._sizes: dict[str, int] = {}
        self._lock = threading.Lock()

    def of(self, who: str) -> KeptSession:
        """Return what is kept of a session, which was here last now."""
        with self._lock:
            known = self._sessions.pop(who, None) or KeptSession(self.files)
            self._sessions[who] = known
            return known

    def tidy(self) -> None:
        """Remove the files of no session; forget sessions if they, or their files, are too many."""
        with self._lock:
            size = self._remove_unneeded()
            while len(self._sessions) > 1 and (len(self._sessions) > _MOST_SESSIONS or size > _MOST_BYTES):
                del self._sessions[next(iter(self._sessions))]
                size = self._remove_unneeded()

    def _remove_unneeded(self) -> int:
        """Remove the files that no session sees. Return how many bytes the others have."""
        needed = {digest for session in self._sessions.values() for digest in session.blobs.visible.copy()}
        unneeded = self._sizes.keys() - needed
        if unneeded:
            self.files.remove_all_but(unneeded, lambda: needed)
        for digest in unneeded:
            del self._sizes[digest]
        for digest in needed - self._sizes.keys():
            path = self.files.path(digest)
            self._sizes[digest] = path.stat().st_size if path is not None else 0
        return sum(self._sizes.values())
