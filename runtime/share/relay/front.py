"""The relay's HTTP side: takes visitors' requests, and leads each to the tunnel of the name in its path."""

import asyncio
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from modelapp.share.frames import SSH_PATH
from modelapp.share.relay.exchange import Exchange
from modelapp.share.relay.http import asked_host, has_body
from modelapp.share.relay.limits import Counts, Guesses, one_holder
from modelapp.share.relay.pages import OFFLINE, OFFLINE_HEADERS, OFFLINE_JSON, SECURITY_HEADERS, status_page
from modelapp.share.relay.place import Asked, Place
from modelapp.share.relay.ssh import Relaying
from modelapp.share.relay.tunnel import Full, Tunnel
from modelapp.share.relay.websocket import Carried, wants_websocket
from modelapp.share.relay.words import PACKET_BYTES
from tornado import httpserver, iostream
from tornado.http1connection import HTTP1Connection, HTTP1ServerConnection
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)

_ANY_BODY_BYTES = 1 << 62
_PIECE_BYTES = PACKET_BYTES - 64  # what fits into one packet of SSH
_REASONS = {404: "Not Found", 429: "Too Many Requests"}


@dataclass
class Front(HTTPServerConnectionDelegate):
    """Begins an exchange for each request, or takes in a client that comes by a websocket."""

    relaying: Relaying
    place: Place
    clients: Callable[[socket.socket, Any], None]
    since: float = field(default_factory=time.monotonic)
    exchanges: set[Exchange] = field(default_factory=set)
    carried: set[Carried] = field(default_factory=set)
    visitors_total: Callable[[], int] = lambda: 0

    def __post_init__(self) -> None:
        self.guesses = Guesses(self.relaying.limits)

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        """Take one request."""
        assert isinstance(request_conn, HTTP1Connection)
        return _Request(self, request_conn)

    def status(self) -> dict[str, object]:
        """Return how the relay is."""
        now = time.monotonic()
        return {
            "uptime_seconds": round(now - self.since),
            "ssh_connections": len(self.relaying.clients),
            "visitor_connections": self.visitors_total(),
            "threads": threading.active_count(),
            "tunnels": [
                {
                    "name": tunnel.name[:6],
                    "uptime_seconds": round(now - tunnel.since),
                    "connections": tunnel.in_use,
                    "served": tunnel.served,
                    "bytes_in": tunnel.bytes_in,
                    "bytes_out": tunnel.bytes_out,
                }
                for tunnel in self.relaying.tunnels.all()
            ],
        }

    def sweep(self) -> None:
        """Break off what stands still, and close what is not used. Called now and then."""
        for exchange in list(self.exchanges):
            if exchange.stalled_seconds > self.relaying.limits.stall_seconds:
                self.relaying.log.write("refused", "stalled", name=exchange.tunnel.name)
                exchange.abort()
        for tunnel in self.relaying.tunnels.all():
            tunnel.tidy()


class _Request(HTTPMessageDelegate):
    """One request of a visitor: answered by the relay itself, or handed to an exchange with a host."""

    def __init__(self, front: Front, connection: HTTP1Connection) -> None:
        self._front = front
        self._connection = connection
        self._exchange: Exchange | None = None
        self._has_body = self._is_complete = False
        self._ready: Callable[[], None] | None = None

    async def headers_received(self, start_line: Any, headers: HTTPHeaders) -> None:
        """Find out whom the request is for.

        Raises:
            HTTPInputError: If others could read the request otherwise than we; Tornado answers, and closes.
        """
        assert isinstance(start_line, RequestStartLine)
        front = self._front
        self._has_body = has_body(start_line, headers)
        self._is_head = start_line.method == "HEAD"
        host = asked_host(start_line, headers, front.place.behind_proxy)
        address = self._address(headers)
        if front.guesses.are_too_many(address):
            return self._answer(429, headers={"Retry-After": "60"})
        asked = front.place.asked(host, start_line.path)
        if asked is None or not asked.name:
            if asked is not None and self._is_for_relay(start_line, headers, address):
                return None
            return self._answer(404)
        tunnel = front.relaying.tunnels.get(asked.name)
        if tunnel is None and asked.name not in front.relaying.names:
            front.guesses.count(address)
            if front.guesses.are_too_many(address):
                front.relaying.log.write("refused", "guesses", address=address)
            return self._answer(404)
        if asked.moved_to:
            return self._answer(308 if start_line.method != "GET" else 302, headers={"Location": asked.moved_to})
        if tunnel is None:
            return self._offline(headers)
        await self._lead(tunnel, start_line, headers, host, asked)
        return None

    async def _lead(
        self, tunnel: Tunnel, start_line: RequestStartLine, headers: HTTPHeaders, host: str, asked: Asked
    ) -> None:
        front = self._front
        place = front.place
        exchange = Exchange(tunnel, self._connection, start_line, place.cookie_path(asked.name), place.secure)
        front.exchanges.add(exchange)
        exchange.on_end = lambda: front.exchanges.discard(exchange)
        exchange.on_lost = lambda: self._offline(headers)
        try:
            await exchange.begin(asked.path, host, headers)
            self._exchange = exchange
        except Full:
            front.exchanges.discard(exchange)
            self._answer(503, b"Too many are using this page just now.\n", headers={"Retry-After": "10"})
        except ConnectionError:
            front.exchanges.discard(exchange)
            self._offline(headers)

    def data_received(self, chunk: bytes) -> Any:
        """Hand on a piece of the body."""
        return self._exchange.body(chunk) if self._exchange is not None else None

    def finish(self) -> None:
        """Say that the request is complete."""
        self._is_complete = True
        if self._exchange is not None:
            self._exchange.body_is_complete()
        elif self._ready is not None:
            self._ready()

    def on_connection_close(self) -> None:
        """Break off what the visitor left."""
        if self._exchange is not None:
            self._exchange.abort()

    def _is_for_relay(self, start_line: RequestStartLine, headers: HTTPHeaders, address: str) -> bool:
        if start_line.path == SSH_PATH and not self._has_body and wants_websocket(start_line, headers):
            front = self._front
            carried = Carried(headers["Sec-WebSocket-Key"], address, front.clients, front.carried.discard)

            def begin() -> None:
                front.carried.add(carried)
                carried.begin(self._connection.detach())

            self._ready = begin
            return True
        return self._is_for_operator(start_line, headers, address)

    # ------------------------------------------------------------ answers of the relay itself

    def _address(self, headers: HTTPHeaders) -> str:
        address = str(getattr(self._connection.context, "remote_ip", "") or "")
        if self._front.place.behind_proxy:
            # The last one is what the proxy itself saw; those before it are whatever the visitor claimed.
            address = headers.get("X-Forwarded-For", address).split(",")[-1].strip()
        return one_holder(address)

    def _is_for_operator(self, start_line: RequestStartLine, headers: HTTPHeaders, address: str) -> bool:
        path, _, query = start_line.path.partition("?")
        if path not in ("/status", "/status.json") or not self._front.place.status_key:
            return False
        given = headers.get("Authorization", "").removeprefix("Bearer ") or parse_qs(query).get("key", [""])[0]
        if not hmac.compare_digest(given.encode(), self._front.place.status_key.encode()):
            self._front.guesses.count(address)
            return False
        status = self._front.status()
        if path == "/status":
            self._answer(200, status_page(status), "text/html; charset=utf-8")
        else:
            self._answer(200, json.dumps(status).encode(), "application/json")
        return True

    def _offline(self, headers: HTTPHeaders) -> None:
        if "text/html" in headers.get("Accept", ""):
            self._answer(503, OFFLINE, "text/html; charset=utf-8", OFFLINE_HEADERS)
        else:
            self._answer(503, OFFLINE_JSON, "application/json", {"Retry-After": "2"})

    def _answer(
        self,
        status: int,
        body: bytes | None = None,
        kind: str = "text/plain; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> None:
        reason = _REASONS.get(status, "OK" if status == 200 else "See There" if status < 400 else "Unavailable")
        body = f"{reason}\n".encode() if body is None else body
        connection = self._connection
        sent = HTTPHeaders({**SECURITY_HEADERS, "Content-Type": kind, "Content-Length": str(len(body))})
        sent.update(headers or {})
        if self._has_body:
            sent["Connection"] = "close"  # nobody reads the body

        def answer() -> None:
            line = ResponseStartLine("HTTP/1.1", status, reason)
            connection.write_headers(line, sent, None if self._is_head else body)
            connection.finish()

        # Tornado closes a connection on which the answer comes before the end of the request.
        if self._has_body or self._is_complete:
            answer()
        else:
            self._ready = answer


class FrontServer(httpserver.HTTPServer):
    """Tornado's server with a limit of connections for each address.

    Args:
        front: What takes the requests.
    """

    def initialize(self, front: Front) -> None:  # type: ignore[override]
        """Set the limits; Tornado calls this with what is passed to the class."""
        limits = front.relaying.limits
        super().initialize(
            front,
            idle_connection_timeout=limits.header_seconds,
            max_header_size=limits.header_bytes,
            max_body_size=_ANY_BODY_BYTES,
            chunk_size=_PIECE_BYTES,
        )
        # Behind a proxy all connections are the proxy's.
        most_each = limits.visitors if front.place.behind_proxy else limits.visitors_per_address
        self._counts = Counts(limits.visitors, most_each)
        self._holders: dict[iostream.IOStream, str] = {}
        self._log = front.relaying.log
        front.visitors_total = lambda: self._counts.total

    def handle_stream(self, stream: iostream.IOStream, address: tuple[Any, ...]) -> None:
        """Take a connection, if its address has not too many."""
        holder = one_holder(str(address[0]))
        if not self._counts.take(holder):
            self._log.write("refused", "too many connections", address=holder)
            stream.close()
            return
        self._holders[stream] = holder
        stream.set_nodelay(True)
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        """Count one less; a page that is open, which Tornado has handed on, counts until it is closed."""
        super().on_close(server_conn)
        assert isinstance(server_conn, HTTP1ServerConnection)
        stream = server_conn.stream
        holder = self._holders.pop(stream)
        if stream.closed():
            self._counts.give_back(holder)
        else:
            stream.set_close_callback(lambda: self._counts.give_back(holder))


async def sweeping(front: Front, seconds: float) -> None:
    """Sweep until it is cancelled."""
    while True:
        await asyncio.sleep(seconds)
        front.sweep()
