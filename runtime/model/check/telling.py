"""The findings of a check in words: each function looks at one thing, and says what is wrong with it and the fix."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.declared import Declared
from modelapp.core.frames import calling_frame
from modelapp.core.output import Output
from modelapp.core.protocol import Failure, LayoutProps, OutputProps
from modelapp.model.check.cases import Case
from modelapp.model.check.doubts import changed_outputs, left_in_training, portable_outputs
from modelapp.model.check.findings import Finding
from modelapp.model.check.reading import Reading
from modelapp.model.check.timing import Timing
from modelapp.script.source import Version

SLOW_RERUN_SECONDS = 0.25
"""Work that every run does again and no input changes is told of from here on."""
SLOW_IMPORT_SECONDS = 1.0
_CHARACTERS = 60
_SHAPE_WORDS = ("shape", "size", "dimension", "channel", "features", "mat1", "broadcast", "incompatible with the layer")


class Places:
    """File and line of the call that made each output, as the watcher of a run notes them."""

    def __init__(self) -> None:
        self.of: dict[str, tuple[str, int]] = {}

    def shown(self, name: str, output: Output) -> None:
        """Note where the script is."""
        frame = calling_frame()
        self.of[name] = (frame.f_code.co_filename, frame.f_lineno)

    def changed(self, identity: str, props: LayoutProps | OutputProps) -> None:
        """Need not know."""


def failed(failure: Failure, case: Case, script: Path) -> Finding:
    """Tell that the script raised an exception."""
    title = failure.title or failure.sentence
    last = failure.lines[-1] if failure.lines else None
    return Finding(
        severity="error" if case.declared else "warning",
        kind="fails",
        message=title,
        fix=failure.hint or _fix_for(title, case),
        file=last.file if last else script.name,
        line=last.line if last else 0,
        case=case.text,
    )


def never_ended(seconds: float, case: Case, script: Path) -> Finding:
    """Tell that a run had to be ended."""
    return Finding(
        severity="error" if case.declared else "warning",
        kind="does not end",
        message=f"A run had not ended after {seconds:g} s.",
        fix="Let the loop end, or show how far it is with modelapp.progress(…).",
        file=script.name,
        case=case.text,
    )


def waiting(declared: Declared) -> Finding:
    """Tell that the page begins without an answer."""
    return Finding(
        severity="note",
        kind="starts empty",
        message=f"The script waits for {declared.name!r}, so that little of it was checked.",
        fix=f"Give the input an example: {declared.input.kind}(examples=[…]).",
        file=declared.file,
        line=declared.line,
    )


def doubtful(run: RunContext, case: Case, script: Path) -> Iterator[Finding]:
    """Tell what the outputs themselves doubt about their values."""
    for name, output in run.outputs.items():
        for doubt in output.doubts():
            yield Finding(
                severity="error" if doubt.severe and case.declared else "warning",
                kind=doubt.kind,
                message=f"{name}: {doubt.message}",
                fix=doubt.fix,
                case=case.text,
                **_place(run, name, script),
            )


def not_the_same(first: RunContext, second: RunContext, script: Path) -> Iterator[Finding]:
    """Tell which outputs differ between two runs on the same inputs."""
    for name in changed_outputs(portable_outputs(first), portable_outputs(second)):
        yield Finding(
            severity="warning",
            kind="not the same twice",
            message=f"The output {name!r} differs between two runs on the same inputs.",
            fix="Seed the random numbers, or put the model into evaluation mode: model.eval() in PyTorch, "
            "training=False in Keras.",
            **_place(second if name in second.outputs else first, name, script),
        )


def in_training(version: Version, namespace: Mapping[str, Any], reading: Reading) -> Iterator[Finding]:
    """Tell which models are in training mode."""
    for name, line in left_in_training(str(version.path), namespace, reading.assigned):
        yield Finding(
            severity="error",
            kind="training mode",
            message=f"The model {name!r} is in training mode: dropout and batch normalisation change its answers.",
            fix=f"Call {name.removesuffix('()')}.eval() after it is loaded, or use predict(), which does.",
            file=version.path.name,
            line=line,
        )


def unread(version: Version, reading: Reading) -> Iterator[Finding]:
    """Tell which inputs nothing uses."""
    for name, kind, line in reading.unread:
        yield Finding(
            severity="warning",
            kind="input not read",
            message=f"Nothing uses the value of {name!r}.",
            fix=f"Pass it to the model, or take the {kind}(…) out.",
            file=version.path.name,
            line=line,
        )


def slow_imports(version: Version, reading: Reading, taken: Mapping[int, float]) -> Iterator[Finding]:
    """Tell which imports take long; `taken` is their seconds by line."""
    for line, imported in reading.imports.items():
        if taken.get(line, 0.0) >= SLOW_IMPORT_SECONDS:
            yield Finding(
                severity="note" if imported.used else "warning",
                kind="slow import",
                message=f"“{imported.text}” took {taken[line]:.1f} s.",
                fix="It is paid once, at the start. If a part of the package is enough, import that part."
                if imported.used
                else "Nothing in the script uses it: take it out.",
                file=version.path.name,
                line=line,
            )


def slow_reruns(version: Version, reading: Reading, first: Timing, second: Timing) -> Iterator[Finding]:
    """Tell what each run does again, though no input changes it."""
    loading = {line for _, line in first.loads}
    for (loader, line), seconds in first.loads.items():
        yield _not_cached(version, line, f"{loader}() takes {seconds:.1f} s at each rerun.", "Load the model")
    for line, text in reading.unreached.items():
        seconds = min(first.lines.get(line, 0.0), second.lines.get(line, 0.0))
        if seconds >= SLOW_RERUN_SECONDS and line not in loading:
            shown = text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1] + "…"
            message = f"“{shown}” takes {seconds:.1f} s at each rerun, and no input changes it."
            yield _not_cached(version, line, message, "Do it")


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


def _place(run: RunContext, output: str, script: Path) -> dict[str, Any]:
    assert isinstance(run.watcher, Places)
    file, line = run.watcher.of.get(output, (str(script), 0))  # one that cannot be drawn was not shown
    path = Path(file)
    shown = path.relative_to(script.parent) if path.is_relative_to(script.parent) else path.name
    return {"file": str(shown), "line": line}
