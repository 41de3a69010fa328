"""What those get who may not come in: the same answer as at any unknown address, a page that asks for the password, or
one sentence. And the routes, which ask the door first.
"""

from typing import Any

from modelapp.server.api_refusal import refusal_body
from modelapp.server.door import SENTENCES, TOO_MANY, Door, Refused
from modelapp.server.embedding import is_foreign_frame
from modelapp.server.guesses import TooMany
from modelapp.server.handlers import DoorHandler, MissingHandler, page_address
from modelapp.server.outside_page import outside_page
from tornado import httputil, web
from tornado.ioloop import IOLoop

_STATUS: dict[Refused, int] = {"unknown": 404, "ended": 403, "password": 401}
_LONGEST_PASSWORD = 1000
_NEEDS_PASSWORD = "This page needs a password, which its author gives out."


class Routes(web.Application):
    """Leads requests of those who may come in to the handlers, and all others to those of this module."""

    def __init__(self, door: Door, *handlers: Any, **settings: Any) -> None:
        super().__init__(*handlers, **settings)
        self._door = door
        self._common = {"door": door}

    def find_handler(self, request: httputil.HTTPServerRequest, **kwargs: Any) -> Any:
        """Return what takes a request."""
        try:
            if self._door.shown(request):
                return super().find_handler(request, **kwargs)
            refused = self._door.entry(request).refused
        except TooMany as limit:
            return self._outside(request, TooManyHandler, seconds=limit.seconds)
        path = request.path
        if refused is None or (refused != "unknown" and path.startswith(("/assets/", "/icon", "/embed.js"))):
            return super().find_handler(request, **kwargs)
        if refused == "unknown":
            return self._outside(request, MissingHandler)
        if path.startswith("/c/"):
            return super().find_handler(request, **kwargs)
        if path == "/":
            return self._outside(request, OutsidePageHandler, refused=refused)
        return self._outside(request, RefusedHandler, refused=refused)

    def _outside(self, request: httputil.HTTPServerRequest, handler: type[web.RequestHandler], **given: Any) -> Any:
        return self.get_handler_delegate(request, handler, {**self._common, **given})


class TooManyHandler(DoorHandler):
    """For who tries one key after another."""

    def initialize(self, door: Door, seconds: int) -> None:  # type: ignore[override]
        """Keep what the routes hand over."""
        super().initialize(door)
        self._seconds = seconds

    def prepare(self) -> None:
        """Refuse."""
        raise web.HTTPError(429, TOO_MANY)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with one sentence."""
        self.set_header("Retry-After", str(self._seconds))
        if self.request.path.startswith("/api/"):
            self.finish(refusal_body(TOO_MANY))
        else:
            super().write_error(status_code, **kwargs)


class RefusedHandler(DoorHandler):
    """All but the page itself, for those who may not come in."""

    def initialize(self, door: Door, refused: Refused) -> None:  # type: ignore[override]
        """Keep what the routes hand over."""
        super().initialize(door)
        self._refused = refused

    def prepare(self) -> None:
        """Refuse."""
        super().prepare()
        raise web.HTTPError(_STATUS[self._refused], _NEEDS_PASSWORD if self._refused == "password" else None)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with one sentence, in the form of the address that was asked."""
        sentence = _NEEDS_PASSWORD if self._refused == "password" else SENTENCES[self._refused]
        if status_code != _STATUS[self._refused]:
            super().write_error(status_code, **kwargs)
        elif self.request.path.startswith("/api/"):
            if status_code == 401:
                self.set_header("WWW-Authenticate", "Bearer")
            self.finish(refusal_body(sentence))
        else:
            self.finish({"error": sentence})


class OutsidePageHandler(DoorHandler):
    """The page that asks for the password, or says that there is nothing to see any more. It names no app."""

    def initialize(self, door: Door, refused: Refused) -> None:  # type: ignore[override]
        """Keep what the routes hand over."""
        super().initialize(door)
        self._refused = refused

    def head(self) -> None:
        """Answer like `get`, without the body."""
        self.get()

    def get(self) -> None:
        """Serve it."""
        self._show(_STATUS[self._refused])

    async def post(self) -> None:
        """Take the password, and let in who knows it."""
        self.require_same_origin()
        password, guesses, address = self.door.password, self.door.guesses, self.request.remote_ip or ""
        if self._refused != "password" or password is None:
            self.get()
            return
        try:
            guesses.check(address)
        except TooMany as limit:
            self.set_header("Retry-After", str(limit.seconds))
            self._show(429, TOO_MANY)
            return
        guesses.wrong(address)  # until it is known to be right: many that come at once are no way around the limit
        typed = self.get_body_argument("password", "", strip=False)[:_LONGEST_PASSWORD]
        if not await IOLoop.current().run_in_executor(None, password.fits, typed):
            self._show(401, "That is not the password.")
            return
        guesses.right(address)
        cookie = self.gate.password_cookie
        self.keep_cookie(cookie, password.cookie_value)
        self.redirect(page_address(self), status=303)

    def _show(self, status: int, problem: str = "") -> None:
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        # Without a referrer a browser would not say where the form comes from.
        self.set_header("Referrer-Policy", "same-origin")
        self.let_frame("default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'")
        if self._refused != "password":
            self.finish(outside_page(SENTENCES[self._refused]))
        elif is_foreign_frame(self.request):
            # The cookie that opens the page would not come with the frame's next request.
            self.finish(outside_page(_NEEDS_PASSWORD, link="Open it in a window of its own"))
        else:
            self.finish(outside_page(None, problem))
