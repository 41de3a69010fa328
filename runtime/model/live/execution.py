"""A page's run that a replica does, as the host sees it: its context is filled with what comes from there."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.errors import InvalidValue, ModelAppError
from modelapp.core.input import Input
from modelapp.core.protocol import Failure
from modelapp.model.engines.actors import Work
from modelapp.model.engines.replicas import Replicas
from modelapp.model.engines.threads import Answer
from modelapp.model.live.case import Lacking, LiveAnswer, LiveCase
from modelapp.model.live.parts import News, apply
from modelapp.script.failure import CALM
from modelapp.script.run import Outcome
from modelapp.script.source import Version
from modelapp.session.blobs import SessionBlobs
from modelapp.session.state import SessionState


@dataclass(slots=True)
class _Kept:
    """What the host keeps of a session's runs elsewhere.

    Attributes:
        once: What `once` gave, pickled, by digest.
        widgets: Objects of inputs, by digest.
    """

    once: dict[str, bytes] = field(default_factory=dict)
    widgets: dict[str, Input[Any]] = field(default_factory=dict)


class ReplicaExecution:
    """One run of a page that a replica does.

    Args:
        run: Where what it makes is found.
        replicas: Of the script.
        who: Whose it is.
        background: True if nobody waits for it.
        ended: Told how it ended, and which files the script is made of there, relative to its folder.
    """

    def __init__(
        self,
        run: RunContext,
        replicas: Replicas,
        who: str,
        *,
        background: bool,
        ended: Callable[[Outcome, tuple[str, ...]], None],
    ) -> None:
        self._run = run
        self._replicas = replicas
        self._who = who
        self._background = background
        self._told_ended = ended
        self._kept: _Kept = run.memory.setdefault(_Kept, _Kept())
        self._events: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._lock = threading.Lock()
        self._work: Work | None = None
        self._ended = self._asked = self._heard = False
        self._line: int | None = None
        self._unread: Outcome | None = None
        """The failure to read what a replica made, or None."""

    def execute(self, version: Version) -> Outcome:
        """Have the run done, and wait for its end. Its version is the one that replicas have by now."""
        case = self._case()
        reply = self._done(case)
        while isinstance(reply, Lacking):  # again, if another replica has it than the one that said so
            more = self._contents(set(reply.digests) - case.contents.keys())
            case = replace(case, contents={**case.contents, **more}, whole=not more)
            reply = self._done(case)
        self._ended = True
        outcome = self._outcome(reply)
        if self._unread is not None:
            outcome = self._unread
        self._told_ended(outcome, reply.read if isinstance(reply, LiveAnswer) else ())
        return outcome

    def line(self, file: str) -> int | None:
        """Return the line of the script that the replica was at when it told last."""
        return self._line

    def look(self) -> None:
        """Fetch from now on what the run makes meanwhile: most are too short for that."""
        with self._lock:
            work = None if self._heard else self._work
            self._heard = True
        if work is not None:
            self._replicas.hear(work)

    def request(self) -> None:
        """Ask the run to end."""
        self._run.superseded = True
        with self._lock:
            work = None if self._asked else self._work
            self._asked = True
        if work is not None:
            self._replicas.stop(work)

    def force(self) -> bool:
        """Return False if it has ended: the replica itself asks again and again."""
        return not self._ended

    # ------------------------------------------------------------ there and back

    def _case(self) -> LiveCase:
        run, given = self._run, self._run.given
        state, visitor = run.whose
        ours = isinstance(state, SessionState)
        blobs = run.blobs
        visible = blobs.visible if isinstance(blobs, SessionBlobs) else set()
        return LiveCase(
            0,
            dict(given.values),
            who=self._who,
            mode=run.mode,
            visitor=visitor,
            fresh=not ours,
            submitted=given.submitted,
            pressed=tuple(given.pressed),
            state=dict(state.pickled) if isinstance(state, SessionState) else {},
            once=tuple(self._kept.once),
            has=frozenset({*visible, *self._kept.widgets}),
        )

    def _contents(self, digests: set[str]) -> dict[str, bytes]:
        contents = {digest: self._kept.once[digest] for digest in digests if digest in self._kept.once}
        for digest in digests - contents.keys():
            with suppress(InvalidValue):  # it is gone: the script is told so, as it would be here
                contents[digest] = self._run.blobs.path(digest).read_bytes()
        return contents

    def _done(self, case: LiveCase) -> Any:
        """Have a case done; take in what it tells, and return what it comes to."""
        with self._lock:
            if self._asked:
                return Answer(0)
            work = self._work = self._replicas.work(
                case,
                lambda reply: self._events.put(("answer", reply)),
                told=lambda news: self._events.put(("told", news)),
                background=self._background,
                who=self._who,
                patient=True,
                heard=self._heard,
            )
        self._replicas.submit(work)
        while True:
            kind, what = self._events.get()
            if kind == "answer":
                return what
            self._take(what)

    def _take(self, news: News) -> None:
        for content in news.contents.values():
            self._run.blobs.put(content)
        if isinstance(self._run.blobs, SessionBlobs):
            self._run.blobs.note(news.noted)
        self._line = news.line
        try:
            apply(news, self._run, self._kept.widgets)
        except Exception as error:  # of a class of the script's own, which needs what is missing here
            text = f"An input cannot be read by the host: {type(error).__name__}: {error}"
            self._unread = Outcome(
                "failed", failure=Failure(CALM, text, hint="Install what its class needs here, too.")
            )

    def _outcome(self, reply: Any) -> Outcome:
        if isinstance(reply, LiveAnswer):
            self._take_answer(reply)
            return Outcome(reply.phase, reply.seconds, reply.waiting_for, reply.failure, reply.rerun)
        if isinstance(reply, ModelAppError):
            return Outcome("failed", failure=Failure(CALM, reply.message, hint=reply.hint))
        if reply.fault is None:
            return Outcome("cancelled")
        return Outcome("failed", failure=Failure(CALM, str(reply.fault)))

    def _take_answer(self, answer: LiveAnswer) -> None:
        run = self._run
        self._take(answer.news)
        used = {id(declared.input) for declared in run.inputs.values()}
        self._kept.widgets = {digest: one for digest, one in self._kept.widgets.items() if id(one) in used}
        self._kept.once.update(answer.once)
        state, _ = run.whose
        if isinstance(state, SessionState):
            state.arrived(answer.state)
        for name in answer.presses:
            if name in run.given.pressed:
                run.given.pressed.remove(name)
        run.presses_used += len(answer.presses)
        run.personal, run.precompute, run.version = answer.personal, answer.precompute, answer.version
        for text in answer.notices:
            run.notice(text)
