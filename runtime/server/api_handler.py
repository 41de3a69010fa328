"""What all addresses of the API have in common: keys, the request's id, and errors that a program can read.

Every error is `{"error": {"message", "hint", "input", "kind", "request_id"}}`. Keys are never logged.
"""

import itertools
import logging
import secrets
from http import HTTPStatus
from typing import Any

from modelapp.core.errors import EnvironmentFault, InvalidValue, ModelAppError, ScriptError
from modelapp.core.protocol import Json
from modelapp.model.service import NotOffered, Service
from modelapp.script.failure import CALM
from modelapp.server.door import TOO_MANY, Door
from modelapp.server.encoding import encoded
from modelapp.server.guesses import TooMany
from modelapp.server.handlers import Handler
from modelapp.session.app import App
from tornado import web

log = logging.getLogger("modelapp")
_STARTED = secrets.token_hex(4)
_numbers = itertools.count(1)
"""Ids of requests need not be secret, only differ: the system is not asked for random bytes each time."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What answers that are data have of the security headers."""
_STOPPED = "The script cannot be run as it is now: its author has to mend it first."
_RESTARTS = "The host restarts. Please try again in a moment."
_UNKNOWN_KEY = "This key is not known here."


class Refusal(web.HTTPError):
    """An answer that is an error.

    Args:
        status: Of HTTP.
        message: One sentence.
        hint: The next step, or None.
        name: The input at fault, or None.
        kind: The class of the error in Python.
        retry_seconds: After how long it makes sense to try again, or None.
    """

    def __init__(
        self,
        status: int,
        message: str,
        hint: str | None = None,
        name: str | None = None,
        kind: str = "InvalidValue",
        retry_seconds: int | None = None,
    ) -> None:
        super().__init__(status)
        self.message = message
        self.hint = hint
        self.name = name
        self.kind = kind
        self.retry_seconds = retry_seconds


class ApiHandler(Handler):
    """What all addresses of the API have in common."""

    def initialize(self, app: App, door: Door, service: Service) -> None:  # type: ignore[override]
        """Keep what the application hands over."""
        super().initialize(app, door)
        self.service = service
        self.keys = door.keys
        self.request_id = f"{_STARTED}{next(_numbers):08x}"
        self.set_header("X-Request-Id", self.request_id)

    def set_default_headers(self) -> None:
        """Set the headers that answers with data need: each costs time, and the page's others mean nothing here."""
        for name, value in _HEADERS.items():
            self.set_header(name, value)
        self.clear_header("Server")

    def prepare(self) -> None:
        """Refuse a request for another host's name."""
        if not self.gate.knows_host(self.request.host):
            raise Refusal(421, "This server does not answer to that name.")

    def require_key(self, *, presenter: bool) -> int | None:
        """Refuse who has no key, where one is needed; return the place of the key.

        Args:
            presenter: True if the script's author may come without, by her cookie.
        """
        if not self.keys:
            return None
        try:
            owner = self.door.caller(self.request)
        except TooMany as limit:
            raise Refusal(429, TOO_MANY, kind="ModelAppError", retry_seconds=limit.seconds) from None
        if owner is None and not (presenter and self.is_presenter()):
            given = self.request.headers.get("Authorization")
            self.set_header("WWW-Authenticate", "Bearer")
            raise Refusal(
                401,
                _UNKNOWN_KEY if given else "This script can be called with a key only.",
                "Send it in the header “Authorization: Bearer KEY”.",
                kind="ModelAppError",
            )
        return owner

    def is_presenter(self) -> bool:
        """Return True if the request comes with the cookie of the script's author."""
        return self.gate.is_presenter(self.get_cookie(self.gate.cookie))

    def require_script(self) -> None:
        """Refuse while there is no script that can be run."""
        if self.app.stopping:
            raise Refusal(503, _RESTARTS, kind="EnvironmentFault", retry_seconds=5)
        if self.app.version is None:
            raise Refusal(503, _STOPPED, kind="ScriptError")

    def write_json(self, value: Any) -> None:
        """Finish with JSON."""
        self.set_header("Content-Type", "application/json")
        self.finish(encoded(value))

    def refusal_of(self, error: BaseException) -> Refusal:
        """Return what to answer to an error; what callers should not see goes to the log."""
        if isinstance(error, Refusal):
            return error
        if isinstance(error, NotOffered):
            return Refusal(404, "This script is not offered over HTTP.", kind="ScriptError")
        if isinstance(error, InvalidValue):
            return Refusal(422, error.message, error.hint, error.name, type(error).__name__)
        if isinstance(error, EnvironmentFault):
            return Refusal(507, error.message, kind="EnvironmentFault")
        if isinstance(error, web.HTTPError):
            status = error.status_code
            return Refusal(status, _phrase(status), kind="ModelAppError")
        if isinstance(error, ScriptError) and self.app.version is None:
            return Refusal(503, _STOPPED, kind="ScriptError")
        shown = isinstance(error, ModelAppError)
        log.error("request %s: %s", self.request_id, error, exc_info=None if shown else error)
        return Refusal(500, CALM, kind="RunFailed")

    def error_body(self, refusal: Refusal) -> dict[str, Json]:
        """Return the body of an error's answer, and log that it was given."""
        if refusal.status_code != 500:
            log.info("request %s: %d: %s", self.request_id, refusal.status_code, " ".join(refusal.message.split()))
        return {
            "error": {
                "message": refusal.message,
                "hint": refusal.hint,
                "input": refusal.name,
                "kind": refusal.kind,
                "request_id": self.request_id,
            }
        }

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with an error."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        refusal = self.refusal_of(error if error is not None else web.HTTPError(status_code))
        if status_code == 405:
            refusal = Refusal(405, "This address does not know that method.", kind="ModelAppError")
            self.set_header("Allow", self.allowed)
        self.set_header("X-Request-Id", self.request_id)
        if refusal.retry_seconds is not None:
            self.set_header("Retry-After", str(refusal.retry_seconds))
        if refusal.status_code == 401:
            self.set_header("WWW-Authenticate", "Bearer")
        self.set_status(refusal.status_code)
        self.write_json(self.error_body(refusal))

    allowed = "GET"

    def log_exception(self, *arguments: Any) -> None:
        """Leave it to `refusal_of`, which knows the request's id."""

    def compute_etag(self) -> None:
        """Have none: answers are not kept."""


def _phrase(status: int) -> str:
    """Return what a status means, as a sentence."""
    try:
        return f"{HTTPStatus(status).phrase}."
    except ValueError:
        return "Refused."
