"""One script being served: its sessions, its store, its queue, and hot reload."""

import logging
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from modelapp.core import own
from modelapp.core.context import RunContext
from modelapp.core.errors import EnvironmentFault
from modelapp.core.protocol import Failure, HostMessage, Notice, Restarting, Role
from modelapp.script.execution import Execution, LocalExecution
from modelapp.script.failure import as_text
from modelapp.script.reload import Watcher
from modelapp.script.renames import plain_rename
from modelapp.script.run import Outcome, Script
from modelapp.script.source import Version
from modelapp.session.ahead import ExampleAnswers
from modelapp.session.blobs import Blobs, SessionBlobs, digests_in
from modelapp.session.case import one_line
from modelapp.session.flags import Flags, KeptFlag, told
from modelapp.session.forgetting import Forgetting, Kept
from modelapp.session.history import History, KeptCase, KeptRemark
from modelapp.session.homes import SessionLedger
from modelapp.session.invites import Invite
from modelapp.session.loop import Loop
from modelapp.session.queue import Queue
from modelapp.session.session import Session
from modelapp.session.sharing import FOLLOWED, Sharing
from modelapp.session.store import Saved, Store
from modelapp.session.visiting import Visiting
from modelapp.session.watching import Watching

log = logging.getLogger("modelapp")
_FORGET_SECONDS = 3600.0


class Right(NamedTuple):
    """By which a blob may be seen.

    Attributes:
        invite: Id of the personal link that its session belongs to, or None.
    """

    invite: str | None


class App:
    """One script being served.

    Args:
        script: The script.
        store: What survives this process.
        blobs: Large values of all sessions.
        queue: Does the runs.
        flags: What visitors flagged.
        history: What they tried.
        loop: The event loop, in whose thread all methods are called unless they say otherwise.
    """

    def __init__(
        self,
        script: Script,
        store: Store,
        blobs: Blobs,
        queue: Queue,
        flags: Flags,
        history: History,
        loop: Loop,
    ) -> None:
        self.script = script
        self.store = store
        self.queue = queue
        self.flags = flags
        self.history = history
        self.loop = loop
        self.epoch = secrets.token_urlsafe(9)
        self.blobs = blobs
        self._sessions: dict[str, Session] = {}
        self._grants: dict[str, Session] = {}
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="modelapp-background")
        self._watcher: Watcher | None = None
        self._noted: set[Path] = set()
        """Files besides the script that are watched."""
        self.after_runs: list[Callable[[Session, RunContext, Outcome], None]] = []
        """Told when a session's run has ended, the last for now."""
        self.executing: Callable[[RunContext, str, bool], Execution] | None = None
        """Returns what does a run elsewhere; None where all runs of pages are done in this process."""
        self.read_elsewhere: Callable[[], set[Path]] = set
        """Returns the files of which runs elsewhere were made."""
        self.ahead = ExampleAnswers(self)
        self.watching = Watching(self.tell_presenters)
        self.visiting = Visiting(self.tell_presenters)
        self.forgetting = Forgetting(
            Kept(store, blobs, flags, history),
            self._sessions.values,
            self.ahead.digests,
            self.background,
            lambda session: self.history_changed(session),
        )
        self.sharing = Sharing(self, store.homes) if store.homes else None
        """What is done with other hosts of the app; None where there is one host."""
        self.watching.others = self.sharing.casting if self.sharing else None
        self.history_changed: Callable[[Session], None] = lambda session: None
        """Called when cases of a session were kept or deleted."""
        self.stopping = False
        """True once the host stops: no new run is begun."""
        self.reloaded: list[Callable[[], None]] = []
        """Called when a saved script was taken in."""
        self.standing: tuple[Notice, ...] = ()
        """What each page of the author's is told when it opens, until the script is saved."""

    @property
    def version(self) -> Version | None:
        """The script as it is now, or None if it never compiled."""
        return self.script.version

    @property
    def broken(self) -> Failure | None:
        """Why the script as it is now does not compile, or None."""
        return self.script.failure

    def open(self, session: str | None, role: Role, invite: Invite | None = None) -> tuple[Session, bool]:
        """Return the session of that id, or a new one, and whether it goes on from before.

        Args:
            session: Its secret id, or None.
            role: Of who opens it.
            invite: Her personal link, or None. It alone opens the sessions that were begun by it, and no others.
        """
        if session is not None:
            known = self._arriving(session, invite.id if invite else None)
            if known is not None:
                return known, True
        visitor, owner = (invite.name, invite.id) if invite else (None, None)
        saved = Saved(
            secrets.token_urlsafe(24), secrets.token_urlsafe(18), role, {}, {}, {}, set(), visitor=visitor, invite=owner
        )
        self.store.create(saved.session, saved.grant, role, visitor, owner)
        return self._add(saved), False

    def find(self, session: str, invite: str | None = None) -> Session | None:
        """Return a session by its secret id, from memory or the store; None if it is not of this personal link."""
        known = self._found(session)
        return known if known is not None and known.invite == invite else None

    def exists(self, session: str) -> bool:
        """Return True if there is a session of that id, whoever's it is, and it lives at this host."""
        return self._found(session) is not None

    def elsewhere(self, session: str, invite: str | None = None) -> bool:
        """Return True if a session of that id, and of this personal link, may live at another host."""
        place = self.store.homes.place(session) if self.store.homes else None
        return place is not None and place.invite == invite

    def right(self, grant: str, digest: str) -> Right | None:
        """Return by what right a blob may be seen, or None if this grant opens it not."""
        session = self._grants.get(grant)
        if session is not None and session.blobs.sees(digest):
            return Right(session.invite)
        place = self.store.homes.granted(grant, digest) if self.store.homes else None
        return Right(place.invite) if place is not None else None

    def blobs_for(self, visible: set[str], who: str | None = None) -> SessionBlobs:
        """Return the blobs as somebody sees them who knows these digests; None is this host."""
        homes = self.store.homes
        return SessionBlobs(
            self.blobs, visible, ledger=SessionLedger(homes, who or f"host {homes.host}") if homes else None
        )

    @property
    def busy(self) -> bool:
        """True while a run of any session is queued or going on."""
        return any(session.busy for session in self._sessions.values())

    def idle(self, session: Session) -> None:
        """Told when a session has no client left: it is forgotten after an hour, and found again in the store."""
        self.loop.call_later(_FORGET_SECONDS, self._forget, session)

    def execution(self, run: RunContext, who: str, *, background: bool = False) -> Execution:
        """Return what does a run: see `Host.execution`."""
        return LocalExecution(run) if self.executing is None else self.executing(run, who, background)

    def ran(self, outcome: Outcome) -> None:
        """Told at the end of each run."""
        if outcome.failure is not None:
            log.error("%s", as_text(outcome.failure))
        if self._watcher:
            files = self.script.modules.new_files() | ((own.files() | self.read_elsewhere()) - self._noted)
            if files:
                self._noted |= files
                self._watcher.note(files)
                self.background(self._watcher.watch, lambda _: None)

    def settled(self, session: Session, run: RunContext, outcome: Outcome) -> None:
        """Told at the end of a run that is the last of its session for now."""
        for listener in self.after_runs:
            listener(session, run, outcome)

    def code_digest(self, version: Version) -> str:
        """Return what tells this version of the script and its modules from others."""
        return self.script.code_digest(version)

    def flagged(self, flag: KeptFlag, *, by_author: bool) -> None:
        """Told when a flag, or more words on one, is on the disk."""
        text = told(flag, by_author=by_author)
        log.info("%s", text)
        if self.sharing is not None:
            self.sharing.flagged(flag, by_author=by_author)
        if not by_author:  # her own page says so where she flags
            self.tell_presenters([Notice(text)])

    def remarked(self, remark: KeptRemark, case: KeptCase, *, by_author: bool) -> None:
        """Told when somebody has written about a case."""
        who = remark.who or "A visitor"
        about = "a case" if case.answer is None else f"the case “{case.answer}”"
        text = one_line(f"{'You' if by_author else who} wrote about {about}: {remark.text}")
        log.info("%s", text)
        if not by_author:
            self.tell_presenters([Notice(text)])

    def tried(self, session: str, gone: set[str]) -> None:
        """Told when a session's case was kept, with the blobs of old ones that had to go."""
        known = self._sessions.get(session)
        if known is None:
            return
        self.history_changed(known)
        if gone:
            self.background(lambda: self.store.drop_uploads(session, gone), lambda _: self.forgetting.want(known, gone))
        else:
            self.forgetting.look(known)

    def rested(self, session: str) -> None:
        """Told when something that used a session's blobs has ended."""
        known = self._sessions.get(session)
        if known is not None:
            self.forgetting.look(known)

    def sessions(self) -> list[Session]:
        """Return the sessions that are in memory."""
        return list(self._sessions.values())

    def background(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do work in another thread; `done` gets its result, or the exception, in the loop's thread."""

        def do() -> None:
            try:
                result = work()
            except Exception as error:  # handed to `done`, whatever it is
                result = error
            self.loop.call_soon_threadsafe(done, result)

        with suppress(RuntimeError):  # the host stops
            self._executor.submit(do)

    def watch(self) -> None:
        """Begin to reload the script when it or a module of it is saved."""
        self._watcher = Watcher(self._saved)
        self._watcher.note({self.script.path, *self.script.modules.files()})
        self._watcher.watch()
        if self.script.changed():  # saved after it was read and before anybody watched
            self._saved({self.script.path})

    def reload(self, changed: set[Path]) -> None:
        """Take in changed files and rerun every session; a script that does not compile changes no page."""
        names = ", ".join(sorted(path.name for path in changed))
        before = self.script.version
        if not self.script.reload(changed):
            failure = self.script.failure
            assert failure is not None
            log.error("%s", as_text(failure))
            news = Notice(f"{names} was saved, but cannot be used.", "error", failure)
            self.standing = (news,)
        else:
            log.info("%s was saved: reloaded", names)
            moved = self._rename(before)
            news = Notice(f"{names} was saved and reloaded.{moved}")
            self.standing = ()
            for told in self.reloaded:
                told()
        for session in list(self._sessions.values()):
            session.tell_editing()
        self.tell_presenters([news])
        for session in list(self._sessions.values()):
            if self.script.failure is not None:
                continue
            if session.watched:
                session.request_run()
            else:
                session.stale = True

    def _rename(self, before: Version | None) -> str:
        """Let an input that was renamed keep its values. Return what to tell the author of it."""
        version = self.script.version
        match = plain_rename(before.inputs, version.inputs) if before and version else None
        if match is None:
            return ""
        old, new = match
        for session in self._sessions.values():
            session.rename(old, new)
        try:
            self.store.rename_input(old, new)
        except EnvironmentFault as fault:
            return f" {fault.message}"
        return f" What was set for {old} is kept as {new}."

    def tell_presenters(self, news: Sequence[HostMessage]) -> None:
        """Tell the script's author something, on each page that she has open."""
        for session in list(self._sessions.values()):
            session.audience.tell_presenters(list(news))

    def stop_soon(self) -> None:
        """Tell every page that the host restarts; what is set from now on is kept, and run after that."""
        self.stopping = True
        for session in list(self._sessions.values()):
            for client in list(session.audience.clients):
                client.send([Restarting()])
                if self.sharing is not None and not session.at_work:
                    client.come_back()  # another host may have it at once

    def _saved(self, changed: set[Path]) -> None:
        self.loop.call_soon_threadsafe(self.reload, changed)

    def close(self) -> None:
        """Give back files and threads. Runs that go on are left to end by themselves."""
        self.ahead.stop()
        if self.sharing is not None:
            self.sharing.close()
        if self._watcher:
            self._watcher.stop()
        self._executor.shutdown(wait=False, cancel_futures=True)
        self.store.close()
        self.flags.close()
        self.history.close()

    def lose(self, session: Session, *, late: bool = False) -> None:
        """Let go of a session that lives at another host now. Its pages here say so, until somebody uses them again.

        Args:
            session: The session.
            late: True if it may be there for long: what was tried here last may have been deleted there since.
        """
        if self._sessions.get(session.id) is session:
            self._drop(session)
            if late:
                session.remembering.forget()
            session.let_go(FOLLOWED)

    def _found(self, session: str) -> Session | None:
        known = self._sessions.get(session)
        if known is None and self.sharing is None and (saved := self.store.load(session)) is not None:
            known = self._add(saved)
        return known

    def _arriving(self, session: str, invite: str | None) -> Session | None:
        """Return a session of which a page comes here: where several hosts serve the app it lives here from now on."""
        homes = self.store.homes
        if homes is None:
            return self.find(session, invite)
        place, known = homes.place(session), self._sessions.get(session)
        if place is None or place.invite != invite:
            return None
        if known is not None:
            if place.home == homes.host:
                return known
            self.lose(known)
        homes.take(session)
        saved = self.store.load(session)
        return None if saved is None else self._add(saved)

    def _add(self, saved: Saved) -> Session:
        named, homes = set(digests_in(list(saved.values.values()))), self.store.homes
        ledger = SessionLedger(homes, saved.session) if homes else None
        blobs = SessionBlobs(self.blobs, set(saved.uploads), ledger=ledger)
        blobs.show(named)
        # A session that was at another host meanwhile has other frames than those that its page saw of this one.
        epoch = self.epoch if homes is None else secrets.token_urlsafe(9)
        session = Session(self, saved, blobs, epoch)
        self._sessions[saved.session] = session
        self._grants[saved.grant] = session
        if self.sharing is not None:
            self.sharing.added(session)
        return session

    def _drop(self, session: Session) -> None:
        self._sessions.pop(session.id, None)
        self._grants.pop(session.grant, None)
        self.forgetting.leave(session)
        if self.sharing is not None:
            self.sharing.left(session)

    def _forget(self, session: Session) -> None:
        if self._sessions.get(session.id) is session and not session.watched and not session.busy:
            self._drop(session)
