"""HTTP/1.1 as the relay speaks it with a host: heads out, heads and bodies in, nothing held in memory."""

import asyncio
import itertools
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

from modelapp.share.relay.channel import ChannelStream
from tornado.http1connection import is_transfer_encoding_chunked
from tornado.httputil import HTTPHeaders, HTTPInputError, RequestStartLine

_LARGEST_HEAD_BYTES = 1 << 16
_LONGEST_CHUNK_LINE = 1024
_SMALL_CHUNK_BYTES = 1 << 12
_TOGETHER_BYTES = 1 << 16
_CHUNKS_A_TURN = 100
_LENGTH = re.compile("[0-9]{1,18}")
_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_NO_REQUESTS_OF_BROWSERS = ("CONNECT", "TRACE")
_STATUS = re.compile(r"HTTP/1\.[01] ([1-9]\d\d)(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?")
_BETWEEN_NEIGHBOURS = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
    )
)
_NOT_TO_HOSTS = ("Forwarded", "X-Real-Ip", "Host", "X-Forwarded-")
# All hosts share the relay's origin, or at least its domain: none may speak for it as a whole. Reports of its network
# (NEL) would even tell one host the addresses, and with them the names, of all others.
_NOT_FROM_HOSTS = (
    "Set-Cookie",
    "Accept-Ch",
    "Alt-Svc",
    "Clear-Site-Data",
    "Expect-Ct",
    "Nel",
    "Public-Key-Pins",
    "Public-Key-Pins-Report-Only",
    "Report-To",
    "Service-Worker-Allowed",
    "Set-Login",
    "Strict-Transport-Security",
)
_NO_BODY = (204, 304)


class BadHost(Exception):
    """What the host sent is no HTTP, or ends in the midst of it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a host's answer."""

    status: int
    reason: str
    headers: HTTPHeaders


def asked_host(line: RequestStartLine, headers: HTTPHeaders, behind_proxy: bool) -> str:
    """Return the name, with its port, that a visitor asked for.

    Args:
        line: The first line of her request.
        headers: Its headers.
        behind_proxy: If True a proxy tells the name.

    Raises:
        HTTPInputError: If there is not exactly one, or others would take the request for another than we do.
    """
    hosts = headers.get_list("Host")
    if behind_proxy and len(hosts) == 1:
        hosts = headers.get_list("X-Forwarded-Host") or hosts
    if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
        raise HTTPInputError("not one host")
    if not line.path.startswith("/") or line.method in _NO_REQUESTS_OF_BROWSERS:
        raise HTTPInputError("no request of a browser")
    return hosts[0]


def has_body(line: RequestStartLine, headers: HTTPHeaders) -> bool:
    """Return True if a request has a body. Tornado looks at it too, but only when the head has gone to the host.

    Raises:
        HTTPInputError: If its end is not told in exactly one way.
    """
    lengths = headers.get_list("Content-Length")
    if len(lengths) > 1 or not all(map(_LENGTH.fullmatch, lengths)):
        raise HTTPInputError("not one length")
    chunked = is_transfer_encoding_chunked(headers)
    if chunked and line.version != "HTTP/1.1":
        raise HTTPInputError("pieces of an old protocol")
    return chunked or (bool(lengths) and int(lengths[0]) > 0)


def head_bytes(lines: list[str]) -> bytes:
    """Return a head as it is sent.

    Raises:
        HTTPInputError: If a line is more than one.
    """
    if any("\r" in line or "\n" in line or "\0" in line for line in lines):
        raise HTTPInputError("a line within a line")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


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
    lines += [f"{name}: {value}" for name, value in _passed_on(headers) if not name.startswith(_NOT_TO_HOSTS)]
    if upgrade:
        lines += ["Connection: Upgrade", "Upgrade: websocket"]
    if expects:
        lines.append("Expect: 100-continue")
    if "Transfer-Encoding" in headers:
        lines.append("Transfer-Encoding: chunked")
    return head_bytes(lines)


def _passed_on(headers: HTTPHeaders) -> list[tuple[str, str]]:
    """Return the headers that are not for the next neighbour only."""
    named = {one.strip().lower() for one in headers.get("Connection", "").split(",")}
    # What says where a message ends is not the sender's to hide.
    left_out = (_BETWEEN_NEIGHBOURS | named) - {"content-length"}
    return [(name, value) for name, value in headers.get_all() if name.lower() not in left_out]


def visitor_headers(head: Head, path: str, secure: bool, is_answer_to_head: bool) -> HTTPHeaders:
    """Return the headers of an answer as the visitor gets them: cookies are kept within the path, if there is one."""
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
    replaced = ("domain", "secure", *(["path"] if path else []))
    kept = [part for part in parts[1:] if part.partition("=")[0].strip().lower() not in replaced]
    return "; ".join([parts[0], *kept, *([f"Path={path}"] if path else []), *(["Secure"] if secure else [])])


class HostReader:
    """Answers of a host, from a stream.

    Args:
        stream: The stream, which nobody else reads meanwhile.
    """

    def __init__(self, stream: ChannelStream) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0  # what comes before was read: a small part of a large piece is taken without moving the rest
        self.is_whole = False  # True when an answer has come, and another may follow

    @property
    def has_begun(self) -> bool:
        """True if the host has said anything."""
        return bool(self._data)

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

    def body(self, head: Head, method: str) -> AsyncIterator[bytes]:
        """Return the body of an answer piece by piece; a piece raises `BadHost` if the body ends too early.

        Raises:
            BadHost: If its end is not told in exactly one way.
        """
        length = head.headers.get("Content-Length")
        coding = head.headers.get("Transfer-Encoding")
        if (length is not None and (coding is not None or not _LENGTH.fullmatch(length))) or (
            coding is not None and coding.lower() != "chunked"
        ):
            raise BadHost
        stays = "close" not in head.headers.get("Connection", "").lower()
        if method == "HEAD" or head.status in _NO_BODY:
            return self._whole(self._exactly(0), stays)
        if coding is not None:
            return self._whole(self._chunks(), stays)
        if length is not None:
            return self._whole(self._exactly(int(length)), stays)
        return self._whole(self._to_the_end(), False)

    async def _whole(self, pieces: AsyncIterator[bytes], stays: bool) -> AsyncIterator[bytes]:
        async for piece in pieces:
            yield piece
        self.is_whole = stays and not self._left

    async def _to_the_end(self) -> AsyncIterator[bytes]:
        while piece := await self.read():
            yield piece

    async def read(self) -> bytes:
        """Return what has come, at least one byte; nothing at the end."""
        if self._left:
            data, at, self._at = self._data, self._at, len(self._data)
            return data[at:]
        return await self._stream.read()

    async def _exactly(self, count: int) -> AsyncIterator[bytes]:
        while count:
            if not self._left:
                await self._more()
            begin, self._at = self._at, min(self._at + count, len(self._data))
            piece = self._data[begin : self._at]
            count -= len(piece)
            yield piece

    async def _chunks(self) -> AsyncIterator[bytes]:
        """Yield chunks; small ones together, but nothing that is there waits for what is still to come."""
        together = bytearray()
        for number in itertools.count(1):
            if together and (len(together) > _TOGETHER_BYTES or self._data.find(b"\r\n", self._at) < 0):
                yield bytes(together)
                together.clear()
            size = await self._chunk_size()
            is_small = 0 < size <= min(_SMALL_CHUNK_BYTES, self._left - len(b"\r\n"))
            if together and not is_small:
                yield bytes(together)
                together.clear()
            if not size:
                break
            async for piece in self._exactly(size):
                if is_small:
                    together += piece
                else:
                    yield piece
            await self._until(b"\r\n", 0)
            if not number % _CHUNKS_A_TURN:
                await asyncio.sleep(0)  # others have their turn, however much is there
        most = _LARGEST_HEAD_BYTES
        while line := await self._until(b"\r\n", min(most, _LONGEST_CHUNK_LINE)):  # trailers, which nobody reads
            most -= len(line)

    async def _chunk_size(self) -> int:
        line = await self._until(b"\r\n", _LONGEST_CHUNK_LINE)
        size = line.partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,15}", size):
            raise BadHost
        return int(size, 16)

    async def _until(self, mark: bytes, most: int) -> bytes:
        """Return what comes before a mark, which is taken too."""
        looked_at = 0
        while (end := self._data.find(mark, self._at + looked_at, self._at + most + len(mark))) < 0:
            if self._left >= most + len(mark):
                raise BadHost
            looked_at = max(0, self._left - len(mark) + 1)
            await self._more()
        begin, self._at = self._at, end + len(mark)
        return self._data[begin:end]

    @property
    def _left(self) -> int:
        return len(self._data) - self._at

    async def _more(self) -> None:
        piece = await self._stream.read()
        if not piece:
            raise BadHost
        self._data, self._at = self._data[self._at :] + piece, 0
