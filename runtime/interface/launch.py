"""A script served from inside a running program: a server in a thread of its own, with its own event loop."""

import asyncio
import atexit
import logging
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.core.errors import EnvironmentFault
from modelapp.interface.notebook import frame, kernel
from modelapp.interface.temporary import remove
from modelapp.script.live import LiveScript
from modelapp.script.run import Script

if TYPE_CHECKING:
    from modelapp.cli.sharing import Sharing
    from modelapp.server.settings import Settings
    from modelapp.share.destination import Destination

DEFAULT_PORT = 8501
_SHARE_SECONDS = 20.0
"""How long a launch waits for the public address. It may still come later."""


@dataclass(frozen=True, slots=True)
class How:
    """How a page is launched.

    Attributes:
        inbrowser: If True a browser is opened.
        inline: If True it stands in the output of a notebook's cell.
        validate: If True the script is checked: before, or in a notebook meanwhile, for a cell should not wait.
        share: SSH server or relay of the public link, or None.
        port: Port to listen on; None takes the first free one from 8501, 0 any.
        height: Of a frame in a cell, in pixels; None is for that of what it shows.
    """

    inbrowser: bool = False
    inline: bool = False
    validate: bool = True
    share: str | None = None
    port: int | None = None
    height: int | None = None


class Launched:
    """A page that this program serves until it is closed, or the program ends.

    Args:
        script: What is served.
        how: How.
        temporary: A folder that is removed at the end, or None.

    Raises:
        EnvironmentFault: If the port or the folder cannot be used.
    """

    def __init__(self, script: Script, how: How, temporary: Path | None = None) -> None:
        # Tornado takes 80 ms to import: `import modelapp` does without.
        from modelapp.server.application import Server
        from modelapp.server.settings import Settings

        settings = Settings(
            port=DEFAULT_PORT if how.port is None else how.port,
            port_is_default=how.port is None,
            check=how.inline and how.validate,
            behind_jupyter=kernel.in_notebook(),
        )
        to, settings = _destination(how.share, settings)
        self.script = script
        self._how = how
        self._temporary = temporary
        self._shown_by: int | None = None
        self._server = Server(script, settings)
        self._share_url: str | None = None
        self._sharing: Sharing | None = None
        self._reached = threading.Event()
        self._closing = threading.Lock()
        self._problem: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._stopped = asyncio.Event()
        started = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(to, started.set), name="modelapp-server", daemon=True)
        self._thread.start()
        atexit.register(self.close)
        started.wait()
        if self._problem is not None:
            self.close()
            raise self._problem
        if to is not None:
            self._reached.wait(_SHARE_SECONDS)

    @property
    def url(self) -> str:
        """Address of the page, for visitors of this machine."""
        return self._server.url

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._server.port

    @property
    def presenter_url(self) -> str:
        """Address of the page, for its author."""
        return self._server.presenter_url

    @property
    def share_url(self) -> str | None:
        """Public address of the page, or None while there is none."""
        return self._share_url

    def one_time_url(self) -> str:
        """Return an address that opens the page for its author once, and for whoever comes later as a visitor's."""
        return f"{self._server.local_url}?ticket={self._server.door.tickets.new()}"

    def show(self) -> None:
        """Show the page in the output of the cell that is executed now.

        What the page tells its author is not logged below it too, unless the notebook asks for logs.
        """
        log = logging.getLogger("modelapp")
        if not log.hasHandlers():
            log.addHandler(logging.NullHandler())
        self._shown_by = kernel.shell().execution_count
        ticket = self._server.door.tickets.new()
        name = self.script.path.name
        shown = frame.bundle(name, self.port, ticket, self._how.height, self._share_url)
        kernel.shell().display_pub.publish(shown)

    def _ipython_display_(self) -> None:
        """Show the page where it is a cell's last value, unless the cell shows it already."""
        if not (kernel.in_notebook() and self._thread.is_alive()):
            print(repr(self))
        elif self._shown_by != kernel.shell().execution_count:
            self.show()

    def wait(self) -> None:
        """Wait until somebody presses Ctrl-C, and close the page then."""
        try:
            while self._thread.is_alive():
                self._thread.join(1)  # short: on Windows a join cannot be interrupted
        except KeyboardInterrupt:
            print("The page is closed.", file=sys.stderr)
        finally:
            self.close()

    def hand_over(self) -> Path | None:
        """Close, but keep the temporary folder for the page that takes this one's place; return it, or None."""
        kept, self._temporary = self._temporary, None
        self.close()
        return kept

    def close(self) -> None:
        """Stop serving, and give back the port, threads and a temporary folder. Can be called twice."""
        with self._closing:
            atexit.unregister(self.close)
            if self._sharing is not None:
                self._sharing.stop()
                self._share_url = None
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._stopped.set)
                self._thread.join()
            if self._temporary is not None:
                remove(self._temporary)
                self._temporary = None

    def __enter__(self) -> "Launched":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self._thread.is_alive() else ", closed"
        return f"Launched({self.url}{f', {self.share_url}' if self.share_url else ''}{state})"

    # ------------------------------------------------------------ the server's thread

    def _work(self, to: "Destination | None", started: Callable[[], None]) -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._serve(to, started))
        except BaseException as problem:  # told in the thread that launches
            self._problem = problem
        finally:
            started()

    async def _serve(self, to: "Destination | None", started: Callable[[], None]) -> None:
        server = self._server
        try:
            server.start()
        except BaseException:
            server.give_back()
            raise
        try:
            if to is not None:
                from modelapp.cli.sharing import shared  # reads paramiko, which others do without

                self._sharing = shared(server, to, reached=self._is_reached)
            started()
            if not isinstance(self.script, LiveScript):
                await asyncio.get_running_loop().run_in_executor(None, server.watch)
            server.check()
            await self._stopped.wait()
        finally:
            await server.stop()

    def _is_reached(self, url: str) -> None:
        self._share_url = url
        self._reached.set()


def launched(script: Script, temporary: Path | None, how: How, port_before: int | None = None) -> Launched:
    """Serve a script, and print where or show it.

    Args:
        script: What is served.
        temporary: A folder that is removed at the end, or None.
        how: How.
        port_before: Port of the page whose place it takes: it is taken again if that is possible.
    """
    if how.validate and not how.inline:
        print("\n".join(findings(script)))
    page = _at_the_port_before(script, temporary, how, port_before)
    if how.inline:
        page.show()
    else:
        # What is printed in a notebook is saved with it: the key is not.
        yours = page.one_time_url() if kernel.in_notebook() else page.presenter_url
        print(f"\n  {script.path.name} is served at\n\n  you        {yours}\n  visitors   {page.url}\n")
        if temporary is not None:
            print("What visitors give is kept in a temporary folder, which is removed at the end.\n")
    if how.inbrowser:
        import webbrowser  # takes 10 ms

        webbrowser.open(page.presenter_url)
    return page


def _at_the_port_before(script: Script, temporary: Path | None, how: How, port: int | None) -> Launched:
    if how.port is None and port is not None:
        try:
            return Launched(script, replace(how, port=port), temporary)
        except EnvironmentFault:  # somebody else has it meanwhile
            pass
    return Launched(script, how, temporary)


def findings(script: Script) -> list[str]:
    """Run a script on its examples and on edge values, and return what is wrong with it, in lines for a reader."""
    from modelapp.model.check.findings import as_lines  # only a check needs it
    from modelapp.model.check.runs import Check

    # What the script prints must not stand among what is printed of the check.
    with tempfile.TemporaryDirectory(prefix="modelapp-") as folder, redirect_stdout(sys.stderr):
        checking = Check(script, Path(folder))
        for _ in checking.steps():
            pass
        return as_lines(checking.report())


def interactive() -> bool:
    """Return True at the prompt and in a notebook, which must go on."""
    return hasattr(sys, "ps1") or "ipykernel" in sys.modules


def _destination(share: str | None, settings: "Settings") -> "tuple[Destination | None, Settings]":
    if share is None:
        return None, settings
    from modelapp.share.destination import destination  # reads paramiko, which others do without

    to = destination(share)
    return to, replace(settings, hosts=(to.given, to.host))
