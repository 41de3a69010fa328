"""Runs of one script at the same time, whose calls of a model become one call.

An accelerator does several examples at once faster than one after the other; a processor gains nothing by it, so nobody
asks for it there. `predict` in such a run waits for the others to come there too, for a moment at most, and one of them
calls the model for all. What does not fit together, because its shapes differ, its model mixes the examples of a batch
or fails on one, is called by itself as ever.
"""

import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from modelapp.core.context import RunContext
from modelapp.core.errors import Superseded
from modelapp.model.frameworks import Framework

DoneT = TypeVar("DoneT")
MOST = 8
"""Runs that go on at the same time."""
_PATIENCE_SECONDS = 0.25
"""How long a call waits for the others: a run may wait for something that another one holds."""
_MOST_IN_VAIN = 3
_LOOK_SECONDS = 0.01
_TOLERANCE = 1e-4


class _Call:
    """One call of a model that waits for others."""

    def __init__(self, adapter: Framework, model: Any, arrays: list[Any]) -> None:
        self.adapter = adapter
        self.model = model
        self.arrays = arrays
        self.key = (id(model), *((tuple(array.shape), str(array.dtype)) for array in arrays))
        self.taken = False
        self.done = False
        self.output: Any = None
        """None where it is to be called by itself."""


class Together:
    """Does works at the same time. Close it at the end.

    Args:
        patience_seconds: How long a call waits for others.
        most_in_vain: So often calls wait for others that do not come, before none waits any more; None waits always.
    """

    def __init__(self, patience_seconds: float = _PATIENCE_SECONDS, most_in_vain: int | None = _MOST_IN_VAIN) -> None:
        self._patience_seconds = patience_seconds
        self._most_in_vain = most_in_vain
        self._in_vain = 0
        self._news = threading.Condition()
        self._going = 0
        self._waiting: list[_Call] = []
        self._threads = ThreadPoolExecutor(MOST, thread_name_prefix="modelapp-together")

    def all(self, works: Sequence[Callable[[], DoneT]]) -> list[DoneT]:
        """Do works, each in a thread of its own, at most `MOST` of them; return what they return, in order."""
        self._going = len(works)
        return list(self._threads.map(self._one, works))

    @contextmanager
    def among(self) -> Iterator[None]:
        """Count what the block does in the calling thread among the works whose calls wait for each other."""
        with self._news:
            self._going += 1
        try:
            yield
        finally:
            with self._news:
                self._going -= 1
                self._news.notify_all()

    def close(self) -> None:
        """Give back the threads."""
        self._threads.shutdown()

    def _one(self, work: Callable[[], DoneT]) -> DoneT:
        try:
            return work()
        finally:
            with self._news:
                self._going -= 1
                self._news.notify_all()

    # ------------------------------------------------------------ calls

    def call(self, run: RunContext, adapter: Framework, model: Any, arrays: list[Any]) -> Any:
        """Return what a model makes of one example, called with those of others that wait for it. Called in any thread.

        Raises:
            Superseded: If the run was ended meanwhile.
        """
        if not _can_be_stacked(adapter, model, arrays):
            return adapter.call(arrays)
        call = _Call(adapter, model, arrays)
        with self._news:
            self._waiting.append(call)
            self._news.notify_all()
            batch = self._next_batch(run, call)
        if batch:
            try:
                _call_all(batch)
            finally:
                with self._news:
                    for one in batch:
                        one.done = True
                    self._news.notify_all()
        return adapter.call(arrays) if call.output is None else call.output

    def _next_batch(self, run: RunContext, call: _Call) -> list[_Call]:
        """Wait until a call is done by another thread, or is to be done here with those that are returned."""
        weary = self._most_in_vain is not None and self._in_vain >= self._most_in_vain
        patience = 0.0 if weary else self._patience_seconds
        until = time.monotonic() + patience
        while not call.done:
            late = time.monotonic() >= until
            if not call.taken and (late or len(self._waiting) >= self._going):
                self._in_vain += late
                batch = [one for one in self._waiting if one.key == call.key and not one.taken]
                for one in batch:
                    one.taken = True
                self._waiting = [one for one in self._waiting if not one.taken]
                return batch
            self._news.wait(_LOOK_SECONDS)
            if not call.taken:
                try:
                    run.checkpoint()
                except Superseded:
                    self._waiting.remove(call)
                    raise
        return []


_apart: "weakref.WeakSet[Any]" = weakref.WeakSet()
"""Models that do not do the examples of a batch each by itself."""
_tried: "weakref.WeakSet[Any]" = weakref.WeakSet()
"""Models of which it was seen that they do."""


def _can_be_stacked(adapter: Framework, model: Any, arrays: list[Any]) -> bool:
    if not adapter.stacks or model in _apart:
        return False
    return all(getattr(array, "ndim", 0) > 0 and array.shape[0] == 1 for array in arrays)


def _call_all(batch: list[_Call]) -> None:
    """Call a model once for all; leave the outputs empty where that does not work."""
    first = batch[0]
    if len(batch) == 1:
        return
    try:
        inputs = [first.adapter.stacked(list(column)) for column in zip(*(one.arrays for one in batch), strict=True)]
        outputs = _parts(first.adapter.call(inputs), len(batch))
        if outputs is not None and first.model not in _tried:
            alone = first.adapter.call(first.arrays)
            if _alike(first.adapter.numpy(alone), first.adapter.numpy(outputs[0])):
                _tried.add(first.model)
            else:
                outputs = None
    except Exception:  # the model may fail on a batch: each is called by itself, and says what is wrong
        outputs = None
    if outputs is None:
        _apart.add(first.model)
        return
    for one, output in zip(batch, outputs, strict=True):
        one.output = output


def _parts(output: Any, count: int) -> list[Any] | None:
    """Return the outputs for each example of a batch, each with a batch axis of one; None if it has not that form."""
    if isinstance(output, dict):
        columns = {name: _parts(item, count) for name, item in output.items()}
        if any(column is None for column in columns.values()):
            return None
        return [{name: column[place] for name, column in columns.items() if column} for place in range(count)]
    if type(output) in (list, tuple):
        rows = [_parts(item, count) for item in output]
        if any(row is None for row in rows):
            return None
        return [type(output)(row[place] for row in rows if row) for place in range(count)]
    if getattr(output, "ndim", 0) < 1 or output.shape[0] != count:
        return None
    return [output[place : place + 1] for place in range(count)]


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_alike, one, other))
    import numpy as np  # heavy: not before a model is called

    first, second = np.asarray(one), np.asarray(other)
    if first.shape != second.shape:
        return False
    if first.dtype.kind not in "fiub":
        return bool((first == second).all())
    return bool(np.allclose(first, second, rtol=_TOLERANCE, atol=_TOLERANCE * float(np.abs(first).max(initial=1e-9))))
