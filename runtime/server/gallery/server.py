"""A folder of scripts being served: an index, and each app below its name."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote
from weakref import WeakKeyDictionary

from modelapp.core.errors import EnvironmentFault, ModelAppError, ScriptError
from modelapp.script.failure import as_text
from modelapp.script.results import release
from modelapp.script.run import Script
from modelapp.server.gallery.addresses import Addresses, PlainAddresses, SealedAddresses
from modelapp.server.gallery.cards import Cards
from modelapp.server.gallery.handlers import Index, file_routes, index_routes
from modelapp.server.gallery.memory import give_back, machine_bytes, used_bytes
from modelapp.server.gallery.scripts import AppFile, apps_of
from modelapp.server.hosting import Hosting
from modelapp.server.mount import base_of, enter, to_folder
from modelapp.server.outside import Routes
from modelapp.server.served_app import ServedApp
from modelapp.server.settings import Settings
from modelapp.session.app import App
from modelapp.session.database.address import has_schema
from modelapp.session.folder import folder_of
from tornado import httputil
from tornado.ioloop import PeriodicCallback
from tornado.routing import Router

if TYPE_CHECKING:
    from modelapp.core.sealing import Key

log = logging.getLogger("modelapp")
_LOOK_MILLISECONDS = 500
_MEGABYTE = 1 << 20


class Gallery(Hosting):
    """A folder of scripts being served.

    Args:
        folder: The folder.
        settings: How to serve it.

    Raises:
        ScriptError: If there is no app in it.
        EnvironmentFault: If the port cannot be used.
    """

    def __init__(self, folder: Path, settings: Settings) -> None:
        self._scripts = folder.resolve()
        if not apps_of(self._scripts):
            raise ScriptError(
                f"There is no app in {str(folder)!r}.",
                hint="An app is a .py file that imports modelapp and calls an input or an output.",
            )
        if settings.store and has_schema(settings.store):
            raise EnvironmentFault(
                "A gallery has a schema for each of its scripts: the address of its store names none.",
                hint="Leave ?schema= out.",
            )
        super().__init__(self._scripts, folder_of(self._scripts), settings)
        self._files: dict[str, AppFile] = {}
        self._loaded: dict[str, ServedApp] = {}
        self._used: dict[str, float] = {}
        self._stamps: dict[str, tuple[int, int]] = {}
        self._sealed_addresses: SealedAddresses | None = None
        limit = settings.memory_megabytes * _MEGABYTE if settings.memory_megabytes else (machine_bytes() or 0) // 2
        self.memory_bytes = limit

    @property
    def apps(self) -> dict[str, App]:
        """The apps that are loaded, by name."""
        return {name: served.app for name, served in list(self._loaded.items())}

    def start(self) -> None:
        """Answer requests from now on, in the running event loop."""
        self.open_door()
        self._index = Index(self._scripts.name)
        self._cards = Cards(self.folder / "cards", self._tell)
        self._look()
        addresses = PlainAddresses()
        self.answer_with(_GalleryRoutes(self, addresses, self._index_routes(addresses), _plain_routes))
        self._periodic = PeriodicCallback(self._look, _LOOK_MILLISECONDS)
        self._periodic.start()

    def sealed_routes(self, key: "Key") -> Router:
        """Return what answers sealed requests, for the index and below it."""
        from modelapp.server.sealed.application import sealed_application, sealed_index  # only what is shared needs it

        self._sealed_addresses = addresses = SealedAddresses(key.secret, lambda: self._files)

        def routes_of(name: str, served: ServedApp) -> Router:
            inner = f"{self.inner_address}/{quote(name, safe='')}"
            return sealed_application(served.app, self.door, key, served.routes, inner, most_bytes)

        most_bytes = self.settings.upload_bytes
        index = sealed_index(self.door, key, self._index_routes(addresses), most_bytes, file_routes(self.door))
        return _GalleryRoutes(self, addresses, index, routes_of)

    def served(self, name: str) -> ServedApp | None:
        """Return an app, loaded if it was not yet; None if there is none of that name."""
        known = self._loaded.get(name)
        if known is None and name in self._files:
            path = self._files[name].path
            try:
                script = Script(path)
                storage = self.storage_of(path)
                known = ServedApp(script, storage, self.settings, self.door, self.queue, lambda: self._public(name))
            except (EnvironmentFault, ModelAppError) as problem:
                log.error("%s cannot be served: %s", path.name, problem.message)
                return None
            self._loaded[name] = known
            if script.failure is not None:
                log.error("%s cannot be run yet:\n%s", path.name, as_text(script.failure))
            # It takes milliseconds to begin, which the answer need not wait for.
            asyncio.get_running_loop().run_in_executor(None, known.app.watch)
            log.info("%s is loaded.", name)
        if known is not None:
            self._used[name] = time.monotonic()
        return known

    async def stop(self) -> None:
        """Stop answering, and give back the port, files and threads."""
        self._periodic.stop()
        self._cards.stop()
        self._index.close()
        await self.stop_answering()
        for served in self._loaded.values():
            served.close()
        self.close_door()

    def _index_routes(self, addresses: Addresses) -> Routes:
        return index_routes(self.door, self._index, self._cards, addresses)

    def _public(self, name: str) -> str | None:
        public = self.announced.public
        if public is None:
            return None
        folder, sign, key = public.partition("#")
        addresses = self._sealed_addresses if key and self._sealed_addresses else PlainAddresses()
        return f"{folder}{addresses.of(name)}/{sign}{key}"

    def _tell(self) -> None:
        self._index.show([(app, self._cards.of(app.name)) for app in self._files.values()])

    def _look(self) -> None:
        """Look whether files came, went or were saved, and whether there is memory enough."""
        stamps = {}
        for path in self._scripts.glob("*.py"):
            try:
                status = path.stat()
            except OSError:
                continue
            stamps[path.name] = (status.st_mtime_ns, status.st_size)
        if stamps != self._stamps:
            self._stamps = stamps
            self._files = {app.name: app for app in apps_of(self._scripts)}
            for name in self._loaded.keys() - self._files.keys():
                log.info("%s was deleted.", name)
                self._loaded.pop(name).close()
            self._cards.update(self._files.values())
            self._tell()
        self._relieve()

    def _relieve(self) -> None:
        """Release the models of the app that was used the longest ago and has no open page, if memory is short."""
        used = used_bytes()
        if not self.memory_bytes or used is None or used <= self.memory_bytes:
            return
        for name in sorted(self._used, key=self._used.__getitem__):
            served = self._loaded.get(name)
            if served is None or served.busy or any(one.watched for one in served.app.sessions()):
                continue
            del self._used[name]  # until it is used again there is nothing more to release
            files = {served.app.script.path, *served.app.script.modules.files()} - {
                file
                for other, one in self._loaded.items()
                if other in self._used
                for file in one.app.script.modules.files()
            }
            if release({str(file) for file in files}):
                give_back()
                now = (used_bytes() or 0) // _MEGABYTE
                log.info("%s was released: %d MB were in use, %d MB now.", name, used // _MEGABYTE, now)
                return


def _plain_routes(name: str, served: ServedApp) -> Router:
    return served.routes


class _GalleryRoutes(Router):
    """Leads requests to the app that is at the first part of their path, and all others to the index.

    Args:
        gallery: Whose apps they are.
        addresses: Where they are.
        index: What answers for the index.
        routes_of: Returns what answers for an app. Asked once for each that is loaded.
    """

    def __init__(
        self, gallery: Gallery, addresses: Addresses, index: Router, routes_of: Callable[[str, ServedApp], Router]
    ) -> None:
        self._gallery = gallery
        self._addresses = addresses
        self._index = index
        self._routes_of = routes_of
        self._routes: WeakKeyDictionary[ServedApp, Router] = WeakKeyDictionary()

    def find_handler(self, request: httputil.HTTPServerRequest, **kwargs: Any) -> httputil.HTTPMessageDelegate | None:
        """Return what takes a request."""
        target = self._target(request)
        return target if isinstance(target, httputil.HTTPMessageDelegate) else target.find_handler(request, **kwargs)

    def _target(self, request: httputil.HTTPServerRequest) -> Router | httputil.HTTPMessageDelegate:
        first, slash, _ = request.path[1:].partition("/")
        # Who may not come in learns of no name.
        outside = self._gallery.door.entry(request).refused is not None and not slash
        if not first or first.startswith("_") or outside:
            return self._index
        name = self._addresses.name(unquote(first))
        served = None if name is None else self._gallery.served(name)
        if name is None or served is None:
            return self._index
        if not slash:
            return to_folder(request)
        request.modelapp_home = base_of(request)  # type: ignore[attr-defined]
        enter(request, f"/{first}/")
        if served not in self._routes:
            self._routes[served] = self._routes_of(name, served)
        return self._routes[served]
