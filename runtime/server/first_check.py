"""The check that a script goes through when it is first served: one run at a time, behind everybody who waits."""

import logging
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelapp.core.errors import ModelAppError
from modelapp.core.protocol import Notice
from modelapp.model.check.errand import CheckErrand
from modelapp.model.check.findings import CheckReport, as_lines, summary
from modelapp.model.check.runs import Check
from modelapp.session.app import App
from modelapp.session.queue import Job

if TYPE_CHECKING:
    from modelapp.server.around_elsewhere import Works
    from modelapp.server.elsewhere import OnCluster

log = logging.getLogger("modelapp")
_MOST_NOTICES = 3


class FirstCheck:
    """A check of an app's script as it is now; it ends early when the script is saved.

    Its result goes to the log, and to the pages of the script's author.

    Args:
        app: The app. All methods are called in its loop's thread.
        cluster: Does it, or None: it is done in this process.
    """

    def __init__(self, app: App, cluster: "OnCluster | None" = None) -> None:
        self._app = app
        self._cluster = cluster
        self._works: Works | None = None
        self._version = app.version
        # Deleted at the end of the process at the latest: a host that stops in the midst of it leaves nothing behind.
        self._folder = tempfile.TemporaryDirectory(prefix="modelapp-", ignore_cleanup_errors=True)
        self._check = Check(app.script, Path(self._folder.name))
        self._steps: Iterator[None] = self._check.steps()
        self._stopped = False

    def begin(self) -> None:
        """Ask for the next run of the check, or have a replica do all of it."""
        if self._cluster is not None:
            self._works = self._cluster.begin([CheckErrand(0, {})], "check")
            self._app.reloaded.append(self._works.stop)
            threading.Thread(target=self._wait, args=(self._works,), name="modelapp-check", daemon=True).start()
            return
        self._app.queue.submit(Job(self._step, lambda place: None, background=True))

    def stop(self) -> None:
        """End the check without a word."""
        self._stopped = True
        self._check.stop()
        if self._works is not None:
            self._works.stop()
        self._folder.cleanup()

    def _step(self) -> None:
        """Do one run. Called in a thread of the queue."""
        try:
            more = next(self._steps, self) is not self
        except Exception:  # ours: the page must not suffer from it
            log.exception("The check of %s failed", self._app.script.path.name)
            more, self._stopped = False, True
        with suppress(RuntimeError):  # the host stopped meanwhile, and its loop is closed
            self._app.loop.call_soon_threadsafe(self._stepped, more)

    def _stepped(self, more: bool) -> None:
        stale = self._is_stale()
        if more and not stale:
            self.begin()
            return
        self._folder.cleanup()
        if not stale:
            self._tell(self._check.report())

    def _wait(self, works: "Works") -> None:
        """Wait until a replica has done it. Called in a thread of its own."""
        found: Any
        try:
            found = list(works.reports())
        except ModelAppError as problem:
            found = problem
        with suppress(RuntimeError):  # the host stopped meanwhile, and its loop is closed
            self._app.loop.call_soon_threadsafe(self._found, found)

    def _found(self, reports: Any) -> None:
        """Take in what a replica has found, or why it has not."""
        self._folder.cleanup()
        if isinstance(reports, Exception):
            log.error("The check of %s failed: %s", self._app.script.path.name, reports)
        elif reports and not self._is_stale():
            self._tell(reports[0])

    def _is_stale(self) -> bool:
        now, before = self._app.version, self._version
        # In a notebook a version is made anew after each cell, of the same code.
        return self._stopped or now is None or before is None or now.pieces is not before.pieces

    def _tell(self, report: CheckReport) -> None:
        told = [finding for finding in report.findings if finding.severity != "note"]
        if not told:
            log.info("%s", summary(report))
            return
        log.warning("%s", "\n".join(as_lines(report)))
        news = [Notice(f"Line {one.line}: {one.message} {one.fix}", "error") for one in told[:_MOST_NOTICES]]
        if len(told) > _MOST_NOTICES:
            news.append(Notice(f"{len(told) - _MOST_NOTICES} more findings are on the terminal.", "error"))
        self._app.standing = tuple(news)
        self._app.tell_presenters(news)
