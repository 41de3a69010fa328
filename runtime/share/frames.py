"""Frames of a websocket (RFC 6455), for a stream of bytes in binary messages: where a message ends does not matter."""

import base64
import hashlib
import os
import struct

from tornado.util import _websocket_mask  # in C: in Python it would be fifty times slower

SSH_PATH = "/ssh"
"""Where a relay speaks SSH in a websocket."""

_ACCEPT = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUATION, _BINARY, _CLOSE, _PING, _PONG = 0, 2, 8, 9, 10
_CONTROLS = (_CLOSE, _PING, _PONG)
_FINAL = _MASKED = 0x80
_LONGEST_CONTROL = 125


class BadFrame(ConnectionError):
    """What came is no frame that may come."""


def accept_value(key: str) -> str:
    """Return what the server answers to a client's `Sec-WebSocket-Key`."""
    return base64.b64encode(hashlib.sha1(key.encode() + _ACCEPT).digest()).decode()


def frame(data: bytes, masked: bool, opcode: int = _BINARY) -> bytes:
    """Return a whole message.

    Args:
        data: What it carries.
        masked: True for a client's.
        opcode: Its kind.
    """
    size = len(data)
    bit = _MASKED if masked else 0
    if size <= _LONGEST_CONTROL:
        head = struct.pack("!BB", _FINAL | opcode, bit | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", _FINAL | opcode, bit | 126, size)
    else:
        head = struct.pack("!BBQ", _FINAL | opcode, bit | 127, size)
    if not masked:
        return head + data
    mask = os.urandom(4)
    return head + mask + _websocket_mask(mask, data)


class Frames:
    """Takes frames as they arrive, in pieces of any size, and gives what they carry.

    Args:
        masked: True if they come from a client.
    """

    def __init__(self, masked: bool) -> None:
        self.ended = False  # True when the other side has said good-bye
        self._is_masked = masked
        self._unread = b""
        self._left = 0  # bytes of a frame's data that are still to come
        self._mask = b""
        self._in_message = False
        self._ping: bytes | None = None

    def taken(self, arrived: bytes) -> bytes:
        """Take what has arrived; return what it carries, in the order in which it was sent.

        Raises:
            BadFrame: If it is none.
        """
        data = self._unread + arrived
        at, found = 0, []
        while not self.ended:
            if self._left:
                piece = data[at : at + self._left]
                at += len(piece)
                self._left -= len(piece)
                found.append(self._shown(piece))
                if self._left or at == len(data):
                    break
                continue
            after = self._head(data, at)
            if after is None:
                break
            at = after
        self._unread = data[at:]
        return found[0] if len(found) == 1 else b"".join(found)

    def answer(self) -> bytes | None:
        """Return what the last ping is to be answered with, once."""
        ping, self._ping = self._ping, None
        return None if ping is None else frame(ping, not self._is_masked, _PONG)

    def _shown(self, piece: bytes) -> bytes:
        if not self._is_masked or not piece:
            return piece
        shown = _websocket_mask(self._mask, piece)
        turn = len(piece) % 4
        self._mask = self._mask[turn:] + self._mask[:turn]
        return shown

    def _head(self, data: bytes, at: int) -> int | None:
        """Read the head of a frame, and a control frame as a whole; return where it ends, or None if more must come."""
        if len(data) < at + 2:
            return None
        first, second = data[at], data[at + 1]
        opcode, size, begin = first & 0x0F, second & 0x7F, at + 2
        if first & 0x70 or bool(second & _MASKED) != self._is_masked:
            raise BadFrame("a bit that nobody agreed on")
        if size > _LONGEST_CONTROL:
            begin += 2 if size == 126 else 8
            if len(data) < begin:
                return None
            size = int.from_bytes(data[at + 2 : begin], "big")
            if size >> 63:
                raise BadFrame("longer than any frame")
        mask_end = begin + 4 if self._is_masked else begin
        if len(data) < mask_end:
            return None
        mask = data[begin:mask_end]
        if opcode in _CONTROLS:
            if not first & _FINAL or size > _LONGEST_CONTROL:
                raise BadFrame("a control frame in parts")
            if len(data) < mask_end + size:
                return None
            self._controlled(opcode, _websocket_mask(mask or bytes(4), data[mask_end : mask_end + size]))
            return mask_end + size
        if opcode != (_CONTINUATION if self._in_message else _BINARY):
            raise BadFrame("not binary")
        self._in_message = not first & _FINAL
        self._left, self._mask = size, mask
        return mask_end

    def _controlled(self, opcode: int, data: bytes) -> None:
        if opcode == _CLOSE:
            self.ended = True
        elif opcode == _PING:
            self._ping = data  # of several that wait for an answer, the last one will do
