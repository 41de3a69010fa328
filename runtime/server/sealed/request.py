"""Sealed requests: the head of one is a line of JSON before its body, and so is its answer's."""

from typing import Any, Literal

import msgspec
from modelapp.core.sealing import RECORD_BYTES, Opener, Sealer, Unsealable
from modelapp.server.door import Door
from modelapp.server.handlers import DoorHandler
from modelapp.server.sealed.inside import Inside
from modelapp.server.sealed.intake import Intake, Stale, WrongKey
from tornado import httputil, web
from tornado.routing import Router

NOT_HANDED_ON = {"host", "origin", "connection", "upgrade", "transfer-encoding", "expect", "te"}
_MOST_HEAD_BYTES = 1 << 15
_EVENT_RECORD_BYTES = 1 << 10


class Head(msgspec.Struct, forbid_unknown_fields=True):
    """What a request asks for."""

    method: Literal["GET", "POST"]
    path: str
    headers: dict[str, str] = {}


@web.stream_request_body
class RequestHandler(DoorHandler):
    """One sealed request."""

    def initialize(  # type: ignore[override]
        self, door: Door, intake: Intake, inner: Router, most_bytes: int
    ) -> None:
        """Keep what the application hands over."""
        super().initialize(door)
        self._intake = intake
        self._inner = inner
        self._most_bytes = most_bytes
        self._salt = b""
        self._opener = Opener(self._secret)
        self._before = b""
        self._inside: Inside | None = None
        self._sealer: Sealer | None = None
        self._is_stream = False

    def prepare(self) -> None:
        """Check what can be before it is opened."""
        super().prepare()
        self.require_same_origin()
        assert self.request.connection is not None
        # Records, their tags and the head make it longer; how much is taken the inner handler says itself.
        self.request.connection.set_max_body_size(2 * self._most_bytes + (1 << 20))  # type: ignore[attr-defined]

    async def data_received(self, chunk: bytes) -> None:
        """Open a piece and hand it on."""
        if self._finished:
            return
        try:
            await self._take(self._opener.open(chunk))
        except Unsealable as fault:
            self._refuse(fault)

    async def post(self) -> None:
        """Hand on the end, and wait for the answer's."""
        if self._finished:
            return
        try:
            await self._take(self._opener.finished())
        except Unsealable as fault:
            self._refuse(fault)
            return
        if self._inside is None:
            self._refuse(Unsealable("It has no head."))
            return
        self._inside.end_request()
        await self._inside.answered

    def on_connection_close(self) -> None:
        """Break off what the page left."""
        if self._inside is not None:
            self._inside.abort()

    # ------------------------------------------------------------ the request

    def _secret(self, key_id: bytes, salt: bytes) -> bytes:
        self._salt = salt
        return self._intake.secret(key_id, salt)

    async def _take(self, data: bytes) -> None:
        if self._inside is not None:
            await self._inside.receive(data)
            return
        self._before += data
        line, end, rest = self._before.partition(b"\n")
        if end:
            self._before = b""
            self._inside = Inside(self._inner, self.request, self._begin_answer, self._more, self._end)
            await self._inside.begin(*self._head(line))
            if rest:
                await self._inside.receive(rest)
        elif len(self._before) > _MOST_HEAD_BYTES:
            raise Unsealable("Its head is too long.")

    def _head(self, line: bytes) -> tuple[httputil.RequestStartLine, httputil.HTTPHeaders]:
        try:
            head = msgspec.json.decode(line, type=Head)
            headers = httputil.HTTPHeaders({"Host": self.request.host})
            for name, value in head.headers.items():
                if name.lower() not in NOT_HANDED_ON:
                    headers.add(name, value)
            path = head.path.encode("ascii").decode()
            if any(ord(letter) <= 32 or ord(letter) == 127 for letter in path):
                raise ValueError("not the path of an address")
        except (msgspec.MsgspecError, httputil.HTTPInputError, ValueError) as problem:
            raise Unsealable(f"Its head cannot be read: {problem}.") from None
        return httputil.RequestStartLine(head.method, f"/{path}", "HTTP/1.1"), headers

    # ------------------------------------------------------------ the answer

    def _begin_answer(self, status: int, headers: httputil.HTTPHeaders, chunk: bytes) -> Any:
        self._is_stream = headers.get("Content-Type", "") == "text/event-stream"
        size_bytes = _EVENT_RECORD_BYTES if self._is_stream else RECORD_BYTES
        sealer = self._sealer = Sealer(self._intake.key.answering(self._salt), record_bytes=size_bytes)
        head = {"status": status, "headers": list(headers.get_all())}
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Cache-Control", "no-store")
        self.write(sealer.header)
        return self._more(msgspec.json.encode(head) + b"\n" + chunk)

    def _more(self, chunk: bytes) -> Any:
        assert self._sealer is not None
        self.write(self._sealer.seal(chunk))
        if self._is_stream:  # an event is told as it comes, not when a record is full
            self.write(self._sealer.flushed())
        return self.flush()

    def _end(self) -> None:
        assert self._sealer is not None
        self.write(self._sealer.finished())
        self.finish()

    def _refuse(self, fault: Unsealable) -> None:
        """Answer in plain: there is no key that both have."""
        if self._inside is not None:
            self._inside.abort()
        if self._headers_written:
            self.request.connection.stream.close()  # type: ignore[union-attr]
            return
        self.set_status(403 if isinstance(fault, WrongKey) else 409 if isinstance(fault, Stale) else 400)
        self.finish({"error": fault.message})
