"""Putting the parts together: a script's path in, a listening server out."""

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.script.failure import as_text
from modelapp.script.run import Script
from modelapp.server.hosting import Hosting
from modelapp.server.served_app import ServedApp
from modelapp.server.settings import Settings
from modelapp.session.app import App
from modelapp.session.folder import folder_of
from tornado.routing import Router

if TYPE_CHECKING:
    from modelapp.core.sealing import Key

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
        if self.cluster is not None and self.settings.live_on_engine:  # all runs wait for their turns here
            self.cluster.resized = self.queue.resize
            self.queue.resize(self.cluster.room)
        self._served = ServedApp(
            self.script,
            self.storage,
            self.settings,
            self.door,
            self.queue,
            lambda: self.announced.public,
            self.cluster,
        )
        self.answer_with(self._served.routes)

    def sealed_routes(self, key: "Key") -> Router:
        """Return what answers sealed requests."""
        from modelapp.server.sealed.application import sealed_application  # only a page that is shared needs it

        assert self._served is not None
        return sealed_application(
            self._served.app, self.door, key, self._served.routes, self.inner_address, self.settings.upload_bytes
        )

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
        await self.stop_answering()
        if self._served is not None:
            self._served.close()
            self.close_door()
        if self.cluster is not None:
            self.cluster.close()
