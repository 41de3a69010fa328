"""What a session needs of the process that it lives in: an event loop, an engine, a store, and the script."""

from collections.abc import Callable
from typing import Any, Protocol

from modelapp.core.protocol import Failure
from modelapp.script.run import Outcome
from modelapp.script.source import Version
from modelapp.session.queue import Engine
from modelapp.session.store import Store


class Handle(Protocol):
    """Something that will be called later."""

    def cancel(self) -> None:
        """Do not call it."""


class Loop(Protocol):
    """The event loop, as far as a session needs it (asyncio's loop has these methods)."""

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any) -> object:
        """Call in the loop's thread, from any thread."""

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> Handle:
        """Call in the loop's thread after `delay` seconds."""


class Host(Protocol):
    """What a session needs of the app that it belongs to."""

    loop: Loop
    engine: Engine
    store: Store

    @property
    def version(self) -> Version | None:
        """The script as it is now, or None if it never compiled."""

    @property
    def broken(self) -> Failure | None:
        """Why the script as it is now does not compile, or None."""

    def ran(self, outcome: Outcome) -> None:
        """Told at the end of each run."""

    def background(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do work in another thread; `done` gets its result, or the exception, in the loop's thread."""
