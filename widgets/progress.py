"""What is going on: loops at work, and single sentences."""

import time
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from modelapp.core.context import RunContext
from modelapp.core.current import current_run
from modelapp.core.protocol import MessageProps, ProgressProps

ItemT = TypeVar("ItemT")
_SECONDS_BETWEEN_UPDATES = 0.05


def progress(iterable: Iterable[ItemT], *, total: int | None = None, text: str | None = None) -> Iterator[ItemT]:
    """Show how far a loop is, and let it be stopped from the page at each step.

    Args:
        iterable: What to loop over.
        total: How many items there are; None takes len(iterable), and where it has none the page shows a count.
        text: What the loop does, such as "Reading slices"; None is nothing.

    Returns:
        An iterator over the items.

    Example:
        >>> import modelapp as ma
        >>> for epoch in ma.progress(range(100), text="Training"):
        ...     loss = 1 / (epoch + 1)
    """
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    run = current_run()
    identity = run.place("progress", _props(text or "", 0, total))
    return _steps(run, identity, iterable, total, text or "")


def _steps(run: RunContext, identity: str, iterable: Iterable[ItemT], total: int | None, text: str) -> Iterator[ItemT]:
    done = 0
    next_update = time.monotonic() + _SECONDS_BETWEEN_UPDATES
    for item in iterable:
        run.checkpoint()
        yield item
        done += 1
        if time.monotonic() >= next_update:
            run.update(identity, _props(text, done, total))
            next_update = time.monotonic() + _SECONDS_BETWEEN_UPDATES
    run.update(identity, _props(text, done, done))


def _props(text: str, done: int, total: int | None) -> ProgressProps:
    fraction = None if total is None else 1.0 if total <= 0 else min(done / total, 1.0)
    return ProgressProps(text=text, fraction=fraction, done=done, total=total)


def status(text: str) -> None:
    """Show one quiet sentence, such as what was found or what to do next.

    Args:
        text: The sentence.

    Example:
        >>> import modelapp as ma
        >>> ma.status("Loaded 1,200 cases.")
    """
    current_run().place("message", MessageProps(level="status", text=str(text)))


def error(text: str) -> None:
    """Show one sentence that says what is wrong. The script goes on; `stop()` ends it.

    Args:
        text: The sentence.

    Example:
        >>> import modelapp as ma
        >>> ma.error("The picture shows no face.")
    """
    current_run().place("message", MessageProps(level="error", text=str(text)))
