"""What every host has, be it of one script or of a gallery: sockets that listen, keys, a door, a queue, and an end."""

import asyncio
import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.core.errors import EnvironmentFault
from modelapp.server.door import Door
from modelapp.server.health import Health
from modelapp.server.keys import Keys
from modelapp.server.mount import Mount
from modelapp.server.password import Password
from modelapp.server.security import Gate
from modelapp.server.settings import Settings
from modelapp.session.app import App
from modelapp.session.folder import Announced, make_private
from modelapp.session.invites import Invites
from modelapp.session.queue import ThreadQueue
from modelapp.session.storage import Storage, cookies_of, refuse_half_moved, storage_of
from tornado import httpserver, netutil
from tornado.ioloop import PeriodicCallback
from tornado.routing import Router

if TYPE_CHECKING:
    from modelapp.core.sealing import Key
    from modelapp.server.elsewhere import OnCluster
    from modelapp.server.metrics import Metrics

_LOOK_MILLISECONDS = 250
"""How often it is looked whether a link was revoked or has ended while its page is open."""


class Hosting:
    """The base of hosts.

    Args:
        path: What is served: a script, or a folder of them.
        folder: Where keys and links are kept.
        settings: How to serve it.

    Raises:
        EnvironmentFault: If the port cannot be used.
    """

    def __init__(self, path: Path, folder: Path, settings: Settings) -> None:
        self.path = path
        self.settings = settings
        self.folder = folder
        self._sockets = _listen(settings)
        self.port: int = self._sockets[0].getsockname()[1]
        self._http: httpserver.HTTPServer | None = None
        self._sealed: httpserver.HTTPServer | None = None
        self._sealed_sockets: list[socket.socket] = []
        self._stopping = False
        self.metrics: Metrics | None = None
        self.cluster: OnCluster | None = None
        """Does calls and bulk runs, or None: they are done in this process."""
        self.until: float | None = None
        """When it ends for visitors without a link, in seconds since 1970, or None."""
        self.ended: Callable[[], None] = lambda: None
        """Called when it has."""

    @property
    def name(self) -> str:
        """What tells this from others of the machine."""
        return hashlib.sha256(str(self.path).encode()).hexdigest()[:10]

    @property
    def local_url(self) -> str:
        """Address of the page for browsers of this machine or network."""
        shown = "localhost" if self.settings.host in ("127.0.0.1", "0.0.0.0", "::", "::1", "") else self.settings.host
        return f"http://{shown}:{self.port}{self.settings.base.path}"

    @property
    def url(self) -> str:
        """Address of the page, for a visitor."""
        return self.settings.base.public or self.local_url

    @property
    def presenter_url(self) -> str:
        """Address of the page, for its author."""
        return f"{self.url}?key={self.gate.key}"

    @property
    def watch_query(self) -> str | None:
        """What follows the page's address in the link of those who watch, or None."""
        return f"?watch={self.gate.watch_key}" if self.gate.watch_key else None

    def start(self) -> None:
        """Answer requests from now on, in the running event loop."""
        raise NotImplementedError

    def tell_faults(self) -> None:
        """Say why what is served cannot be run, if so."""

    async def settle(self) -> None:
        """Begin what the first answer need not wait for."""

    async def stop(self) -> None:
        """Stop answering, and give back the port, files and threads."""
        raise NotImplementedError

    def seal(self) -> tuple[int, str]:
        """Answer sealed requests too, on a port of loopback. Return it, and the key that links to it must carry."""
        from modelapp.core.sealing import Key  # only a page that is shared needs it

        key = Key.of(self.storage.key("link_key"))
        if self._sealed is None:
            self._sealed_sockets = netutil.bind_sockets(0, "127.0.0.1")
            self._sealed = httpserver.HTTPServer(self.sealed_routes(key))
            self._sealed.add_sockets(self._sealed_sockets)
        return self._sealed_sockets[0].getsockname()[1], key.text

    @property
    def apps(self) -> dict[str, App]:
        """The apps that are loaded, by name."""
        return {}

    def why_not(self) -> str | None:
        """Return why visitors should not be sent here just now, or None."""
        return "The host restarts." if self._stopping else None

    async def finish(self, seconds: float, at_once: asyncio.Event) -> None:
        """Begin no further run, say so on every page, and wait for the runs that go on.

        Args:
            seconds: For this long at most.
            at_once: Set to wait no longer.
        """
        self._stopping = True
        loop = asyncio.get_running_loop()
        rested = asyncio.Event()
        for app in self.apps.values():
            app.stop_soon()
        # What a run told the loop comes before this.
        self.queue.rest(lambda: loop.call_soon_threadsafe(rested.set))
        waits = [asyncio.ensure_future(one.wait()) for one in (rested, at_once)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()

    def give_back(self) -> None:
        """Give back the port of a host that could not start."""
        for one in self._sockets:
            one.close()

    # ------------------------------------------------------------ for those who extend it

    def storage_of(self, path: Path) -> Storage:
        """Return where a script, or a gallery, keeps what lasts."""
        return storage_of(path, self.settings.store, self.settings.blobs, serves=True)

    def open_door(self) -> None:
        """Make keys, the door and the queue."""
        settings = self.settings
        make_private(self.folder)
        self.storage = self.storage_of(self.path)
        refuse_half_moved(self.storage)
        key = self.storage.key("key")
        watch_key = self.storage.key("watch_key") if settings.watch else None
        public_host = settings.base.host
        hosts = (*settings.hosts, public_host) if public_host else settings.hosts
        self.gate = Gate(key, hosts, cookies_of(self.storage, self.path), watch_key, self.settings.embed_origins)
        if settings.open_seconds is not None:
            self.until = time.time() + settings.open_seconds
        self._invites = Invites(self.storage)
        self.door = Door(
            self.gate,
            self._invites,
            Keys(settings.api_keys),
            password=Password(settings.password, key) if settings.password else None,
            until=self.until,
            ended=lambda: self.ended(),
        )
        self.queue = ThreadQueue(settings.concurrency)
        if settings.metrics is not None:
            from modelapp.server.metrics import Metrics  # most hosts do without

            self.metrics = Metrics(*settings.metrics, lambda: self.apps, self.queue, self.cluster)

    def answer_with(self, routes: Router) -> None:
        """Answer requests by these routes from now on."""
        base = self.settings.base
        answering = Health(routes, self.why_not)
        settings = self.settings
        mount = Mount(base.path, answering, behind_proxy=settings.behind_proxy, behind_jupyter=settings.behind_jupyter)
        self._http = httpserver.HTTPServer(mount)
        self._http.add_sockets(self._sockets)
        self.announced = Announced(self.folder, self.local_url)
        if base.public:
            self.announced.reached(base.public)
        self._looking = PeriodicCallback(self.door.look, _LOOK_MILLISECONDS)
        self._looking.start()

    def sealed_routes(self, key: "Key") -> Router:
        """Return what answers sealed requests."""
        raise NotImplementedError

    @property
    def inner_address(self) -> str:
        """Where this machine itself reaches the plain port, as "127.0.0.1:8501"."""
        host, port = self._sockets[0].getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    async def stop_answering(self) -> None:
        """Stop answering, and give back the ports."""
        if self._sealed is not None:
            self._sealed.stop()
            await self._sealed.close_all_connections()
        if self._http is not None:
            self._http.stop()
            await self._http.close_all_connections()
            self._looking.stop()
            self.announced.close()

    def close_door(self) -> None:
        """Give back what `open_door` took."""
        if self.metrics is not None:
            self.metrics.close()
        self.queue.close()
        self._invites.close()
        self.storage.close()


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
