"""What a page of many visitors needs: processor time and memory are measured, the rest is arithmetic.

Processor time is counted where it is spent, so that it does not matter who else uses the machine meanwhile.
"""

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import Process, Socket, app

Row = tuple[str, str, str]
SCRIPT = 'import modelapp as ma\nspeed = ma.slider_input("Speed", 0, 10)\nma.text_output(f"{speed}")\n'
SESSIONS = 400
_CHANGES = 20
_TICKS = os.sysconf("SC_CLK_TCK")
_BUSY = 0.6
"""How much of a processor may be busy on average, so that peaks find room."""


@dataclass(frozen=True)
class Crowd:
    """Who comes.

    Attributes:
        visitors: In an hour.
        minutes: For how long each stays.
        changes: How often each changes something.
        model_seconds: Processor time of the model for one answer.
        rows: Of bulk runs in the same hour.
    """

    visitors: float = 100_000
    minutes: float = 5
    changes: float = 20
    model_seconds: float = 0.05
    rows: float = 1_000_000

    @property
    def changes_a_second(self) -> float:
        """Of all visitors."""
        return self.visitors * self.changes / 3600

    @property
    def open_pages(self) -> float:
        """At the same time (Little's law: arrivals a second times seconds of stay)."""
        return self.visitors / 3600 * self.minutes * 60


@dataclass(frozen=True)
class Cost:
    """What was measured.

    Attributes:
        host_seconds: Processor time of a host for one change, with the model's left out.
        store_seconds: The same of PostgreSQL.
        start_seconds: Processor time of a host for a new session.
        host_bytes: Memory of a host without a session.
        session_bytes: Memory of one more open page.
        change_bytes: On the wire for one change, both ways.
        page_bytes: Of a first load.
        run_seconds: Processor time that an engine adds to one run.
        replica_bytes: Memory of a replica without a model.
    """

    host_seconds: float
    store_seconds: float
    start_seconds: float
    host_bytes: float
    session_bytes: float
    change_bytes: float
    page_bytes: float = 64_000
    run_seconds: float = 0.0
    replica_bytes: float = 0.0


def needs(crowd: Crowd, cost: Cost) -> dict[str, float]:
    """Return how many whole processors (and gigabytes, and megabits) each part needs at `_BUSY`."""
    changes, arrivals = crowd.changes_a_second, crowd.visitors / 3600
    live = changes * (crowd.model_seconds + cost.run_seconds)
    bulk = crowd.rows / 3600 * (crowd.model_seconds + cost.run_seconds)
    return {
        "processors of hosts": (changes * cost.host_seconds + arrivals * cost.start_seconds) / _BUSY,
        "processors of PostgreSQL": changes * cost.store_seconds / _BUSY,
        "processors of the model, live": live / _BUSY,
        "processors of the model, bulk": bulk / _BUSY,
        "gigabytes of hosts": crowd.open_pages * cost.session_bytes / 1e9,
        "megabits a second": (changes * cost.change_bytes + arrivals * cost.page_bytes) * 8 / 1e6,
    }


def capacity(folder: Path) -> list[Row]:
    """Measure what a visitor costs, and say what a hundred thousand in an hour would need."""
    sys.path.append(str(Path(__file__).parents[1] / "tests"))
    from postgres_server import PostgresServer

    with ExitStack() as stack:
        server = PostgresServer()
        stack.callback(server.remove)
        files = _measured(stack.enter_context(app(folder, SCRIPT, "files.py")), lambda: 0.0)
        kept = stack.enter_context(app(folder, SCRIPT, "kept.py", "--store", server.url))
        cost = _measured(kept, server.processor_seconds)
    crowd = Crowd()
    parts = needs(crowd, cost)
    first = max((name for name in parts if name.startswith("processors")), key=parts.__getitem__)
    return [
        *_rows("files", files),
        *_rows("PostgreSQL", cost),
        (
            "of it, in PostgreSQL itself",
            f"{cost.store_seconds * 1e3:.2f} ms",
            f"{1 / cost.store_seconds:,.0f} a second",
        ),
        (
            f"{crowd.visitors:,.0f} visitors an hour",
            f"{crowd.changes_a_second:,.0f} changes a second",
            f"{crowd.open_pages:,.0f} open pages, and {crowd.rows:,.0f} rows",
        ),
        *((f"need {name}", f"{amount:,.1f}", "full first" if name == first else "") for name, amount in parts.items()),
    ]


def _rows(store: str, cost: Cost) -> list[Row]:
    rate = f"{1 / cost.host_seconds:,.0f} a second by a processor"
    memory = f"{cost.session_bytes / 1e3:.0f} kB for an open page"
    return [
        (f"host, a change, store in {store}", f"{cost.host_seconds * 1e3:.2f} ms", rate),
        ("a new page", f"{cost.start_seconds * 1e3:.2f} ms", ""),
        ("memory", f"{cost.host_bytes / 1e6:.0f} MB", memory),
        ("on the wire for a change", f"{cost.change_bytes:.0f} bytes", ""),
    ]


def _measured(served: Process, store_seconds: Callable[[], float]) -> Cost:
    """Open pages, and change something on each again and again."""
    warm = [Socket(served.port) for _ in range(20)]
    for socket in warm:
        socket.hello()
    bytes_before, host_before = served.resident_bytes(), _seconds(served)
    pages = [Socket(served.port) for _ in range(SESSIONS)]
    for page in pages:
        page.hello()
    host_open, session_bytes = _seconds(served), (served.resident_bytes() - bytes_before) / SESSIONS
    passed = sum(page.sent_bytes + page.received_bytes for page in pages)
    store_before = store_seconds()
    for step in range(_CHANGES):
        for page in pages:
            page.change(step % 10 + 1)
        for page in pages:
            page.until(b'"phase":"done"')
    changes = SESSIONS * _CHANGES
    for page in (*warm, *pages):
        page.close()
    return Cost(
        host_seconds=(_seconds(served) - host_open) / changes,
        store_seconds=(store_seconds() - store_before) / changes,
        start_seconds=(host_open - host_before) / SESSIONS,
        host_bytes=bytes_before,
        session_bytes=session_bytes,
        change_bytes=(sum(page.sent_bytes + page.received_bytes for page in pages) - passed) / changes,
    )


def _seconds(served: Process) -> float:
    return processor_seconds(served.process.pid)


def processor_seconds(process: int) -> float:
    """Return the processor time of a process so far, with that of children which have ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS
