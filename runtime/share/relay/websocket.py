"""SSH within a websocket, the relay's side: carried between a visitor's connection and the end of a pair of sockets.

What comes out at the other end is a client like any other, held to the same limits.
"""

import asyncio
import base64
import binascii
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from modelapp.share.connect import kept_alive
from modelapp.share.frames import Frames, accept_value, frame
from modelapp.share.relay.http import head_bytes
from tornado.httputil import HTTPHeaders, RequestStartLine
from tornado.iostream import IOStream, StreamClosedError

_PIECE_BYTES = 1 << 17
_KEY_BYTES = 16


def wants_websocket(line: RequestStartLine, headers: HTTPHeaders) -> bool:
    """Return True if a program asks for a websocket.

    Browsers always say the origin of their page: no page can make a visitor's browser a client of SSH.
    """
    named = {one.strip().lower() for one in headers.get("Connection", "").split(",")}
    try:
        key = base64.b64decode(headers.get("Sec-WebSocket-Key", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return (
        line.method == "GET"
        and line.version == "HTTP/1.1"
        and headers.get("Upgrade", "").lower() == "websocket"
        and "upgrade" in named
        and headers.get("Sec-WebSocket-Version") == "13"
        and len(key) == _KEY_BYTES
        and "Origin" not in headers
    )


class Carried:
    """A client in a websocket. All of it is in the event loop.

    Args:
        key: What the client sent as `Sec-WebSocket-Key`.
        address: Where it comes from.
        clients: Gets the other end, and the address.
        ended: Called at the end.
    """

    def __init__(
        self, key: str, address: str, clients: Callable[[socket.socket, Any], None], ended: Callable[["Carried"], None]
    ) -> None:
        self._key = key
        self._address = address
        self._clients = clients
        self._ended = ended
        self._task: asyncio.Task[None] | None = None

    def begin(self, visitor: IOStream) -> None:
        """Take over a connection whose request has been read."""
        self._task = asyncio.get_running_loop().create_task(self._carry(visitor))

    def abort(self) -> None:
        """Break off."""
        if self._task is not None:
            self._task.cancel()

    async def _carry(self, visitor: IOStream) -> None:
        kept_alive(visitor.socket)
        ours, theirs = socket.socketpair()
        inner = IOStream(ours, read_chunk_size=_PIECE_BYTES)
        self._clients(theirs, (self._address, 0))
        lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: websocket"]
        lines.append(f"Sec-WebSocket-Accept: {accept_value(self._key)}")
        inward = asyncio.ensure_future(self._inward(visitor, inner))
        try:
            await visitor.write(head_bytes(lines))
            while True:
                piece = await inner.read_bytes(_PIECE_BYTES, partial=True)
                await visitor.write(frame(piece, masked=False))
        except (StreamClosedError, asyncio.CancelledError):  # either side is gone, or the relay stops
            pass
        finally:
            inward.cancel()
            inner.close()
            visitor.close()
            self._ended(self)

    async def _inward(self, visitor: IOStream, inner: IOStream) -> None:
        frames = Frames(masked=True)
        # A `BadFrame` is a ConnectionError: who sends none that may come is sent away.
        with suppress(StreamClosedError, ConnectionError):
            while not frames.ended:
                data = frames.taken(await visitor.read_bytes(_PIECE_BYTES, partial=True))
                pong = frames.answer()
                if pong is not None:
                    await visitor.write(pong)
                if data:
                    await inner.write(data)
        inner.close()
