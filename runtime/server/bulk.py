"""Many cases at once, for one session's pages: files in, rows while they are done, a report, a case opened in the page.

The runs go through the app's queue in the background, so that live visitors go first. All methods are called in the
event loop's thread unless they say otherwise.
"""

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.core.errors import EnvironmentFault, InvalidValue, ModelAppError
from modelapp.core.names import slug
from modelapp.core.protocol import BulkState, Json
from modelapp.model.bulk.cases import Source, opened, planned
from modelapp.model.bulk.results import Row, write
from modelapp.model.bulk.runs import Bulk
from modelapp.model.engines.threads import Case, Engine, Fault, ThreadEngine
from modelapp.model.live.raw import RawErrand, raw_values
from modelapp.script.failure import CALM
from modelapp.script.run import execute
from modelapp.server.bulk_rows import Rows
from modelapp.session.app import App
from modelapp.session.queue import Job
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.server.elsewhere import OnCluster

log = logging.getLogger("modelapp")
MOST_CASES = 100_000
MOST_FILES = 20_000
_TELL_SECONDS = 0.15
_TRUTHS = ("truth", "label", "labels", "target", "class", "diagnosis", "y", "answer", "expected", "folder")
_OURS = {"InvalidValue", "WrongInput", "MissingInput", "UnknownInput"}
"""Faults whose messages are about a value, and meant for everybody."""


class PageBulk:
    """The cases of one session.

    Args:
        app: The app.
        session: Whose pages see them.
        folder: Where the files go; it is this object's alone.
        concurrency: Runs at the same time.
        cluster: Does them, or None: they are done in this process.
    """

    def __init__(
        self, app: App, session: Session, folder: Path, concurrency: int, cluster: "OnCluster | None" = None
    ) -> None:
        self._app = app
        self._session = session
        self._folder = folder
        self._concurrency = concurrency
        self._cluster = cluster
        self._held = ExitStack()
        self._source: Source | None = None
        self._cases: list[Case] = []
        self._rows = Rows()
        self._bulk: Bulk | None = None
        self._stopped = False
        self.state: BulkState | None = None

    # ------------------------------------------------------------ files

    def take(self, file: Path, upload: str, name: str) -> str:
        """Put a file beside the others of an upload; return the upload's name, a new one for "". Called in any thread.

        Raises:
            InvalidValue: If there is no such upload.
            EnvironmentFault: If it cannot be kept.
        """
        if not upload:
            upload = secrets.token_urlsafe(12)
        elif not (self._folder / upload).is_dir() or not upload.replace("-", "").replace("_", "").isalnum():
            raise InvalidValue("These files came too late. Please choose them again.")
        parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
        target = (self._folder / upload).joinpath(*(parts or ["cases"]))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(file, target)
        except OSError as problem:
            raise EnvironmentFault(f"The host cannot keep the file: {problem.strerror or problem}.") from None
        return upload

    def read(self, upload: str) -> None:
        """Look at what was uploaded, in another thread, and tell the pages what it is."""
        self.close()
        for other in self._folder.iterdir():
            if other.name != upload:
                shutil.rmtree(other, ignore_errors=True)
        path = self._folder / upload
        while path.is_dir() and len(inside := list(path.iterdir())) == 1:
            path = inside[0]
        self._tell(BulkState("reading", upload, path.name))
        held = self._held

        def work() -> Source:
            source = held.enter_context(opened(path, confined=True))
            if len(source.rows) > MOST_CASES:
                raise InvalidValue(f"These are too many cases for a page: at most {MOST_CASES:,} are taken.")
            return source

        self._app.background(work, lambda result: self._was_read(upload, path.name, result))

    def _was_read(self, upload: str, name: str, source: Source | Exception) -> None:
        if self.state is None or self.state.upload != upload:
            return
        if isinstance(source, Exception):
            self._tell(BulkState("failed", upload, name, problem=_sentence(source)))
            return
        self._source = source
        truth = self._likely_truth(source)
        self._tell(BulkState("ready", upload, name, source.columns, len(source.rows), truth=truth, said=source.said))

    def _likely_truth(self, source: Source) -> str | None:
        """Return the column that looks like the right answers: by its name, or as the only one that no input has."""
        named = {column.lower(): column for column in source.columns}
        guess = next((named[name] for name in _TRUTHS if name in named), None)
        if guess is None and not source.files:
            others = [column for column in source.columns if slug(column) not in self._session.page.values]
            guess = others[0] if len(others) == 1 else None
        if guess is None or not any(row[source.columns.index(guess)] for row in source.rows):
            return None
        return guess

    # ------------------------------------------------------------ runs

    def start(self, upload: str, truth: str | None) -> str | None:
        """Run all cases; return a sentence if that cannot be."""
        state, source = self.state, self._source
        if state is None or source is None or state.upload != upload or state.phase != "ready":
            return "These cases are not ready to be run."
        self._rows, self._stopped = Rows(), False
        self._tell(msgspec.structs.replace(state, phase="running", truth=truth))
        threading.Thread(target=self._work, args=(source, truth, state), name="modelapp-bulk", daemon=True).start()
        return None

    def stop(self) -> None:
        """End the runs. Rows that are there stay."""
        self._stopped = True
        if self._bulk is not None:
            self._bulk.cancel()

    def _work(self, source: Source, truth: str | None, ready: BulkState) -> None:
        """Run the cases in a thread of its own."""
        rows, started = self._rows, time.monotonic()

        def say(**changed: Any) -> None:
            state = msgspec.structs.replace(
                ready, truth=truth, done=len(rows), failed=rows.failed, seconds=time.monotonic() - started, **changed
            )
            self._app.loop.call_soon_threadsafe(self._said, rows, state)

        engine: Engine | None = None
        try:
            engine = self._engine()
            plan = planned(source, engine, truth=truth)
            said = tuple(dict.fromkeys((*ready.said, *plan.said)))
            self._cases = plan.cases
            bulk = self._bulk = Bulk(engine, plan, truth=truth)
            if self._stopped:  # while the first case was tried
                bulk.cancel()
            told = started
            for row in bulk:
                rows.add(self._shown(row))
                if time.monotonic() - told > _TELL_SECONDS:
                    told = time.monotonic()
                    say(phase="running", total=bulk.total, said=said)
            report = msgspec.to_builtins(bulk.report()) if truth is not None else None
            phase = "done" if len(rows) == bulk.total else "stopped"
            say(phase=phase, total=bulk.total, said=said, report=report, results=self._written(rows))
        except ModelAppError as problem:
            say(phase="failed", problem=_sentence(problem))
        except RuntimeError as problem:  # the host stopped meanwhile, and its loop is closed
            log.debug("%s", problem)
        except Exception:
            log.exception("A bulk run failed")
            say(phase="failed", problem=CALM)
        finally:
            if engine is not None:
                engine.close()

    def _engine(self) -> Engine:
        if self._cluster is not None:
            return self._cluster.engine(self._session.visitor)
        return ThreadEngine(self._app.script.again(), self._concurrency, self._app.queue, self._session.visitor)

    def _shown(self, row: Row) -> Row:
        """Return a row as the session's pages may see it, without what is in files."""
        fault = row.fault
        if fault is not None and self._session.role != "presenter" and fault.type not in _OURS:
            fault = Fault("Failed", CALM)
        return Row(row.case, row.given, row.outputs, row.seconds, fault)

    def _written(self, rows: Rows) -> str:
        path = self._folder / "results.csv"
        ordered = rows.in_order()
        write(path, lambda: iter(ordered))
        digest = self._session.blobs.put(path)
        path.unlink()
        return digest

    def _said(self, rows: Rows, state: BulkState) -> None:
        if rows is self._rows and self.state is not None and self.state.upload == state.upload:
            self._tell(state)

    # ------------------------------------------------------------ questions

    def ask(self, query: Json, done: Callable[[Any], None]) -> None:
        """Answer a question about the cases, in another thread: rows, or the values of one case's inputs."""
        if isinstance(query, dict) and isinstance(query.get("open"), int):
            position = query["open"]
            self._app.queue.submit(Job(lambda: self._open(position, done), lambda place: None, self._session.id))
            return
        rows = self._rows
        self._app.background(lambda: rows.page(query), done)

    def _open(self, case: int, done: Callable[[Any], None]) -> None:
        """Find what a page sets to show a case. Called in the queue's thread."""
        result: Any = InvalidValue("There is no such case any more.")
        if self._app.version is not None and 0 < case <= len(self._cases):
            given = self._cases[case - 1].inputs
            try:
                result = {"values": self._values_here(given) if self._cluster is None else self._values_there(given)}
            except ModelAppError as error:  # the case has a value that its input does not take
                result = error
        self._app.loop.call_soon_threadsafe(done, result)

    def _values_here(self, given: Mapping[str, Any]) -> dict[str, Json]:
        version, session = self._app.version, self._session
        assert version is not None
        run = RunContext(
            Given(passed=given), session.blobs, {}, version.variable_at, mode="bulk", visitor=session.visitor
        )
        run.starts_empty = True
        return raw_values(given, run, execute(version, run))

    def _values_there(self, given: Mapping[str, Any]) -> dict[str, Json]:
        assert self._cluster is not None
        (found,) = self._cluster.begin([RawErrand(0, given, visitor=self._session.visitor)], "bulk").reports()
        for content in found.contents:
            self._session.blobs.put(content)
        return dict(found.values)

    def close(self) -> None:
        """Give back files, and end what goes on."""
        self.stop()
        self._held.close()
        self._held = ExitStack()
        self._source, self._bulk, self._cases, self._rows, self.state = None, None, [], Rows(), None

    def _tell(self, state: BulkState) -> None:
        self.state = state
        for client in list(self._session.audience.clients):
            client.send([state])


def _sentence(problem: Exception) -> str:
    if isinstance(problem, ModelAppError):
        return f"{problem.message} {problem.hint}" if problem.hint else problem.message
    log.error("Cases could not be read", exc_info=problem)
    return "These cases cannot be read."
