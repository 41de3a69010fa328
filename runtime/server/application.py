"""Putting the parts together: a script's path in, a listening server out."""

import asyncio
import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.core.errors import EnvironmentFault
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
    WidgetHandler,
)
from modelapp.server.histories import Histories
from modelapp.server.jobs import Jobs
from modelapp.server.keys import Keys
from modelapp.server.outside import Routes
from modelapp.server.password import Password
from modelapp.server.security import Gate, kept_key
from modelapp.server.sweeps import Sweeps
from modelapp.server.uploads import BulkUploadHandler, UploadHandler
from modelapp.server.watcher import WatcherSocket
from modelapp.server.websocket import PageSocket
from modelapp.session.app import App
from modelapp.session.blobs import FileBlobs
from modelapp.session.flags import Flags
from modelapp.session.folder import Announced, folder_of, make_private
from modelapp.session.history import History
from modelapp.session.invites import Invites
from modelapp.session.queue import ThreadQueue
from modelapp.session.session import Session
from modelapp.session.store import SqliteStore
from tornado import httpserver, netutil
from tornado.ioloop import PeriodicCallback
from tornado.routing import PathMatches, Rule

if TYPE_CHECKING:
    from modelapp.server.against import Against
    from modelapp.server.first_check import FirstCheck

_LOOK_MILLISECONDS = 250
"""How often it is looked whether a link was revoked or has ended while its page is open."""
_LARGEST_MESSAGE_BYTES = 4 << 20


@dataclass(frozen=True)
class Other:
    """Another script to compare with.

    Attributes:
        path: The script.
        name: What it is called on the page.
    """

    path: Path
    name: str


@dataclass(frozen=True)
class Settings:
    """How an app is served.

    Attributes:
        host: Address to listen on.
        port: Port to listen on; 0 takes a free one.
        concurrency: How many runs go on at the same time.
        hosts: Further names under which the server is reached.
        upload_bytes: Size limit of one upload.
        pixels: Pixel limit of one picture.
        api_keys: What callers of the script over HTTP must have; none lets everybody call.
        port_is_default: If True and the port is in use, the next free one is taken.
        check: If True the script is checked after the start, as `modelapp check` does.
        watch: If True the presenter can be watched by who holds the watch link.
        password: What visitors without a link must type, or None.
        open_seconds: For how long from the start visitors without a link may come in, or None.
        against: Another script, whose answers stand beside, or None.
        embed_origins: Other sites that may show the page in a frame, as `embedding.origins` returns them.
    """

    host: str = "127.0.0.1"
    port: int = 8501
    concurrency: int = 4
    hosts: tuple[str, ...] = ()
    upload_bytes: int = 200 << 20
    pixels: int = 100_000_000
    port_is_default: bool = False
    check: bool = True
    watch: bool = False
    api_keys: tuple[str, ...] = ()
    password: str | None = None
    open_seconds: float | None = None
    against: Other | None = None
    embed_origins: tuple[str, ...] = ()


class Server:
    """A script being served.

    Args:
        script: The script, or its path.
        settings: How to serve it.

    Raises:
        ScriptError: If there is no such script.
        EnvironmentFault: If the port or the store cannot be used.
    """

    def __init__(self, script: Path | Script, settings: Settings) -> None:
        self.settings = settings
        self.script = script if isinstance(script, Script) else Script(script)
        self.folder = folder_of(self.script.path)
        self._sockets = _listen(settings)
        self.port: int = self._sockets[0].getsockname()[1]
        self._http: httpserver.HTTPServer | None = None
        self._sealed: httpserver.HTTPServer | None = None
        self.app: App | None = None
        self._checking: FirstCheck | None = None
        self._jobs: Jobs | None = None
        self.until: float | None = None
        """When it ends for visitors without a link, in seconds since 1970, or None."""
        self.ended: Callable[[], None] = lambda: None
        """Called when it has."""

    @property
    def name(self) -> str:
        """What tells this script from others of the machine."""
        return hashlib.sha256(str(self.script.path).encode()).hexdigest()[:10]

    @property
    def url(self) -> str:
        """Address of the page, for a visitor."""
        shown = "localhost" if self.settings.host in ("127.0.0.1", "0.0.0.0", "::", "::1", "") else self.settings.host
        return f"http://{shown}:{self.port}/"

    @property
    def presenter_url(self) -> str:
        """Address of the page, for the script's author."""
        return f"{self.url}?key={self.gate.key}"

    @property
    def watch_query(self) -> str | None:
        """What follows the page's address in the link of those who watch, or None."""
        return f"?watch={self.gate.watch_key}" if self.gate.watch_key else None

    def start(self) -> None:
        """Answer requests from now on, in the running event loop."""
        make_private(self.folder)
        key = kept_key(self.folder, "key")
        watch_key = kept_key(self.folder, "watch_key") if self.settings.watch else None
        self.gate = Gate(key, self.settings.hosts, self.name, watch_key, self.settings.embed_origins)
        if self.settings.open_seconds is not None:
            self.until = time.time() + self.settings.open_seconds
        self._invites = Invites(self.folder)
        self.door = Door(
            self.gate,
            self._invites,
            Keys(self.settings.api_keys),
            password=Password(self.settings.password, key) if self.settings.password else None,
            until=self.until,
            ended=lambda: self.ended(),
        )
        self.script.install()
        self._queue = ThreadQueue(self.settings.concurrency)
        self.app = App(
            self.script,
            SqliteStore(self.folder / "store.sqlite3"),
            FileBlobs(self.folder / "blobs"),
            self._queue,
            Flags(self.folder),
            History(self.folder),
            asyncio.get_running_loop(),
        )
        bulks = Bulks(self.app, self.folder / "bulk", self.settings.concurrency)
        histories = Histories(self.app, self._forget, lambda: self.announced.public)
        self._jobs = Jobs(bulks, Sweeps(self.app), Explanations(self.app), self._against(self.app), histories)
        settings = self.settings
        self._api = ApiRoutes(self.app, self.door, self.folder / "calls", settings.upload_bytes)
        self._routes = _routes(self.app, self.door, settings, self._api, self._jobs)
        self._http = httpserver.HTTPServer(self._routes)
        self._http.add_sockets(self._sockets)
        self.announced = Announced(self.folder, self.url)
        self.app.forgetting.begin()
        self._looking = PeriodicCallback(self.door.look, _LOOK_MILLISECONDS)
        self._looking.start()

    def seal(self) -> tuple[int, str]:
        """Answer sealed requests too, on a port of loopback. Return it, and the key that links to it must carry."""
        from modelapp.core.sealing import Key
        from modelapp.server.sealed.application import sealed_application  # only a page that is shared needs it

        assert self.app is not None
        key = Key.of(kept_key(self.folder, "link_key"))
        if self._sealed is None:
            address = inner_address(self._sockets[0])
            most_bytes = self.settings.upload_bytes
            self._sealed_sockets = netutil.bind_sockets(0, "127.0.0.1")
            self._sealed = httpserver.HTTPServer(
                sealed_application(self.app, self.door, key, self._routes, address, most_bytes)
            )
            self._sealed.add_sockets(self._sealed_sockets)
        return self._sealed_sockets[0].getsockname()[1], key.text

    def _forget(self, session: Session) -> None:
        if self._jobs is not None:
            self._jobs.forget(session)

    def _against(self, app: App) -> "Against | None":
        other = self.settings.against
        if other is None:
            return None
        from modelapp.server.against import Against  # no script is compared with another as a rule

        return Against(app, other.path, other.name, self.folder / "blobs")

    def watch(self) -> None:
        """Begin to reload the script when it is saved."""
        assert self.app is not None
        self.app.watch()

    def check(self) -> None:
        """Begin to check the script, if that is wanted and it compiles."""
        assert self.app is not None
        if self.settings.check and self.app.version is not None and self.app.broken is None:
            from modelapp.server.first_check import FirstCheck  # not needed for the first answer

            self._checking = FirstCheck(self.app)
            self._checking.begin()

    def give_back(self) -> None:
        """Give back the port of a server that could not start."""
        for one in self._sockets:
            one.close()

    async def stop(self) -> None:
        """Stop answering, and give back the port, files and threads."""
        for http in (self._sealed, self._http):
            if http is not None:
                http.stop()
                await http.close_all_connections()
        if self._checking is not None:
            self._checking.stop()
        if self._jobs is not None:
            self._jobs.close()
        if self.app is not None:
            self._looking.stop()
            self.announced.close()
            self._api.close()
            self.app.close()
            self._queue.close()
            self._invites.close()


def _routes(app: App, door: Door, settings: Settings, api: ApiRoutes, jobs: Jobs) -> Routes:
    static = static_folder()
    common = {"app": app, "door": door}
    limits = Limits(settings.upload_bytes, settings.pixels)
    socket_parts = {**common, "limits": limits, "jobs": jobs}
    return Routes(
        door,
        app,
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
            (r"/widget\.html", WidgetHandler, common),
            (r"/assets/(.*)", AssetHandler, {"path": str(static / "assets")}),
            (r"/(icon\.svg|licenses\.md)", AssetHandler, {"path": str(static)}),
        ],
        default_handler_class=MissingHandler,
        default_handler_args=common,
        websocket_max_message_size=_LARGEST_MESSAGE_BYTES,
        websocket_ping_interval=20,
        compress_response=False,
        log_function=lambda handler: None,
    )


def _listen(settings: Settings) -> list[socket.socket]:
    ports: Iterable[int] = [settings.port]
    if settings.port_is_default:
        ports = [*range(settings.port, settings.port + 20), 0]
    for port in ports:
        try:
            return netutil.bind_sockets(port, settings.host or None)
        except OSError as problem:
            if settings.port_is_default and port:
                continue
            raise EnvironmentFault(
                f"Port {port} of {settings.host!r} cannot be used: {os.strerror(problem.errno or 0)}.",
                hint="Stop what uses it, or pass another one with --port.",
            ) from None
        except UnicodeError:
            raise EnvironmentFault(f"{settings.host!r} is no address of this machine.") from None
    raise AssertionError("port 0 is always free")


def inner_address(listening: socket.socket) -> str:
    """Return where this machine itself reaches a listening socket, as "127.0.0.1:8501"."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
