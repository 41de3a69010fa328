"""HTTP/1.1 as the relay speaks it with a host: heads out, heads and bodies in, nothing held in memory."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from modelapp.share.relay.channel import ChannelStream
from tornado.httputil import HTTPHeaders, HTTPInputError

_LARGEST_HEAD_BYTES = 1 << 16
_LONGEST_CHUNK_LINE = 1024
_STATUS = re.compile(r"HTTP/1\.[01] ([1-9]\d\d)(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?")
_BETWEEN_NEIGHBOURS = frozenset(
    (
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "Proxy-Connection",
        "Te",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Expect",
    )
)
_NOT_TO_HOSTS = ("Forwarded", "X-Real-Ip", "Host", "X-Forwarded-")
# All hosts share the relay's origin: none may speak for it as a whole.
_NOT_FROM_HOSTS = ("Set-Cookie", "Service-Worker-Allowed", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc")
_NO_BODY = (204, 304)


class BadHost(Exception):
    """What the host sent is no HTTP, or ends in the midst of it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a host's answer."""

    status: int
    reason: str
    headers: HTTPHeaders


def request_head(method: str, path: str, host: str, headers: HTTPHeaders, upgrade: bool, expects: bool) -> bytes:
    """Return the head of a request for the host.

    Args:
        method: Its method.
        path: Path and query under the host's own root.
        host: The name that the visitor's browser asked for: the host checks it, and the request's origin against it.
        headers: The visitor's headers.
        upgrade: If True she asks for a websocket.
        expects: If True the body is held back until the host wants it.
    """
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    for name, value in _passed_on(headers):
        if not name.startswith(_NOT_TO_HOSTS):
            lines.append(f"{name}: {value}")
    if upgrade:
        lines += ["Connection: Upgrade", "Upgrade: websocket"]
    if expects:
        lines.append("Expect: 100-continue")
    if "Transfer-Encoding" in headers:
        lines.append("Transfer-Encoding: chunked")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _passed_on(headers: HTTPHeaders) -> list[tuple[str, str]]:
    """Return the headers that are not for the next neighbour only."""
    named = {one.strip().title() for one in headers.get("Connection", "").split(",")}
    # What says where a message ends is not the sender's to hide.
    left_out = (_BETWEEN_NEIGHBOURS | named) - {"Content-Length"}
    return [(name, value) for name, value in headers.get_all() if name not in left_out]


def visitor_headers(head: Head, path: str, secure: bool, is_answer_to_head: bool) -> HTTPHeaders:
    """Return the headers of an answer as the visitor gets them: cookies are kept within the path of the name."""
    headers = HTTPHeaders()
    for name, value in _passed_on(head.headers):
        if name not in _NOT_FROM_HOSTS:
            headers.add(name, value)
    for cookie in head.headers.get_list("Set-Cookie"):
        headers.add("Set-Cookie", _within(cookie, path, secure))
    if is_answer_to_head and "Transfer-Encoding" in head.headers:
        headers["Transfer-Encoding"] = "chunked"
    return headers


def _within(cookie: str, path: str, secure: bool) -> str:
    parts = [part.strip() for part in cookie.split(";")]
    kept = [part for part in parts[1:] if part.partition("=")[0].strip().lower() not in ("path", "domain", "secure")]
    return "; ".join([parts[0], *kept, f"Path={path}", *(["Secure"] if secure else [])])


class HostReader:
    """Answers of a host, from a stream.

    Args:
        stream: The stream, which nobody else reads meanwhile.
    """

    def __init__(self, stream: ChannelStream) -> None:
        self._stream = stream
        self.is_whole = False
        self.has_begun = False

    async def head(self) -> Head:
        """Return the head of the next answer, also an interim one.

        Raises:
            BadHost: If none comes.
        """
        text = (await self._until(b"\r\n\r\n", _LARGEST_HEAD_BYTES)).decode("latin-1")
        line, _, rest = text.partition("\r\n")
        match = _STATUS.fullmatch(line)
        try:
            headers = HTTPHeaders.parse(rest)
        except (HTTPInputError, ValueError):
            match = None
        if match is None:
            raise BadHost
        return Head(int(match[1]), match[2] or "", headers)

    async def body(self, head: Head, method: str) -> AsyncIterator[bytes]:
        """Yield the body of an answer piece by piece.

        Raises:
            BadHost: If it ends too early.
        """
        length = head.headers.get("Content-Length")
        stays = "close" not in head.headers.get("Connection", "").lower()
        if method == "HEAD" or head.status in _NO_BODY:
            pass
        elif head.headers.get("Transfer-Encoding", "").lower() == "chunked":
            if length is not None:
                raise BadHost
            async for piece in self._chunks():
                yield piece
        elif "Transfer-Encoding" in head.headers or (length is not None and not re.fullmatch(r"\d{1,18}", length)):
            raise BadHost
        elif length is not None:
            async for piece in self._exactly(int(length)):
                yield piece
        else:
            while piece := await self._stream.read():
                yield piece
            stays = False
        self.is_whole = stays

    async def _exactly(self, count: int) -> AsyncIterator[bytes]:
        while count:
            piece = await self._stream.read()
            if not piece:
                raise BadHost
            if len(piece) > count:
                self._stream.unread(piece[count:])
                piece = piece[:count]
            count -= len(piece)
            yield piece

    async def _chunks(self) -> AsyncIterator[bytes]:
        while True:
            line = await self._until(b"\r\n", _LONGEST_CHUNK_LINE)
            size = line.partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9a-fA-F]{1,15}", size):
                raise BadHost
            if not int(size, 16):
                break
            async for piece in self._exactly(int(size, 16)):
                yield piece
            if await self._until(b"\r\n", 2):
                raise BadHost
        while await self._until(b"\r\n", _LONGEST_CHUNK_LINE):  # trailers, which nobody reads
            pass

    async def _until(self, mark: bytes, most: int) -> bytes:
        """Return what comes before a mark, which is taken too."""
        found = b""
        while True:
            piece = await self._stream.read()
            if not piece:
                raise BadHost
            self.has_begun = True
            found += piece
            before, marked, after = found.partition(mark)
            if marked and len(before) <= most:
                if after:
                    self._stream.unread(after)
                return before
            if len(found) > most:
                raise BadHost
