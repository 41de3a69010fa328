"""Runs on a cluster of Ray on this machine: what one costs more than here, for pages too, and two replicas by one."""

import statistics
import time
from contextlib import closing
from pathlib import Path

from modelapp.model.engines.actors import Terms
from modelapp.model.engines.cluster import Cluster
from modelapp.model.engines.ray import RayEngine
from modelapp.model.engines.threads import Case, Engine, ThreadEngine

from benchmarks.bulk import Row, written
from benchmarks.capacity import SCRIPT, processor_seconds
from benchmarks.peers import Socket, app
from benchmarks.store import acknowledged

_CASES = 400
_CHANGES = 500


def on_a_cluster(folder: Path) -> list[Row]:
    """Time single runs of nothing here and on a replica, and rows of some 10 ms with one replica and with two."""
    cluster = Cluster()  # kept open: its start is not what is measured
    with closing(cluster):
        return [*_overhead(folder), *_live(folder), *_throughput(folder)]


def _overhead(folder: Path) -> list[Row]:
    script, _ = written(folder, 1)
    with closing(ThreadEngine(script)) as here, closing(RayEngine(script)) as there:
        _singly(here, 20), _singly(there, 20)
        turns = [(_singly(here, 200), _singly(there, 200)) for _ in range(3)]
    local, remote = (min(column) for column in zip(*turns, strict=True))
    figure = f"{remote * 1e3:.1f} ms"
    return [("a run on Ray, script of nothing", figure, f"{remote / local:.1f} x a run here ({local * 1e3:.2f} ms)")]


def _singly(engine: Engine, count: int) -> float:
    started = time.perf_counter()
    for place in range(count):
        for _ in engine.run([Case(place, {"age": place % 90})]):
            pass
    return (time.perf_counter() - started) / count


def _live(folder: Path) -> list[Row]:
    """Time a slider's way to its acknowledged output with the run here and on a replica, in turns."""
    options = ("--engine", "ray", "--replicas", "1:1", "--live-on-engine")
    with app(folder, SCRIPT, "here.py") as here, app(folder, SCRIPT, "there.py", *options) as there:
        both = here, there
        sockets = Socket(here.port), Socket(there.port)
        for socket in sockets:
            socket.hello()
            acknowledged(socket, 5)
        before = [processor_seconds(one.process.pid) for one in both]
        times: tuple[list[float], list[float]] = ([], [])
        for step in range(_CHANGES):
            for socket, seconds in zip(sockets, times, strict=True):
                seconds.append(acknowledged(socket, step % 10 + 1))
        spent = [
            (processor_seconds(one.process.pid) - start) / _CHANGES for one, start in zip(both, before, strict=True)
        ]
    one, two = (statistics.median(seconds) * 1e3 for seconds in times)
    return [
        ("slider acknowledged, run on a replica", f"{two:.1f} ms", f"{two / one:.1f} x a run here ({one:.1f} ms)"),
        ("of it, processor time of the host", f"{spent[1] * 1e3:.2f} ms", f"here {spent[0] * 1e3:.2f} ms"),
    ]


def _throughput(folder: Path) -> list[Row]:
    script, _ = written(folder, 50_000)

    def seconds(replicas: int) -> float:
        with closing(RayEngine(script, terms=Terms(least=replicas, most=replicas))) as engine:
            answers = engine.run(Case(place, {"age": place % 90}) for place in range(_CASES))
            done = 0
            while done < 4 * replicas or engine.replicas.figures().alive < replicas:  # until all are there
                next(answers)
                done += 1
            started, rest = time.perf_counter(), 0
            for _ in answers:
                rest += 1
            return (time.perf_counter() - started) / rest

    turns = [(seconds(1), seconds(2)) for _ in range(3)]
    one, two = (min(column) for column in zip(*turns, strict=True))
    text = f"bar .8; efficiency {one / two / 2:.2f} ({one / two:.2f} x one replica)"
    return [("--replicas 2, CPU-bound script", f"{two * 1e3:.1f} ms a case", text)]
