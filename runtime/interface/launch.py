"""A script served from inside a running program: a server in a thread of its own, with its own event loop."""

import asyncio
import atexit
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.core.errors import ScriptError
from modelapp.script.run import Script

if TYPE_CHECKING:
    from modelapp.cli.sharing import Sharing
    from modelapp.server.settings import Settings
    from modelapp.share.destination import Destination

DEFAULT_PORT = 8501
_SHARE_SECONDS = 20.0
"""How long a launch waits for the public address. It may still come later."""


class Launched:
    """A page that this program serves until it is closed, or the program ends.

    Args:
        script: What is served.
        port: Port to listen on; None takes the first free one from 8501, 0 any.
        share: SSH server or relay of the public link, or None.
        temporary: A folder that is removed at the end, or None.

    Raises:
        EnvironmentFault: If the port or the folder cannot be used.
    """

    def __init__(
        self, script: Script, *, port: int | None = None, share: str | None = None, temporary: Path | None = None
    ) -> None:
        # Tornado takes 80 ms to import: `import modelapp` does without.
        from modelapp.server.application import Server
        from modelapp.server.settings import Settings

        settings = Settings(port=DEFAULT_PORT if port is None else port, port_is_default=port is None, check=False)
        to, settings = _destination(share, settings)
        self._temporary = temporary
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

    def wait(self) -> None:
        """Wait until somebody presses Ctrl-C, and close the page then."""
        try:
            while self._thread.is_alive():
                self._thread.join(1)  # short: on Windows a join cannot be interrupted
        except KeyboardInterrupt:
            print("The page is closed.", file=sys.stderr)
        finally:
            self.close()

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
                shutil.rmtree(self._temporary, ignore_errors=True)

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
            await self._stopped.wait()
        finally:
            await server.stop()

    def _is_reached(self, url: str) -> None:
        self._share_url = url
        self._reached.set()


def launched(
    script: Script, temporary: Path | None, *, inbrowser: bool, validate: bool, share: str | None, port: int | None
) -> Launched:
    """Serve a script, and print where.

    Args:
        script: What is served.
        temporary: A folder that is removed at the end, or None.
        inbrowser: If True a browser is opened.
        validate: If True the script is checked before, and what was found is printed.
        share: SSH server or relay of the public link, or None.
        port: See `Launched`.
    """
    if validate:
        print("\n".join(findings(script)))
    page = Launched(script, port=port, share=share, temporary=temporary)
    print(f"\n  {script.path.name} is served at\n\n  you        {page.presenter_url}\n  visitors   {page.url}\n")
    if temporary is not None:
        print("What visitors give is kept in a temporary folder, which is removed at the end.\n")
    if inbrowser:
        import webbrowser  # takes 10 ms

        webbrowser.open(page.presenter_url)
    return page


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


def refuse_inline(name: str) -> None:
    """Say that pages inside of a notebook's cell are not there yet.

    Args:
        name: What was called.

    Raises:
        ScriptError: Always.
    """
    raise ScriptError(
        f"{name}(inline=True): a page cannot stand inside of a notebook's cell yet.",
        hint=f"Leave it out, and open the address that {name} prints.",
    )


def interactive() -> bool:
    """Return True at the prompt and in a notebook, which must go on."""
    return hasattr(sys, "ps1") or "ipykernel" in sys.modules


def _destination(share: str | None, settings: "Settings") -> "tuple[Destination | None, Settings]":
    if share is None:
        return None, settings
    from modelapp.share.destination import destination  # reads paramiko, which others do without

    to = destination(share)
    return to, replace(settings, hosts=(to.given, to.host))
