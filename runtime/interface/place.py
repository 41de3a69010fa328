"""What the place where a page is made tells: its file, and what the model's arguments are called."""

import inspect
import tempfile
from pathlib import Path
from types import CodeType, FrameType
from typing import Any


def place_of(frame: FrameType) -> Path | None:
    """Return the file that a frame's code is in; None at the prompt, in a notebook, or in a file in passing."""
    return place_of_code(frame.f_code)


def place_of_code(code: CodeType | None) -> Path | None:
    """Return the file that code is in; None at the prompt, in a notebook, or in a file in passing."""
    if code is None:
        return None
    file = Path(code.co_filename)
    if not file.is_file() or file.suffix != ".py":
        return None
    # Notebooks write each cell into a file in the folder for temporary ones, and no app should be kept there.
    if "ipykernel" in str(file) and file.is_relative_to(tempfile.gettempdir()):
        return None
    return file.resolve()


def parameters(function: Any) -> tuple[str, ...]:
    """Return the names of the arguments that a function needs, or () where it does not say them."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return ()
    needed = {name: one.kind for name, one in signature.parameters.items() if one.default is one.empty}
    if any(kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD for kind in needed.values()):
        return ()  # *inputs, or names that callers cannot use, such as the self of str.upper
    return tuple(needed)
