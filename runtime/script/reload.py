"""Noticing that a script or a module of it was saved.

Watches the folders of the files that count, and no deeper, so that a folder full of data costs nothing and editors
that save by renaming a new file over the old one are seen. A file counts as changed when its content differs.
"""

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

_SETTLE_SECONDS = 0.03


class Watcher:
    """Calls back when watched files change.

    Args:
        changed: Called in a thread of its own with the files whose content changed, once saving has settled.
    """

    def __init__(self, changed: Callable[[set[Path]], None]) -> None:
        # watchdog takes 50 ms to import: after the page is served, not before.
        from watchdog.events import (
            FileClosedEvent,
            FileCreatedEvent,
            FileModifiedEvent,
            FileMovedEvent,
            FileSystemEvent,
            FileSystemEventHandler,
        )
        from watchdog.observers import Observer

        self._changed = changed
        self._lock = threading.Lock()
        self._digests: dict[Path, str | None] = {}
        self._folders: set[Path] = set()
        self._timer: threading.Timer | None = None
        watcher = self

        class Handler(FileSystemEventHandler):
            def on_any_event(self, event: FileSystemEvent) -> None:
                watcher._event(event)

        self._handler = Handler()
        # Not openings: who reads a file of the folder again and again would fill the queue, and a save be lost in it.
        self._kinds: list[type[FileSystemEvent]] = [
            FileClosedEvent,
            FileCreatedEvent,
            FileModifiedEvent,
            FileMovedEvent,
        ]
        self._observer = Observer()
        self._observer.daemon = True
        self._observer.start()

    def note(self, files: set[Path]) -> None:
        """Remember these files' content: a change from here on counts."""
        with self._lock:
            for file in files - self._digests.keys():
                self._digests[file] = _digest(file)

    def watch(self) -> None:
        """Watch the folders of all files noted so far. Takes milliseconds: not for the event loop's thread."""
        with self._lock:
            new = {file.parent for file in self._digests} - self._folders
            self._folders |= new
        for folder in new:
            if folder.is_dir():
                self._observer.schedule(self._handler, str(folder), event_filter=self._kinds)
        if new:
            self._settled()  # what changed between `note` and now had nobody to say so

    def stop(self) -> None:
        """End the watching."""
        self._observer.stop()
        if self._timer:
            self._timer.cancel()

    def _event(self, event: Any) -> None:
        paths = {Path(str(event.src_path)), Path(str(getattr(event, "dest_path", "") or event.src_path))}
        with self._lock:
            if not paths & self._digests.keys():
                return
            if self._timer:
                self._timer.cancel()
            self._timer = threading.Timer(_SETTLE_SECONDS, self._settled)
            self._timer.daemon = True
            self._timer.start()

    def _settled(self) -> None:
        with self._lock:
            changed = set()
            for file, old in self._digests.items():
                new = _digest(file)
                # A file that is gone is on its way to be replaced by an editor, or deleted: the last version goes on.
                if new is not None and new != old:
                    self._digests[file] = new
                    changed.add(file)
        if changed:
            self._changed(changed)


def _digest(file: Path) -> str | None:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return None
