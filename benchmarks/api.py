"""Calls over HTTP: the API of a served script against a bare Tornado handler that runs the same function."""

import socket
import sys
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks.peers import Process, app, started

FUNCTION = """
def answer(age, dose, name):
    risk = min(1.0, (age / 120 + dose / 10) / 2)
    return {"high": risk, "low": 1 - risk}, f"{name}: {risk:.3f}"
"""
SCRIPT = f"""
import modelapp as ma
{FUNCTION}
age = ma.number_input(value=40, min=0, max=120)
dose = ma.slider_input(min=0.0, max=10.0, value=2.5)
name = ma.text_input(value="Ada")
confidences, text = answer(age, dose, name)
ma.label_output(confidences)
ma.text_output(text)
"""
BARE = f"""
import asyncio, json, sys
from tornado import httpserver, netutil, web
{FUNCTION}
class Run(web.RequestHandler):
    def post(self):
        inputs = json.loads(self.request.body)["inputs"]
        confidences, text = answer(inputs["age"], inputs["dose"], inputs["name"])
        best = max(confidences, key=confidences.get)
        outputs = {{"label": {{"label": best, "confidences": confidences}}, "text": text}}
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({{"outputs": outputs, "seconds": 0.0, "read": list(inputs)}}))

async def main():
    sockets = netutil.bind_sockets(0, "127.0.0.1")
    httpserver.HTTPServer(web.Application([("/api/run", Run)], log_function=lambda handler: None)).add_sockets(sockets)
    print(f"visitors http://127.0.0.1:{{sockets[0].getsockname()[1]}}/", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
_BODY = b'{"inputs":{"age":63,"dose":4.5,"name":"Grace"}}'
_REQUEST = (
    b"POST /api/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    % (len(_BODY), _BODY)
)
_CALLERS = 4
_CALLS = 250


def bare(folder: Path) -> AbstractContextManager[Process]:
    """Serve the function by a Tornado handler and nothing else."""

    (folder / "bare.py").write_text(BARE)
    return started([sys.executable, "-u", "bare.py"], folder)


def requests_a_second(port: int, callers: int, calls: int) -> float:
    """Call from several connections that are kept, each one call after the other."""
    starts = threading.Barrier(callers + 1)

    def call() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            starts.wait()
            for _ in range(calls):
                connection.sendall(_REQUEST)
                data = connection.recv(1 << 16)
                if not data.startswith(b"HTTP/1.1 200") or b"Grace: " not in data:
                    raise RuntimeError(data)

    threads = [threading.Thread(target=call) for _ in range(callers)]
    for thread in threads:
        thread.start()
    starts.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return callers * calls / (time.perf_counter() - began)


def api(folder: Path) -> list[tuple[str, str, str]]:
    """Compare requests a second, in turns, so that whatever else the machine does hits both alike."""
    rows = []
    with bare(folder) as peer, app(folder, SCRIPT, "served.py") as served:
        for port in (peer.port, served.port):
            requests_a_second(port, 1, 300)  # warm
        for callers, what in ((1, "one caller"), (_CALLERS, f"{_CALLERS} callers")):
            pairs = [
                (requests_a_second(peer.port, callers, _CALLS), requests_a_second(served.port, callers, _CALLS))
                for _ in range(9)
            ]
            ratios = sorted(ours / theirs for theirs, ours in pairs)
            middle = sorted(ours for _, ours in pairs)[len(pairs) // 2]
            rows.append((f"API, {what}", f"{middle:,.0f} /s", f"{ratios[4]:.2f} of bare Tornado; bar 0.5"))
    return rows
