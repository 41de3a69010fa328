"""Turning an exception of a script into what its author needs: her own lines, the values of the inputs, a hint."""

import linecache
import traceback
from collections.abc import Iterable
from pathlib import Path

from modelapp.core.declared import Declared
from modelapp.core.describe import describe
from modelapp.core.errors import ModelAppError
from modelapp.core.protocol import Failure, FailureLine

CALM = "Something went wrong while computing the answer. The author of this page can see why."
_MOST_LINES = 12


def failure_of(error: BaseException, script: Path, inputs: Iterable[Declared] = ()) -> Failure:
    """Describe an exception that a script raised.

    Args:
        error: What was raised.
        script: The script's file; lines of files outside its folder are cut off.
        inputs: The inputs that the run had met.
    """
    return Failure(
        sentence=CALM,
        title=_title(error),
        lines=_lines(error, script),
        inputs={declared.name: describe(declared.value) for declared in inputs},
        hint=error.hint if isinstance(error, ModelAppError) else None,
    )


def syntax_failure(error: SyntaxError, script: Path) -> Failure:
    """Describe a file that Python cannot parse."""
    line = error.lineno or 1
    code = (error.text or linecache.getline(error.filename or str(script), line)).strip()
    name = Path(error.filename or script).name
    return Failure(
        sentence=CALM,
        title=f"{type(error).__name__}: {error.msg}",
        lines=(FailureLine(file=name, line=line, function="", code=code),),
    )


def as_text(failure: Failure) -> str:
    """Return a failure as lines for a terminal."""
    lines = [f"{failure.title}"]
    for line in failure.lines:
        lines += [f"  {line.file}:{line.line}" + (f" in {line.function}" if line.function else ""), f"    {line.code}"]
    if failure.inputs:
        lines.append("  with " + ", ".join(f"{name} = {value}" for name, value in failure.inputs.items()))
    if failure.hint:
        lines.append(f"  {failure.hint}")
    return "\n".join(lines)


def _title(error: BaseException) -> str:
    try:
        text = error.message if isinstance(error, ModelAppError) else str(error)
    except Exception:  # a user's own __str__ may do anything
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _lines(error: BaseException, script: Path) -> tuple[FailureLine, ...]:
    frames = traceback.extract_tb(error.__traceback__)
    folder = script.parent
    own = [frame for frame in frames if _is_users(frame.filename, folder)]
    chosen = own[-_MOST_LINES:]
    if isinstance(error, SyntaxError) and error.filename and _is_users(error.filename, folder):
        chosen = [*chosen, traceback.FrameSummary(error.filename, error.lineno or 1, "", line=error.text or "")]
    return tuple(
        FailureLine(
            file=_shown(frame.filename, folder),
            line=frame.lineno or 0,
            function="" if frame.name == "<module>" else frame.name,
            code=(frame.line or "").strip(),
        )
        for frame in chosen
    )


def _is_users(filename: str, folder: Path) -> bool:
    path = Path(filename)
    return path.is_relative_to(folder) and "site-packages" not in path.parts


def _shown(filename: str, folder: Path) -> str:
    return str(Path(filename).relative_to(folder))
