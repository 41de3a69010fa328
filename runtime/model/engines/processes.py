"""The engine of processes: each worker has the script and its model to itself, and may die without harm to the others.

Workers are started afresh, not forked, since neither threads nor accelerators survive a fork. Memory is watched as what
a worker really holds (its resident size), not limited by RLIMIT_AS: the frameworks reserve far more addresses than they
use, and would fail at once under a limit that fits the model.
"""

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from modelapp.core.errors import EnvironmentFault
from modelapp.model.engines.import_paths import import_paths
from modelapp.model.engines.threads import Answer, Case, Fault, Meeting, one_line

_LOOK_SECONDS = 0.1
_LOADING_SECONDS = 120.0
_PATIENCE_SECONDS = 2.0
_AHEAD = 2
"""Cases that a worker has at a time, so that it need not wait for the next one."""
_WARMING = -1
"""Position of the case that only makes a new worker load its model."""


@dataclass(slots=True, eq=False)
class _Sent:
    position: int
    case: Case | None
    limit_seconds: float | None


@dataclass(slots=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    lifeline: int
    """Our end of a pipe: the kernel kills the worker when it is closed, which the end of this process does."""
    ready: bool = False
    sent: deque[_Sent] = field(default_factory=deque)
    """What it has and has not answered; it works on the first."""
    since: float = 0.0

    def send(self, sent: _Sent, packed: bytes) -> None:
        if not self.sent:
            self.since = time.monotonic()
        self.sent.append(sent)
        with suppress(OSError):  # it died, which is seen where answers are read
            self.connection.send_bytes(pickle.dumps((sent.position, packed)))

    def overdue(self) -> bool:
        limit = self.sent[0].limit_seconds if self.sent and self.ready else None
        return limit is not None and time.monotonic() - self.since > limit

    def end(self) -> None:
        """Kill it with all that it started."""
        self.connection.close()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.lifeline)

    def how_it_ended(self) -> str:
        try:
            status = self.process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            return "it closed its socket"
        return f"killed by signal {-status}" if status < 0 else f"it ended with status {status}"


class ProcessEngine:
    """An engine of worker processes.

    Args:
        script: The script's file.
        workers: How many processes, at least 1.
        timeout_seconds: A case that takes longer is ended with its worker; None is no limit.
        memory_bytes: A worker that holds more is ended; its case is tried once more in a fresh one. None is no limit.
        loading_seconds: How much longer a case may take that loads the model.
        without: A folder that the workers import nothing from, unless it is the script's own.

    Raises:
        EnvironmentFault: If memory is to be limited where that cannot be read (there is no /proc).
    """

    def __init__(
        self,
        script: Path,
        workers: int = 1,
        *,
        timeout_seconds: float | None = None,
        memory_bytes: int | None = None,
        loading_seconds: float = _LOADING_SECONDS,
        without: Path | None = None,
    ) -> None:
        if memory_bytes is not None and not Path("/proc/self/statm").exists():
            raise EnvironmentFault("The memory of processes cannot be read here: there is no /proc.")
        self.told: Callable[[Any], None] | None = None
        self._script = script.resolve()
        self._most = workers
        self._timeout_seconds = timeout_seconds
        self._memory_bytes = memory_bytes
        self._loading_seconds = loading_seconds
        self._without = without
        self._workers: list[_Worker] = []
        self._warm: Case | None = None
        self._looked = 0.0
        self._stopped = False

    @property
    def processes(self) -> list[int]:
        """Ids of the workers' processes."""
        return [worker.process.pid for worker in self._workers]

    def meet(self, cases: Sequence[Case]) -> Meeting:
        """Run the first of these that run well, to learn what inputs the script has."""
        met = Meeting()
        limit = None if self._timeout_seconds is None else self._timeout_seconds + self._loading_seconds
        for case in cases:  # one by one, since each may be the one that kills its worker
            if not self._workers:
                self._workers.append(self._start())
            worker = self._workers[0]
            worker.send(_Sent(case.position, None, limit), pickle.dumps([case]))
            replies: list[Any] = []
            while not replies:
                replies = list(self._replies(deque(), set()))
            found = replies[0]
            if not isinstance(found, Meeting):
                met = Meeting(met.inputs, fault=met.fault or found.fault)
            elif found.fault is None:
                self._warm = replace(case, position=_WARMING) if found.position is not None else None
                return found
            else:
                met = Meeting(found.inputs or met.inputs, (), found.possible, met.fault or found.fault)
        return met

    def run(self, cases: Iterable[Case]) -> Iterator[Answer]:
        """Run cases, and yield an answer for each in the order in which they are ready."""
        source, again = iter(cases), deque[Case]()
        tried: set[int] = set()
        try:
            while not self._stopped:
                yield from self._hand_out(source, again)
                if not any(worker.sent for worker in self._workers):
                    return
                for reply in self._replies(again, tried):
                    if isinstance(reply, Answer) and reply.position != _WARMING:
                        yield reply
        finally:
            for worker in [worker for worker in self._workers if worker.sent]:
                self._drop(worker)

    def stop(self) -> None:
        """Let `run` end without the answers that it waits for. Called in any thread."""
        self._stopped = True

    def close(self) -> None:
        """End all workers."""
        for worker in list(self._workers):
            self._drop(worker)

    # ------------------------------------------------------------ workers

    def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        held, lifeline = os.pipe()
        handed = [theirs.fileno(), held]
        command = [sys.executable, "-P", "-m", "modelapp.model.engines.worker", *map(str, handed), str(self._script)]
        path = os.pathsep.join(import_paths(self._without))
        with theirs:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                pass_fds=handed,
                start_new_session=True,  # Ctrl-C is for the parent
                env={**os.environ, "PYTHONPATH": path},
            )
        os.close(held)
        worker = _Worker(process, Connection(ours.detach()), lifeline)
        if self._warm is not None and self._timeout_seconds is not None:
            limit = self._timeout_seconds + self._loading_seconds
            worker.send(_Sent(_WARMING, None, limit), pickle.dumps(self._warm))
        return worker

    def _drop(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.end()

    def _hand_out(self, source: Iterator[Case], again: deque[Case]) -> Iterator[Answer]:
        """Give every worker what it can take; yield answers for cases that cannot be sent."""
        while True:
            worker = self._free()
            if worker is None:
                return
            case = again.popleft() if again else next(source, None)
            if case is None:
                return
            try:
                packed = pickle.dumps(case)
            except Exception as error:  # what a caller passed may not be picklable, in any way
                text = one_line(f"The case cannot be sent to a worker process: {type(error).__name__}: {error}")
                yield Answer(case.position, fault=Fault(type(error).__name__, text))
                continue
            if worker.process.poll() is None or worker.sent:
                worker.send(_Sent(case.position, case, self._limit(worker)), packed)
            else:  # it died while it had nothing to do
                self._drop(worker)
                again.appendleft(case)

    def _free(self) -> _Worker | None:
        """Return the worker with the least to do, a new one while there are too few, or None if all have enough."""
        idle = min(self._workers, key=lambda worker: len(worker.sent), default=None)
        if idle is not None and not idle.sent:
            return idle
        if len(self._workers) < self._most:
            self._workers.append(self._start())
            return self._workers[-1]
        return idle if idle is not None and len(idle.sent) < _AHEAD else None

    def _limit(self, worker: _Worker) -> float | None:
        if self._timeout_seconds is None:
            return None
        loads = self._warm is None and not worker.ready
        return self._timeout_seconds + (self._loading_seconds if loads else 0.0)

    # ------------------------------------------------------------ what comes back

    def _replies(self, again: deque[Case], tried: set[int]) -> Iterator[Any]:
        """Wait for news of any worker, a moment at most; yield replies, and answers for cases whose worker was lost.

        Args:
            again: Where cases go that are to be run once more.
            tried: Positions of those that were.
        """
        busy = {worker.connection: worker for worker in self._workers if worker.sent}
        for connection in wait(list(busy), _LOOK_SECONDS):
            worker = busy[connection]  # type: ignore[index]
            try:
                reply = worker.connection.recv()
            except (EOFError, OSError):
                text = f"The worker died: {worker.how_it_ended()}."
                yield from self._lost(worker, Fault("WorkerDied", text), again, tried)
                continue
            if reply == "ready":
                worker.ready, worker.since = True, time.monotonic()
            elif isinstance(reply, Exception):
                self._drop(worker)
                raise reply
            else:
                worker.sent.popleft()
                worker.since = time.monotonic()
                yield reply
        yield from self._watch(again, tried)

    def _watch(self, again: deque[Case], tried: set[int]) -> Iterator[Answer]:
        if time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        for worker in [worker for worker in self._workers if worker.sent]:
            if worker.connection.poll():
                continue  # what it says comes first
            if worker.process.poll() is not None:  # its children may hold the socket open
                text = f"The worker died: {worker.how_it_ended()}."
                yield from self._lost(worker, Fault("WorkerDied", text), again, tried)
            elif worker.overdue():
                text = f"It took longer than the limit of {self._timeout_seconds:g} s."
                yield from self._lost(worker, Fault("TimeLimit", text), again, {worker.sent[0].position})
            elif self._memory_bytes is not None and _resident_bytes(worker.process.pid) > self._memory_bytes:
                text = f"The worker held more than its limit of {self._memory_bytes // 10**6:,} MB of memory."
                yield from self._lost(worker, Fault("MemoryLimit", text), again, tried)

    def _lost(self, worker: _Worker, fault: Fault, again: deque[Case], tried: set[int]) -> Iterator[Answer]:
        """Take leave of a worker: the case that it worked on gets one more try or this fault, its others go on."""
        self._drop(worker)
        if not worker.ready:
            raise EnvironmentFault(f"A worker process cannot be started. {fault.message}")
        first = worker.sent.popleft()
        if first.position == _WARMING:
            self._warm = None  # it ran well once, and did not now: better none
        elif first.case is not None and first.position not in tried:
            tried.add(first.position)
            again.append(first.case)
        else:
            yield Answer(first.position, fault=fault)
        again.extendleft(sent.case for sent in reversed(worker.sent) if sent.case is not None)


def _resident_bytes(process: int) -> int:
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):  # it has just ended
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
