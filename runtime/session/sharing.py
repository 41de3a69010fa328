"""The part of an app that several hosts serve: sessions that come from another host and go to one, and what is asked
of the host at which a session lives.

All methods are called in the event loop's thread unless they say otherwise.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.protocol import Notice, Uploaded
from modelapp.session.casting import Casting
from modelapp.session.flags import KeptFlag, owner_of, told
from modelapp.session.homes import CAST, DONE, ERRAND, FLAGGED, GONE, LEADS, RESTS, TAKEN, WATCHED, Homes
from modelapp.session.loop import Handle
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.session.app import App

FOLLOWED = "This page is open in another window. Click here to go on in this one."
_AUTHOR = "author"
_PATIENCE_SECONDS = 30.0
_REMIND_SECONDS = 0.5
_CLEAN_SECONDS = 60.0


class Asked(msgspec.Struct):
    """A file that came to another host than the session's.

    Attributes:
        name: Of the file.
        input: Name of the input that it is for; None if it is one of many cases.
        upload: With many cases, the name of their upload, or nothing with the first of them.
        last: With many cases, True for the last.
        digest: Of its content, which all hosts find.
    """

    name: str
    input: str | None = None
    upload: str = ""
    last: bool = False
    digest: str = ""


class Answered(msgspec.Struct):
    """What the session's host says to that.

    Attributes:
        status: As of HTTP.
        body: JSON to answer with, or a sentence.
    """

    status: int
    body: bytes


class Sharing:
    """What an app does with other hosts of it.

    Args:
        app: The app.
        homes: At which host each session lives.
    """

    def __init__(self, app: "App", homes: Homes) -> None:
        self._app = app
        self._homes = homes
        self._by_digest: dict[str, Session] = {}
        self._going_on: set[str] = set()
        """Errands that are being done here."""
        self._waits: dict[str, asyncio.Event] = {}
        self.told: dict[str, Callable[[str], None]] = {}
        """Called with what other hosts tell, by its kind."""
        self.take_one_of_many: Callable[[Session, Path, Asked], msgspec.Struct]
        """Takes in one file of many cases, in any thread; raises as `Session.receive` does."""
        self._cleaning: Handle | None = None
        self.changed: dict[str, Callable[[], None]] = {}
        """Called when other hosts have changed tables of that name, or may have."""
        self.told[FLAGGED] = self._flagged
        self.casting = Casting(app, homes)
        for kind in (WATCHED, LEADS, RESTS, CAST):
            self.told[kind] = partial(self.casting.heard, kind)
        self.changed["page of the presenter"] = self.casting.again

    def close(self) -> None:
        """Do nothing more."""
        self.casting.close()
        if self._cleaning is not None:
            self._cleaning.cancel()

    def tell(self, kind: str, text: str) -> None:
        """Tell the other hosts something. It is lost if the store cannot be reached: it is news, and kept nowhere."""
        self._app.background(lambda: self._homes.tell(kind, text), lambda _: None)

    # ------------------------------------------------------------ sessions

    def is_here(self, session: Session) -> bool:
        """Return True if a session that is in memory is not at another host by now."""
        place = self._homes.place(session.id)
        return place is not None and place.home == self._homes.host

    def added(self, session: Session) -> None:
        """Told when a session comes into memory."""
        self._by_digest[owner_of(session.id)] = session

    def left(self, session: Session) -> None:
        """Told when a session is not in memory any more."""
        if self._by_digest.get(owner_of(session.id)) is session:
            del self._by_digest[owner_of(session.id)]

    def heard(self, kind: str, text: str) -> None:
        """Told what another host says. Called in any thread."""
        self._app.loop.call_soon_threadsafe(self._heard, kind, text)

    def _heard(self, kind: str, text: str) -> None:
        if kind == "again":
            for session in self._app.sessions():
                self._look(session, late=True)
            for changed in self.changed.values():
                changed()
        elif kind == "changed":
            if text in self.changed:
                self.changed[text]()
        elif kind in self.told:
            self.told[kind](text)
        elif kind == GONE:
            self._app.background(lambda: self._app.blobs.removed_elsewhere(text.split()), lambda _: None)
        elif kind == DONE and text in self._waits:
            self._waits[text].set()
        elif (named := self._by_digest.get(text)) is not None:
            if kind == TAKEN:
                self._look(named)
            elif kind == ERRAND:
                self._do(named)

    def _look(self, session: Session, *, late: bool = False) -> None:
        """Let go of a session if it is at another host. What is heard alone is not believed."""

        def done(here: Any) -> None:
            if here is False:
                self._app.lose(session, late=late)

        self._app.background(lambda: self.is_here(session), done)

    # ------------------------------------------------------------ flags

    def flagged(self, flag: KeptFlag, *, by_author: bool) -> None:
        """Tell the other hosts of a flag, or of more words on one."""
        self.tell(FLAGGED, f"{flag.number} {_AUTHOR if by_author else ''}")

    def _flagged(self, text: str) -> None:
        number, _, who = text.partition(" ")

        def found(flag: Any) -> None:
            if isinstance(flag, KeptFlag):
                self._app.tell_presenters([Notice(told(flag, by_author=who == _AUTHOR))])

        if number.isdecimal():
            self._app.background(lambda: self._app.flags.numbered(int(number)), found)

    # ------------------------------------------------------------ files that come to another host

    async def hand_over(self, session: str, file: Path, asked: Asked) -> Answered:
        """Have the host at which a session lives take in a file; return what it says.

        Raises:
            EnvironmentFault: If it says nothing for long, or the file cannot be kept.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE_SECONDS

        def ask() -> str:
            digest = self._app.blobs.put(file)
            return self._homes.ask(session, msgspec.json.encode(msgspec.structs.replace(asked, digest=digest)))

        identity = await loop.run_in_executor(None, ask)
        try:
            while loop.time() < deadline:
                waits = self._waits[identity] = asyncio.Event()
                if (answer := await loop.run_in_executor(None, self._homes.answered, identity)) is not None:
                    return msgspec.json.decode(answer, type=Answered)
                try:
                    await asyncio.wait_for(waits.wait(), _REMIND_SECONDS)
                except TimeoutError:  # the page may be on its way to another host
                    await loop.run_in_executor(None, self._homes.remind, session)
        finally:
            self._waits.pop(identity, None)
            await loop.run_in_executor(None, self._homes.drop, identity)
        raise EnvironmentFault("The page is not connected just now. Please try again.")

    def _do(self, session: Session) -> None:
        """Do what other hosts ask for a session that lives here."""

        def found(errands: Any) -> None:
            if isinstance(errands, BaseException):
                return  # the host that asks reminds of it
            for identity, text in errands.items():
                asked = msgspec.json.decode(text, type=Asked)
                # The run that goes on may declare it.
                early = asked.input is not None and session.at_work and not session.knows(asked.input)
                if identity not in self._going_on and not early:
                    self._going_on.add(identity)
                    self._app.background(
                        partial(self._answer, session, identity, asked), partial(self._answered, identity)
                    )

        self._app.background(lambda: self._homes.asked(session.id), found)

    def _answer(self, session: Session, identity: str, asked: Asked) -> None:
        """Do an errand. Called in another thread."""
        self._homes.answer(identity, msgspec.json.encode(self._received(session, asked)))

    def _answered(self, identity: str, _: Any) -> None:
        self._going_on.discard(identity)

    def _received(self, session: Session, asked: Asked) -> Answered:
        """Take in a file that came to another host. Called in another thread."""
        kept = self._app.blobs.path(asked.digest)
        if kept is None:
            return Answered(507, b"The file was lost on its way. Please try again.")
        with tempfile.TemporaryDirectory(prefix="modelapp-") as folder:
            copy = Path(folder) / "file"
            shutil.copyfile(kept, copy)
            try:
                uploaded = self._taken(session, copy, asked)
            except InvalidValue as problem:
                return Answered(422, problem.message.encode())
            except EnvironmentFault as fault:
                return Answered(507, fault.message.encode())
        if not (isinstance(uploaded, Uploaded) and asked.digest in uploaded.digests):
            self._app.history.doom([asked.digest])
            self._app.loop.call_soon_threadsafe(self.clean_soon)
        return Answered(200, msgspec.json.encode(uploaded))

    def _taken(self, session: Session, file: Path, asked: Asked) -> msgspec.Struct:
        if asked.input is not None:
            return session.receive(asked.input, file, asked.name)
        return self.take_one_of_many(session, file, asked)

    def clean_soon(self) -> None:
        """Remove, after a while, what nobody needs any more; all tables are read for that, so many wishes are one."""
        if self._cleaning is None:
            self._cleaning = self._app.loop.call_later(_CLEAN_SECONDS, self._clean)

    def _clean(self) -> None:
        self._cleaning = None
        self._app.forgetting.begin()
