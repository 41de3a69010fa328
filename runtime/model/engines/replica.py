"""A replica of a script: one process of a cluster that keeps the script's caches and does case after case.

It knows no cluster: `Bootstrap` is the actor that hands it what comes. Cases are done by the threads that ask for
them, `slots` at a time. A script whose models share calls (`predict` on an accelerator) gets more than one.
"""

import logging
import os
import pickle
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.errors import InvalidValue, ModelAppError
from modelapp.model.engines.going import Going
from modelapp.model.engines.packing import unpacked_with_files
from modelapp.model.engines.threads import Answer, Case, Fault, meeting, one_line
from modelapp.model.headless import Model
from modelapp.model.together import MOST, Together

log = logging.getLogger("modelapp")
_LOOK_SECONDS = 0.1
_KNOCK_SECONDS = 0.05


class Replica:
    """One replica.

    Args:
        path: The script, as it was sent.
        setting: "node" that it is on, "memory_bytes" (None is no limit), "batch_seconds": how long a call of a model
            waits for others.
    """

    def __init__(self, path: Path, setting: dict[str, Any]) -> None:
        self._problem: ModelAppError | None = None
        self._model: Model | None = None
        try:
            self._model = Model(path)
        except ModelAppError as error:
            self._problem = error
        self._node: str = setting["node"]
        self._memory_bytes: int | None = setting["memory_bytes"]
        self._together = Together(setting["batch_seconds"], most_in_vain=None)
        self._slots = 1
        self._news = threading.Condition()
        self._next = 1
        self._arrived = 0
        """The largest number of a case that has come."""
        self._given_way = 0
        """How many cases of those that run let others go first just now."""
        self._running: dict[int, Going] = {}
        self._stopped: set[int] = set()
        self._kept: dict[type, Any] = {}
        self._told: dict[int, list[bytes]] = {}
        self._heard: set[int] = set()
        """Cases of which somebody asks what they tell, until he has learnt of their end."""

    def begun(self) -> bytes:
        """Return how it began: ("ready", process, node) or ("failed", message, hint)."""
        if self._problem is not None:
            return pickle.dumps(("failed", self._problem.message, self._problem.hint))
        return pickle.dumps(("ready", os.getpid(), self._node))

    # ------------------------------------------------------------ cases

    def work(self, number: int, packed: bytes, tells: bool, heard: bool) -> bytes:
        """Do a case when it is its turn; return its answer and the number of slots, pickled.

        Args:
            number: Of the case, from 1: they are begun in this order, in whatever order they come.
            packed: The case, or a list of cases of which one is to be met, pickled.
            tells: True if somebody may ask for its `news`.
            heard: True if somebody does, though perhaps later than it has ended.
        """
        with self._news:
            self._arrived = max(self._arrived, number)
            self._news.wait_for(lambda: number == self._next and self._busy() < self._slots)
            self._next += 1
            tell = (lambda event: self._tell(number, event)) if tells else None
            going = self._running[number] = Going(tell, self._prepare, self._kept, self._give_way)
            going.stopped = number in self._stopped
            if heard:
                self._heard.add(number)
            if number in self._heard:
                going.hear()
            self._news.notify_all()  # the next one may be begun too
        try:
            with self._together.among():
                reply = self._reply(packed, going)
            return pickle.dumps((reply, self._slots))
        finally:
            with self._news:
                del self._running[number]
                self._stopped.discard(number)
                if number not in self._heard:
                    self._told.pop(number, None)
                self._news.notify_all()

    def _busy(self) -> int:
        """Return how many cases use the script."""
        return len(self._running) - self._given_way

    def _give_way(self) -> None:
        """Let cases be done that wait, and go on when none does. Called in the thread of a case."""
        with self._news:
            if self._arrived < self._next:
                return
            self._given_way += 1
            self._news.notify_all()
            self._news.wait_for(lambda: self._arrived < self._next and self._busy() < self._slots)
            self._given_way -= 1

    def stop(self, number: int) -> None:
        """End a case, again and again until it has: the script may hold on to it."""
        with self._news:
            self._stopped.add(number)
        while True:
            with self._news:
                going = self._running.get(number)
                if going is None:
                    return
            going.stop()
            with self._news:
                self._news.wait_for(lambda: number not in self._running, _KNOCK_SECONDS)

    def _reply(self, packed: bytes, going: Going) -> Any:
        assert self._model is not None
        with ExitStack() as held:
            try:
                work: Case | list[Case] = held.enter_context(unpacked_with_files(packed))
            except Exception as error:  # a class that only the caller has, say
                text = one_line(f"The case cannot be read in a replica: {type(error).__name__}: {error}")
                return Answer(-1, fault=Fault(type(error).__name__, text))
            return self._done(self._model, work, going)

    def _done(self, model: Model, work: Case | list[Case], going: Going) -> Any:
        try:
            return work.done(model, going) if isinstance(work, Case) else meeting(model, work)
        except ModelAppError as error:  # of what is more than a run: a sweep of a script without an answer, say
            named = {"name": error.name} if isinstance(error, InvalidValue) else {}
            return type(error)(error.message, hint=error.hint, **named)
        except BaseException as error:  # the script's own KeyboardInterrupt: nobody presses Ctrl-C here
            log.exception("A case was not done")
            return Answer(-1, fault=Fault(type(error).__name__, one_line(str(error)) or "The script raised it."))

    def _prepare(self, run: RunContext) -> None:
        if self._slots > 1:
            run.together = self._together
        run.finalizers.append(lambda: self._look_at(run))

    def _look_at(self, run: RunContext) -> None:
        """Let several cases go on at a time, once one has called a model that can share its calls."""
        if run.stackable and self._slots == 1:
            with self._news:
                self._slots = MOST
                self._news.notify_all()

    # ------------------------------------------------------------ what they tell

    def _tell(self, number: int, event: Any) -> None:
        packed = pickle.dumps(event)
        with self._news:
            self._told.setdefault(number, []).append(packed)
            self._news.notify_all()

    def news(self, number: int, seen: int) -> bytes:
        """Wait for what a case tells after the first `seen` things; return them and whether it has ended, pickled."""
        with self._news:
            self._heard.add(number)
            going = self._running.get(number)
        if going is not None:
            going.hear()
        with self._news:
            self._news.wait_for(lambda: self._has_ended(number) or len(self._told.get(number, ())) > seen)
            events = self._told.get(number, [])[seen:]
            ended = self._has_ended(number)
            if ended:
                self._told.pop(number, None)
                self._heard.discard(number)
        return pickle.dumps((events, ended))

    def _has_ended(self, number: int) -> bool:
        return number < self._next and number not in self._running

    # ------------------------------------------------------------ what is wrong

    def watch(self) -> str:
        """Wait until this process holds more memory than it may; return "memory". Without a limit wait for ever."""
        limit = self._memory_bytes
        wait: Callable[[float], object] = time.sleep if limit is not None else threading.Event().wait
        while limit is None or _resident_bytes() <= limit:
            wait(_LOOK_SECONDS if limit is not None else threading.TIMEOUT_MAX)
        return "memory"


def _resident_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, IndexError):  # not Linux: nothing is known, and nothing is ended
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
