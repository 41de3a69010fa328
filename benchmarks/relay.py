"""A page through our relay, against `ssh -R` of OpenSSH's own client through a stock sshd, in the same run."""

from __future__ import annotations

import getpass
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.peers import PATIENCE_SECONDS, Process, Socket, started

# What is served does as little as it can, so that the tunnels are what is measured.
SERVED = """
import asyncio
from tornado import httpserver, netutil, web, websocket

PIECE = bytes(range(256)) * 1024

class Echo(websocket.WebSocketHandler):
    def open(self):
        self.set_nodelay(True)

    def on_message(self, message):
        self.write_message(message)

class Large(web.RequestHandler):
    async def get(self):
        self.set_header("Content-Length", str(len(PIECE) * MEGABYTES * 4))
        for _ in range(MEGABYTES * 4):
            self.write(PIECE)
            await self.flush()

@web.stream_request_body
class Taken(web.RequestHandler):
    def prepare(self):
        self.request.connection.set_max_body_size(1 << 40)
        self.count = 0

    def data_received(self, chunk):
        self.count += len(chunk)

    def post(self):
        self.finish(str(self.count))

async def main():
    sockets = netutil.bind_sockets(0, "127.0.0.1")
    routes = [("/ws", Echo), ("/large", Large), ("/taken", Taken)]
    application = web.Application(routes, log_function=lambda handler: None)
    httpserver.HTTPServer(application).add_sockets(sockets)
    print(f"visitors http://127.0.0.1:{sockets[0].getsockname()[1]}/", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""
# The client of `modelapp run --share`, without the page.
CLIENT = """
import sys, threading
from modelapp.share.destination import destination
from modelapp.share.tunnel import Tunnel

room = threading.Semaphore(5)  # a relay lets only so many log in at a time

def stands(link):
    room.release()
    sys.stdout.write(f"visitors {link.url}\\n")  # in one piece: `print` lets lines of threads run into each other

def fails(*problem):
    print(*problem, file=sys.stderr, flush=True)

to = destination(sys.argv[1], fingerprint=sys.argv[2])
for index in range(int(sys.argv[4])):
    room.acquire()
    Tunnel(to, int(sys.argv[3]), 0, f"bench{index} {sys.argv[1]}", stands, fails, fails).start()
threading.Event().wait()
"""
_MEGABYTES = 200
_ROUND_TRIPS = 2000
_TURNS = 3
Way = tuple[int, str]


@contextmanager
def ended(command: list[str], folder: Path, home: Path) -> Iterator[subprocess.Popen[str]]:
    environment = {**os.environ, "HOME": str(home), "PYTHONUNBUFFERED": "1"}
    environment.pop("SSH_AUTH_SOCK", None)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, env=environment
    )
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)


def line_of(stream: Iterator[str], pattern: str) -> re.Match[str]:
    for line in stream:
        if match := re.search(pattern, line):
            return match
    raise RuntimeError(f"nothing says {pattern}")


@contextmanager
def through_relay(
    folder: Path, served: Process, tunnels: int = 1, by: str = ""
) -> Iterator[tuple[subprocess.Popen[str], list[Way]]]:
    """Lead to a server through our relay and our client; yield the relay, and port and path of each tunnel.

    Args:
        folder: Where files go.
        served: The server.
        tunnels: How many tunnels.
        by: "http://" for SSH in a websocket.
    """
    relay = [sys.executable, "-m", "modelapp", "relay", "--host", "127.0.0.1", "--port", "0"]
    relay += ["--folder", str(folder / f"relay{by[:4]}"), "--max-tunnels-per-key", str(tunnels)]
    with ExitStack() as stack:
        process = stack.enter_context(ended(relay, folder, folder))
        assert process.stdout is not None
        match = line_of(process.stdout, r"--share \S+:(\d+) --share-key (\S+)")
        command = [sys.executable, "-c", CLIENT, f"{by}127.0.0.1:{match[1]}", match[2], str(served.port), str(tunnels)]
        client = stack.enter_context(ended(command, folder, folder))
        assert client.stdout is not None
        found = [line_of(client.stdout, r"visitors http://[^/]+:(\d+)(/\S+)/") for _ in range(tunnels)]
        yield process, [(int(one[1]), one[2]) for one in found]


@contextmanager
def by_openssh(folder: Path, served: Process) -> Iterator[Way]:
    """Lead to a server through sshd and `ssh -R`; yield port and path."""
    for key in ("host_key", "client_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True)
    port = _free_port()
    lines = [
        "ListenAddress 127.0.0.1",
        f"Port {port}",
        f"HostKey {folder / 'host_key'}",
        f"AuthorizedKeysFile {folder / 'client_key.pub'}",
        "PidFile none",
        "StrictModes no",
        "UsePAM no",
        "PermitRootLogin yes",
    ]
    (folder / "sshd_config").write_text("\n".join(lines))
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with ended(["/usr/sbin/sshd", "-D", "-e", "-f", str(folder / "sshd_config")], folder, folder) as server:
        assert server.stderr is not None
        line_of(server.stderr, "Server listening")
        options = [
            f"-oUserKnownHostsFile={folder / 'known'}",
            "-oStrictHostKeyChecking=no",
            "-oExitOnForwardFailure=yes",
        ]
        command = ["ssh", "-N", *options, "-i", str(folder / "client_key"), "-p", str(port)]
        command += ["-R", f"0:127.0.0.1:{served.port}", f"{getpass.getuser()}@127.0.0.1"]
        with ended(command, folder, folder) as client:
            assert client.stderr is not None
            yield int(line_of(client.stderr, r"Allocated port (\d+)")[1]), ""


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _download(way: Way) -> float:
    """Return how many megabytes a second come."""
    port, path = way
    buffer = bytearray(1 << 20)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        begin = time.perf_counter()
        connection.sendall(f"GET {path}/large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        total = 0
        while count := connection.recv_into(buffer):
            total += count
        seconds = time.perf_counter() - begin
    if total < _MEGABYTES << 20:
        raise RuntimeError(f"only {total} bytes came")
    return total / seconds / 1e6


def _upload(way: Way) -> float:
    port, path = way
    size = _MEGABYTES << 20
    piece = bytes(1 << 20)
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        begin = time.perf_counter()
        connection.sendall(
            f"POST {path}/taken HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        for _ in range(_MEGABYTES):
            connection.sendall(piece)
        answer = b""
        while more := connection.recv(1 << 16):
            answer += more
        seconds = time.perf_counter() - begin
    if not answer.endswith(str(size).encode()):
        raise RuntimeError(answer)
    return size / seconds / 1e6


def _round_trip(way: Way) -> float:
    """Return the median of a message's way to the server and back, in seconds."""
    port, path = way
    page = Socket(port, f"{path}/ws")
    times = []
    for index in range(_ROUND_TRIPS + 100):
        begin = time.perf_counter()
        page.send(b"x" * 100)
        page.receive()
        if index >= 100:
            times.append(time.perf_counter() - begin)
    page.close()
    return statistics.median(times)


def relay(folder: Path) -> list[tuple[str, str, str]]:
    """Measure throughput both ways and the time of a round trip, turn by turn."""
    (folder / "served.py").write_text(SERVED.replace("MEGABYTES", str(_MEGABYTES)))
    with ExitStack() as stack:
        served = stack.enter_context(started([sys.executable, "-u", "served.py"], folder))
        _, (ours,) = stack.enter_context(through_relay(folder, served))
        theirs = stack.enter_context(by_openssh(folder, served))
        _, (web,) = stack.enter_context(through_relay(folder, served, by="http://"))
        down, up, trips = [
            [measure(way) for _ in range(_TURNS) for way in (ours, theirs, web)]
            for measure in (_download, _upload, _round_trip)
        ]
    rows = []
    for what, values in (("download", down), ("upload", up)):
        our, their, framed = (statistics.median(values[index::3]) for index in range(3))
        rows += [
            (f"{what} through the relay", f"{our:.0f} MB/s", f"{our / their:.2f} x ssh -R ({their:.0f} MB/s), bar 0.6"),
            (f"{what}, SSH in a websocket", f"{framed:.0f} MB/s", f"{framed / our:.2f} x plain SSH"),
        ]
    our, their, framed = (statistics.median(trips[index::3]) for index in range(3))
    rows.append(("round trip, SSH in a websocket", f"{framed * 1e3:.2f} ms", f"{(framed - our) * 1e3:+.2f} ms"))
    rows.append(
        (
            "round trip through the relay",
            f"{our * 1e3:.2f} ms",
            f"{(our - their) * 1e3:+.2f} ms to ssh -R ({their * 1e3:.2f} ms), bar 1 ms",
        )
    )
    return rows


def crowd(folder: Path, tunnels: int = 200, visitors: int = 1000) -> list[tuple[str, str, str]]:
    """Spread many visitors' open pages over many tunnels of one relay; count what it costs and whether all answer."""
    (folder / "served.py").write_text(SERVED.replace("MEGABYTES", str(_MEGABYTES)))
    with ExitStack() as stack:
        served = stack.enter_context(started([sys.executable, "-u", "served.py"], folder))
        relay, ways = stack.enter_context(through_relay(folder, served, tunnels))
        alone = _cost(relay.pid)
        # A relay takes 400 connections of one address: these come from several.
        pages = [
            Socket(ways[index % tunnels][0], f"{ways[index % tunnels][1]}/ws", source=f"127.0.0.{2 + index % 10}")
            for index in range(visitors)
        ]
        answer = 0
        for page in pages:
            page.send(b"hello")
        for page in pages:
            answer += page.receive() == b"hello"
        full = _cost(relay.pid)
        for page in pages:
            page.close()
    return [
        (f"relay with {tunnels} tunnels", f"{alone[0]:.0f} MB", f"{alone[1]} threads"),
        (f"and {visitors:,} open pages", f"{full[0]:.0f} MB", f"{full[1]} threads, {answer:,} answer"),
    ]


def _cost(process: int) -> tuple[float, int]:
    """Return the megabytes and the threads of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(list(Path(f"/proc/{process}/task").iterdir()))
