"""One script behind its routes: all that answers for it but the sockets that listen, of which a host has one set.

A host of one script has one of these, a gallery one for each script that is loaded.
"""

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.core.protocol import Limits
from modelapp.frontend import static_folder
from modelapp.script.run import Script
from modelapp.server.api_routes import ApiRoutes
from modelapp.server.bulks import Bulks
from modelapp.server.door import Door
from modelapp.server.embedding import EmbedHandler
from modelapp.server.explanations import Explanations
from modelapp.server.handlers import (
    AssetHandler,
    CaseHandler,
    LibraryHandler,
    MediaHandler,
    MissingHandler,
    PageHandler,
    TicketHandler,
    WidgetHandler,
)
from modelapp.server.histories import Histories
from modelapp.server.jobs import Jobs
from modelapp.server.outside import Routes
from modelapp.server.settings import Settings
from modelapp.server.sweeps import Sweeps
from modelapp.server.uploads import BulkUploadHandler, UploadHandler
from modelapp.server.watcher import WatcherSocket
from modelapp.server.websocket import PageSocket
from modelapp.session.app import App
from modelapp.session.flags import Flags
from modelapp.session.folder import make_private
from modelapp.session.history import History
from modelapp.session.queue import Queue
from modelapp.session.session import Session
from modelapp.session.storage import Storage
from modelapp.session.store import SessionStore
from tornado.routing import PathMatches, Rule

if TYPE_CHECKING:
    from modelapp.server.against import Against
    from modelapp.server.elsewhere import OnCluster
    from modelapp.server.first_check import FirstCheck

_LARGEST_MESSAGE_BYTES = 4 << 20
_OLD_SECONDS = 7 * 86400.0


class ServedApp:
    """One script behind its routes, in the running event loop.

    Args:
        script: The script.
        storage: Where it keeps what lasts.
        settings: How to serve it.
        door: Who may come in.
        queue: Does its runs.
        public: Returns the address of its page for everybody, or None.
        cluster: Does calls and bulk runs, or None: they are done in this process.

    Raises:
        EnvironmentFault: If its folder or store cannot be used.
    """

    def __init__(
        self,
        script: Script,
        storage: Storage,
        settings: Settings,
        door: Door,
        queue: Queue,
        public: Callable[[], str | None],
        cluster: "OnCluster | None" = None,
    ) -> None:
        folder = storage.folder
        make_private(folder)
        self._settings = settings
        self._cluster = cluster
        self._storage = storage
        self._blobs = storage.blobs()
        self._checking: FirstCheck | None = None
        self.door = door
        script.install()
        self.app = App(
            script,
            SessionStore(storage),
            self._blobs,
            queue,
            Flags(storage),
            History(storage),
            asyncio.get_running_loop(),
        )
        if self.app.sharing is not None:
            storage.hear(self.app.sharing.heard)
        bulks = Bulks(self.app, _own(storage, "bulk"), settings.concurrency, cluster)
        histories = Histories(self.app, self._forget, public)
        self._jobs = Jobs(bulks, Sweeps(self.app, cluster), Explanations(self.app, cluster), self._against(), histories)
        self._api = ApiRoutes(self.app, door, _own(storage, "calls"), settings.upload_bytes, cluster)
        if cluster is not None:
            self.app.reloaded.append(cluster.reload)
        if cluster is not None and settings.live_on_engine:
            self.app.executing, self.app.read_elsewhere = cluster.execution, lambda: cluster.read
        self.routes = _routes(self.app, door, settings, self._api, self._jobs)
        self.app.forgetting.begin()

    @property
    def busy(self) -> bool:
        """True while runs of pages or programs are queued or go on."""
        return self.app.busy or self._api.busy

    def check(self) -> None:
        """Begin to check the script, if that is wanted and it compiles."""
        if self._settings.check and self.app.version is not None and self.app.broken is None:
            from modelapp.server.first_check import FirstCheck  # not needed for the first answer

            self._checking = FirstCheck(self.app, self._cluster)
            self._checking.begin()

    def close(self) -> None:
        """Give back its files and threads."""
        if self._checking is not None:
            self._checking.stop()
        self._jobs.close()
        self._api.close()
        self.app.close()
        self._storage.close()

    def _forget(self, session: Session) -> None:
        self._jobs.forget(session)

    def _against(self) -> "Against | None":
        other = self._settings.against
        if other is None:
            return None
        from modelapp.server.against import Against  # no script is compared with another as a rule

        return Against(self.app, other.path, other.name, self._blobs)


def _own(storage: Storage, name: str) -> Path:
    """Return a folder for files of this process, of which the folder's other hosts know nothing."""
    folder = storage.folder / name
    if storage.host is None:
        return folder
    old = time.time() - _OLD_SECONDS
    for left in folder.glob("*"):  # by a host that was killed
        if left.stat().st_mtime < old:
            shutil.rmtree(left, ignore_errors=True)
    return folder / storage.host


def _routes(app: App, door: Door, settings: Settings, api: ApiRoutes, jobs: Jobs) -> Routes:
    static = static_folder()
    common = {"app": app, "door": door}
    limits = Limits(settings.upload_bytes, settings.pixels)
    socket_parts = {**common, "limits": limits, "jobs": jobs}
    return Routes(
        door,
        [
            # First what is asked for most often: patterns are tried in this order.
            Rule(PathMatches(r"/api/.*"), api),
            (r"/", PageHandler, {**common, "page": (static / "index.html").read_text}),
            (r"/c/([\w-]{1,64})", CaseHandler, common),
            (r"/ws", PageSocket, socket_parts),
            (r"/watch", WatcherSocket, socket_parts),
            (r"/upload", UploadHandler, {**common, "most_bytes": settings.upload_bytes}),
            (r"/bulk", BulkUploadHandler, {**common, "most_bytes": settings.upload_bytes, "bulks": jobs.bulks}),
            (r"/media/([\w-]{20,40})/([0-9a-f]{64})", MediaHandler, common),
            (r"/library/([\w.]+)", LibraryHandler, common),
            (r"/embed\.js", EmbedHandler, common),
            (r"/ticket", TicketHandler, {"door": door}),
            (r"/widget\.html", WidgetHandler, common),
            (r"/assets/(.*)", AssetHandler, {"path": str(static / "assets")}),
            (r"/(icon\.svg|licenses\.md)", AssetHandler, {"path": str(static)}),
        ],
        default_handler_class=MissingHandler,
        default_handler_args={"door": door},
        websocket_max_message_size=_LARGEST_MESSAGE_BYTES,
        websocket_ping_interval=20,
        compress_response=False,
        log_function=lambda handler: None,
    )
