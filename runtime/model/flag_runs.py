"""The flags of a script, and runs of the script as it is now on what they hold."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from modelapp.core.context import RunContext
from modelapp.core.declared import FromRaw
from modelapp.core.errors import EnvironmentFault, WrongInput
from modelapp.core.protocol import Json
from modelapp.model.headless import Model
from modelapp.model.result import portable
from modelapp.model.service import CallBlobs
from modelapp.script.failure import as_text
from modelapp.script.run import Outcome
from modelapp.session.blobs import FileBlobs, SessionBlobs, digests_in
from modelapp.session.flags import Flags, KeptFlag
from modelapp.session.folder import folder_of


def flags_of(script: Path) -> list[KeptFlag]:
    """Return what was flagged on a script's page, in the order in which it came.

    Raises:
        EnvironmentFault: If the file of flags cannot be read.
    """
    flags = Flags(folder_of(script))
    try:
        return flags.all()
    finally:
        flags.close()


class FlagRuns:
    """Runs a script on what its flags hold. A context manager: what the runs put on the disk is gone at its end.

    Args:
        script: The script.
        flags: Its flags.

    Raises:
        ScriptError: If it cannot be run.
    """

    def __init__(self, script: Path, flags: list[KeptFlag]) -> None:
        self._model = Model(script)
        self._folder = tempfile.TemporaryDirectory(prefix="modelapp-")
        # The app's own blobs are read and not added to.
        visible = set(digests_in([flag.inputs for flag in flags]))
        kept = SessionBlobs(FileBlobs(folder_of(script) / "blobs"), visible)
        self.blobs = CallBlobs(lambda: Path(self._folder.name), kept)
        self.version = self._digest()

    def __enter__(self) -> "FlagRuns":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._folder.cleanup()

    def run(self, flag: KeptFlag) -> tuple[RunContext, Outcome]:
        """Run the script on what a flag holds; return what it met and how it ended, whatever that was."""
        passed = {name: FromRaw(raw) for name, raw in flag.inputs.items()}
        run, outcome = self._model.trial(passed, "bulk", blobs=self.blobs, visitor=flag.visitor)
        self.version = self._digest()
        return run, outcome

    def outputs(self, run: RunContext) -> dict[str, Json]:
        """Return the outputs of a run in the form that flags have."""

        def keep(name: str, content: bytes | Path) -> Json:
            size_bytes = content.stat().st_size if isinstance(content, Path) else len(content)
            return {"blob": self.blobs.put(content), "name": name, "size_bytes": size_bytes}

        return {name: portable(name, output, keep) for name, output in run.outputs.items()}

    def _digest(self) -> str:
        return self._model.code_digest()


def hindrance(flag: KeptFlag, run: RunContext, outcome: Outcome) -> str | None:
    """Return why what a flag holds is nothing that the script takes now, in a sentence, or None."""
    gone = [name for name in flag.inputs if name not in run.inputs]
    if isinstance(outcome.error, WrongInput):
        return outcome.error.message
    if outcome.phase == "waiting":
        return f"The script needs {', '.join(outcome.waiting_for)}, which the flag does not hold."
    if gone and outcome.phase == "done":
        several = "inputs" if len(gone) > 1 else "input"
        return f"The script does not read the {several} {', '.join(gone)} any more."
    return None


def failure_text(outcome: Outcome) -> str:
    """Return why a run failed, in a line."""
    if outcome.failure is None:
        return "The run did not end."
    return outcome.failure.title or as_text(outcome.failure).strip().splitlines()[-1]


def answer_text(answer: Json) -> str:
    """Return an answer for a reader."""
    if answer is None:
        return "–"
    return f"{answer:.6g}" if isinstance(answer, float) else str(answer)


def no_flags(script: Path) -> EnvironmentFault:
    """Return what is said where there are none."""
    return EnvironmentFault(
        f"Nothing was flagged on {script.name} yet.", hint="Flags are made on the page: see modelapp run."
    )


def as_json(flag: KeptFlag) -> Mapping[str, Json]:
    """Return a flag as plain data, its words among the rest."""
    words = flag.words
    return {
        "number": flag.number,
        "id": flag.id,
        "time": flag.time,
        "visitor": flag.visitor,
        "version": flag.version,
        "choice": words.choice,
        "right": words.right,
        "note": words.note,
        "inputs": flag.inputs,
        "outputs": flag.outputs,
    }
