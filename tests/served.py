"""A script served by the command line in a process of its own, and a page's socket without a browser."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

PATIENCE_SECONDS = 90


class Served:
    """`modelapp run` on a script, on a free port of loopback; without the check at the start unless it is asked for.

    `inside` comes before the command, to have it run in a network of its own.
    """

    def __init__(
        self,
        folder: Path,
        script: str | Path,
        *options: str,
        port: int = 0,
        checked: bool = False,
        inside: Sequence[str] = (),
    ) -> None:
        self.inside = inside
        # The check at the start runs the script too, which would puzzle tests that count runs.
        self.checked = checked
        if isinstance(script, Path):
            self.path = script
        else:
            self.path = folder / "demo.py"
            self.path.write_text(textwrap.dedent(script))
        self.options = options
        self.output: list[str] = []
        self.start(port)

    def start(self, port: int = 0) -> None:
        """Start the process and wait until it says where it serves."""
        command = [
            *self.inside,
            sys.executable,
            "-m",
            "modelapp",
            "run",
            str(self.path),
            "--no-open",
            *([] if self.checked else ["--no-check"]),
            "--port",
            str(port),
            *self.options,
        ]
        # Standard error goes to a file: a pipe that nobody reads would stop the process when it is full.
        self.log = self.path.with_suffix(".log")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
            )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if match := re.search(r"visitors\s+(http://[^/]+:(\d+)/\S*)", line):
                self.url, self.port = match[1], int(match[2])
                break
        else:
            self.stop()
            raise AssertionError(f"it did not start: {self.output} {self.log.read_text()}")
        text = "".join(self.output)
        self.presenter_url = re.findall(r"http://\S+\?key=\S+", text)[-1]
        self.key = self.presenter_url.partition("key=")[2]
        watch_urls = re.findall(r"http://\S+(\?watch=\S+)", text)
        self.watch_query = watch_urls[-1] if watch_urls else None

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)
        self.process.stdout.close()  # type: ignore[union-attr]

    def stop(self) -> int:
        """End the process as Ctrl-C would; return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(PATIENCE_SECONDS)
        if self.process.stdout and not self.process.stdout.closed:
            self.process.stdout.close()
        return status

    def request(
        self, path: str, *, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Make a plain HTTP request; return status, headers and body."""
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers or {})
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=PATIENCE_SECONDS) as response:
                return response.status, dict(response.headers), response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def cookie(self, query: str) -> dict[str, str]:
        """Open the page with a key or a link's token, and return the headers that its cookie makes."""
        return {"Cookie": self.request(query)[1]["Set-Cookie"].partition(";")[0]}

    def invite(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Call `modelapp invite` for the script, in a process of its own."""
        command = [sys.executable, "-m", "modelapp", "invite", *words, str(self.path)]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=check)

    def invited(self, name: str, *options: str) -> str:
        """Invite somebody; return what follows the page's address in her link."""
        link = json.loads(self.invite(name, *options, "--json").stdout)["link"]
        return "?" + link.partition("?")[2]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: Any) -> None:
        return None


class Socket:
    """A page's websocket, spoken by hand."""

    def __init__(
        self,
        served: Served,
        *,
        presenter: bool = False,
        watcher: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        # A loop in a thread of its own: the browser's tests have one in the main thread.
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.served = served
        self.messages: list[dict[str, Any]] = []
        self.elements: dict[str, dict[str, Any]] = {}
        """What the page shows, by id, as far as it was received."""
        self.sequence = 0
        headers = dict(headers or {})
        if presenter:
            headers["Cookie"] = served.request(f"?key={served.key}")[1]["Set-Cookie"].partition(";")[0]
        if watcher:
            headers["Cookie"] = served.request(served.watch_query)[1]["Set-Cookie"].partition(";")[0]
        request = HTTPRequest(served.url.replace("http", "ws") + ("watch" if watcher else "ws"), headers=headers)
        try:
            self._socket = self._run(lambda: websocket_connect(request))
        except BaseException:
            self._end()
            raise

    def _run(self, start: Callable[[], Any]) -> Any:
        async def call() -> Any:
            return await start()

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(PATIENCE_SECONDS)

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    def send(self, message: Any) -> None:
        """Send a message, or text or bytes as they are."""
        raw = message if isinstance(message, str | bytes) else json.dumps(message)
        self._run(lambda: self._socket.write_message(raw, binary=isinstance(raw, bytes)))

    def hello(self, **fields: Any) -> dict[str, Any]:
        """Say hello and return the welcome."""
        self.send({"type": "hello", **fields})
        self.welcome = self.receive("welcome")
        return self.welcome

    def set(self, _pressed: str | None = None, **values: Any) -> None:
        """Change inputs or press a button."""
        self.sequence += 1
        self.send({"type": "set", "values": values, "sequence": self.sequence, "pressed": _pressed})

    def receive(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Wait for a message of a kind with these fields; those before it are dropped."""
        while True:
            while self.messages:
                message = self.messages.pop(0)
                if message["type"] == kind and all(message.get(name) == value for name, value in fields.items()):
                    return message
            self._read()

    def next(self) -> dict[str, Any]:
        """Wait for the next message, whatever it is."""
        while not self.messages:
            self._read()
        return self.messages.pop(0)

    def _read(self) -> None:
        packet = self._run(self._socket.read_message)
        assert packet is not None, "the socket was closed"
        received = json.loads(packet)
        self.messages += received
        for message in received:
            self.elements.update((element["id"], element) for element in message.get("elements", ()))

    def sees(self, text: str) -> dict[str, Any]:
        """Wait for a frame in which some output shows this text; return the frame."""
        while True:
            frame = self.receive("frame")
            if any(element["props"].get("text") == text for element in frame["elements"]):
                return frame

    def upload(self, name: str, data: bytes, file_name: str = "picture.png", **headers: str) -> tuple[int, Any]:
        """Upload a file for an input; return status and answer."""
        status, answered, body = self.served.request(
            "upload",
            method="POST",
            body=data,
            headers={
                "X-Modelapp-Session": self.welcome["session"],
                "X-Modelapp-Input": name,
                "X-Modelapp-Name": file_name,
                "Content-Type": "application/octet-stream",
                **headers,
            },
        )
        # What is in between may answer with a page of its own.
        return status, json.loads(body) if "json" in answered["Content-Type"] else body

    def close(self) -> None:
        """Leave."""
        if self._loop.is_closed():
            return

        async def close() -> None:
            self._socket.close()
            with contextlib.suppress(TimeoutError):  # the server may have ended before it could say good-bye
                async with asyncio.timeout(2):
                    while await self._socket.read_message() is not None:
                        pass

        self._run(close)
        self._end()
