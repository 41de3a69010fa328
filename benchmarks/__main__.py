"""`python -m benchmarks`: one table, in which ratios compare what was measured in the same run."""

import argparse
import asyncio
import contextlib
import gzip
import hashlib
import io
import json
import re
import resource
import selectors
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tornado.websocket import websocket_connect

from benchmarks.api import api
from benchmarks.bulk import against_a_loop, workers
from benchmarks.calls import headless_call
from benchmarks.capacity import capacity
from benchmarks.evidence import evidence
from benchmarks.export import export
from benchmarks.notebook import notebook
from benchmarks.peers import Process, Socket, app, echo, median
from benchmarks.ray import on_a_cluster
from benchmarks.relay import crowd, relay
from benchmarks.sealed import sealed
from benchmarks.store import store

HELLO = 'import modelapp as ma\nspeed = ma.slider_input("Speed", 0, 10)\nma.text_output(f"{speed}")\n'
FORTY = (
    'import modelapp as ma\nspeed = ma.slider_input("Speed", 0, 10)\n'
    'for i in range(39):\n    ma.slider_input(f"Slider {i}", 0, 100, 50)\nma.text_output(f"{speed}")\n'
)
PHOTO = (
    "import modelapp as ma\nphoto = ma.image_input()\n"
    "wide = photo.width / (photo.width + photo.height)\nma.label_output({'wide': wide, 'high': 1 - wide})\n"
)
PAINTED = (
    "import modelapp as ma\nimport numpy as np\nphoto = ma.image_input()\n"
    "ma.text_output(f'{np.asarray(photo.reduce(16)).mean():.6f}')\n"
)
FIRST_LOAD = (
    'import modelapp as ma\nimage = ma.image_input(required=False)\nname = ma.text_input(value="a")\n'
    'dose = ma.slider_input()\nma.label_output({"cat": 0.7, "dog": 0.3})\nma.text_output(name)\n'
)
Row = tuple[str, str, str]


def import_time(folder: Path) -> list[Row]:
    """Time `import modelapp` in fresh processes, less that of an empty one."""

    def run(code: str) -> float:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, cwd=folder)
        return time.perf_counter() - started

    empty = median(lambda _: run("pass"), 9)
    whole = median(lambda _: run("import modelapp"), 9)
    return [("import modelapp", f"{whole - empty:.3f} s", "bar 0.10 s")]


def first_answer(folder: Path) -> list[Row]:
    """Time from starting the command to the first HTTP answer."""

    def run(start: Callable[[], AbstractContextManager[Process]]) -> float:
        started = time.perf_counter()
        with start() as served:
            with contextlib.suppress(urllib.error.HTTPError):  # the echo has no page
                urllib.request.urlopen(served.url).read()
            return time.perf_counter() - started

    bare = median(lambda _: run(lambda: echo(folder)), 5)
    whole = median(lambda _: run(lambda: app(folder, HELLO, "start.py")), 5)
    return [
        ("bare Tornado, start to first answer", f"{bare:.2f} s", ""),
        ("start to first HTTP answer", f"{whole:.2f} s", f"bar 0.35 s; {whole / bare:.1f} x bare Tornado"),
    ]


def interaction(folder: Path) -> list[Row]:
    """Time a slider's way to its output, against an echo of the same payload, with the same client."""
    with (
        echo(folder) as bare,
        echo(folder, "--thread") as hop,
        app(folder, HELLO) as one,
        app(folder, FORTY, "forty.py") as forty,
    ):
        sockets = Socket(bare.port), Socket(hop.port), Socket(one.port), Socket(forty.port)
        for socket in sockets[2:]:
            socket.hello()
        times: list[list[float]] = [[] for _ in sockets]
        # In turns, so that whatever else the machine does hits all three alike.
        for block in range(30):
            for socket, seconds in zip(sockets, times, strict=True):
                for index in range(100):
                    seconds.append(_change(socket, (block + index) % 10 + 1, bare=socket in sockets[:2]))
        slider = sockets[2]
        before = slider.sent_bytes, slider.received_bytes
        for index in range(100):
            _change(slider, index % 10 + 1)
        up, down = (slider.sent_bytes - before[0]) / 100, (slider.received_bytes - before[1]) / 100
    base, threaded, hello, many = (statistics.median(seconds) * 1000 for seconds in times)
    return [
        ("bare websocket echo", f"{base:.3f} ms", ""),
        ("the same answered by a thread", f"{threaded:.3f} ms", f"{threaded / base:.1f} x echo"),
        (
            "slider to output",
            f"{hello:.3f} ms",
            f"{hello / base:.1f} x echo, bar 3; {hello / threaded:.1f} x by a thread",
        ),
        ("the same with 40 widgets", f"{many:.3f} ms", f"{many / hello:.1f} x one widget, bar 2"),
        ("bytes on the wire per interaction", f"{up:.0f} up, {down:.0f} down", ""),
    ]


def _change(socket: Socket, value: int, bare: bool = False) -> float:
    started = time.perf_counter()
    socket.change(value)
    if bare:
        socket.receive()
    else:
        socket.until(b'"phase":"done"')
    return time.perf_counter() - started


def by_tornado(folder: Path) -> list[Row]:
    """Time the same with Tornado's own client on both sides, which takes part of the time as a browser does."""

    async def measure(port: int, *, bare: bool) -> float:
        socket = await websocket_connect(f"ws://127.0.0.1:{port}/ws")
        done = "set" if bare else '"phase":"done"'

        async def until_done() -> None:
            while done not in _text(await socket.read_message()):
                pass

        if not bare:
            await socket.write_message('{"type":"hello"}')
            await until_done()
        seconds = []
        for index in range(1, 1001):
            started = time.perf_counter()
            message = f'{{"type":"set","values":{{"speed":{index % 10 + 1}}},"sequence":{index}}}'
            await socket.write_message(message)
            await until_done()
            seconds.append(time.perf_counter() - started)
        socket.close()
        return statistics.median(seconds) * 1000

    with echo(folder) as bare, app(folder, HELLO) as one:
        turns = [
            (asyncio.run(measure(bare.port, bare=True)), asyncio.run(measure(one.port, bare=False))) for _ in range(3)
        ]
    base, hello = (statistics.median(column) for column in zip(*turns, strict=True))
    return [
        ("echo, Tornado's own client", f"{base:.3f} ms", ""),
        ("slider to output, the same client", f"{hello:.3f} ms", f"{hello / base:.1f} x echo, bar 3"),
    ]


def _text(message: str | bytes | None) -> str:
    if message is None:
        raise EOFError("the socket was closed")
    return message if isinstance(message, str) else message.decode()


def twenty_sessions(folder: Path, seconds: float = 4.0) -> list[Row]:
    """Count interactions of 20 sessions that all drag at once, against as many echoes."""
    with echo(folder) as bare, app(folder, HELLO) as one:
        base = _together(bare.port, 20, seconds, hello=False)
        whole = _together(one.port, 20, seconds, hello=True)
    return [
        ("20 echoes together", f"{base:,.0f} per s", ""),
        ("20 sessions together", f"{whole:,.0f} per s", f"bar 3,000; {base / whole:.1f} x fewer than echoes"),
    ]


def _together(port: int, count: int, seconds: float, *, hello: bool) -> float:
    selector = selectors.DefaultSelector()
    sockets = [Socket(port) for _ in range(count)]
    for socket in sockets:
        if hello:
            socket.hello()
        selector.register(socket.socket, selectors.EVENT_READ, socket)
        socket.change(1)
    done, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for key, _ in selector.select(1):
            socket = key.data
            if any(not hello or b'"phase":"done"' in message for message in socket.readable()):
                done += 1
                socket.change(socket.sequence % 10 + 1)
    for socket in sockets:
        socket.close()
    return done / seconds


def idle_sessions(folder: Path, count: int = 1000) -> list[Row]:
    """Open many pages that do nothing, and count what they cost and whether all still answer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, count + 200)), hard))
    with app(folder, HELLO) as served:
        warm = [Socket(served.port) for _ in range(20)]
        for socket in warm:
            socket.hello()
        before = served.resident_bytes()
        sockets = [Socket(served.port) for _ in range(count)]
        for socket in sockets:
            socket.hello()
        each = (served.resident_bytes() - before) / count
        alive = 0
        for socket in sockets:
            _change(socket, 3)
            alive += 1
        for socket in (*warm, *sockets):
            socket.close()
    return [
        ("memory per idle session", f"{each / 1e6:.3f} MB", "bar 0.1 MB"),
        (f"{count:,} idle sessions at once", f"{alive:,} answer", "none lost" if alive == count else "some lost"),
    ]


def first_load(folder: Path) -> list[Row]:
    """Add up what the page asks for at first, gzipped, by loading it in Chromium."""
    from playwright.sync_api import sync_playwright

    with app(folder, FIRST_LOAD) as served, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page()
        bodies: dict[str, bytes] = {}
        page.on(
            "response",
            lambda response: (
                bodies.setdefault(response.url, response.body()) if re.search(r"\.(js|css)$|/$", response.url) else None
            ),
        )
        page.goto(served.url)
        page.get_by_text("70 %").first.wait_for()
        browser.close()
        size = sum(len(gzip.compress(body, 9)) for body in bodies.values())
    return [("first page load, gzipped JS and CSS", f"{size / 1000:.1f} kB", "bar 80 kB")]


def upload(folder: Path) -> list[Row]:
    """Time a 12-megapixel photograph from its first byte to the label."""
    data, decode = _photograph()
    with app(folder, PHOTO) as served:
        socket = Socket(served.port)
        welcome = json.loads(socket.hello())[0]
        _upload(served.url, socket, welcome["session"], _photograph((75, 75))[0])  # warm, and another label
        seconds, _ = _upload(served.url, socket, welcome["session"], data)
    return [("12-megapixel upload to label", f"{seconds:.2f} s", f"{seconds / decode:.1f} x decoding it once")]


def stroke(folder: Path) -> list[Row]:
    """Time each step of a brush stroke over a 12-megapixel photograph to the new answer of a trivial model."""
    data, decode = _photograph()
    with app(folder, PAINTED) as served:
        socket = Socket(served.port)
        welcome = json.loads(socket.hello())[0]
        _, value = _upload(served.url, socket, welcome["session"], data)

        def step(index: int) -> float:
            path = [[0.2 + 0.01 * point, 0.4 + 0.005 * point] for point in range(index + 2)]
            edits = [{"op": "occlude", "colour": "#000000", "path": path, "width": 0.05}]
            socket.sequence += 1
            message = {"type": "set", "values": {"photo": {**value, "edits": edits}}, "sequence": socket.sequence}
            started = time.perf_counter()
            socket.send(json.dumps(message).encode())
            socket.until(b'"text_output"')
            return time.perf_counter() - started

        first, later = step(0), median(lambda index: step(index + 1), 40)
    return [
        ("first step of a brush stroke, 12 MP", f"{first:.2f} s", f"{first / decode:.1f} x decoding it once"),
        ("each further step to its answer", f"{later:.3f} s", f"{later / decode:.2f} x decoding it once"),
    ]


def _photograph(size: tuple[int, int] = (4000, 3000)) -> tuple[bytes, float]:
    """Return a JPEG, and how many seconds Pillow takes to decode it."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(size[0])
    small = Image.fromarray(random.integers(0, 255, (75, 100, 3), dtype=np.uint8))
    data = io.BytesIO()
    small.resize(size, Image.Resampling.BICUBIC).save(data, "JPEG", quality=90)
    started = time.perf_counter()
    Image.open(io.BytesIO(data.getvalue())).load()
    return data.getvalue(), time.perf_counter() - started


def _upload(url: str, socket: Socket, session: str, data: bytes) -> tuple[float, dict[str, object]]:
    started = time.perf_counter()
    headers = {"X-Modelapp-Session": session, "X-Modelapp-Input": "photo", "X-Modelapp-Name": "photo.jpg"}
    answer = urllib.request.urlopen(urllib.request.Request(url + "upload", data=data, headers=headers)).read()
    socket.sequence += 1
    value: dict[str, object] = {**json.loads(answer), "edits": []}
    socket.send(json.dumps({"type": "set", "values": {"photo": value}, "sequence": socket.sequence}).encode())
    socket.until(b'_output"')
    return time.perf_counter() - started, value


def save_to_page(folder: Path) -> list[Row]:
    """Time from saving the script to its author's and a watcher's page, with a model that must not be loaded again."""
    script = (
        "import modelapp as ma\n@ma.cache\ndef load():\n    print('loaded', flush=True)\n    return 1\n"
        "load()\nma.text_output('words WORD')\n"
    )
    with app(folder, script.replace("WORD", "0"), "saved.py", "--watch") as served:
        keys = folder / ".modelapp" / "saved"
        cookie = hashlib.sha256(str((folder / "saved.py").resolve()).encode()).hexdigest()[:10]
        socket = Socket(served.port, cookie=f"modelapp_key_{cookie}={(keys / 'key').read_text()}")
        socket.hello()
        watcher = Socket(
            served.port, path="/watch", cookie=f"modelapp_watch_{cookie}={(keys / 'watch_key').read_text()}"
        )
        watcher.send(b'{"type":"hello"}')
        watcher.until(b"words 0")
        path = folder / "saved.py"

        def save(index: int) -> tuple[float, float]:
            started = time.perf_counter()
            path.write_text(script.replace("WORD", str(index + 1)))
            socket.until(b"words %d" % (index + 1))
            seen = time.perf_counter() - started
            watcher.until(b"words %d" % (index + 1))
            return seen, time.perf_counter() - started

        author, other = (statistics.median(column) for column in zip(*map(save, range(9)), strict=True))
    return [
        ("save to updated page", f"{author:.3f} s", "bar 0.3 s"),
        ("save to the watcher's page", f"{other:.3f} s", f"bar 0.3 s; {other / author:.2f} x the author's"),
    ]


MEASUREMENTS: dict[str, Callable[[Path], list[Row]]] = {
    "import": import_time,
    "start": first_answer,
    "interaction": interaction,
    "tornado": by_tornado,
    "twenty": twenty_sessions,
    "idle": idle_sessions,
    "load": first_load,
    "upload": upload,
    "stroke": stroke,
    "save": save_to_page,
    "call": headless_call,
    "bulk": against_a_loop,
    "ray": on_a_cluster,
    "evidence": evidence,
    "export": export,
    "notebook": notebook,
    "workers": workers,
    "api": api,
    "relay": relay,
    "crowd": crowd,
    "capacity": capacity,
    "sealed": sealed,
    "store": store,
}


def main() -> None:
    """Measure what the command line names, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(MEASUREMENTS)} (default: all)")
    names = parser.parse_args().names or list(MEASUREMENTS)
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        parser.error(f"no measurement {unknown[0]!r}; there are {', '.join(MEASUREMENTS)}")
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            for what, figure, remark in MEASUREMENTS[name](Path(folder)):
                print(f"{what:<38}{figure:>22}   {remark}", flush=True)


if __name__ == "__main__":
    main()
