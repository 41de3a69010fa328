"""One request that goes to a host, and the answer that comes back; or a websocket, both ways until one side ends."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress

from modelapp.share.relay.channel import ChannelStream
from modelapp.share.relay.http import BadHost, Head, HostReader, has_body, head_bytes, request_head, visitor_headers
from modelapp.share.relay.tunnel import Tunnel
from tornado.http1connection import HTTP1Connection
from tornado.httputil import HTTPHeaders, HTTPInputError, HTTPOutputError, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError

_PIECE_BYTES = 1 << 16
_MOST_INTERIM_ANSWERS = 20
_SAFE_TO_REPEAT = ("GET", "HEAD", "OPTIONS")


class Exchange:
    """A request and its answer. All of it is in the event loop.

    Args:
        tunnel: Where it goes.
        visitor: Where it comes from.
        line: The request's first line.
        path: The name's own path, which its cookies are kept within; "" if its origin is its own.
        secure: True if the visitor's browser speaks HTTPS.
    """

    def __init__(
        self, tunnel: Tunnel, visitor: HTTP1Connection, line: RequestStartLine, path: str, secure: bool
    ) -> None:
        self.tunnel = tunnel
        self.on_end: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] | None = None  # answers in place of a host that is gone
        self._visitor: HTTP1Connection = visitor
        self._socket: IOStream | None = None
        self._line = line
        self._method = line.method
        self._path = path
        self._secure = secure
        self._host: ChannelStream | None = None
        self._task: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()
        self._complete = asyncio.Event()
        self._chunked = False
        self._upgrade = False
        self._is_answered = False
        self._waits_for_visitor: float | None = None

    @property
    def stalled_seconds(self) -> float:
        """For how long the visitor has neither sent what she announced nor read what she asked for."""
        since = self._waits_for_visitor
        return 0.0 if since is None else time.monotonic() - since

    async def begin(self, path: str, host: str, headers: HTTPHeaders) -> None:
        """Send the head of the request, and begin to wait for the answer.

        Raises:
            Full: If too many connections go through the tunnel.
            ConnectionError: If the host is not there.
            HTTPInputError: If the request is not one that all read alike.
        """
        body = has_body(self._line, headers)
        self._chunked = "Transfer-Encoding" in headers
        self._upgrade = self._method == "GET" and headers.get("Upgrade", "").lower() == "websocket" and not body
        expects = body and headers.get("Expect", "").lower() == "100-continue"
        head = request_head(self._method, path, host, headers, self._upgrade, expects)
        safe = self._method in _SAFE_TO_REPEAT and not body
        self._visitor.set_close_callback(self.abort)
        # A body or a write is not sent twice: it gets a connection that the host cannot be closing just now.
        self._host, used = await self.tunnel.connect(anew=not safe)
        try:
            await self._sent(head)
        except ConnectionError:
            self._give_back(False)
            raise
        self._task = asyncio.get_running_loop().create_task(self._answer(head if used and safe else None))
        if expects:
            await self._wanted.wait()
        if body:
            self._waits_for_visitor = time.monotonic()

    async def body(self, chunk: bytes) -> None:
        """Send a piece of the request's body."""
        if self._host is None:  # it was answered already
            return
        self._waits_for_visitor = None
        with suppress(ConnectionError):  # the answer tells
            await self._sent(b"%x\r\n%b\r\n" % (len(chunk), chunk) if self._chunked else chunk)
        self._waits_for_visitor = time.monotonic()

    def body_is_complete(self) -> None:
        """The whole request has been sent."""
        self._waits_for_visitor = None
        if self._chunked and self._host is not None:
            with suppress(ConnectionError):  # the answer tells
                self._host.put(b"0\r\n\r\n")
        self._complete.set()

    def abort(self) -> None:
        """Break off: the visitor has left, or stands still."""
        self._wanted.set()
        self._complete.set()
        if self._task is not None and not self._task.done():
            self._task.cancel()
        stream = self._socket or self._visitor.stream
        if stream is not None:
            stream.close()

    async def _sent(self, data: bytes) -> None:
        host = self._host
        if host is None:
            raise ConnectionError
        self.tunnel.bytes_in += len(data)
        await host.write(data)

    def _give_back(self, reusable: bool) -> None:
        host, self._host = self._host, None
        if host is not None:
            self.tunnel.give_back(host, reusable)
            self.on_end()

    # ------------------------------------------------------------ the answer

    async def _answer(self, again: bytes | None) -> None:
        try:
            assert self._host is not None
            reader = HostReader(self._host)
            try:
                head = await self._first_head(reader)
            except BadHost:
                if again is None or reader.has_begun:
                    raise
                reader, head = await self._once_more(again)
            if head.status == 101:
                await self._websocket(reader, head)
            else:
                await self._told(reader, head)
        except (BadHost, ConnectionError, HTTPInputError, HTTPOutputError, ValueError):
            self._failed()
        except (StreamClosedError, asyncio.CancelledError):
            pass  # the visitor has left
        finally:
            self._wanted.set()
            self._give_back(False)

    async def _first_head(self, reader: HostReader) -> Head:
        for _ in range(_MOST_INTERIM_ANSWERS):
            head = await reader.head()
            if head.status == 100:
                self._wanted.set()
            elif head.status >= 200 or (head.status == 101 and self._upgrade):
                return head
            elif head.status == 101:
                break  # what followed would be taken for answers to requests that others make
        raise BadHost

    async def _once_more(self, head: bytes) -> tuple[HostReader, Head]:
        """Ask again: the host had closed the connection, which was in use before, when the request came."""
        assert self._host is not None
        self.tunnel.give_back(self._host, False)
        self._host = None
        self._host, _ = await self.tunnel.connect(anew=True)
        await self._sent(head)
        reader = HostReader(self._host)
        return reader, await self._first_head(reader)

    async def _told(self, reader: HostReader, head: Head) -> None:
        """Hand the answer to the visitor."""
        pieces = reader.body(head, self._method)
        headers = visitor_headers(head, self._path, self._secure, self._method == "HEAD")
        line = ResponseStartLine("HTTP/1.1", head.status, head.reason)
        if not self._complete.is_set():
            headers["Connection"] = "close"  # Tornado closes when the answer comes before the end of the request
        self._is_answered = True
        first = self._visitor.write_headers(line, headers)
        self._wanted.set()  # what the visitor holds back is not wanted any more
        await first
        async for piece in pieces:
            self.tunnel.bytes_out += len(piece)
            if not self._complete.is_set():
                await self._visitor.write(piece)
                continue
            self._waits_for_visitor = time.monotonic()
            await self._visitor.write(piece)
            self._waits_for_visitor = None
        reusable = reader.is_whole and self._complete.is_set()
        self._give_back(reusable)  # before the visitor knows: her next request may come at once
        self._visitor.finish()

    def _failed(self) -> None:
        """Tell the visitor that no answer comes, if nothing of one was told; else break off, which she can see."""
        visitor = self._visitor
        if visitor.stream is None or self._socket is not None:
            return
        if not self._is_answered and not visitor.stream.closed():
            if self.tunnel.is_lost and self._complete.is_set() and self.on_lost is not None:
                self.on_lost()
                return
            body = b"The host did not answer.\n"
            headers = HTTPHeaders({"Content-Type": "text/plain", "Content-Length": str(len(body))})
            is_head = self._method == "HEAD"
            visitor.write_headers(ResponseStartLine("HTTP/1.1", 502, "Bad Gateway"), headers, None if is_head else body)
            visitor.finish()
        else:
            visitor.close()

    # ------------------------------------------------------------ websockets

    async def _websocket(self, reader: HostReader, head: Head) -> None:
        await self._complete.wait()
        if self._visitor.stream is None or self._visitor.stream.closed():
            return
        host = self._host
        assert host is not None
        visitor = self._socket = self._visitor.detach()
        lines = [f"HTTP/1.1 101 {head.reason}", "Connection: Upgrade", "Upgrade: websocket"]
        lines += [
            f"{name}: {value}" for name, value in visitor_headers(head, self._path, self._secure, False).get_all()
        ]
        task = asyncio.ensure_future(self._from_visitor(visitor, host))
        try:
            await visitor.write(head_bytes(lines))
            while piece := await reader.read():
                self.tunnel.bytes_out += len(piece)
                self._waits_for_visitor = time.monotonic()
                await visitor.write(piece)
                self._waits_for_visitor = None
        finally:
            task.cancel()
            visitor.close()

    async def _from_visitor(self, visitor: IOStream, host: ChannelStream) -> None:
        try:
            while True:
                piece = await visitor.read_bytes(_PIECE_BYTES, partial=True)
                await self._sent(piece)
        except (StreamClosedError, ConnectionError):
            pass
        finally:
            host.close()
