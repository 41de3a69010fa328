"""`modelapp check`: run a script on its examples and on edge values, and say what a visitor would stumble over.

The check is a sequence of single runs, so that whoever drives it can let others go first between two of them.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ModelAppError
from modelapp.core.protocol import Failure, GroupProps, InputProps, Json
from modelapp.core.widget import Edge
from modelapp.model.doubts import changed_outputs, left_in_training, portable_outputs
from modelapp.model.findings import CheckReport, Finding, in_order
from modelapp.model.reading import Reading, read_script
from modelapp.model.timing import Timing, timed, timing_imports
from modelapp.script.run import Outcome, Script, execute
from modelapp.script.source import Version
from modelapp.session.blobs import FileBlobs, SessionBlobs

SLOW_RERUN_SECONDS = 0.25
"""Work that every run does again and no input changes is told of from here on."""
SLOW_IMPORT_SECONDS = 1.0
TIME_LIMIT_SECONDS = 60.0
"""No further case is begun after this long; `modelapp check --seconds` changes it."""
_MOST_FILLED = 20
_SHAPE_WORDS = ("shape", "size", "dimension", "channel", "features", "mat1", "broadcast", "incompatible with the layer")


@dataclass(frozen=True, slots=True)
class Case:
    """What to run the script on.

    Attributes:
        values: Raw values by input name; the others begin as on the page.
        text: What it is, for a reader.
        declared: True if the script itself offers it: its defaults, examples, bounds and choices.
    """

    values: Mapping[str, Json]
    text: str
    declared: bool = True


@dataclass(slots=True)
class Check:
    """A check of one script.

    Args:
        script: The script, which compiles.
        folder: Where pictures and sounds of its examples are put; an empty folder.
        time_limit: Seconds after which no further case is begun.
    """

    script: Script
    folder: Path
    time_limit: float = TIME_LIMIT_SECONDS
    runs: int = 0
    seconds: float = 0.0
    skipped: int = 0
    _findings: dict[tuple[str, str, int, str], Finding] = field(default_factory=dict)
    _base: dict[str, Json] = field(default_factory=dict)

    def steps(self) -> Iterator[None]:
        """Do the check, one run for each step."""
        version = self.script.version
        assert version is not None
        blobs = SessionBlobs(FileBlobs(self.folder), set())
        reading = read_script(version.text)
        self._read(version, reading)
        yield from self._cases(version, blobs, reading)

    def report(self) -> CheckReport:
        """Return what was found so far."""
        return CheckReport(
            script=self.script.path.name,
            findings=in_order(self._findings.values()),
            runs=self.runs,
            seconds=round(self.seconds, 3),
            skipped=self.skipped,
        )

    # ------------------------------------------------------------ runs

    def _cases(self, version: Version, blobs: SessionBlobs, reading: Reading) -> Iterator[None]:
        first = Case({}, "what it begins with")
        import_seconds: dict[int, float] = {}
        run, outcome, _ = self._run(
            version, blobs, first, {"__builtins__": timing_imports(import_seconds)}, trace=False
        )
        yield
        self._imports(version, reading, import_seconds)
        for _ in range(_MOST_FILLED):
            if outcome.phase != "waiting" or not self._fill(run, outcome, blobs):
                break
            first = Case(dict(self._base), f"nothing but {', '.join(self._base)}", declared=False)
            run, outcome, _ = self._run(version, blobs, first)
            yield
        if outcome.phase == "done":
            yield from self._again(version, blobs, run, first, reading)
        for case in (*_examples(run), *_edges(run, blobs)):
            if self.seconds > self.time_limit:
                self.skipped += 1
                continue
            self._run(version, blobs, case)
            yield

    def _again(
        self, version: Version, blobs: SessionBlobs, before: RunContext, case: Case, reading: Reading
    ) -> Iterator[None]:
        """Run the same case twice more: for outputs that differ, and for what a rerun does again."""
        namespace: dict[str, Any] = {}
        run, _, warm = self._run(version, blobs, case, namespace, trace=True)
        yield
        again, _, warmer = self._run(version, blobs, case, trace=True)
        yield
        for name in changed_outputs(portable_outputs(run), portable_outputs(again)):
            self._add(
                Finding(
                    severity="warning",
                    kind="not the same twice",
                    message=f"The output {name!r} differs between two runs on the same inputs.",
                    fix="Seed the random numbers, or put the model into evaluation mode: model.eval() in PyTorch, "
                    "training=False in Keras.",
                    **self._place(again, name),
                )
            )
        for name, line in left_in_training(str(version.path), namespace, reading.assigned):
            self._add(
                Finding(
                    severity="error",
                    kind="training mode",
                    message=f"The model {name!r} is in training mode: dropout and batch norm change its answers.",
                    fix=f"Call {name.removesuffix('()')}.eval() after it is loaded, or use predict(), which does.",
                    file=version.path.name,
                    line=line,
                )
            )
        self._slow(version, reading, warm, warmer)

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
        with timed(str(version.path), run) if trace else nullcontext(Timing()) as timing:
            outcome = execute(version, run, namespace=namespace)
        self.runs += 1
        self.seconds += time.perf_counter() - started
        if outcome.failure is not None:
            self._failed(outcome.failure, case)
        for name, output in run.outputs.items():
            for doubt in output.doubts():
                severity = "error" if doubt.severe and case.declared else "warning"
                self._add(
                    Finding(
                        severity=severity,  # type: ignore[arg-type]
                        kind=doubt.kind,
                        message=f"{name}: {doubt.message}",
                        fix=doubt.fix,
                        case=case.text,
                        **self._place(run, name),
                    )
                )
        return run, outcome, timing

    def _fill(self, run: RunContext, outcome: Outcome, blobs: SessionBlobs) -> bool:
        """Give the inputs that a run waits for something to begin with. Return False if nothing is known."""
        filled = False
        for name in outcome.waiting_for:
            declared = run.inputs.get(name)
            for edge in declared.input.edges() if declared else []:
                try:
                    raw = declared.input.encode(edge.given, blobs) if declared else None
                except InvalidValue:
                    continue
                if raw is not None:
                    self._base[name], filled = raw, True
                    break
            if declared is not None and name not in self._base:
                self._add(
                    Finding(
                        severity="note",
                        kind="starts empty",
                        message=f"The script waits for {name!r}, so that little of it was checked.",
                        fix=f"Give the input an example: {declared.input.kind}(examples=[…]).",
                        file=declared.file,
                        line=declared.line,
                    )
                )
        return filled

    # ------------------------------------------------------------ findings

    def _add(self, finding: Finding) -> None:
        # The first case stands for all: an edge value fails where ten others do.
        self._findings.setdefault((finding.kind, finding.file, finding.line, finding.message), finding)

    def _place(self, run: RunContext, output: str) -> dict[str, Any]:
        file, line = run.output_places[output]
        folder = self.script.path.parent
        name = str(Path(file).relative_to(folder)) if Path(file).is_relative_to(folder) else Path(file).name
        return {"file": name, "line": line}

    def _failed(self, failure: Failure, case: Case) -> None:
        title = failure.title or failure.sentence
        last = failure.lines[-1] if failure.lines else None
        self._add(
            Finding(
                severity="error" if case.declared else "warning",
                kind="fails",
                message=title,
                fix=failure.hint or _fix_for(title, case),
                file=last.file if last else self.script.path.name,
                line=last.line if last else 0,
                case=case.text,
            )
        )

    def _read(self, version: Version, reading: Reading) -> None:
        for name, kind, line in reading.unread:
            self._add(
                Finding(
                    severity="warning",
                    kind="input not read",
                    message=f"Nothing uses the value of {name!r}.",
                    fix=f"Pass it to the model, or take the {kind}(…) out.",
                    file=version.path.name,
                    line=line,
                )
            )

    def _imports(self, version: Version, reading: Reading, taken: Mapping[int, float]) -> None:
        for line, imported in reading.imports.items():
            seconds = taken.get(line, 0.0)
            if seconds < SLOW_IMPORT_SECONDS:
                continue
            fix = (
                "Nothing in the script uses it: take it out."
                if not imported.used
                else "It is paid once, at the start. If a part of the package is enough, import that part."
            )
            self._add(
                Finding(
                    severity="note" if imported.used else "warning",
                    kind="slow import",
                    message=f"“{imported.text}” took {seconds:.1f} s.",
                    fix=fix,
                    file=version.path.name,
                    line=line,
                )
            )

    def _slow(self, version: Version, reading: Reading, warm: Timing, warmer: Timing) -> None:
        told = set()
        for (loader, line), seconds in warm.loads.items():
            told.add(line)
            self._add(_not_cached(version, line, f"{loader}() takes {seconds:.1f} s at each rerun.", "Load the model"))
        for line, text in reading.unreached.items():
            seconds = min(warm.lines.get(line, 0.0), warmer.lines.get(line, 0.0))
            if seconds >= SLOW_RERUN_SECONDS and line not in told:
                shown = text if len(text) <= 60 else text[:59] + "…"
                self._add(
                    _not_cached(
                        version,
                        line,
                        f"“{shown}” takes {seconds:.1f} s at each rerun, and no input changes it.",
                        "Do it",
                    )
                )


def _not_cached(version: Version, line: int, message: str, what: str) -> Finding:
    return Finding(
        severity="warning",
        kind="not cached",
        message=message,
        fix=f"{what} in a function with @modelapp.cache above it, and call that.",
        file=version.path.name,
        line=line,
    )


def _fix_for(title: str, case: Case) -> str:
    if any(word in title.lower() for word in _SHAPE_WORDS):
        return (
            "The model got another shape than it takes. Set it at the input, for example "
            'image_input(size=(224, 224), mode="L"), or in predict(preprocess=…).'
        )
    if case.declared:
        return "A visitor can come here. Mend the line, or keep the input from having that value."
    return "A visitor may come here. Handle it, say so with modelapp.error(…) and modelapp.stop(), or bound the input."


def _examples(run: RunContext) -> Iterator[Case]:
    """Yield the examples of the inputs and groups that a run met, but for those that it began with."""
    for name, element in run.elements.items():
        props = element.props
        if isinstance(props, InputProps):
            for example in props.examples:
                if run.inputs[name].raw != example.value:
                    yield Case({name: example.value}, f"{name} = {example.label}")
        elif isinstance(props, GroupProps):
            for example in props.examples:
                yield Case(example.value, f"the example {example.label}")


def _edges(run: RunContext, blobs: SessionBlobs) -> Iterator[Case]:
    for name, declared in run.inputs.items():
        widget = declared.input
        if widget.momentary or widget.disabled:
            continue
        optional = [] if widget.required else [Edge(None, "empty", True)]
        for edge in (*widget.edges(), *optional):
            try:
                raw = None if edge.given is None else widget.encode(edge.given, blobs)
            except ModelAppError:
                continue  # not one of this input's after all
            if raw != declared.raw:
                yield Case({name: raw}, f"{name} = {edge.text or describe(edge.given)}", edge.declared)
