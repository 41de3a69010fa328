"""SSH within a websocket, the client's side: for networks that let only HTTPS out, with or without a proxy.

Each step has its own words when it fails: the proxy, TLS, and what the server says.
"""

import base64
import secrets
import socket
import ssl
import threading
import urllib.request
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from modelapp.share.connect import CONNECT_SECONDS, Refused, Unreachable, kept_alive
from modelapp.share.destination import Destination
from modelapp.share.frames import SSH_PATH, BadFrame, Frames, accept_value, frame
from modelapp.share.tls import TlsStream, pushed

_READ_BYTES = 1 << 18
_LARGEST_HEAD_BYTES = 1 << 14
_MAY_CHANGE = (429, 500, 502, 503, 504)


class Stream(Protocol):
    """What bytes go through: a connection, or TLS over one."""

    def recv(self, count: int, /) -> bytes:
        """Return some bytes; none at the end."""

    def sendall(self, data: bytes, /) -> None:
        """Send all."""


class WebSocket:
    """A websocket as paramiko sees a connection: one thread reads, others write.

    Args:
        sock: The connection.
        stream: What goes over it.
        early: What has arrived already.
    """

    def __init__(self, sock: socket.socket, stream: Stream, early: bytes) -> None:
        self._sock = sock
        self._stream = stream
        self._frames = Frames(masked=False)
        self._sending = threading.Lock()
        self._unread = self._frames.taken(early)
        self._at = 0  # what comes before was read: a small part of much is taken without moving the rest

    def recv(self, count: int) -> bytes:
        """Return some bytes, at most so many; none at the end."""
        while self._at == len(self._unread):
            arrived = b"" if self._frames.ended else self._stream.recv(_READ_BYTES)
            if not arrived:
                return b""
            self._unread, self._at = self._frames.taken(arrived), 0
            pong = self._frames.answer()
            # Who is about to send something need not be waited for: the other side asks again.
            if pong is not None and self._sending.acquire(blocking=False):
                try:
                    self._stream.sendall(pong)
                finally:
                    self._sending.release()
        begin, self._at = self._at, min(self._at + count, len(self._unread))
        return self._unread[begin : self._at]

    def send(self, data: bytes) -> int:
        """Send all of the bytes; return how many."""
        with self._sending:
            self._stream.sendall(frame(data, masked=True))
        return len(data)

    def close(self) -> None:
        """End the connection, and wake the threads that wait for it."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    @property
    def _closed(self) -> bool:
        """True after `close`: paramiko asks it of what it takes for a socket."""
        return self._sock.fileno() == -1

    def settimeout(self, seconds: float | None) -> None:
        """Wait no longer for the other side."""
        self._sock.settimeout(seconds)

    def getpeername(self) -> Any:
        """Return the other side's address."""
        return self._sock.getpeername()


def websocket(to: Destination) -> WebSocket:
    """Return a websocket of a relay.

    Raises:
        Unreachable: If the proxy or the relay is not there, or has no time.
        Refused: If one of them will not have us, or the relay cannot be trusted.
        OSError: If the relay's name or address is not there, and no proxy is in between.
    """
    assert to.web is not None
    proxy = _proxy(to)
    place = (to.host, to.port) if proxy is None else _place(proxy)
    try:
        sock = socket.create_connection(place, CONNECT_SECONDS)
    except OSError as problem:
        if proxy is None:
            raise
        raise Unreachable(
            f"The proxy {_shown(proxy)} cannot be reached: {problem.strerror or problem}.",
            hint="Check HTTPS_PROXY; NO_PROXY names what is reached without it.",
        ) from problem
    try:
        kept_alive(sock)
        if proxy is not None:
            _through(proxy, sock, to)
        stream: Stream = _Plain(sock)
        if to.web == "https":
            stream = _secured(sock, to)
        return WebSocket(sock, stream, _upgraded(stream, to))
    except BaseException:
        sock.close()
        raise


class _Plain:
    """A connection without TLS."""

    def __init__(self, sock: socket.socket) -> None:
        self.recv = sock.recv
        self._sock = sock

    def sendall(self, data: bytes) -> None:
        """Send all; `socket.sendall` would not tell how much it sent when it took too long."""
        pushed(self._sock, data)


# ------------------------------------------------------------ a proxy in between


def _proxy(to: Destination) -> SplitResult | None:
    """Return the proxy that the environment, or the system, names for a place."""
    proxies = urllib.request.getproxies()
    given = proxies.get(to.web or "") or proxies.get("all")
    if not given or urllib.request.proxy_bypass(f"{to.host}:{to.port}"):
        return None
    parts = urlsplit(given if "://" in given else f"http://{given}")
    try:
        fits = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number
        fits = False
    if not fits:
        raise Refused(
            "The proxy that HTTPS_PROXY or the system names is of a kind that is not known here.",
            hint="It must be as http://proxy.example.org:3128, or NO_PROXY names what is reached without it.",
        )
    return parts


def _place(proxy: SplitResult) -> tuple[str, int]:
    return proxy.hostname or "", proxy.port or 80


def _shown(proxy: SplitResult) -> str:
    """Return a proxy without the password that may be in its address."""
    return f"{proxy.hostname}:{proxy.port or 80}"


def _through(proxy: SplitResult, sock: socket.socket, to: Destination) -> None:
    """Have a proxy lead to the relay."""
    target = f"[{to.host}]:{to.port}" if ":" in to.host else f"{to.host}:{to.port}"
    lines = [f"CONNECT {target} HTTP/1.1", f"Host: {target}"]
    if proxy.username is not None:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(login.encode()).decode()}")
    try:
        status, _, early = _asked(_Plain(sock), lines)
    except OSError as problem:
        raise Unreachable(
            f"The proxy {_shown(proxy)} gives no answer.", hint="Check HTTPS_PROXY: its host and port."
        ) from problem
    if status == 407:
        raise Refused(
            f"The proxy {_shown(proxy)} wants another user name and password.",
            hint="HTTPS_PROXY=http://user:password@host:port; of the ways to log in, only Basic is known here.",
        )
    if not 200 <= status < 300:
        kind = Unreachable if status in _MAY_CHANGE else Refused
        raise kind(
            f"The proxy {_shown(proxy)} does not lead to {target}: it answers {status}.",
            hint="Ask who runs it to let it through; the usual port is 443.",
        )
    if early:
        raise Unreachable(f"The proxy {_shown(proxy)} says more than it should.", hint="Check HTTPS_PROXY.")


# ------------------------------------------------------------ the relay


def _secured(sock: socket.socket, to: Destination) -> TlsStream:
    stream = TlsStream(sock, ssl.create_default_context(), to.host)
    try:
        stream.handshake()
    except ssl.SSLCertVerificationError as problem:
        raise Refused(
            f"{to.host} shows a certificate that is not trusted here: {problem.verify_message}.",
            hint="If your network looks into HTTPS, or the relay has a root of its own: SSL_CERT_FILE=root.pem",
        ) from problem
    except OSError as problem:  # an SSLError too
        usual = "it says nothing" if isinstance(problem, TimeoutError) else "it ends the connection"
        reason = str(getattr(problem, "reason", None) or usual).lower().replace("_", " ")
        raise Unreachable(
            f"{to.host}:{to.port} does not speak TLS with us: {reason}.",
            hint="Check the port; http:// is for a relay without a certificate.",
        ) from problem
    return stream


def _upgraded(stream: Stream, to: Destination) -> bytes:
    """Ask for the websocket; return what came behind the answer."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    usual = 443 if to.web == "https" else 80
    host = f"[{to.host}]" if ":" in to.host else to.host
    lines = [
        f"GET {SSH_PATH} HTTP/1.1",
        f"Host: {host}" if to.port == usual else f"Host: {host}:{to.port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Key: {key}",
    ]
    place = f"{to.web}://{host}:{to.port}"
    try:
        status, headers, early = _asked(stream, lines)
    except OSError as problem:
        raise Unreachable(
            f"{place} gives no answer of HTTP.", hint="Check the address: a relay with a certificate has https://."
        ) from problem
    if status in _MAY_CHANGE:
        hint = "You asked for wrong names, or others did from your network." if status == 429 else "It may be starting."
        raise Unreachable(f"{place} answers {status}.", hint=hint)
    if status != 101 or headers.get("sec-websocket-accept") != accept_value(key):
        raise Refused(
            f"{place} is no relay that speaks SSH in a websocket: it answers {status}.",
            hint="Check the address; a proxy in front of a relay must pass on websockets.",
        )
    return early


def _asked(stream: Stream, lines: list[str]) -> tuple[int, dict[str, str], bytes]:
    """Send the head of a request; return the status, the headers, and what came behind them.

    Raises:
        OSError: If no head of an answer comes.
    """
    stream.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = stream.recv(_LARGEST_HEAD_BYTES)
        if not piece or len(answer) > _LARGEST_HEAD_BYTES:
            raise BadFrame("no answer")
        answer += piece
    head, _, early = answer.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    version, _, status = first.partition(" ")
    if not version.startswith("HTTP/1.") or not status[:3].isdecimal():
        raise BadFrame("no answer of HTTP")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return int(status[:3]), headers, early
