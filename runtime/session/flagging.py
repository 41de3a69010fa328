"""What one session's page shows an answer to, and the flags that somebody puts on it.

A flag holds what the visible answer belongs to: the page says which frame it had been told last, and here is known what
the last run that had finished by then had used. While an answer is still being made a flag waits for it.

All methods are called in the event loop's thread unless they say otherwise.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.protocol import AppProps, Flag, Flagged
from modelapp.session.audience import Client
from modelapp.session.blobs import SessionBlobs
from modelapp.session.case import Case, clean
from modelapp.session.flags import KeptFlag, Words
from modelapp.session.frame import Page
from modelapp.session.host import Host
from modelapp.session.store import Saved

_MOST_SHOWN = 4
_MOST_WAITING = 20
_LONGEST_NOTE = 5000
_LONGEST_ANSWER = 200
_IDENTITY = re.compile(r"[\w-]{16,64}", re.ASCII)
_NO_ANSWER = "There is no answer to flag yet."
_MOVED_ON = "The inputs were changed before the flag was kept. Please flag the new answer."


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the page shows from a frame on.

    Attributes:
        sequence: Number of the frame.
        case: What it is the answer to; None if it is no answer.
        under_way: True if the answer is still being made.
        changes: How often values had been set by then.
    """

    sequence: int
    case: Case | None
    under_way: bool
    changes: int


class Flagging:
    """Flags of one session.

    Args:
        host: The app.
        saved: What is known of the session.
        page: What its clients see.
        blobs: Large values, as the session sees them.
        busy: Returns True while a run is queued or going on.
        epoch: Tells the frames of this page from those of others that its clients saw.
    """

    def __init__(
        self, host: Host, saved: Saved, page: Page, blobs: SessionBlobs, busy: Callable[[], bool], epoch: str
    ) -> None:
        self._epoch = epoch
        self._host = host
        self._saved = saved
        self._page = page
        self._blobs = blobs
        self._busy = busy
        self._shown: list[_Shown] = []
        self._waiting: list[tuple[Client, Flag]] = []
        self._changes = 0
        """How often somebody set other values."""

    # ------------------------------------------------------------ what is visible

    def under_way(self) -> None:
        """From now on the page shows some of what a run makes that has not ended."""
        last = self._shown[-1] if self._shown else None
        if last is None or not last.under_way or last.changes != self._changes:
            self._show(None, under_way=True)

    def ended(self, case: Case, *, whole: bool) -> None:
        """Told at the end of a run that is the last for now, when the page was told of it."""
        if whole:
            self._show(case if case.made else None)
        elif case.made:  # beside those of the run before: an answer to nothing
            self._show(None)
        self.settled()

    def settled(self) -> None:
        """No run is going on any more: flags that waited for its answer are taken or refused."""
        if self._shown and self._shown[-1].under_way:
            self._show(None)
        waiting, self._waiting = self._waiting, []
        for client, flag in waiting:
            self._keep(client, flag, self._answer(flag, busy=False))

    def visible(self) -> Case | None:
        """Return what the page shows an answer to just now, or None."""
        return self._shown[-1].case if self._shown else None

    def forget(self) -> None:
        """Let nothing that was shown so far be flagged any more."""
        self._shown = []
        self._show(None)

    def changed(self) -> None:
        """Somebody set other values: the answer that comes is not the one that waiting flags are about."""
        self._changes += 1
        waiting, self._waiting = self._waiting, []
        for client, flag in waiting:
            self._refuse(client, flag, _MOVED_ON)

    def leave(self, client: Client) -> None:
        """Forget what a client waits for, who will say it again."""
        self._waiting = [(other, flag) for other, flag in self._waiting if other is not client]

    def _show(self, case: Case | None, *, under_way: bool = False) -> None:
        self._shown = [*self._shown[1 - _MOST_SHOWN :], _Shown(self._page.sequence, case, under_way, self._changes)]

    # ------------------------------------------------------------ flags

    def take(self, client: Client, flag: Flag) -> None:
        """Keep a flag, or more words on one."""
        problem = self._fault(flag)
        if problem is not None:
            self._refuse(client, flag, problem)
        else:
            self._keep(client, flag, self._answer(flag, busy=self._busy()))

    def _fault(self, flag: Flag) -> str | None:
        app = self._page.elements.get("layout.app")
        choices = app.props.flags if app and isinstance(app.props, AppProps) else ()
        if choices is None:
            return "Answers of this page are not flagged."
        if not _IDENTITY.fullmatch(flag.id) or not 0 <= flag.revision < 1 << 53:
            return "That is no flag of a page."
        if flag.choice is not None and flag.choice not in choices:
            return "That choice is not on the page any more."
        if len(flag.note) > _LONGEST_NOTE:
            return f"The note is too long: at most {_LONGEST_NOTE:,} characters."
        if len(flag.right) > _LONGEST_ANSWER:
            return f"The right answer is too long: at most {_LONGEST_ANSWER} characters."
        return None

    def _answer(self, flag: Flag, *, busy: bool) -> Case | str | None:
        """Return the case that a flag is about, or why there is none, or None while it is to be waited for."""
        if flag.epoch != self._epoch:
            # Said to a host before this one, whose last answer the first run here makes again.
            if self._changes:
                return _MOVED_ON
            seen = self._page.sequence
        else:
            seen = flag.seen
        place = next(
            (place for place in reversed(range(len(self._shown))) if self._shown[place].sequence <= seen), None
        )
        if place is None:
            return None if busy and not self._shown else _NO_ANSWER
        shown = self._shown[place]
        if not shown.under_way:
            return shown.case or _NO_ANSWER
        for later in self._shown[place + 1 :]:
            if not later.under_way and later.changes == shown.changes:
                return later.case or _NO_ANSWER
        return None if busy and self._changes == shown.changes else _MOVED_ON

    def _keep(self, client: Client, flag: Flag, answer: Case | str | None) -> None:
        case = answer if isinstance(answer, Case) else None
        words = Words(clean(flag.note), clean(flag.right).replace("\n", " "), flag.choice)

        def work() -> tuple[KeptFlag, bool] | None:
            if case is None:
                return self._host.flags.amend(self._saved.session, flag.id, flag.revision, words)
            outputs = case.outputs(self._blobs)
            kept = KeptFlag(0, flag.id, time.time(), self._saved.visitor, case.version(), case.inputs, outputs, words)
            return self._host.flags.keep(self._saved.session, flag.revision, kept, case.digests())

        def done(result: Any) -> None:
            if isinstance(result, (InvalidValue, EnvironmentFault)):
                self._refuse(client, flag, result.message)
            elif isinstance(result, BaseException):
                self._refuse(client, flag, "The flag could not be kept.")
            elif result is not None:
                client.send([Flagged(flag.id, flag.revision)])
                if result[1]:
                    self._host.flagged(result[0], by_author=client.role == "presenter")
            elif isinstance(answer, str):
                self._refuse(client, flag, answer)
            else:
                self._wait(client, flag)

        self._host.background(work, done)

    def _wait(self, client: Client, flag: Flag) -> None:
        answer = self._answer(flag, busy=self._busy())
        if answer is not None:  # the run has ended meanwhile
            self._keep(client, flag, answer)
        elif len(self._waiting) >= _MOST_WAITING:
            self._refuse(client, flag, "Too many flags wait for an answer.")
        else:
            self._waiting.append((client, flag))

    def _refuse(self, client: Client, flag: Flag, problem: str) -> None:
        client.send([Flagged(flag.id, flag.revision, problem)])
