"""Runs of a script on inputs that an app has kept: raw values with their edits, whose files lie in the app's folder."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from modelapp.core.context import RunContext
from modelapp.core.declared import FromRaw
from modelapp.core.errors import WrongInput
from modelapp.core.protocol import Json
from modelapp.model.call_files import CallBlobs
from modelapp.model.engines.going import Going
from modelapp.model.engines.threads import Answer, Case, Fault
from modelapp.model.headless import Model
from modelapp.model.result import portable
from modelapp.script.failure import as_text
from modelapp.script.results import used_values
from modelapp.script.run import Outcome
from modelapp.script.weights import version_of
from modelapp.session.blobs import Blobs, FileBlobs, SessionBlobs, digests_in

NOT_TAKEN = "NotTaken"
"""Type of the fault where a script does not take what was kept."""


@dataclass(frozen=True, slots=True)
class KeptCase(Case):
    """A run on raw values.

    Attributes:
        blobs: The folder of the files that they name.
    """

    blobs: Path = Path()

    def done(self, model: Model, going: Going) -> Answer:
        """Run the script on it."""
        return kept_answer(model, self)


class KeptRuns:
    """Runs a script on raw values. A context manager: what the runs put on the disk is gone at its end.

    Args:
        model: The script.
        blobs: The files that the values name. They are read, and none is added.
    """

    def __init__(self, model: Model, blobs: Blobs) -> None:
        self.model = model
        self._folder = tempfile.TemporaryDirectory(prefix="modelapp-")
        self._visible: set[str] = set()
        kept = SessionBlobs(blobs, self._visible)
        self.blobs = CallBlobs(lambda: Path(self._folder.name), kept)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._folder.cleanup()

    def show(self, inputs: Mapping[str, Json]) -> None:
        """Let runs see the files that raw values name."""
        self._visible.update(digests_in(dict(inputs)))

    def run(self, inputs: Mapping[str, Json], visitor: str | None) -> tuple[RunContext, Outcome]:
        """Run the script; return what it met and how it ended, whatever that was."""
        self.show(inputs)
        passed = {name: FromRaw(raw) for name, raw in inputs.items()}
        return self.model.trial(passed, "bulk", blobs=self.blobs, visitor=visitor)

    def outputs(self, run: RunContext) -> dict[str, Json]:
        """Return the outputs of a run in the form in which an app keeps them."""

        def keep(name: str, content: bytes | Path) -> Json:
            size_bytes = content.stat().st_size if isinstance(content, Path) else len(content)
            return {"blob": self.blobs.put(content), "name": name, "size_bytes": size_bytes}

        return {name: portable(name, output, keep) for name, output in run.outputs.items()}


def kept_answer(model: Model, case: KeptCase) -> Answer:
    """Run one case. A fault of the script or a value is part of the answer."""
    with KeptRuns(model, FileBlobs(case.blobs)) as runs:
        return answer_of_run(runs, case.position, case.inputs, *runs.run(case.inputs, case.visitor))


class VersionedAnswer(Answer, frozen=True):
    """What became of a run on what was kept, and what tells the script, its modules and its weights from others."""

    version: str = ""


@dataclass(frozen=True, slots=True)
class VersionedCase(KeptCase):
    """A run on raw values whose answer says by which version of the script it was made."""

    def done(self, model: Model, going: Going) -> Answer:
        """Run the script on it."""
        with KeptRuns(model, FileBlobs(self.blobs)) as runs:
            run, outcome = runs.run(self.inputs, self.visitor)
            found = answer_of_run(runs, self.position, self.inputs, run, outcome)
            version = version_of(model.code_digest(), used_values(run, model.path.parent))
        return VersionedAnswer(found.position, found.outputs, seconds=found.seconds, fault=found.fault, version=version)


def answer_of_run(
    runs: KeptRuns, position: int, inputs: Mapping[str, Json], run: RunContext, outcome: Outcome
) -> Answer:
    """Return what became of a run on what was kept."""
    reason = hindrance(inputs, run, outcome)
    if reason is not None:
        return Answer(position, fault=Fault(NOT_TAKEN, reason))
    if outcome.phase != "done":
        kind = type(outcome.error).__name__ if outcome.error is not None else "RunFailed"
        return Answer(position, fault=Fault(kind, failure_text(outcome)))
    try:
        return Answer(position, runs.outputs(run), seconds=outcome.seconds)
    except Exception as error:  # what the script passed may do anything when it is looked at
        return Answer(position, fault=Fault(type(error).__name__, f"{type(error).__name__}: {error}"))


def hindrance(inputs: Mapping[str, Any], run: RunContext, outcome: Outcome) -> str | None:
    """Return why what was kept is nothing that the script takes now, in a sentence, or None."""
    gone = [name for name in inputs if name not in run.inputs]
    if isinstance(outcome.error, WrongInput):
        return outcome.error.message
    if outcome.phase == "waiting":
        return f"The script needs {', '.join(outcome.waiting_for)}, which was not kept."
    if gone and outcome.phase == "done":
        several = "inputs" if len(gone) > 1 else "input"
        return f"The script does not read the {several} {', '.join(gone)} any more."
    return None


def failure_text(outcome: Outcome) -> str:
    """Return why a run failed, in a line."""
    if outcome.failure is None:
        return "The run did not end."
    return outcome.failure.title or as_text(outcome.failure).strip().splitlines()[-1]
