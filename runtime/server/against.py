"""What another script answers to the same inputs, for each session's pages: `modelapp run --against`.

It runs in a process of its own, which one thread here feeds: its modules may have the names of today's, and a live run
never waits for it. Of each session only the newest inputs count.
"""

import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.errors import ModelAppError
from modelapp.core.protocol import OtherAnswer
from modelapp.model.engines.processes import ProcessEngine
from modelapp.model.engines.threads import Fault
from modelapp.model.kept import NOT_TAKEN
from modelapp.model.other import Drawn, DrawnCase, differences
from modelapp.script.failure import CALM
from modelapp.script.run import Outcome
from modelapp.session.app import App
from modelapp.session.audience import Client
from modelapp.session.blobs import Blobs, FileBlobs, digests_in
from modelapp.session.session import Session


@dataclass(slots=True, eq=False)
class _Wanted:
    """What a session's page shows, and what the other script says to it."""

    session: Session
    run: RunContext
    case: DrawnCase
    told: OtherAnswer
    digests: frozenset[str] = frozenset()
    """Files that the other script's outputs are made of."""


class Against:
    """Answers of another script. Methods are called in the event loop's thread unless they say otherwise.

    Args:
        app: The app.
        other: The other script.
        name: What it is called on the page: a file's path, or a revision.
        blobs: The app's files.
    """

    def __init__(self, app: App, other: Path, name: str, blobs: Blobs) -> None:
        self._app = app
        self._name = name
        self._blobs = blobs
        self._engine = ProcessEngine(other, without=app.script.path.parent)
        self._of: dict[str, _Wanted] = {}
        self._waiting: dict[str, _Wanted] = {}
        """What is to be run, by session; those who have waited longest come first."""
        self._news = threading.Condition()
        self._closed = False
        app.after_runs.append(self.ran)
        self._thread = threading.Thread(target=self._work, name="modelapp-against", daemon=True)
        self._thread.start()

    def welcome(self, session: Session, client: Client) -> None:
        """Tell a page that has just come what the other script answers."""
        known = self._of.get(session.id)
        if known is not None:
            client.send([known.told])

    def ran(self, session: Session, run: RunContext, outcome: Outcome) -> None:
        """Told at the end of a run that is the last for now."""
        known = self._of.pop(session.id, None)
        self._let_go(known)
        if outcome.phase != "done" or not run.outputs:
            if known is not None:
                session.audience.tell([OtherAnswer(self._name, shown=False)])
            with self._news:
                self._waiting.pop(session.id, None)
            return
        for gone in [name for name in self._of if not self._app.exists(name)]:
            self._let_go(self._of.pop(gone))
        inputs = {name: one.raw for name, one in run.inputs.items() if not one.input.momentary}
        case = DrawnCase(0, inputs, blobs=self._blobs.folder_with(digests_in(inputs)), visitor=session.visitor)
        wanted = _Wanted(session, run, case, OtherAnswer(self._name, pending=True))
        self._of[session.id] = wanted
        session.audience.tell([wanted.told])
        with self._news:
            self._waiting[session.id] = wanted  # keeps its place if it has one
            self._news.notify()

    def forget(self, session: Session) -> None:
        """Know nothing any more of what a session's page shows."""
        self._let_go(self._of.pop(session.id, None))
        with self._news:
            self._waiting.pop(session.id, None)

    def close(self) -> None:
        """End the other script."""
        with self._news:
            self._closed = True
            self._news.notify()
        self._engine.stop()  # its thread may be waiting for an answer
        self._thread.join()
        self._engine.close()

    # ------------------------------------------------------------ the other script

    def _work(self) -> None:
        """Run what waits, one after the other. Called in a thread of its own."""
        while True:
            with self._news:
                while not self._waiting and not self._closed:
                    self._news.wait()
                if self._closed:
                    return
                wanted = self._waiting.pop(next(iter(self._waiting)))
            answer, digests = self._kept(wanted)
            with suppress(RuntimeError):  # the host stopped meanwhile, and its loop is closed
                self._app.loop.call_soon_threadsafe(self._answered, wanted, answer, digests)

    def _kept(self, wanted: _Wanted) -> tuple[Drawn, frozenset[str]]:
        """Run the other script, and keep what its outputs are made of as the session's; return the digests."""
        with tempfile.TemporaryDirectory(prefix="modelapp-against-") as made:
            answer = self._answer(replace(wanted.case, made=Path(made)))
            paths = [FileBlobs(Path(made)).path(digest) for digest in digests_in(msgspec.to_builtins(answer.elements))]
            return answer, frozenset(wanted.session.blobs.put(path) for path in paths if path is not None)

    def _let_go(self, known: _Wanted | None) -> None:
        """Remove the files of an answer that is not shown any more, but for those that something else needs."""
        if known is not None and known.digests:
            self._app.forgetting.want(known.session, set(known.digests))

    def _answer(self, case: DrawnCase) -> Drawn:
        try:
            for found in self._engine.run([case]):
                return found if isinstance(found, Drawn) else Drawn(0, fault=found.fault)
        except ModelAppError as error:
            return Drawn(0, fault=Fault(type(error).__name__, error.message))
        return Drawn(0)  # stopped: nobody will look

    def _answered(self, wanted: _Wanted, answer: Drawn, digests: frozenset[str]) -> None:
        wanted.digests = digests
        if self._of.get(wanted.session.id) is not wanted:
            self._let_go(wanted)
            return
        if answer.fault is not None:
            wanted.told = OtherAnswer(self._name, problem=self._told(answer.fault, wanted.session))
        else:
            elements, changes = differences(answer, wanted.run)
            wanted.told = OtherAnswer(self._name, elements, changes)
        wanted.session.audience.tell([wanted.told])

    def _told(self, fault: Fault, session: Session) -> str:
        if fault.type == NOT_TAKEN or session.role == "presenter":
            return fault.message
        return CALM
