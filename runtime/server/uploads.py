"""Files from the page, streamed to disk while they arrive."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import msgspec
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.protocol import BulkUploaded
from modelapp.server.bulks import Bulks
from modelapp.server.door import SENTENCES, Door
from modelapp.server.handlers import Handler
from modelapp.session.app import App
from modelapp.session.session import Session
from modelapp.session.sharing import Asked
from tornado import web
from tornado.ioloop import IOLoop

_LONGEST_NAME = 200
_LONGEST_PATH = 1000


@web.stream_request_body
class UploadHandler(Handler):
    """One file for one input. The session's secret comes in a header, which another site's page cannot send."""

    def initialize(self, app: App, door: Door, most_bytes: int) -> None:  # type: ignore[override]
        """Keep what the application hands over."""
        super().initialize(app, door)
        self._most_bytes = most_bytes
        self._received = 0
        self._arrived = False
        self._session: Session | None = None
        self._elsewhere = False
        """True if the session may live at another host, which is to take the file in."""

    def prepare(self) -> None:
        """Check the request before its body arrives."""
        super().prepare()
        self.require_same_origin()
        session = self.request.headers.get("X-Modelapp-Session", "")
        self._session = self.find(session) if session else None
        self._elsewhere = self._session is None and self.may_hand_over(session)
        if self._session is None and not self._elsewhere:
            raise web.HTTPError(403, "This page is not known here any more. Please reload it.")
        assert self.request.connection is not None
        self.request.connection.set_max_body_size(self._most_bytes + 1)  # type: ignore[attr-defined]
        announced = self.request.headers.get("Content-Length", "0")
        if announced.isdigit() and int(announced) > self._most_bytes:
            raise web.HTTPError(413, self._too_large())
        self._file = tempfile.NamedTemporaryFile(prefix="modelapp-", delete=False)  # noqa: SIM115 (closed in on_finish)

    def find(self, secret: str) -> Session | None:
        """Return the session of which this is the secret, or which its holder may act in just now."""
        return self._own(secret) or self.app.watching.lent(secret)

    def may_hand_over(self, secret: str) -> bool:
        """Return True if another host may have the session of which this is the secret, and it is the sender's."""
        entry = self.door.entry(self.request)
        return not entry.refused and self.app.elsewhere(secret, entry.owner)

    def _own(self, secret: str) -> Session | None:
        """Return the session of which this is the secret, if who sends it may still come in, and it is hers."""
        entry = self.door.entry(self.request)
        return None if entry.refused else self.app.find(secret, entry.owner)

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece of the body."""
        self._received += len(chunk)
        if self._received > self._most_bytes:
            raise web.HTTPError(413, self._too_large())
        try:
            self._file.write(chunk)
        except OSError as problem:
            raise web.HTTPError(507, f"The host cannot keep the file: {problem.strerror}.") from None

    async def post(self) -> None:
        """Hand the file to its input and answer with what to set."""
        if self._elsewhere or self._went():
            await self._hand_over()
            return
        uploaded = await self._kept(self._receive)
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(uploaded))

    def _receive(self, session: Session) -> msgspec.Struct:
        """Hand the file over. Called in a worker thread."""
        asked = self._asked()
        return session.receive(asked.input or "", Path(self._file.name), asked.name)

    def _asked(self) -> Asked:
        """Return what the file is."""
        name = unquote(self.request.headers.get("X-Modelapp-Name", ""))[:_LONGEST_NAME]
        name = Path(name.replace("\\", "/")).name or "file"
        return Asked(name, self.request.headers.get("X-Modelapp-Input", ""))

    def _went(self) -> bool:
        """Return True if the session went to another host while the file arrived."""
        secret = self.request.headers.get("X-Modelapp-Session", "")
        return self.app.sharing is not None and self.find(secret) is None and self.may_hand_over(secret)

    async def _hand_over(self) -> None:
        """Have the session's host take the file in."""
        assert self.app.sharing is not None
        self._arrive()
        secret = self.request.headers.get("X-Modelapp-Session", "")
        try:
            answered = await self.app.sharing.hand_over(secret, Path(self._file.name), self._asked())
        except EnvironmentFault as fault:
            raise web.HTTPError(507, fault.message.replace("%", "%%")) from None
        if answered.status != 200:
            raise web.HTTPError(answered.status, answered.body.decode().replace("%", "%%"))
        self.set_header("Content-Type", "application/json")
        self.finish(answered.body)

    async def _kept(self, keep: Callable[[Session], msgspec.Struct]) -> msgspec.Struct:
        """Keep the file, which has arrived, in a worker thread; return what to answer."""
        self._arrive()
        session = self._session
        assert session is not None
        if self.find(self.request.headers.get("X-Modelapp-Session", "")) is not session:
            refused = self.door.entry(self.request).refused
            text = SENTENCES[refused] if refused else "Your turn was over before the file had arrived."
            raise web.HTTPError(403, text)
        try:
            return await IOLoop.current().run_in_executor(None, keep, session)
        except InvalidValue as problem:
            raise web.HTTPError(422, problem.message.replace("%", "%%")) from None
        except EnvironmentFault as fault:
            raise web.HTTPError(507, fault.message.replace("%", "%%")) from None

    def _arrive(self) -> None:
        self._file.close()
        self._arrived = True

    def on_finish(self) -> None:
        """Delete the temporary file."""
        self._discard()

    def on_connection_close(self) -> None:
        """Delete the temporary file of an upload that was broken off; one that has arrived may be in use."""
        if not self._arrived:
            self._discard()

    def _discard(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()
            Path(file.name).unlink(missing_ok=True)

    def _too_large(self) -> str:
        return f"The file is too large: at most {self._most_bytes >> 20} MB are taken here."


@web.stream_request_body
class BulkUploadHandler(UploadHandler):
    """One file of many cases: a table, a zip, or one of a folder, of which the last begins the reading."""

    def initialize(self, app: App, door: Door, most_bytes: int, bulks: Bulks) -> None:  # type: ignore[override]
        """Keep what the application hands over."""
        super().initialize(app, door, most_bytes)
        self._bulks = bulks

    def find(self, secret: str) -> Session | None:
        """Return the session of which this is the secret. Many cases are not run for a watcher."""
        return self._own(secret)

    def _asked(self) -> Asked:
        """Return what the file is."""
        name = unquote(self.request.headers.get("X-Modelapp-Name", ""))[:_LONGEST_PATH]
        last = self.request.headers.get("X-Modelapp-Last") == "yes"
        return Asked(name, upload=self.request.headers.get("X-Modelapp-Upload", ""), last=last)

    async def post(self) -> None:
        """Put the file beside the others of its upload, and answer with the upload's name."""
        session = self._session
        if session is None or self._went():
            await self._hand_over()
            return
        try:
            bulk = self._bulks.of(session)
        except InvalidValue as problem:
            raise web.HTTPError(403, problem.message) from None

        asked = self._asked()

        def keep(session: Session) -> msgspec.Struct:
            return BulkUploaded(bulk.take(Path(self._file.name), asked.upload, asked.name))

        uploaded = await self._kept(keep)
        assert isinstance(uploaded, BulkUploaded)
        if asked.last:
            bulk.read(uploaded.upload)
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(uploaded))
