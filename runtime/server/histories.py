"""The histories of all sessions, and what pages ask of them: lists, cases to see again, deleting, links and remarks.

A visitor is told of her own cases only, and of one that has a link if she knows it. All methods are called in the event
loop's thread; the file is read and written in others.
"""

import base64
import time
from collections.abc import Callable
from typing import Any

import msgspec
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.protocol import (
    Answer,
    AppProps,
    Ask,
    CaseList,
    CaseNews,
    CaseRemark,
    CaseRow,
    CompareCases,
    DeleteCase,
    DeleteCases,
    Deleted,
    HistoryQuestion,
    HistoryState,
    ListCases,
    OpenCase,
    OpenedCase,
    Remark,
    ShareCase,
    SharedCase,
    VisitCase,
    VisitedCase,
)
from modelapp.script.weights import is_of_code
from modelapp.server.case_pairs import compared
from modelapp.session.app import App
from modelapp.session.audience import Client
from modelapp.session.case import answer_in_words, clean
from modelapp.session.flags import owner_of
from modelapp.session.history import MOST_REMARKS, NO_CASE, KeptCase, KeptRemark, blobs_of
from modelapp.session.homes import LINK_GONE, REMARKED
from modelapp.session.session import Session

ELEMENT = "history"
"""Of which a page asks for cases."""
AUTHOR = "The author"
_ROWS_AT_ONCE = 40
_LONGEST_REMARK = 2000
_LONGEST_LINK = 64
_LOOK_SECONDS = 0.5
"""How long further changes of other hosts are awaited before pages are told of them."""


class Histories:
    """The histories of an app's sessions.

    Args:
        app: The app.
        forget: Ends what else was tried around a session's values.
        public: Returns the address of the page for everybody, or None.
    """

    def __init__(self, app: App, forget: Callable[[Session], None], public: Callable[[], str | None]) -> None:
        self._app = app
        self._forget = forget
        self._public = public
        self._changes = 0
        self._visiting: dict[str, set[Client]] = {}
        """Pages that have a case open, by its link."""
        app.history_changed = self.changed
        self._looking = False
        if app.sharing is not None:
            app.sharing.changed["history"] = self._changed_elsewhere
            app.sharing.told[REMARKED] = self._remarked_elsewhere
            app.sharing.told[LINK_GONE] = self._gone

    # ------------------------------------------------------------ news

    def welcome(self, session: Session, client: Client) -> None:
        """Tell a page that has just come how many cases there are."""
        if self._app.history.exists():
            self._tell(session, [client])

    def left(self, client: Client) -> None:
        """Told when a page has gone."""
        for link in [link for link, clients in self._visiting.items() if client in clients]:
            self._visiting[link].discard(client)
            if not self._visiting[link]:
                del self._visiting[link]

    def changed(self, session: Session) -> None:
        """Told when cases of a session were kept or deleted."""
        self._changes += 1
        self._tell(session, list(session.audience.clients))
        self._tell_presenters(session)

    def _tell_presenters(self, but: Session | None = None) -> None:
        for other in self._app.sessions():
            presenters = [client for client in other.audience.clients if client.role == "presenter"]
            if other is not but and presenters:
                self._tell(other, presenters)

    def _changed_elsewhere(self) -> None:
        """Told that another host has changed the history; many changes are told to pages as one."""
        if not self._looking:
            self._looking = True
            self._app.loop.call_later(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        self._looking = False
        self._changes += 1
        self._tell_presenters()

    def _remarked_elsewhere(self, link: str) -> None:
        """Told that somebody wrote about a case at another host."""
        self._tell_visiting(link, None)

        def found(written: Any) -> None:
            if not isinstance(written, BaseException) and written[1]:
                case, remarks = written
                self._app.remarked(remarks[-1], case, by_author=remarks[-1].who == AUTHOR)

        def look() -> tuple[KeptCase, list[KeptRemark]]:
            case = self._app.history.linked(link)
            return case, self._app.history.remarks(case.id)

        self._app.background(look, found)

    def _gone(self, link: str) -> None:
        """Told that the case of a link is deleted."""
        for client in self._visiting.pop(link, set()):
            client.send([CaseNews(link)])

    def _tell_visiting(self, link: str, but: Client | None) -> None:
        for client in self._visiting.get(link, set()):
            if client is not but:
                client.send([CaseNews(link)])

    def _tell(self, session: Session, clients: list[Client]) -> None:
        def done(counts: Any) -> None:
            if isinstance(counts, BaseException):
                return
            mine, everybody = counts
            for client in clients:
                total = everybody if client.role == "presenter" else None
                going = self._app.forgetting.going_on(session)
                client.send([HistoryState(mine, total, self._changes, going)])

        self._app.background(lambda: self._app.history.counts(session.id), done)

    # ------------------------------------------------------------ questions

    def ask(self, session: Session, client: Client, message: Ask) -> None:
        """Answer a question of a page."""

        def done(result: Any) -> None:
            if isinstance(result, (InvalidValue, EnvironmentFault)):
                client.send([Answer(message.id, error=result.message)])
            elif isinstance(result, BaseException):
                client.send([Answer(message.id, error="That could not be done.")])
            else:
                client.send([Answer(message.id, reply=msgspec.to_builtins(result))])

        try:
            question = msgspec.convert(message.query, HistoryQuestion)
        except (msgspec.ValidationError, RecursionError):
            done(InvalidValue("That is no question about cases."))
            return
        if not _offered(session):
            done(InvalidValue("This page keeps no history."))
        elif isinstance(question, DeleteCase | DeleteCases):
            self._delete(session, question.case if isinstance(question, DeleteCase) else None, done)
        else:
            self._read(session, client, question, done)

    def _read(self, session: Session, client: Client, question: Any, done: Callable[[Any], None]) -> None:
        is_author = client.role == "presenter"
        match question:
            case ListCases():
                self._app.background(lambda: self._list(session, question, is_author=is_author), done)
            case OpenCase():
                self._app.background(lambda: self._opened(session, question.case, is_author=is_author), done)
            case CompareCases():
                self._app.background(lambda: self._compared(session, question.cases, is_author=is_author), done)
            case ShareCase():
                self._app.background(lambda: self._shared(session, question.case, is_author=is_author), done)
            case VisitCase():
                self._app.background(lambda: self._visited(session, question.link), self._joins(client, question, done))
            case Remark():
                self._remark(session, client, question, done)

    def _list(self, session: Session, question: ListCases, *, is_author: bool) -> CaseList:
        if question.everybody and not is_author:
            raise InvalidValue(NO_CASE)
        owner = None if question.everybody else session.id
        found = self._app.history.cases(owner, question.before, _ROWS_AT_ONCE + 1)
        rows = tuple(self._row(case, session) for case in found[:_ROWS_AT_ONCE])
        return CaseList(rows, found[_ROWS_AT_ONCE - 1].place if len(found) > _ROWS_AT_ONCE else None)

    def _row(self, case: KeptCase, session: Session) -> CaseRow:
        picture = None
        if case.picture is not None:
            kind = "png" if case.picture.startswith(b"\x89PNG") else "jpeg"
            picture = f"data:image/{kind};base64,{base64.b64encode(case.picture).decode()}"
        mine = case.is_of(session.id)
        version = self._app.version
        return CaseRow(
            id=case.id if mine or session.role == "presenter" else "",
            time=case.time,
            who=case.visitor,
            mine=mine,
            answer=case.answer,
            inputs=case.said,
            picture=picture,
            current=version is not None and is_of_code(case.version, self._app.code_digest(version)),
            link=case.link if mine else None,
        )

    def _of(self, session: Session, identity: str, *, is_author: bool) -> KeptCase:
        """Return a case of the session, or for the author anybody's.

        Raises:
            InvalidValue: If there is none.
        """
        case = self._app.history.case(identity)
        if not (is_author or case.is_of(session.id)):
            raise InvalidValue(NO_CASE)
        return case

    def _opened(self, session: Session, identity: str, *, is_author: bool) -> OpenedCase:
        case = self._of(session, identity, is_author=is_author)
        session.blobs.show(blobs_of(case))
        return OpenedCase(case.inputs)

    def _compared(self, session: Session, identities: tuple[str, str], *, is_author: bool) -> Any:
        pair = [self._of(session, identity, is_author=is_author) for identity in identities]
        for case in pair:
            if case.is_of(session.id):
                session.blobs.show(blobs_of(case))
        at_hand = {name: made for other in self._app.sessions() for name, made in other.remembering.at_hand.items()}
        return compared(pair, [self._row(case, session) for case in pair], at_hand, session.blobs.visible)

    # ------------------------------------------------------------ deleting

    def _delete(self, session: Session, case: str | None, done: Callable[[Any], None]) -> None:
        self._forget(session)  # it may be about just this case, and has made pictures of it

        def deleted(result: Any) -> None:
            if isinstance(result, BaseException):
                done(result)
                return
            count, links, emptied, flags = result
            for link in links:
                self._gone(link)
                if self._app.sharing is not None:
                    self._app.sharing.tell(LINK_GONE, link)
            self.changed(session)
            done(Deleted(count, tuple(emptied), flags) if count or case is None else InvalidValue(NO_CASE))

        self._app.forgetting.delete(session, case, deleted)

    # ------------------------------------------------------------ links

    def _shared(self, session: Session, identity: str, *, is_author: bool) -> SharedCase:
        case = self._of(session, identity, is_author=False)
        link = self._app.history.share(case.id)
        public = self._public() if is_author else None
        return SharedCase(link, None if public is None else address_of(public, link))

    def _visited(self, session: Session, link: str) -> VisitedCase:
        case = self._app.history.linked(link[:_LONGEST_LINK])
        session.blobs.show(blobs_of(case))
        remarks = self._app.history.remarks(case.id)
        owner = owner_of(session.id)
        told = (CaseRemark(one.time, one.who, one.owner == owner, one.text) for one in remarks)
        shown, row, now = session.shown_for(case.inputs), self._row(case, session), None
        if shown is not None:
            now = answer_in_words(shown.outputs(session.blobs))
            # Which weights it would get now is known only of an answer that is on the page.
            row = msgspec.structs.replace(row, current=row.current and case.version == shown.version())
        return VisitedCase(row, case.inputs, now, tuple(told), len(remarks) >= MOST_REMARKS)

    def _joins(self, client: Client, question: VisitCase, done: Callable[[Any], None]) -> Callable[[Any], None]:
        def visited(result: Any) -> None:
            if isinstance(result, VisitedCase):
                self._visiting.setdefault(question.link, set()).add(client)
            done(result)

        return visited

    def _remark(self, session: Session, client: Client, question: Remark, done: Callable[[Any], None]) -> None:
        text = clean(question.text)
        if not text or len(text) > _LONGEST_REMARK:
            done(InvalidValue(f"A remark has 1 to {_LONGEST_REMARK:,} characters."))
            return
        is_author = client.role == "presenter"
        who = session.visitor or (AUTHOR if is_author else None)
        kept = KeptRemark(owner_of(session.id), time.time(), who, text)

        def work() -> tuple[KeptCase, VisitedCase]:
            case = self._app.history.remark(question.link[:_LONGEST_LINK], kept)
            return case, self._visited(session, question.link)

        def written(result: Any) -> None:
            if isinstance(result, BaseException):
                done(result)
                return
            case, visited = result
            done(visited)
            self._tell_visiting(question.link, client)
            if self._app.sharing is not None:
                self._app.sharing.tell(REMARKED, question.link)
            self._app.remarked(kept, case, by_author=is_author)

        self._app.background(work, written)


def address_of(page: str, link: str) -> str:
    """Return the whole address of a case, for the address of a page: one that ends with a key keeps the link there."""
    return f"{page}?case={link}" if "#" in page else f"{page.rstrip('/')}/c/{link}"


def _offered(session: Session) -> bool:
    shown = [element.props for element in session.page.elements.values() if isinstance(element.props, AppProps)]
    return not shown or shown[0].history
