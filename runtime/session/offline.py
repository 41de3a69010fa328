"""Deleting cases and flags while no session is in memory: from a command line, beside the host or without one."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from modelapp.session.blobs import Blobs
from modelapp.session.flags import Flags, owner_of
from modelapp.session.history import History, KeptCase
from modelapp.session.storage import Storage
from modelapp.session.store import SessionStore


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where blobs are and what names them."""

    store: SessionStore
    blobs: Blobs
    flags: Flags
    history: History


def delete_cases(storage: Storage, cases: Sequence[KeptCase], *, running: bool) -> int:
    """Delete cases for good; return how many files were removed.

    Args:
        storage: Where the app keeps what lasts.
        cases: The cases.
        running: True if a host serves the app: files are then left to it, whose pages may show them.

    Raises:
        EnvironmentFault: If something cannot be written.
    """
    if not cases:
        return 0
    with _opened(storage) as kept:
        sessions = _sessions(kept)
        for case in cases:
            _, _, digests = kept.history.delete(None, case.id)
            if case.owner in sessions:
                kept.store.drop_uploads(sessions[case.owner], digests)
        return 0 if running else _remove_doomed(kept)


def delete_flags(storage: Storage, numbers: Collection[int], *, running: bool) -> int:
    """Delete flags for good; return how many files were removed.

    Args:
        storage: Where the app keeps what lasts.
        numbers: Of the flags.
        running: True if a host serves the app: files are then left to it, whose pages may show them.

    Raises:
        EnvironmentFault: If something cannot be written.
    """
    if not numbers:
        return 0
    with _opened(storage) as kept:
        sessions = _sessions(kept)
        # Written down first: were it the other way and this ended in between, the files would stay for good.
        made = kept.flags.made_by(numbers)
        for digests in made.values():
            kept.history.doom(digests)
        kept.flags.delete(numbers)
        in_history = kept.history.named()  # what a case of hers needs she may go on using
        for owner, digests in made.items():
            if owner in sessions:
                kept.store.drop_uploads(sessions[owner], digests - in_history)
        return 0 if running else _remove_doomed(kept)


@contextmanager
def _opened(storage: Storage) -> Iterator[_Kept]:
    kept = _Kept(SessionStore(storage), storage.blobs(), Flags(storage), History(storage))
    try:
        yield kept
    finally:
        kept.store.close()
        kept.history.close()
        kept.flags.close()


def _sessions(kept: _Kept) -> dict[str, str]:
    """Return the sessions that have uploads, by their digest."""
    return {owner_of(session): session for session in kept.store.with_uploads()}


def _remove_doomed(kept: _Kept) -> int:
    store, blobs, flags, history = kept.store, kept.blobs, kept.flags, kept.history
    there = {digest for digest in history.doomed() if blobs.path(digest) is not None}
    gone = blobs.remove_all_but(history.doomed(), lambda: store.named() | flags.named() | history.named())
    history.removed(gone)
    store.overwrite()
    return len(gone & there)
