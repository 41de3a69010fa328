"""Deleting what a visitor tried, for good: the files too, once nobody else needs them and no run uses them.

What is deleted is written down first (`history`), so that it is removed even if the host ends in between. A blob stays
while a session's values, a flag, another case, an upload of somebody else or a page needs it, and goes when the last of
them does: this is looked at when a session's run has ended, and when a host starts.

All methods are called in the event loop's thread unless they say otherwise.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from modelapp.core.errors import EnvironmentFault
from modelapp.session.blobs import Blobs
from modelapp.session.flags import Flags, blobs_of
from modelapp.session.history import History
from modelapp.session.session import Session
from modelapp.session.store import Store

Background = Callable[[Callable[[], Any], Callable[[Any], None]], None]
_MOST_AT_ONCE = 100
"""How many blobs other hosts must leave alone at once, while it is looked who needs them."""


@dataclass(slots=True)
class _Wanted:
    """What is to go of a session once it rests.

    Attributes:
        digests: Blobs.
        everything: True if all that the session made is to go, and all that earlier processes left behind.
    """

    digests: set[str] = field(default_factory=set)
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """Where blobs are and what names them."""

    store: Store
    blobs: Blobs
    flags: Flags
    history: History


class Forgetting:
    """Removes the blobs that nobody needs any more.

    Args:
        kept: Where they are, and what names them.
        sessions: Returns the sessions that are in memory.
        remembered: Returns the blobs that pages are remembered with.
        background: Does work in another thread.
        removed: Told when a session's blobs are gone.
    """

    def __init__(
        self,
        kept: Kept,
        sessions: Callable[[], Iterable[Session]],
        remembered: Callable[[], set[str]],
        background: Background,
        removed: Callable[[Session], None],
    ) -> None:
        self._kept = kept
        self._sessions = sessions
        self._remembered = remembered
        self._background = background
        self._told_removed = removed
        self._removing = Counter[Session]()
        self._began = time.time()
        self._wanted: dict[Session, _Wanted] = {}
        self._held: dict[Session, set[str]] = {}
        """Doomed blobs that a session's page still needs."""

    def begin(self) -> None:
        """Remove what an earlier process did not come to."""
        if self._kept.history.exists():
            self._remove(None, _Wanted())

    def delete(self, session: Session, case: str | None, done: Callable[[Any], None]) -> None:
        """Delete a session's cases.

        Args:
            session: Whose.
            case: Id of the case; None is all of them, and with them whatever the session made.
            done: Called with how many there were, the links that led to them, the labels of the inputs that are
                empty now, and how many flags of hers hold some of it; or with what went wrong.
        """
        everything = case is None
        if everything:
            session.forget_answers()
        kept = self._kept

        def work() -> tuple[int, list[str], set[str], int]:
            inputs = None if case is None else kept.history.inputs_of(case)
            # The uploads first: were it the other way and the host ended in between, they would stay for good.
            uploads = kept.store.drop_uploads(session.id) if everything else set()
            count, links, digests = kept.history.delete(session.id, case)
            if not everything:
                kept.store.drop_uploads(session.id, digests)
            kept.history.doom(uploads)
            if everything:  # what she deleted one by one, and her inputs use still
                digests |= kept.history.doomed() & session.named()
            flags = [
                flag
                for flag in kept.flags.of(session.id)
                if everything or flag.inputs == inputs or not digests.isdisjoint(blobs_of(flag))
            ]
            return count, links, uploads | digests, len(flags)

        def deleted(result: Any) -> None:
            if isinstance(result, BaseException):
                done(result)
                return
            count, links, digests, flags = result
            session.remembering.at_hand.pop(case or "", None)
            try:
                emptied = session.empty(digests) if everything else []
            except EnvironmentFault as fault:
                done(fault)
                return
            # From now on it cannot be set again, as by an undo on the page.
            session.blobs.hide(digests - session.needed())
            self.want(session, digests, everything=everything)
            done((count, links, emptied, flags))

        self._background(work, deleted)

    def leave(self, session: Session) -> None:
        """Told when a session is not in memory any more. What it still needs is looked at when the host starts."""
        self._wanted.pop(session, None)
        self._held.pop(session, None)

    def going_on(self, session: Session) -> bool:
        """Return True while blobs of a session's deleted cases are there."""
        return session in self._wanted or session in self._held or self._removing[session] > 0

    def want(self, session: Session, digests: set[str], *, everything: bool = False) -> None:
        """Let blobs of a session go once it rests."""
        wanted = self._wanted.setdefault(session, _Wanted())
        wanted.digests |= digests
        wanted.everything |= everything
        self.look(session)

    def look(self, session: Session) -> None:
        """Told when something of a session has ended."""
        if not (self._wanted or self._held) or session.at_work:
            return
        wanted = self._wanted.pop(session, None)
        held = self._held.get(session)
        left = held - session.needed() if held else set()
        if held:
            self._hold(session, held - left)
        if wanted is not None or left:
            wanted = wanted or _Wanted()
            wanted.digests |= left
            self._remove(session, wanted)

    def _remove(self, session: Session | None, wanted: _Wanted) -> None:
        kept = self._kept
        if session is not None:
            self._removing[session] += 1

        holding: dict[Session, set[str]] = {}

        def needed() -> set[str]:
            found = self._remembered()
            for other in list(self._sessions()):
                holding[other] = other.needed()
                found |= holding[other]
                if other is not session:
                    found |= other.blobs.made
            if kept.store.homes is not None:
                found |= kept.store.homes.shown_to_others({other.id for other in self._sessions()})
            return found | kept.store.named() | kept.flags.named() | kept.history.named()

        def work() -> set[str]:
            digests = wanted.digests | kept.history.doomed()
            if wanted.everything and session is not None:
                digests |= session.blobs.made | session.blobs.visible
                if kept.store.homes is None:  # another host may have begun before this one
                    digests |= kept.blobs.before(self._began)
            gone = self._gone(digests, needed)
            kept.history.removed(gone)
            kept.store.overwrite()
            return gone

        def removed(gone: Any) -> None:
            # What could not be removed is written down, and looked at again when the host starts.
            left = wanted.digests if isinstance(gone, BaseException) else wanted.digests - gone
            for other in list(self._sessions()):
                other.blobs.forget(set() if isinstance(gone, BaseException) else gone)
            if session is not None:
                self._removing.subtract([session])
                self._removing += Counter()  # those that have none are not kept
                mine = session.blobs.made | session.blobs.visible if wanted.everything else set[str]()
                # Where somebody else needs it, it is not this session's any more all the same.
                session.blobs.forget((wanted.digests | mine) - session.needed())
            for other, digests in holding.items():
                self._hold(other, self._held.get(other, set()) | (left & digests))
                self.look(other)  # it may show another page already
            if session is not None:
                self._told_removed(session)

        self._background(work, removed)

    def _gone(self, digests: set[str], needed: Callable[[], set[str]]) -> set[str]:
        """Remove blobs but those that are needed; return which are gone. Called in another thread."""
        homes = self._kept.store.homes
        if homes is None:
            return self._kept.blobs.remove_all_but(digests, needed)
        gone: set[str] = set()
        ordered = sorted(digests)
        for start in range(0, len(ordered), _MOST_AT_ONCE):
            part = ordered[start : start + _MOST_AT_ONCE]
            with homes.removing(part):
                gone |= self._kept.blobs.remove_all_but(part, needed)
        homes.removed(gone)
        return gone

    def _hold(self, session: Session, digests: set[str]) -> None:
        if digests:
            self._held[session] = digests
        else:
            self._held.pop(session, None)
