"""Who runs next. A fixed number of threads takes runs: clients take turns, and background jobs come after all of them.

Knows nothing of sessions or scripts: a client is any text that tells those apart who share the host.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True, eq=False)
class Job:
    """One run to be done.

    Attributes:
        work: Called in a thread of the queue; must not raise.
        moved: Called, in any thread, with the job's new place in the queue (1 is next).
        client: Whose job it is: a session, a key, an address. Waiting jobs of different clients take turns.
        background: True for what nobody waits for: it starts only when no other job waits.
    """

    work: Callable[[], None]
    moved: Callable[[int], None]
    client: str = ""
    background: bool = False


class Queue(Protocol):
    """Does jobs. The embedded one uses threads of this process."""

    def submit(self, job: Job) -> int:
        """Take a job; return its place in the queue, 0 if it starts at once."""

    def withdraw(self, job: Job) -> bool:
        """Take back a job. Return False if it has started."""


class _Turns:
    """Waiting jobs: the clients take turns, each client's own stay in order."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[Job]] = {}
        """The client whose turn is next comes first; a client without a job is not in it."""
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Job]:
        """Yield the jobs in the order in which they would start."""
        lines = [iter(line) for line in self._lines.values()]
        while lines:
            going_on = []
            for line in lines:
                job = next(line, None)
                if job is not None:
                    yield job
                    going_on.append(line)
            lines = going_on

    def add(self, job: Job) -> None:
        self._lines.setdefault(job.client, deque()).append(job)
        self._count += 1

    def next(self) -> Job | None:
        if not self._count:
            return None
        client = next(iter(self._lines))
        line = self._lines.pop(client)
        job = line.popleft()
        if line:
            self._lines[client] = line  # the last in the dict: all others come before its next one
        self._count -= 1
        return job

    def remove(self, job: Job) -> bool:
        line = self._lines.get(job.client)
        if line is None or job not in line:
            return False
        line.remove(job)
        if not line:
            del self._lines[job.client]
        self._count -= 1
        return True


class ThreadQueue:
    """A queue that threads of this process work off.

    Each thread sleeps on a lock of its own, so that waking one costs one call; a condition variable costs several.
    Background jobs never take the last thread, if there is more than one: who comes meanwhile need not wait for them.

    Args:
        concurrency: How many runs go on at the same time, at least 1.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._most_background = max(1, concurrency - 1)
        self._waiting = _Turns()
        self._background = _Turns()
        self._background_running = 0
        self._sleeping: list[threading.Lock] = []
        self._threads = 0
        self._closed = False
        self._lock = threading.Lock()
        self._running = 0
        self._rested: Callable[[], object] | None = None
        """Called, in any thread, when the last run has ended and no other starts; None while runs start."""

    def submit(self, job: Job) -> int:
        """Take a job; return its place in the queue, 0 if it starts at once."""
        with self._lock:
            (self._background if job.background else self._waiting).add(job)
            may_start = self._rested is None and (
                not job.background or self._background_running + len(self._background) <= self._most_background
            )
            if may_start and self._sleeping:
                self._sleeping.pop().release()
                return 0
            if may_start and self._threads < self._concurrency:
                self._threads += 1
                thread = threading.Thread(target=self._serve, name=f"modelapp-run-{self._threads}", daemon=True)
                thread.start()
                return 0
            order = self._order()
        place = order.index(job) + 1
        _tell(order, place)
        return place

    def withdraw(self, job: Job) -> bool:
        """Take back a job. Return False if it has started."""
        with self._lock:
            if not (self._background if job.background else self._waiting).remove(job):
                return False
            order = self._order()
        _tell(order)
        return True

    def resize(self, concurrency: int) -> None:
        """Let so many runs go on at the same time, from those that begin next."""
        with self._lock:
            self._concurrency = concurrency
            self._most_background = max(1, concurrency - 1)

    def close(self) -> None:
        """Let each thread end as soon as it has nothing to do. Jobs that wait are still done."""
        with self._lock:
            self._closed = True
            for awake in self._sleeping:
                awake.release()
            self._sleeping.clear()

    def rest(self, rested: Callable[[], object]) -> None:
        """Start no further job; call `rested`, in any thread, once those that go on have ended."""
        with self._lock:
            self._rested = rested
            going_on = self._running
        if not going_on:
            rested()

    @property
    def length(self) -> int:
        """How many jobs wait."""
        return len(self._waiting) + len(self._background)

    @property
    def running(self) -> int:
        """How many jobs go on."""
        return self._running

    def _serve(self) -> None:
        awake = threading.Lock()
        awake.acquire()
        while True:
            with self._lock:
                job = self._next()
                order = self._order() if job else []
                if job is None and self._closed:
                    self._threads -= 1
                    return
                if job is None:
                    self._sleeping.append(awake)
            if job is None:
                awake.acquire()
                continue
            _tell(order)
            job.work()
            with self._lock:
                self._running -= 1
                if job.background:
                    self._background_running -= 1
                rested = self._rested if self._running == 0 else None
            del job, order
            if rested is not None:
                rested()

    def _next(self) -> Job | None:
        if self._rested is not None:
            return None
        job = self._waiting.next()
        if job is None and self._background_running < self._most_background:
            job = self._background.next()
            if job is not None:
                self._background_running += 1
        self._running += job is not None
        return job

    def _order(self) -> list[Job]:
        if not self._waiting and not self._background:
            return []
        return [*self._waiting, *self._background]


def _tell(jobs: list[Job], after: int = 0) -> None:
    """Tell jobs their places: those behind the place `after`, whose own submitter is told by a return value."""
    for place, job in enumerate(jobs[after:], start=after + 1):
        job.moved(place)
