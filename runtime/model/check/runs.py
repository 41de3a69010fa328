"""The runs of a check, one after the other, so that whoever drives it can let others go first between two of them."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.core.protocol import Json
from modelapp.model.check import telling
from modelapp.model.check.cases import Case, edges, examples, stand_in
from modelapp.model.check.findings import CheckReport, Finding, in_order
from modelapp.model.check.reading import Reading, read_script
from modelapp.model.check.timing import Timing, timed, timing_imports
from modelapp.script.interrupt import Interrupter
from modelapp.script.run import Outcome, Script, execute
from modelapp.script.source import Version
from modelapp.session.blobs import FileBlobs, SessionBlobs

TIME_LIMIT_SECONDS = 60.0
"""No further case is begun after this long; `modelapp check --seconds` changes it."""
CASE_LIMIT_SECONDS = 120.0
_MOST_FILLED = 20
_FORCE_SECONDS = 0.05


@dataclass(slots=True)
class Check:
    """A check of one script.

    Args:
        script: The script, which compiles.
        folder: Where pictures and sounds of its examples are put; an empty folder.
        time_limit: Seconds after which no further case is begun.
        case_limit: Seconds after which a run is ended; loading by `cache` does not count.
    """

    script: Script
    folder: Path
    time_limit: float = TIME_LIMIT_SECONDS
    case_limit: float = CASE_LIMIT_SECONDS
    runs: int = 0
    seconds: float = 0.0
    skipped: int = 0
    _interrupter: Interrupter | None = None
    _stopped: bool = False
    _findings: dict[tuple[str, str, int, str], Finding] = field(default_factory=dict)
    _base: dict[str, Json] = field(default_factory=dict)

    def steps(self) -> Iterator[None]:
        """Do the check, one run for each step."""
        version = self.script.version
        assert version is not None
        blobs = SessionBlobs(FileBlobs(self.folder), set())
        reading = read_script(version.text)
        self._add(telling.unread(version, reading))
        case = Case({}, "what it begins with")
        taken: dict[int, float] = {}
        run, outcome, _ = self._run(version, blobs, case, {"__builtins__": timing_imports(taken)})
        yield
        self._add(telling.slow_imports(version, reading, taken))
        for _ in range(_MOST_FILLED):
            if outcome.phase != "waiting" or not self._fill(run, outcome, blobs):
                break
            case = Case({}, f"nothing but {', '.join(self._base)}", declared=False)
            run, outcome, _ = self._run(version, blobs, case)
            yield
        if outcome.phase == "done":
            yield from self._again(version, blobs, case, reading)
        for case in (*examples(run), *edges(run, blobs)):
            if self._stopped:
                return
            if self.seconds > self.time_limit:
                self.skipped += 1
                continue
            self._run(version, blobs, case)
            yield

    def stop(self) -> None:
        """End the run that is going on, from any thread, and begin no other."""
        self._stopped = True
        if self._interrupter is not None:
            self._interrupter.request()
            self._interrupter.force()

    def report(self) -> CheckReport:
        """Return what was found so far."""
        return CheckReport(
            script=self.script.path.name,
            findings=in_order(self._findings.values()),
            runs=self.runs,
            seconds=round(self.seconds, 3),
            skipped=self.skipped,
        )

    def _again(self, version: Version, blobs: SessionBlobs, case: Case, reading: Reading) -> Iterator[None]:
        """Run the same case twice more: for outputs that differ, and for what a rerun does again."""
        namespace: dict[str, Any] = {}
        first, _, first_timing = self._run(version, blobs, case, namespace, trace=True)
        yield
        second, _, second_timing = self._run(version, blobs, case, trace=True)
        yield
        self._add(telling.not_the_same(first, second, version.path))
        self._add(telling.in_training(version, namespace, reading))
        self._add(telling.slow_reruns(version, reading, first_timing, second_timing))

    def _run(
        self,
        version: Version,
        blobs: SessionBlobs,
        case: Case,
        namespace: dict[str, Any] | None = None,
        *,
        trace: bool = False,
    ) -> tuple[RunContext, Outcome, Timing]:
        started = time.perf_counter()
        run = RunContext(Given({**self._base, **case.values}), blobs, {}, version.variable_at, mode="check")
        run.drawn = True  # what cannot be drawn is a finding
        run.watcher = telling.Places()
        interrupter = self._interrupter = Interrupter(run)
        timing_it = timed(str(version.path), run) if trace else nullcontext(Timing())
        with timing_it as timing, _at_most(self.case_limit, interrupter):
            outcome = execute(version, run, interrupter, namespace)
        self.runs += 1
        self.seconds += time.perf_counter() - started
        if outcome.failure is not None:
            self._add([telling.failed(outcome.failure, case, version.path)])
        if outcome.phase == "cancelled" and not self._stopped:
            self._add([telling.never_ended(self.case_limit, case, version.path)])
        self._add(telling.doubtful(run, case, version.path))
        return run, outcome, timing

    def _fill(self, run: RunContext, outcome: Outcome, blobs: SessionBlobs) -> bool:
        """Give the inputs that a run waits for something to begin with. Return False if nothing is known."""
        filled = False
        for declared in [run.inputs[name] for name in outcome.waiting_for if name in run.inputs]:
            raw = stand_in(declared, blobs)
            if raw is None:
                self._add([telling.waiting(declared)])
            else:
                self._base[declared.name], filled = raw, True
        return filled

    def _add(self, findings: Iterable[Finding]) -> None:
        """Keep findings. The first case stands for all: where an edge value fails, ten others may."""
        for finding in findings:
            what = finding.message.partition(":")[0] if finding.kind == "fails" else finding.message
            self._findings.setdefault((finding.kind, finding.file, finding.line, what), finding)


@contextmanager
def _at_most(seconds: float, interrupter: Interrupter) -> Iterator[None]:
    """End the run inside the block if it takes longer."""

    def end() -> None:
        interrupter.request()
        while not ended.wait(_FORCE_SECONDS):
            interrupter.force()

    ended = threading.Event()
    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        ended.set()
        timer.cancel()
