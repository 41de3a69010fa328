"""What answers on the sealed port, and the plain part of it: the page's own files."""

import base64
from collections.abc import Sequence
from typing import Any

from modelapp.core.sealing import Key
from modelapp.frontend import static_folder
from modelapp.server.door import Door
from modelapp.server.embedding import EmbedHandler
from modelapp.server.handlers import AssetHandler, DoorHandler, LibraryHandler, MissingHandler, WidgetHandler
from modelapp.server.mount import base_of, home_of
from modelapp.server.sealed.intake import Intake
from modelapp.server.sealed.request import RequestHandler
from modelapp.server.sealed.socket import SealedSocket
from modelapp.session.app import App
from tornado import web
from tornado.routing import Router

_Rule = tuple[str, type[web.RequestHandler], dict[str, Any]]


def sealed_application(
    app: App, door: Door, key: Key, inner: Router, inner_address: str, most_bytes: int
) -> web.Application:
    """Return what answers on the sealed port for an app.

    Args:
        app: The app.
        door: Who may come in; what was opened asks it.
        key: The key of the link.
        inner: What answers what was opened.
        inner_address: Below which that listens for websockets, as "127.0.0.1:8501".
        most_bytes: Size limit of a request's body.
    """
    common = {"app": app, "door": door}
    more = [
        (r"/sealed/socket", SealedSocket, {"gate": door.gate, "key": key, "inner_address": inner_address}),
        (r"/embed\.js", EmbedHandler, common),
        (r"/widget\.html", WidgetHandler, common),
        (r"/library/([\w.]+)", LibraryHandler, common),
    ]
    return _application(door, Intake(key), inner, most_bytes, more)


def sealed_index(door: Door, key: Key, inner: Router, most_bytes: int, files: Sequence[_Rule]) -> web.Application:
    """Return what answers on the sealed port for an index of apps.

    Args:
        door: Who may come in; what was opened asks it.
        key: The key of the link.
        inner: What answers what was opened.
        most_bytes: Size limit of a request's body.
        files: What answers for the index's own files.
    """
    return _application(door, Intake(key), inner, most_bytes, files)


def _application(door: Door, intake: Intake, inner: Router, most_bytes: int, more: Sequence[_Rule]) -> web.Application:
    static = static_folder()
    common = {"door": door}
    return web.Application(
        [
            (r"/", SealedPageHandler, common),
            (r"/sealed/id", IdHandler, {**common, "intake": intake}),
            (
                r"/sealed/request",
                RequestHandler,
                {**common, "intake": intake, "inner": inner, "most_bytes": most_bytes},
            ),
            (r"/worker\.js", WorkerHandler, common),
            (r"/assets/(.*)", AssetHandler, {"path": str(static / "assets")}),
            (r"/(icon\.svg|licenses\.md)", AssetHandler, {"path": str(static)}),
            *more,
        ],
        default_handler_class=MissingHandler,
        default_handler_args={"door": door},
        websocket_max_message_size=(4 << 20) + 64,
        websocket_ping_interval=20,
        compress_response=False,
        log_function=lambda handler: None,
    )


class SealedPageHandler(DoorHandler):
    """The page, which tells nothing of the app: not even the script's name."""

    def head(self) -> None:
        """Answer like `get`, without the body."""
        self.get()

    def get(self) -> None:
        """Serve the page."""
        page = (static_folder() / "index.html").read_text(encoding="utf-8")
        marks = "data-sealed" if home_of(self.request) == base_of(self.request) else "data-sealed data-gallery"
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.let_frame()
        self.finish(page.replace("<html ", f"<html {marks} ", 1))


class WorkerHandler(DoorHandler):
    """The worker that opens media for the page. It lies beside the page, for it may serve only what lies below it."""

    def get(self) -> None:
        """Serve it."""
        (script,) = (static_folder() / "assets").glob("worker-*.js")
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", "no-cache")
        self.finish(script.read_bytes())


class IdHandler(DoorHandler):
    """What each request begins with."""

    def initialize(self, door: Door, intake: Intake) -> None:  # type: ignore[override]
        """Keep what the application hands over."""
        super().initialize(door)
        self._intake = intake

    def get(self) -> None:
        """Tell it."""
        self.set_header("Cache-Control", "no-store")
        self.finish({"id": base64.b64encode(self._intake.id).decode()})
