"""A run as it goes on, as server-sent events (WHATWG HTML, section 9.2)."""

from typing import Any

from modelapp.core.protocol import Json, ProgressProps
from modelapp.server.encoding import encoded
from tornado import web
from tornado.iostream import StreamClosedError


class EventStream:
    """Writes events to one request's answer, each as soon as it comes.

    Args:
        handler: Of the request.
    """

    def __init__(self, handler: web.RequestHandler) -> None:
        self._handler = handler
        handler.set_header("Content-Type", "text/event-stream")
        handler.set_header("Cache-Control", "no-store")
        handler.set_header("X-Accel-Buffering", "no")  # a proxy in front must not hold events back

    def queued(self, place: int) -> None:
        """Say where in the queue the run is."""
        self._write("queued", {"place": place})

    def progress(self, progress: ProgressProps) -> None:
        """Say how far a loop is."""
        facts = {name: getattr(progress, name) for name in ("text", "fraction", "done", "total")}
        self._write("progress", facts)

    def output(self, name: str, value: Json) -> None:
        """Hand on an output."""
        self._write("output", {"name": name, "value": value})

    def text(self, name: str, more: str) -> None:
        """Hand on how a text grew."""
        self._write("text", {"name": name, "more": more})

    def end(self, event: str, data: Json) -> None:
        """Hand on the last event."""
        self._write(event, data)
        self._handler.finish()

    def _write(self, event: str, data: Any) -> None:
        if self._handler._finished:
            return
        self._handler.write(b"event: " + event.encode() + b"\ndata: " + encoded(data) + b"\n\n")
        flushed: Any = self._handler.flush()
        flushed.add_done_callback(_ignore_closed)


def _ignore_closed(future: Any) -> None:
    if not future.cancelled():
        error = future.exception()
        if error is not None and not isinstance(error, StreamClosedError):
            raise error
