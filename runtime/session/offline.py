"""Deleting cases while no session is in memory: from a command line, in a process beside the host or without one."""

from collections.abc import Sequence
from pathlib import Path

from modelapp.session.blobs import FileBlobs
from modelapp.session.flags import Flags, owner_of
from modelapp.session.history import History, KeptCase
from modelapp.session.store import SqliteStore


def delete_cases(folder: Path, cases: Sequence[KeptCase], *, running: bool) -> int:
    """Delete cases for good; return how many files were removed.

    Args:
        folder: The app's folder.
        cases: The cases.
        running: True if a host serves the app: files are then left to it, whose pages may show them.

    Raises:
        EnvironmentFault: If something cannot be written.
    """
    if not cases:
        return 0
    store, history, flags = SqliteStore(folder / "store.sqlite3"), History(folder), Flags(folder)
    blobs = FileBlobs(folder / "blobs")
    try:
        sessions = {owner_of(session): session for session in store.with_uploads()}
        for case in cases:
            _, _, digests = history.delete(None, case.id)
            if case.owner in sessions:
                store.drop_uploads(sessions[case.owner], digests)
        if running:
            return 0
        there = {digest for digest in history.doomed() if blobs.path(digest) is not None}
        gone = blobs.remove_all_but(history.doomed(), lambda: store.named() | flags.named() | history.named())
        history.removed(gone)
        store.overwrite()
        return len(gone & there)
    finally:
        store.close()
        history.close()
        flags.close()
