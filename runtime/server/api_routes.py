"""The addresses of the API. What answers there is read with the first request: a page's first answer need not wait."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelapp.server.door import Door
from modelapp.session.app import App
from tornado import httputil
from tornado.routing import Router, Rule

if TYPE_CHECKING:
    from modelapp.model.service import Elsewhere, Service
    from tornado import web


class ApiRoutes(Router):
    """Leads requests to the handlers of the API.

    Args:
        app: The app.
        door: Who may come in.
        folder: Where files of answers are kept; what an earlier process left there is deleted.
        most_bytes: Size limit of a file.
        elsewhere: Does the runs, or None: they are done in this process.
    """

    def __init__(
        self, app: App, door: Door, folder: Path, most_bytes: int, elsewhere: "Elsewhere | None" = None
    ) -> None:
        self._app = app
        self._door = door
        self._folder = folder
        self._most_bytes = most_bytes
        self._elsewhere = elsewhere
        self._service: Service | None = None
        self._routes: web.Application | None = None
        shutil.rmtree(folder, ignore_errors=True)

    def find_handler(self, request: httputil.HTTPServerRequest, **kwargs: Any) -> httputil.HTTPMessageDelegate | None:
        """Return what takes the request."""
        if self._routes is None:
            self._routes = self._made()
        return self._routes.find_handler(request)

    @property
    def busy(self) -> bool:
        """True while calls are queued or go on."""
        return self._service is not None and self._service.going_on > 0

    def close(self) -> None:
        """Delete all files of answers."""
        if self._service is not None:
            self._service.close()

    def _made(self) -> "web.Application":
        from modelapp.model.service import Service
        from modelapp.server import api
        from tornado import web

        service = self._service = Service(self._app, self._folder, elsewhere=self._elsewhere)
        plain: dict[str, Any] = {"app": self._app, "door": self._door}
        common = {**plain, "service": service}
        run = {**common, "most_bytes": self._most_bytes}
        return web.Application(
            [
                Rule(api.IsShortJson(r"/api/run"), api.RunHandler, run),
                (r"/api/run", api.StreamedRunHandler, run),
                (r"/api/openapi\.json", api.DescriptionHandler, common),
                (r"/api/docs", api.DocsHandler, common),
                (r"/api/(docs\.css|docs\.js)", api.DocsFileHandler, plain),
                (r"/api/media/([\w-]{20,40})/([0-9a-f]{64})", api.ResultHandler, {**plain, "service": service}),
                (r"/api/.*", api.NoSuchHandler, common),
            ],
            compress_response=False,
            log_function=lambda handler: None,
        )
