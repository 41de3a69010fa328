"""Files from the page, streamed to disk while they arrive."""

import tempfile
from pathlib import Path
from urllib.parse import unquote

import msgspec
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.server.handlers import Handler
from modelapp.server.security import Gate
from modelapp.session.app import App
from modelapp.session.session import Session
from tornado import web
from tornado.ioloop import IOLoop

_LONGEST_NAME = 200


@web.stream_request_body
class UploadHandler(Handler):
    """One file for one input. The session's secret comes in a header, which another site's page cannot send."""

    def initialize(self, app: App, gate: Gate, most_bytes: int) -> None:  # type: ignore[override]
        """Keep what the application hands over."""
        super().initialize(app, gate)
        self._most_bytes = most_bytes
        self._received = 0
        self._session: Session | None = None

    def prepare(self) -> None:
        """Check the request before its body arrives."""
        super().prepare()
        self.require_same_origin()
        session = self.request.headers.get("X-Modelapp-Session", "")
        self._session = self.app.find(session) if session else None
        if self._session is None:
            raise web.HTTPError(403, "This page is not known here any more. Please reload it.")
        assert self.request.connection is not None
        self.request.connection.set_max_body_size(self._most_bytes + 1)  # type: ignore[attr-defined]
        announced = self.request.headers.get("Content-Length", "0")
        if announced.isdigit() and int(announced) > self._most_bytes:
            raise web.HTTPError(413, self._too_large())
        self._file = tempfile.NamedTemporaryFile(prefix="modelapp-", delete=False)  # noqa: SIM115 (closed in on_finish)

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
        self._file.close()
        name = unquote(self.request.headers.get("X-Modelapp-Name", ""))[:_LONGEST_NAME]
        name = Path(name.replace("\\", "/")).name or "file"
        target = self.request.headers.get("X-Modelapp-Input", "")
        session = self._session
        assert session is not None
        try:
            uploaded = await IOLoop.current().run_in_executor(
                None, session.receive, target, Path(self._file.name), name
            )
        except InvalidValue as problem:
            raise web.HTTPError(422, problem.message.replace("%", "%%")) from None
        except EnvironmentFault as fault:
            raise web.HTTPError(507, fault.message.replace("%", "%%")) from None
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(uploaded))

    def on_finish(self) -> None:
        """Delete the temporary file."""
        self._discard()

    def on_connection_close(self) -> None:
        """Delete the temporary file of an upload that was broken off."""
        self._discard()

    def _discard(self) -> None:
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()
            Path(file.name).unlink(missing_ok=True)

    def _too_large(self) -> str:
        return f"The file is too large: at most {self._most_bytes >> 20} MB are taken here."
