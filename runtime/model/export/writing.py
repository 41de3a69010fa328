"""A record, from a script to a file."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
from modelapp.core.errors import EnvironmentFault, InvalidValue, ScriptError
from modelapp.model.export.page import html
from modelapp.model.export.recording import Record, Recording, Wanted
from modelapp.script.run import Script


class ExportReport(msgspec.Struct, frozen=True):
    """What was exported."""

    file: str
    size_bytes: int
    cases: int
    """How many answers the page has, without variations and maps."""
    runs: int
    """How often the script was run."""
    seconds: float
    """How long it ran for the cases."""
    faults: tuple[str, ...]
    """The cases without an answer: a line each."""
    left_out: tuple[str, ...]
    """Sentences: what was not asked for want of runs."""


def write(script: Script, wanted: Wanted, target: Path, progress: Callable[[int], object] | None) -> ExportReport:
    """Record a script and write the page; nothing is written unless all went well.

    Raises:
        ScriptError: If the script cannot be run, or an input waits for a value and has no example.
        InvalidValue: If something that is wanted cannot be had.
        RunFailed: If no case has an answer.
        EnvironmentFault: If the file cannot be written.
    """
    check_target(wanted, target)
    if script.version is None:
        raise ScriptError(f"{script.path.name} cannot be run as it is now.")
    recording = Recording(script, wanted)
    for runs in recording.steps():
        if progress:
            progress(runs)
    return written(recording.record(), target)


def check_target(wanted: Wanted, target: Path) -> None:
    """Look whether a record can be made and written, before any run.

    Raises:
        InvalidValue: If too few runs are allowed.
        EnvironmentFault: If there is no such folder.
    """
    if wanted.most < 1:
        raise InvalidValue(f"most={wanted.most}: a number of runs above 0 is expected.")
    if not target.parent.is_dir():
        raise EnvironmentFault(f"{str(target)!r} cannot be written: there is no folder {str(target.parent)!r}.")


def written(record: Record, target: Path) -> ExportReport:
    """Write a record's page.

    Raises:
        EnvironmentFault: If the file cannot be written.
    """
    content = html(record.page)
    _write(content, target)
    return ExportReport(
        file=str(target),
        size_bytes=len(content),
        cases=record.cases,
        runs=record.runs,
        seconds=record.seconds,
        faults=record.faults,
        left_out=record.left_out,
    )


def _write(content: bytes, target: Path) -> None:
    """Write a file whole or not at all: the one that was there stays until then."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            umask = os.umask(0)
            os.umask(umask)
            Path(name).chmod(0o666 & ~umask)
            Path(name).replace(target)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as fault:
        raise EnvironmentFault(f"{str(target)!r} cannot be written: {fault.strerror or fault}.") from fault
