"""A request that came some other way than a connection of its own, answered by an application of Tornado."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from tornado import httputil, web
from tornado.iostream import StreamClosedError
from tornado.routing import Router


class Inside(httputil.HTTPConnection):
    """One request and its answer, as a handler sees a connection.

    Args:
        application: What answers.
        outer: The request that it came in.
        begin: Takes the answer's status, headers and first bytes; what it returns is awaited before more is asked for.
        more: Takes more of the answer, in the same way.
        end: Called at the answer's end.
    """

    def __init__(
        self,
        application: Router,
        outer: httputil.HTTPServerRequest,
        begin: Callable[[int, httputil.HTTPHeaders, bytes], Any],
        more: Callable[[bytes], Any],
        end: Callable[[], None],
    ) -> None:
        self.context = outer  # a handler asks it for the address and the protocol of who sent the request
        self.answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done at the answer's end, or when it was broken off."""
        self._delegate = application.start_request(self, self)
        self._begin = begin
        self._more = more
        self._end = end
        self._left: Callable[[], None] | None = None

    # ------------------------------------------------------------ the request

    async def begin(self, line: httputil.RequestStartLine, headers: httputil.HTTPHeaders) -> None:
        """Hand on its head."""
        prepared = self._delegate.headers_received(line, headers)
        if prepared is not None:
            await prepared

    async def receive(self, data: bytes) -> None:
        """Hand on a piece of its body. What comes after the answer is not asked for any more."""
        if self.answered.done():
            return
        try:
            taken = self._delegate.data_received(data)
            if taken is not None:
                await taken
        except web.HTTPError as refusal:  # a handler that takes a body in pieces, and has had enough
            line = httputil.ResponseStartLine("HTTP/1.1", refusal.status_code, "")
            body = json.dumps({"error": refusal.log_message or ""}).encode()
            self.write_headers(line, httputil.HTTPHeaders({"Content-Type": "application/json"}), body)
            self.finish()
            self.abort()

    def end_request(self) -> None:
        """Say that the request is complete."""
        if not self.answered.done():
            self._delegate.finish()

    def abort(self) -> None:
        """Break it off: nobody waits for the answer."""
        left, self._left = self._left, None
        if left is not None:
            left()
        self._delegate.on_connection_close()
        if not self.answered.done():
            self.answered.set_result(None)

    # ------------------------------------------------------------ what a handler asks of its connection

    def set_close_callback(self, callback: Callable[[], None] | None) -> None:
        """Remember whom to tell that it was broken off."""
        self._left = callback

    def set_max_body_size(self, size: int) -> None:
        """Need not know: handlers that set it count for themselves."""

    def write_headers(
        self,
        start_line: httputil.RequestStartLine | httputil.ResponseStartLine,
        headers: httputil.HTTPHeaders,
        chunk: bytes | None = None,
    ) -> "asyncio.Future[None]":
        """Begin the answer."""
        assert isinstance(start_line, httputil.ResponseStartLine)
        return self._written(lambda: self._begin(start_line.code, headers, chunk or b""))

    def write(self, chunk: bytes) -> "asyncio.Future[None]":
        """Go on with it."""
        return self._written(lambda: self._more(chunk))

    def finish(self) -> None:
        """End it."""
        if not self.answered.done():
            self._end()
            self.answered.set_result(None)

    def _written(self, write: Callable[[], Any]) -> "asyncio.Future[None]":
        if self.answered.done():
            gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            gone.set_exception(StreamClosedError())
            gone.exception()  # who does not ask is not to be told at the end of the process
            return gone
        written: asyncio.Future[None] = asyncio.ensure_future(write())
        return written
