"""Files of calls: what a call's outputs make is kept for a while, for whoever has the answer's address of it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelapp.session.app import App
from modelapp.session.blobs import FileBlobs, is_digest

KEPT_SECONDS = 3600
"""How long files of an answer can be fetched."""


class CallBlobs:
    """Large values of one call, in a folder that is made when the first comes, before those of the script.

    Args:
        folder: Makes the name of the folder for its own.
        shared: The script's own.
    """

    def __init__(self, folder: Callable[[], Path], shared: Any) -> None:
        self._folder = folder
        self._shared = shared
        self.own: FileBlobs | None = None

    def put(self, content: bytes | Path) -> str:
        """Keep bytes or a copy of a file, and return its digest."""
        if self.own is None:
            self.own = FileBlobs(self._folder())
        return self.own.put(content)

    def path(self, digest: str) -> Path:
        """Return where a blob lies.

        Raises:
            InvalidValue: If it is neither this call's nor the script's.
        """
        path = self.own.path(digest) if self.own else None
        return path or self._shared.path(digest)


class CallFiles:
    """The files of all calls of a served script. Called in the event loop's thread unless it says otherwise.

    Args:
        app: The app that serves it.
        folder: Where they are; what an earlier process left there is deleted.
    """

    def __init__(self, app: App, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._kept: dict[str, Path] = {}
        shutil.rmtree(folder, ignore_errors=True)

    def path(self, grant: str, digest: str) -> Path | None:
        """Return where a file of a call lies, or None if it is not there any more."""
        folder, homes = self._kept.get(grant), self._app.store.homes
        if folder is None and homes is not None and homes.may_see(f"call {grant}", digest):
            return self._app.blobs.path(digest)
        return FileBlobs(folder).path(digest) if folder and is_digest(digest) else None

    def folder_of(self, grant: str) -> Path:
        """Return the folder of a call. Called in any thread."""
        return self._folder / grant

    def share(self, grant: str, digest: str, content: bytes | Path) -> None:
        """Let other hosts of the app give out a file of a call too. Called in any thread."""
        if self._app.store.homes is not None:
            self._app.history.doom([digest])  # it goes once this call does, even if this host is killed
            self._app.blobs_for(set(), f"call {grant}").put(content)

    def keep(self, grant: str) -> None:
        """Keep the files of a call for a while."""
        self._kept[grant] = self.folder_of(grant)
        self._app.loop.call_later(KEPT_SECONDS, self.forget, grant)

    def forget(self, grant: str) -> None:
        """Delete the files of a call."""
        self._kept.pop(grant, None)
        self._app.background(lambda: self._delete(grant), lambda _: self._clean())

    def close(self) -> None:
        """Delete all."""
        for grant in self._kept:
            self._delete(grant)
        self._kept.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _delete(self, grant: str) -> None:
        """Delete the files of a call. Called in any thread."""
        folder = self.folder_of(grant)
        if self._app.store.homes is not None and folder.exists():
            self._app.store.homes.hide(f"call {grant}", FileBlobs(folder).all())
        shutil.rmtree(folder, ignore_errors=True)

    def _clean(self) -> None:
        if self._app.sharing is not None:
            self._app.sharing.clean_soon()
