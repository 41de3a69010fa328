"""A SQLite file in an app's folder, which other processes use too. Nothing of what is deleted stays in it."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from modelapp.core.errors import EnvironmentFault

DoneT = TypeVar("DoneT")
_WAIT_SECONDS = 10
"""How long a change waits for that of another process."""


class PrivateFile:
    """A file of tables, for this user alone. It is made with the first change. Methods may be called in any thread.

    It has a journal of its own, which is gone after each change: what is said to be written is on the disk, and no log
    beside the file holds what was deleted.

    Args:
        path: The file. Its folder must be there before the first change.
        schema: Statements that make its tables where they are missing.
        holds: What it holds, for messages: "flags".
        upgrade: Called with a file that is opened, to change what an older one lacks.
    """

    def __init__(
        self, path: Path, schema: str, holds: str, upgrade: Callable[[sqlite3.Connection], None] | None = None
    ) -> None:
        self._path = path
        self._schema = schema
        self._holds = holds
        self._upgrade = upgrade
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def exists(self) -> bool:
        """Return True if anything was ever kept."""
        return self._path.exists()

    def read(self, read: Callable[[sqlite3.Connection], DoneT], nothing: DoneT) -> DoneT:
        """Return what is read, or `nothing` while there is no file.

        Raises:
            EnvironmentFault: If the file cannot be read.
        """
        if not self._path.exists():
            return nothing
        with self._lock:
            try:
                return read(self._opened())
            except (sqlite3.Error, OSError) as problem:
                raise self._unusable(problem) from None

    def change(self, change: Callable[[sqlite3.Connection], DoneT]) -> DoneT:
        """Change the file, all or nothing; return what the change returns.

        Raises:
            EnvironmentFault: If it cannot be written.
        """
        with self._lock:
            try:
                database = self._opened()
                database.execute("BEGIN IMMEDIATE")
                try:
                    done = change(database)
                except BaseException:
                    database.execute("ROLLBACK")
                    raise
                database.execute("COMMIT")
            except (sqlite3.Error, OSError) as problem:
                raise self._unusable(problem) from None
        return done

    def close(self) -> None:
        """Give back the file."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            self._path.touch(mode=0o600)
            database = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=_WAIT_SECONDS)
            database.execute("PRAGMA secure_delete = ON")
            database.executescript(self._schema)
            if self._upgrade is not None:
                self._upgrade(database)
            self._database = database
        return self._database

    def _unusable(self, problem: Exception) -> EnvironmentFault:
        return EnvironmentFault(
            f"The {self._holds} in {str(self._path)!r} cannot be used: {problem}.", hint="Put back a copy of that file."
        )
