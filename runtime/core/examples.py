"""Ready values in the forms that a script may pass them: a list, a mapping, a column of a DataFrame, a folder.

Knows neither widgets nor pages.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError, did_you_mean

_folder: ContextVar[Path | None] = ContextVar("modelapp_folder", default=None)
MOST_OF_A_FOLDER = 50
"""How many files of a folder are shown as examples; a list may be longer."""


def listed(kind: str, name: str, examples: Any, suffixes: Sequence[str]) -> list[tuple[str | None, Any]]:
    """Return an input's examples one by one.

    Args:
        kind: Its function's name, for errors.
        name: The input's name, which names the column of a DataFrame.
        examples: A list or another iterable; a mapping of text to value; a DataFrame; where there are `suffixes`, a
            path of a folder or file; or None.
        suffixes: What the names of files in a folder may end with; "" is anything.

    Returns:
        Each example with its text, or None where it has none.

    Raises:
        ScriptError: If `examples` is something else, or has nothing for this input.
    """
    if examples is None:
        return []
    if isinstance(examples, Mapping):
        return [(str(label), given) for label, given in examples.items()]
    if is_frame(examples):
        return [(None, given) for given in _column(kind, name, examples)]
    if isinstance(examples, (str, Path)) and suffixes:
        return [(path.stem, path) for path in _files(kind, Path(examples), suffixes)]
    if isinstance(examples, (str, bytes, Path)) or not isinstance(examples, Iterable):
        folder = ", a folder" if suffixes else ""
        raise ScriptError(
            f"{kind}(examples={describe(examples)}): a list{folder}, a DataFrame, or a mapping of text to value is "
            "expected.",
            hint=f"For example {kind}(examples=[…]).",
        )
    return [(Path(given).stem if suffixes and isinstance(given, (str, Path)) else None, given) for given in examples]


def is_frame(value: Any) -> bool:
    """Return True for a DataFrame, without importing pandas."""
    return hasattr(value, "columns") and hasattr(value, "iterrows")


def records(frame: Any) -> list[dict[str, Any]]:
    """Return a DataFrame's rows as dicts, with None for missing values."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [{str(name): given for name, given in row.items()} for row in rows]


def _column(kind: str, name: str, frame: Any) -> list[Any]:
    names = [str(column) for column in frame.columns]
    if name not in names and len(names) != 1:
        raise ScriptError(
            f"{kind}(examples=…): the DataFrame has no column {name!r}. It has: {', '.join(names)}.",
            hint=did_you_mean(name, names) or f"Pass one column: examples=frame[{names[0]!r}]." if names else None,
        )
    place = names.index(name) if name in names else 0
    return [row[names[place]] for row in records(frame)]


def _files(kind: str, path: Path, suffixes: Sequence[str]) -> list[Path]:
    found = found_at(path)
    if found is None:
        raise ScriptError(
            f"{kind}(examples={str(path)!r}): there is no file {str(path)!r}, neither in the working folder nor beside "
            "the script."
        )
    if not found.is_dir():
        return [found]
    files = [file for file in sorted(found.iterdir()) if _ends_with(file.name, suffixes) and file.is_file()]
    if not files:
        raise ScriptError(
            f"{kind}(examples={str(path)!r}): the folder has none of the files that are taken.",
            hint=f"They end with: {', '.join(suffixes)}.",
        )
    return files[:MOST_OF_A_FOLDER]


def _ends_with(name: str, suffixes: Sequence[str]) -> bool:
    return not name.startswith(".") and name.lower().endswith(tuple(suffixes))


@contextmanager
def beside(folder: Path) -> Iterator[None]:
    """Find paths of the script in its folder inside the block, which no call of the script leads to."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def found_at(path: Path) -> Path | None:
    """Return where a path of the script leads: from the working folder, else from the script's own; None: nowhere."""
    if path.exists():
        return path
    folder = _folder.get()
    if folder is not None:
        return folder / path if (folder / path).exists() else None
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("modelapp."):
        frame = frame.f_back
    beside = Path(frame.f_code.co_filename).parent / path
    return beside if beside.exists() else None
