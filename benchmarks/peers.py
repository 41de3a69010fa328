"""The processes that are measured, and the sockets that measure them."""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 60


@dataclass
class Process:
    """A server on loopback."""

    process: subprocess.Popen[str]
    port: int
    url: str

    def resident_bytes(self) -> int:
        """Return how much memory the process holds."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def started(command: list[str], folder: Path) -> Iterator[Process]:
    """Start a server that prints its address, and end it."""
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder, env=os.environ
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if match := re.search(r"visitors\s+(http://[^/]+:(\d+)/)", line):
                yield Process(process, int(match[2]), match[1])
                break
        else:
            raise RuntimeError(f"{command} did not start")
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)
        process.stdout.close()


def app(folder: Path, script: str, name: str = "app.py", *options: str):  # noqa: ANN201
    """Serve a script with `modelapp run`."""
    (folder / name).write_text(script)
    command = [sys.executable, "-u", "-m", "modelapp", "run", name, "--no-open", "--no-check", "--port", "0", *options]
    return started(command, folder)


ECHO = """
import asyncio, queue, sys, threading
from tornado import httpserver, netutil, web, websocket

class Echo(websocket.WebSocketHandler):
    def open(self):
        self.set_nodelay(True)

    def on_message(self, message):
        if "--thread" in sys.argv:
            waiting.put((self, message))
        else:
            self.write_message(message)

waiting = queue.SimpleQueue()

def answer(loop):
    while True:
        socket, message = waiting.get()
        loop.call_soon_threadsafe(socket.write_message, message)

async def main():
    threading.Thread(target=answer, args=[asyncio.get_running_loop()], daemon=True).start()
    sockets = netutil.bind_sockets(0, "127.0.0.1")
    httpserver.HTTPServer(web.Application([("/ws", Echo)])).add_sockets(sockets)
    print(f"visitors http://127.0.0.1:{sockets[0].getsockname()[1]}/", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def echo(folder: Path, *options: str):  # noqa: ANN201
    """Serve a bare Tornado websocket that sends back what it gets: what all ratios are against.

    With `--thread` the answer comes from another thread, as that of any script that may take long must.
    """
    (folder / "echo.py").write_text(ECHO)
    return started([sys.executable, "-u", "echo.py", *options], folder)


class Socket:
    """A websocket in as little code as it takes, so that the client's own cost hides nothing."""

    def __init__(self, port: int, path: str = "/ws", cookie: str = "", source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Cookie: {cookie}\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        self._buffer = b""
        while b"\r\n\r\n" not in self._buffer:
            self._fill()
        self._buffer = self._buffer.split(b"\r\n\r\n", 1)[1]
        self.sent_bytes = self.received_bytes = 0
        self.sequence = 0

    def _fill(self) -> None:
        data = self.socket.recv(1 << 16)
        if not data:
            raise EOFError("the socket was closed")
        self._buffer += data

    def send(self, data: bytes) -> None:
        """Send one text message."""
        size = len(data)
        head = b"\x81" + (bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size))
        frame = head + b"\0\0\0\0" + data  # a mask of zeros leaves the data as it is
        self.sent_bytes += len(frame)
        self.socket.sendall(frame)

    def receive(self) -> bytes:
        """Return the next text message."""
        while True:
            message = self.pop()
            if message is not None:
                return message
            self._fill()

    def readable(self) -> list[bytes]:
        """Return the messages that are there, after one read."""
        self._fill()
        return list(iter(self.pop, None))

    def pop(self) -> bytes | None:
        """Return a whole message from the buffer, or None."""
        while len(self._buffer) >= 2:
            size, start = self._buffer[1] & 127, 2
            if size == 126:
                size, start = int.from_bytes(self._buffer[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(self._buffer[2:10], "big"), 10
            if len(self._buffer) < start + size:
                return None
            kind, data = self._buffer[0] & 15, self._buffer[start : start + size]
            self._buffer = self._buffer[start + size :]
            self.received_bytes += start + size
            if kind in (1, 2):
                return data
            if kind == 9:  # a ping; the host leaves a page that does not answer
                self.socket.sendall(b"\x8a" + bytes([0x80 | size]) + b"\0\0\0\0" + data)
        return None

    def until(self, part: bytes) -> bytes:
        """Receive messages until one has this part; return it."""
        while part not in (message := self.receive()):
            pass
        return message

    def hello(self) -> bytes:
        """Open a page and wait for its first run."""
        self.send(b'{"type":"hello"}')
        welcome = self.receive()
        if b'"phase":"done"' not in welcome and b'"phase":"waiting"' not in welcome:
            while b'"phase":"done"' not in (message := self.receive()) and b'"phase":"waiting"' not in message:
                pass
        return welcome

    def change(self, value: int, name: str = "speed") -> None:
        """Move the slider."""
        self.sequence += 1
        self.send(b'{"type":"set","values":{"%s":%d},"sequence":%d}' % (name.encode(), value, self.sequence))

    def close(self) -> None:
        """Leave."""
        self.socket.close()


def median(measure: Callable[[int], float], times: int) -> float:
    """Return the median of a measurement that is repeated."""
    values = sorted(measure(index) for index in range(times))
    return values[len(values) // 2]
