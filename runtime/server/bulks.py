"""The cases of all sessions, and what pages say of theirs. Nothing that runs cases is read before the first upload."""

import secrets
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Answer, AppProps, Ask, BulkStart, BulkStop, BulkUploaded, Problem
from modelapp.script.failure import CALM
from modelapp.session.app import App
from modelapp.session.audience import Client
from modelapp.session.session import Session
from modelapp.session.sharing import Asked

if TYPE_CHECKING:
    from modelapp.server.bulk import PageBulk
    from modelapp.server.elsewhere import OnCluster

ELEMENT = "bulk"
"""Of which a page asks for rows."""


class Bulks:
    """The cases of all sessions of an app.

    Args:
        app: The app.
        folder: Where their files go; what is there from an earlier start is deleted.
        concurrency: Runs at the same time.
        cluster: Does them, or None: they are done in this process.
    """

    def __init__(self, app: App, folder: Path, concurrency: int, cluster: "OnCluster | None" = None) -> None:
        self._app = app
        self._folder = folder
        self._concurrency = concurrency
        self._cluster = cluster
        self._of: dict[str, PageBulk] = {}
        self._making = threading.Lock()
        if app.sharing is not None:
            app.sharing.take_one_of_many = self._take_one
        shutil.rmtree(folder, ignore_errors=True)

    def of(self, session: Session) -> "PageBulk":
        """Return a session's cases. Called in any thread.

        Raises:
            InvalidValue: If the script does not want many cases to be run.
        """
        shown = [element.props for element in session.page.elements.values() if isinstance(element.props, AppProps)]
        if shown and not shown[0].bulk:
            raise InvalidValue("This page does not run many cases at once.")
        with self._making:
            known = self._of.get(session.id)
            if known is None:
                from modelapp.server.bulk import PageBulk  # not needed for the first answer

                for gone in [name for name in self._of if not self._app.exists(name)]:
                    self._of.pop(gone).close()
                folder = self._folder / secrets.token_hex(8)
                folder.mkdir(parents=True, mode=0o700)
                known = self._of[session.id] = PageBulk(self._app, session, folder, self._concurrency, self._cluster)
            return known

    def _take_one(self, session: Session, file: Path, asked: Asked) -> BulkUploaded:
        """Take in a file that came to another host. Called in any thread."""
        known = self.of(session)
        upload = known.take(file, asked.upload, asked.name)
        if asked.last:
            self._app.loop.call_soon_threadsafe(known.read, upload)
        return BulkUploaded(upload)

    def welcome(self, session: Session, client: Client) -> None:
        """Tell a page that has just come how far the session's cases are."""
        known = self._of.get(session.id)
        if known is not None and known.state is not None:
            client.send([known.state])

    def take(self, session: Session, client: Client, message: BulkStart | BulkStop | Ask) -> None:
        """Do what a page says, or answer what it asks."""
        known = self._of.get(session.id)
        if isinstance(message, Ask):
            self._ask(known, client, message)
        elif isinstance(message, BulkStop):
            if known is not None:
                known.stop()
        else:
            problem = known.start(message.upload, message.truth) if known else "There are no cases here."
            if problem:
                client.send([Problem(problem)])

    def _ask(self, known: "PageBulk | None", client: Client, message: Ask) -> None:
        def done(result: Any) -> None:
            if isinstance(result, BaseException):
                text = result.message if isinstance(result, InvalidValue) else CALM
                client.send([Answer(message.id, error=text)])
            else:
                client.send([Answer(message.id, reply=result)])

        if known is None:
            done(InvalidValue("There are no cases here."))
        else:
            known.ask(message.query, done)

    def close(self) -> None:
        """End all runs and delete the files."""
        for known in self._of.values():
            known.close()
        shutil.rmtree(self._folder, ignore_errors=True)
