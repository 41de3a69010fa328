"""The event loop, as far as sessions need one."""

from collections.abc import Callable
from typing import Any, Protocol


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

    def time(self) -> float:
        """Return the loop's clock, in seconds."""
