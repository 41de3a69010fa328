"""Clients take turns, background jobs come last, and everybody is told her place."""

import random
import threading

import pytest
from modelapp.session.queue import Job, ThreadQueue

PATIENCE_SECONDS = 90


class Line:
    """A queue whose jobs are noted as they start, and that is held up until `go`."""

    def __init__(self, concurrency=1):
        self.queue = ThreadQueue(concurrency)
        self.started, self.places = [], {}
        self._gate, self._held = threading.Event(), threading.Semaphore(0)
        for _ in range(concurrency):
            self.queue.submit(Job(self._hold, lambda place: None))
        for _ in range(concurrency):
            assert self._held.acquire(timeout=PATIENCE_SECONDS)

    def _hold(self):
        self._held.release()
        self._gate.wait(PATIENCE_SECONDS)

    def add(self, name, client="", *, background=False):
        job = Job(
            lambda: self.started.append(name),
            lambda place: self.places.setdefault(name, []).append(place),
            client,
            background,
        )
        return job, self.queue.submit(job)

    def go(self):
        done = threading.Event()
        self.queue.submit(Job(done.set, lambda place: None, "last", background=True))
        self._gate.set()
        assert done.wait(PATIENCE_SECONDS)
        return self.started


def test_clients_take_turns_and_each_keeps_its_own_order():
    line = Line()
    for name in ("a1", "a2", "a3", "b1", "b2", "c1"):
        line.add(name, name[0])
    assert line.go() == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_background_starts_only_when_no_other_job_waits():
    line = Line()
    line.add("x1", "x", background=True)
    line.add("a1", "a")
    line.add("y1", "y", background=True)
    line.add("a2", "a")
    assert line.go() == ["a1", "a2", "x1", "y1"]


def test_place_is_the_one_in_which_jobs_start():
    line = Line()
    assert line.add("a1", "a")[1] == 1
    assert line.add("a2", "a")[1] == 2
    assert line.add("x1", "x", background=True)[1] == 3
    assert line.add("b1", "b")[1] == 2
    assert line.places == {"a2": [3], "x1": [4]}
    line.go()
    assert line.places == {"b1": [1], "a2": [3, 2, 1], "x1": [4, 3, 2, 1]}


def test_withdrawn_jobs_do_not_start_and_those_behind_move_up():
    line = Line()
    first, _ = line.add("a1", "a")
    line.add("b1", "b")
    assert line.queue.withdraw(first)
    assert line.places == {"b1": [1]}
    assert not line.queue.withdraw(first)
    assert line.go() == ["b1"]


def test_background_leaves_one_thread_to_those_who_come():
    queue = ThreadQueue(2)
    held, started, came = threading.Event(), threading.Semaphore(0), threading.Event()

    def hold():
        started.release()
        held.wait(PATIENCE_SECONDS)

    assert queue.submit(Job(hold, lambda place: None, background=True)) == 0
    assert started.acquire(timeout=PATIENCE_SECONDS)
    assert queue.submit(Job(hold, lambda place: None, background=True)) == 1
    assert queue.submit(Job(came.set, lambda place: None)) == 0
    assert came.wait(PATIENCE_SECONDS)
    held.set()
    assert started.acquire(timeout=PATIENCE_SECONDS)  # the second one, in its turn


def test_one_thread_does_background_too():
    done = threading.Event()
    ThreadQueue(1).submit(Job(done.set, lambda place: None, background=True))
    assert done.wait(PATIENCE_SECONDS)


@pytest.mark.parametrize("concurrency", [1, 2, 8])
def test_every_job_starts_once_whoever_submits_it_and_when(concurrency):
    queue = ThreadQueue(concurrency)
    lock, counts, all_done = threading.Lock(), {}, threading.Semaphore(0)
    total = 400

    def submit(client):
        dice = random.Random(client)
        for number in range(total // 8):

            def work(key=(client, number)):
                with lock:
                    counts[key] = counts.get(key, 0) + 1
                all_done.release()

            job = Job(work, lambda place: None, str(client % 3), dice.random() < 0.4)
            queue.submit(job)
            if dice.random() < 0.1 and queue.withdraw(job):
                queue.submit(job)

    threads = [threading.Thread(target=submit, args=(client,)) for client in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    for _ in range(total):
        assert all_done.acquire(timeout=PATIENCE_SECONDS)
    assert set(counts.values()) == {1}


def test_closed_queue_does_what_waits_and_ends_its_threads():
    before = set(threading.enumerate())
    line = Line(2)
    line.add("waiting")
    line.queue.close()
    line._gate.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE_SECONDS)
    assert set(threading.enumerate()) <= before
    assert line.started == ["waiting"]
