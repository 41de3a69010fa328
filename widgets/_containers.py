"""Files of sound and video as containers: opening foreign ones safely, and what becomes of damaged ones.

Every fault of a file is an `InvalidValue` that a visitor can act on. PyAV is loaded when the first file is.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, ENOSPC
from pathlib import Path
from typing import TYPE_CHECKING

from modelapp.core.errors import EnvironmentFault, InvalidValue

if TYPE_CHECKING:
    from av.container import InputContainer


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises inside the block into one plain sentence.

    Raises:
        InvalidValue: In its place.
        EnvironmentFault: If the disk is full.
    """
    try:
        yield
    except InvalidValue:
        raise
    except MemoryError:
        raise InvalidValue(f"“{name}” is too large for this machine's memory.") from None
    except OSError as fault:
        if fault.errno in (ENOSPC, EDQUOT):
            raise EnvironmentFault(f"The host cannot keep the file: {os.strerror(fault.errno)}.") from None
        raise damaged(name) from fault
    except Exception as fault:  # foreign bytes in a decoder: it may raise anything at all
        raise damaged(name) from fault


def damaged(name: str) -> InvalidValue:
    """Return the error for a file that is a sound but cannot be read."""
    return InvalidValue(f"“{name}” cannot be read: it is damaged. Save or send it again.")


@contextmanager
def opened_container(
    path: Path, name: str, noun: str, formats: str, heads: tuple[bytes, ...], readable: str, **options: str
) -> Iterator["InputContainer"]:
    """Open a file; nothing but its header is read yet.

    Args:
        path: The file.
        name: What a message calls it.
        noun: What it should be: "sound".
        formats: FFmpeg's names of the formats that are read, with commas between them. Not its whole list: some formats
            are play lists that name other files and addresses, and each is a parser of foreign bytes.
        heads: How files of these formats begin, but for those of the MP4 family.
        readable: Sentence that says what can be read.
        options: Further options of FFmpeg.

    Raises:
        InvalidValue: If it is empty, damaged, or no file of such a format.
    """
    import av  # heavy: only scripts with sound or video files need it

    if path.stat().st_size == 0:
        raise InvalidValue(f"“{name}” is empty (0 bytes).")
    with path.open("rb") as file:  # by file and not by name: nothing in it may lead to another one
        head = file.read(16)
        file.seek(0)
        try:
            container: InputContainer = av.open(
                file, "r", metadata_errors="replace", options={"format_whitelist": formats, **options}
            )
        except Exception as fault:  # foreign bytes in a decoder: it may raise anything at all
            if head.startswith(heads) or head[4:8] == b"ftyp":
                raise damaged(name) from fault
            raise InvalidValue(f"“{name}” is not a {noun} that can be read. {readable}") from fault
        with container:
            yield container
