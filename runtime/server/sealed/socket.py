"""A page's socket, of which every message is sealed.

Both ends say a salt, the page with it which key it has, and then which socket it means. What follows is that one's.
"""

import secrets
from typing import Literal

import msgspec
from modelapp.core.sealing import SALT_BYTES, Key, SocketSeal, Unsealable
from modelapp.server.checked_socket import CheckedSocket
from modelapp.server.sealed.intake import WrongKey
from modelapp.server.sealed.request import NOT_HANDED_ON
from modelapp.server.security import Gate
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.ioloop import IOLoop
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

_WRONG_KEY = 4403


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """Which socket a page means."""

    path: Literal["ws", "watch"]
    headers: dict[str, str] = {}


class SealedSocket(CheckedSocket):
    """A page's socket, of which every message is sealed. It is joined to one of the plain port."""

    def initialize(self, gate: Gate, key: Key, inner_address: str) -> None:
        """Keep what the application hands over."""
        self.gate = gate
        self._key = key
        self._inner_address = inner_address
        self._seal: SocketSeal | None = None
        self._inner: WebSocketClientConnection | None = None

    async def on_message(self, message: str | bytes) -> None:
        """Take the page's salt, which socket it means, and then what it says there."""
        try:
            if isinstance(message, str):
                raise Unsealable("It is not sealed.")
            if self._seal is None:
                await self._greet(message)
            elif self._inner is None:
                await self._join(self._seal.open(message))
            else:
                await self._inner.write_message(self._seal.open(message).decode())
        except (Unsealable, UnicodeDecodeError):
            self.close(_WRONG_KEY, "This link is not the one of this page.")
        except (WebSocketClosedError, StreamClosedError):
            self.close()

    def on_close(self) -> None:
        """Leave the socket inside."""
        if self._inner is not None:
            self._inner.close()

    async def _greet(self, message: bytes) -> None:
        if len(message) != SALT_BYTES + len(self._key.id) or message[SALT_BYTES:] != self._key.id:
            raise WrongKey("This link is not the one of this page.")
        salt = secrets.token_bytes(SALT_BYTES)
        self._seal = SocketSeal(self._key, message[:SALT_BYTES], salt, is_host=True)
        await self.write_message(salt, binary=True)

    async def _join(self, message: bytes) -> None:
        try:
            wanted = msgspec.json.decode(message, type=Wanted)
            headers = {name: value for name, value in wanted.headers.items() if name.lower() not in NOT_HANDED_ON}
            request = HTTPRequest(f"ws://{self._inner_address}/{wanted.path}", headers=headers)
        except (msgspec.MsgspecError, ValueError):
            raise Unsealable("It names no socket.") from None
        try:
            self._inner = await websocket_connect(request, max_message_size=1 << 30)
        except (HTTPClientError, OSError):
            self.close()
            return
        if self.ws_connection is None:  # it left meanwhile
            self._inner.close()
            return
        self._carry(self._inner)

    def _carry(self, inner: WebSocketClientConnection) -> None:
        """Seal what the socket inside says, from now on."""

        async def carry() -> None:
            assert self._seal is not None
            while (message := await inner.read_message()) is not None:
                data = message.encode() if isinstance(message, str) else message
                try:
                    await self.write_message(self._seal.seal(data), binary=True)
                except (WebSocketClosedError, StreamClosedError):
                    return
            self.close(inner.close_code, inner.close_reason)

        IOLoop.current().spawn_callback(carry)
