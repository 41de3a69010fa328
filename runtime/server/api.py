"""The script as a function over HTTP: `POST /api/run`, its description, and the files of its answers."""

import asyncio
from pathlib import Path
from typing import Any, Literal

import msgspec
from modelapp.core.declared import FromForm, FromJson, FromUploads
from modelapp.core.json_schema import Schema
from modelapp.frontend import page_style
from modelapp.model.service import Answer, Asked, Service, Told
from modelapp.server.api_handler import ApiHandler, Refusal
from modelapp.server.docs_page import docs_page
from modelapp.server.door import Door
from modelapp.server.events import EventStream
from modelapp.server.forms import BadForm, FormReader, FormTooLarge
from modelapp.server.handlers import Handler, MediaHandler
from modelapp.server.mount import base_of
from modelapp.server.openapi import openapi
from modelapp.session.app import App
from tornado import httputil, web
from tornado.routing import PathMatches

LARGEST_JSON_BYTES = 32 << 20
_SHORT_BYTES = 1 << 18


class RunBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a caller sends as JSON."""

    inputs: dict[str, Any] = {}
    edits: dict[str, list[Any]] = {}
    media: Literal["link", "inline"] = "link"


_decoder = msgspec.json.Decoder(RunBody)


class RunHandler(ApiHandler):
    """Runs the script once, for short JSON, which is there when the handler is called: see `IsShortJson`."""

    allowed = "POST"

    def initialize(self, most_bytes: int, **common: Any) -> None:  # type: ignore[override]
        """Keep what the application hands over; `most_bytes` is the size limit of a file."""
        super().initialize(**common)
        self._most_bytes = most_bytes
        self._chunks: list[bytes] = []
        self._received = 0
        self._reader: FormReader | None = None
        self._call: Any = None
        self._events: EventStream | None = None
        self._failed: Refusal | None = None

    def prepare(self) -> None:
        """Check the request before its body arrives."""
        super().prepare()
        if self.request.method != "POST":
            raise web.HTTPError(405)
        owner = self.require_key(presenter=False)
        if owner is None and not self.gate.same_origin(self.request.headers.get("Origin"), self.request.host):
            raise Refusal(403, "A page of another site can call this script with a key only.", kind="ModelAppError")
        self._client = f"key {owner}" if owner is not None else f"address {self.request.remote_ip}"
        invite = self.door.entry(self.request).invite
        self._visitor = invite.name if invite else None
        self.require_script()
        kind, _, options = self.request.headers.get("Content-Type", "").partition(";")
        kind = kind.strip().lower()
        limit = LARGEST_JSON_BYTES
        if kind == "multipart/form-data":
            boundary = _boundary(options)
            self._reader = FormReader(boundary, self._most_bytes)
            limit = self._most_bytes + (4 << 20)
        elif kind != "application/json":
            raise Refusal(
                415, "JSON, or a form of several parts, is expected.", "Send “Content-Type: application/json”."
            )
        self._limit = limit
        if self.request.body:
            return
        connection: Any = self.request.connection
        connection.set_max_body_size(4 * limit)  # what goes beyond is cut off without an answer
        announced = self.request.headers.get("Content-Length", "0")
        if announced.isdigit() and int(announced) > limit:
            raise self._too_large()

    def post(self) -> None:
        """Begin to run the script; `_answer` is called with what came of it."""
        if self._failed is not None:
            raise self._failed
        asked = self._asked()
        self._auto_finish = False  # not a coroutine: waking one up costs a turn of the loop
        if "text/event-stream" in self.request.headers.get("Accept", ""):
            self._events = EventStream(self)
        told: Told | None = self._events
        self._call = self.service.start(asked, self._answer, told)

    def _answer(self, result: Answer | BaseException) -> None:
        events = self._events
        if isinstance(result, Answer):
            answer = {"outputs": result.outputs, "seconds": result.seconds, "read": result.read}
            if events:
                events.end("done", answer)
            else:
                self.write_json(answer)
            return
        refusal = self.refusal_of(result)
        if events:
            events.end("error", self.error_body(refusal))
        else:
            self.send_error(refusal.status_code, exc_info=(type(refusal), refusal, None))

    def on_finish(self) -> None:
        """Delete what came with the request."""
        self._discard()

    def on_connection_close(self) -> None:
        """End the run of a caller who has gone."""
        if self._call is not None:
            self._call.cancel()
        self._discard()

    def _discard(self) -> None:
        if self._reader is not None:
            self._reader.discard()

    def _asked(self) -> Asked:
        if self._reader is not None:
            return self._asked_by_form(self._reader)
        run = _decoded(b"".join(self._chunks) if self._chunks else self.request.body)
        self._chunks.clear()
        inputs = {name: FromJson(value) for name, value in run.inputs.items()}
        return Asked(inputs, run.edits, run.media, self._client, self._visitor, base_of(self.request))

    def _asked_by_form(self, reader: FormReader) -> Asked:
        try:
            form = reader.end()
        except BadForm as problem:
            raise Refusal(400, str(problem)) from None
        fields = dict(form.fields)
        parts = [f'"{name}":{fields.pop(name)}' for name in ("inputs", "edits") if name in fields]
        if fields.get("media") in ("link", "inline"):
            parts.append(f'"media":"{fields.pop("media")}"')
        run = _decoded(("{" + ",".join(parts) + "}").encode())
        inputs: dict[str, FromJson] = {name: FromJson(value) for name, value in run.inputs.items()}
        inputs |= {name: FromForm(text) for name, text in fields.items()}
        uploads: dict[str, list[tuple[Path, str]]] = {}
        for name, path, file_name in form.files:
            uploads.setdefault(name, []).append((path, file_name))
        inputs |= {name: FromUploads(files) for name, files in uploads.items()}
        return Asked(inputs, run.edits, run.media, self._client, self._visitor, base_of(self.request))

    def _too_large(self) -> Refusal:
        hint = None if self._reader else "Send files as parts of a multipart form."
        return Refusal(413, f"The request is too large: at most {self._limit >> 20} MB are taken.", hint)


@web.stream_request_body
class StreamedRunHandler(RunHandler):
    """The same for forms and long JSON, whose pieces are kept as they arrive."""

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece of the body. Once something is wrong with it the rest is dropped, and then answered."""
        self._received += len(chunk)
        if self._failed is not None:
            return
        try:
            if self._received > self._limit:
                raise self._too_large()
            if self._reader is None:
                self._chunks.append(chunk)
            else:
                self._reader.feed(chunk)
        except BadForm as problem:
            self._failed = Refusal(400, str(problem))
        except FormTooLarge as problem:
            self._failed = Refusal(413, str(problem))
        except OSError as problem:
            self._failed = Refusal(507, f"The host cannot keep the file: {problem.strerror}.")
        except Refusal as refusal:
            self._failed = refusal
            self._chunks.clear()


class IsShortJson(PathMatches):
    """Matches requests with short JSON, which may be held in memory: to stream it takes more turns of the loop."""

    def match(self, request: httputil.HTTPServerRequest) -> dict[str, Any] | None:
        """Return the arguments of the handler, or None for another request."""
        size = request.headers.get("Content-Length", "")
        if "json" not in request.headers.get("Content-Type", "") or "Transfer-Encoding" in request.headers:
            return None
        short = len(size) <= len(str(_SHORT_BYTES)) and size.isdigit() and int(size) <= _SHORT_BYTES
        return super().match(request) if short else None


def _boundary(options: str) -> bytes:
    for option in options.split(";"):
        name, _, value = option.strip().partition("=")
        if name.lower() == "boundary" and 1 <= len(value.strip('"')) <= 70:
            return value.strip('"').encode("utf-8", "replace")
    raise Refusal(400, "The content type of the form does not say what stands between its parts.")


def _decoded(body: bytes) -> RunBody:
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise Refusal(
            400, f"The request cannot be read: {problem}.", 'An object like {"inputs": {"age": 63}} is expected.'
        ) from None


class DescriptionHandler(ApiHandler):
    """The description of the API."""

    async def get(self) -> None:
        """Answer with it."""
        self.require_key(presenter=True)
        title, description, schemas = await self.described()
        self.set_header("Cache-Control", "no-cache")
        self.write_json(openapi(title, description, schemas, keys=bool(self.keys), base=base_of(self.request)))

    async def described(self) -> tuple[str, str | None, dict[str, Schema]]:
        """Return title and description of the script, and its schemas."""
        self.require_script()
        found: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def done(result: Any) -> None:
            if not found.done():
                found.set_result(result)

        self.service.describe(f"address {self.request.remote_ip}", done)
        schemas = await found
        if isinstance(schemas, BaseException):
            raise self.refusal_of(schemas)
        page = self.service.model.page
        title = page.title if page else self.app.script.path.stem.replace("_", " ").capitalize()
        return title, page.description if page else None, schemas


class DocsHandler(DescriptionHandler):
    """The same for a person."""

    def set_default_headers(self) -> None:
        """Set the headers of a page."""
        Handler.set_default_headers(self)

    async def get(self) -> None:
        """Serve the page."""
        self.require_key(presenter=True)
        title, description, schemas = await self.described()
        url = f"{self.request.protocol}://{self.request.host}{base_of(self.request)}"
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.finish(docs_page(title, description, schemas, url=url, keys=bool(self.keys), style=page_style()))


class DocsFileHandler(Handler):
    """The style and the script of that page, which hold nothing of the served script."""

    def get(self, name: str) -> None:
        """Serve one."""
        self.set_header("Content-Type", "text/css" if name == "docs.css" else "text/javascript")
        self.set_header("Cache-Control", "no-cache")
        self.finish(Path(__file__).with_name(name).read_bytes())


class ResultHandler(MediaHandler):
    """Files of answers. The address holds the right to read them, for a while."""

    def initialize(self, app: App, door: Door, service: Service) -> None:  # type: ignore[override]
        """Keep what the application hands over."""
        super().initialize(app, door)
        self._service = service

    def find(self, grant: str, digest: str) -> Path | None:
        """Return where a file lies, or None."""
        return self._service.files.path(grant, digest)


class NoSuchHandler(ApiHandler):
    """All other addresses of the API."""

    def prepare(self) -> None:
        """Say that there is nothing here."""
        raise Refusal(404, "There is nothing at this address.", "See /api/docs.", kind="ModelAppError")
