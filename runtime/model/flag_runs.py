"""The flags of a script, and runs of the script as it is now on what they hold."""

from collections.abc import Mapping
from pathlib import Path

from modelapp.core.context import RunContext
from modelapp.core.errors import EnvironmentFault
from modelapp.core.protocol import Json
from modelapp.model.headless import Model
from modelapp.model.kept import KeptRuns
from modelapp.script.run import Outcome, Script
from modelapp.session.flags import Flags, KeptFlag
from modelapp.session.history import History
from modelapp.session.storage import Storage

_ALL = 1 << 30


def flags_of(storage: Storage) -> list[KeptFlag]:
    """Return what was flagged on a script's page, in the order in which it came.

    Raises:
        EnvironmentFault: If they cannot be read.
    """
    flags = Flags(storage)
    try:
        return flags.all()
    finally:
        flags.close()


def history_of(storage: Storage) -> list[KeptFlag]:
    """Return what was tried on a script's page, the oldest first, as flags about which nothing was said.

    Their numbers are the places in the history: a case that is tried again gets a new one.

    Raises:
        EnvironmentFault: If the history cannot be read.
    """
    history = History(storage)
    try:
        cases = history.cases(None, None, _ALL)
    finally:
        history.close()
    return [
        KeptFlag(case.place, case.id, case.time, case.visitor, case.version, case.inputs, case.outputs)
        for case in reversed(cases)
    ]


class FlagRuns(KeptRuns):
    """Runs a script on what its flags hold. A context manager.

    Args:
        script: The script, or its path.
        storage: Where the app keeps what lasts.

    Raises:
        ScriptError: If it cannot be run.
    """

    def __init__(self, script: Path | Script, storage: Storage) -> None:
        super().__init__(Model(script), storage.blobs())

    def run_flag(self, flag: KeptFlag) -> tuple[RunContext, Outcome]:
        """Run the script on what a flag holds; return what it met and how it ended, whatever that was."""
        return self.run(flag.inputs, flag.visitor)


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


def nothing_tried(script: Path) -> EnvironmentFault:
    """Return what is said where there are neither flags nor cases."""
    return EnvironmentFault(
        f"Nothing was flagged or tried on {script.name} yet.", hint="Both happens on the page: see modelapp run."
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
