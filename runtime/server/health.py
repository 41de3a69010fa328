"""`/health`: what a supervisor asks. It answers anybody, by any name of the host, and tells nothing of the app."""

from collections.abc import Callable
from typing import Any

from modelapp.server.security import HEADERS
from tornado import httputil, web
from tornado.routing import Router


class Health(Router):
    """Answers `/health` and `/health/alive`, and leads all other requests on.

    Args:
        routes: What answers those.
        why_not: Returns why the host should be sent no visitors just now, as one sentence, or None.
    """

    def __init__(self, routes: Router, why_not: Callable[[], str | None]) -> None:
        self._routes = routes
        self._why_not = why_not

    def find_handler(self, request: httputil.HTTPServerRequest, **kwargs: Any) -> httputil.HTTPMessageDelegate | None:
        """Return what takes a request."""
        if request.path == "/health":
            return _answering.get_handler_delegate(request, _HealthHandler, {"reason": self._why_not()})
        if request.path == "/health/alive":
            return _answering.get_handler_delegate(request, _HealthHandler, {"reason": None, "ready": None})
        return self._routes.find_handler(request, **kwargs)


class _HealthHandler(web.RequestHandler):
    def initialize(self, reason: str | None, ready: bool | None = True) -> None:
        """Keep what the router hands over; `ready` is None where that was not asked."""
        self._why = reason
        self._ready = ready

    def set_default_headers(self) -> None:
        """Set the headers that every answer has."""
        for name, value in HEADERS.items():
            self.set_header(name, value)
        self.clear_header("Server")

    def head(self) -> None:
        """Answer like `get`, without the body."""
        self.get()

    def get(self) -> None:
        """Answer."""
        self.set_header("Cache-Control", "no-store")
        if self._why is not None:
            self.set_status(503)
            self.finish({"alive": True, "ready": False, "reason": self._why})
        elif self._ready is None:
            self.finish({"alive": True})
        else:
            self.finish({"alive": True, "ready": True})


_answering = web.Application([], log_function=lambda handler: None)
