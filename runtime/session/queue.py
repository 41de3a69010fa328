"""Who runs next. A fixed number of threads takes runs in the order in which they were asked for."""

import threading
from collections import deque
from collections.abc import Callable
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


class Engine(Protocol):
    """Does runs. The embedded one uses threads of this process."""

    def submit(self, job: Job) -> int:
        """Take a job; return its place in the queue, 0 if it starts at once."""

    def withdraw(self, job: Job) -> bool:
        """Take back a job. Return False if it has started."""


class ThreadEngine:
    """An engine of threads in this process.

    Each thread sleeps on a lock of its own, so that waking one costs one call; a condition variable costs several.

    Args:
        concurrency: How many runs go on at the same time, at least 1.
    """

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._waiting: deque[Job] = deque()
        self._sleeping: list[threading.Lock] = []
        self._threads = 0
        self._lock = threading.Lock()

    def submit(self, job: Job) -> int:
        """Take a job; return its place in the queue, 0 if it starts at once."""
        with self._lock:
            self._waiting.append(job)
            if self._sleeping:
                self._sleeping.pop().release()
                return 0
            if self._threads < self._concurrency:
                self._threads += 1
                thread = threading.Thread(target=self._serve, name=f"modelapp-run-{self._threads}", daemon=True)
                thread.start()
                return 0
            return len(self._waiting)

    def withdraw(self, job: Job) -> bool:
        """Take back a job. Return False if it has started."""
        with self._lock:
            try:
                self._waiting.remove(job)
            except ValueError:
                return False
            moved = list(self._waiting)
        _tell(moved)
        return True

    def _serve(self) -> None:
        awake = threading.Lock()
        awake.acquire()
        while True:
            with self._lock:
                job = self._waiting.popleft() if self._waiting else None
                moved = list(self._waiting)
                if job is None:
                    self._sleeping.append(awake)
            if job is None:
                awake.acquire()
                continue
            _tell(moved)
            job.work()
            del job, moved


def _tell(jobs: list[Job]) -> None:
    for place, job in enumerate(jobs, start=1):
        job.moved(place)
