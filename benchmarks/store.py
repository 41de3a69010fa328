"""What PostgreSQL as the store costs an interaction, against SQLite."""

import statistics
import sys
import time
from pathlib import Path

import psycopg

from benchmarks.peers import Socket, app

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from postgres_server import PostgresServer

Row = tuple[str, str, str]
_SCRIPT = 'import modelapp as ma\nspeed = ma.slider_input("Speed", 0, 10)\nma.text_output(f"{speed}")\n'
_BLOCKS, _EACH = 20, 50


def store(folder: Path) -> list[Row]:
    """Time a slider's way to its acknowledged output with each store, and PostgreSQL's own write of one value."""
    server = PostgresServer(synced=True)
    try:
        with (
            app(folder, _SCRIPT, "files.py") as files,
            app(folder, _SCRIPT, "server.py", "--store", server.url) as kept,
            psycopg.connect(server.url, autocommit=True) as bare,
        ):
            bare.execute("CREATE TABLE bare (name TEXT PRIMARY KEY, raw BYTEA)")
            sockets = Socket(files.port), Socket(kept.port)
            for socket in sockets:
                socket.hello()
            times: list[list[float]] = [[], [], []]
            # In turns, so that whatever else the machine does hits all alike.
            for block in range(_BLOCKS):
                for index in range(_EACH):
                    value = (block + index) % 10 + 1
                    for socket, seconds in zip(sockets, times[:2], strict=True):
                        seconds.append(acknowledged(socket, value))
                    times[2].append(_written(bare, value))
            one, two, write = (statistics.median(seconds) * 1000 for seconds in times)
    finally:
        server.remove()
    return [
        ("slider acknowledged, store in SQLite", f"{one:.3f} ms", ""),
        ("the same in PostgreSQL", f"{two:.3f} ms", f"{two / one:.1f} x SQLite"),
        ("of it, a bare write of one value", f"{write:.3f} ms", "durable when it returns, which SQLite's is not"),
    ]


def acknowledged(socket: Socket, value: int) -> float:
    started = time.perf_counter()
    socket.change(value)
    sequence = b'"acknowledged":%d' % socket.sequence
    acknowledged = done = False
    while not (acknowledged and done):
        message = socket.receive()
        acknowledged = acknowledged or sequence in message
        done = done or b'"phase":"done"' in message
    return time.perf_counter() - started


def _written(bare: "psycopg.Connection[tuple[object, ...]]", value: int) -> float:
    started = time.perf_counter()
    bare.execute(
        "INSERT INTO bare VALUES ('speed', %s) ON CONFLICT (name) DO UPDATE SET raw = excluded.raw", (b"%d" % value,)
    )
    return time.perf_counter() - started
