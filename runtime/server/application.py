"""Putting the parts together: a script's path in, a listening server out."""

import asyncio
import logging
from pathlib import Path

from modelapp.script.failure import as_text
from modelapp.script.run import Script
from modelapp.server.hosting import Hosting, inner_address
from modelapp.server.security import kept_key
from modelapp.server.served_app import ServedApp
from modelapp.server.settings import Settings
from modelapp.session.app import App
from modelapp.session.folder import folder_of
from tornado import httpserver, netutil

log = logging.getLogger("modelapp")


class Server(Hosting):
    """A script being served.

    Args:
        script: The script, or its path.
        settings: How to serve it.

    Raises:
        ScriptError: If there is no such script.
        EnvironmentFault: If the port or the store cannot be used.
    """

    def __init__(self, script: Path | Script, settings: Settings) -> None:
        self.script = script if isinstance(script, Script) else Script(script)
        super().__init__(self.script.path, folder_of(self.script.path), settings)
        self._served: ServedApp | None = None
        self._sealed: httpserver.HTTPServer | None = None

    @property
    def app(self) -> App | None:
        """The app, once it was started."""
        return self._served.app if self._served else None

    @property
    def apps(self) -> dict[str, App]:
        """The apps that are loaded, by name."""
        return {self.script.path.stem: self._served.app} if self._served else {}

    def why_not(self) -> str | None:
        """Return why visitors should not be sent here just now, or None."""
        return super().why_not() or ("The script cannot be run as it is now." if self.script.failure else None)

    def start(self) -> None:
        """Answer requests from now on, in the running event loop."""
        engine = self.settings.engine
        if engine is not None:
            from modelapp.server.elsewhere import OnCluster  # most apps are run in this process alone

            self.cluster = OnCluster(engine, self.script.path)
        self.open_door()
        self._served = ServedApp(
            self.script, self.folder, self.settings, self.door, self.queue, lambda: self.announced.public, self.cluster
        )
        self.answer_with(self._served.routes)

    def seal(self) -> tuple[int, str]:
        """Answer sealed requests too, on a port of loopback. Return it, and the key that links to it must carry."""
        from modelapp.core.sealing import Key
        from modelapp.server.sealed.application import sealed_application  # only a page that is shared needs it

        assert self._served is not None
        key = Key.of(kept_key(self.folder, "link_key"))
        if self._sealed is None:
            address = inner_address(self._sockets[0])
            most_bytes = self.settings.upload_bytes
            self._sealed_sockets = netutil.bind_sockets(0, "127.0.0.1")
            self._sealed = httpserver.HTTPServer(
                sealed_application(self._served.app, self.door, key, self._served.routes, address, most_bytes)
            )
            self._sealed.add_sockets(self._sealed_sockets)
        return self._sealed_sockets[0].getsockname()[1], key.text

    def tell_faults(self) -> None:
        """Say why the script cannot be run, if so."""
        if self.script.failure is not None:
            log.error("It cannot be run yet:\n%s\n", as_text(self.script.failure))

    async def settle(self) -> None:
        """Begin what the first answer need not wait for: importing what watches takes 50 ms."""
        await asyncio.get_running_loop().run_in_executor(None, self.watch)
        self.check()

    def watch(self) -> None:
        """Begin to reload the script when it is saved."""
        assert self._served is not None
        self._served.app.watch()

    def check(self) -> None:
        """Begin to check the script, if that is wanted and it compiles."""
        assert self._served is not None
        self._served.check()

    async def stop(self) -> None:
        """Stop answering, and give back the port, files and threads."""
        if self._sealed is not None:
            self._sealed.stop()
            await self._sealed.close_all_connections()
        await self.stop_answering()
        if self._served is not None:
            self._served.close()
            self.close_door()
        if self.cluster is not None:
            self.cluster.close()
