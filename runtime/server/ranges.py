"""Which part of a file a request asks for: `Range` and `If-Range` of RFC 9110, section 14. Pure.

Several ranges in one request are answered with the whole file, which the standard allows: no player asks for them.
"""

import re
from typing import NamedTuple

_ONE_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


class Part(NamedTuple):
    """Bytes `start` to `end`, of which `end` is not taken."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.end - self.start


class Unsatisfiable(Exception):
    """The range begins after the end of the file."""


def requested(header: str | None, if_range: str | None, size_bytes: int, tag: str) -> Part | None:
    """Return the part that is asked for, or None for the whole file.

    Args:
        header: Value of `Range`, or None.
        if_range: Value of `If-Range`, or None: the part is wanted only if the file still is that one.
        size_bytes: Size of the file.
        tag: Its entity tag, with quotes.

    Raises:
        Unsatisfiable: If no byte of the file is in the range.
    """
    match = _ONE_RANGE.fullmatch(header) if header is not None else None
    if match is None or (if_range is not None and if_range.strip() != tag):
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:  # the last so many bytes
        part = Part(max(0, size_bytes - int(last)), size_bytes)
    else:
        if last and int(last) < int(first):
            return None  # no range at all, says the standard
        part = Part(int(first), min(size_bytes, int(last) + 1) if last else size_bytes)
    if part.length <= 0:
        raise Unsatisfiable
    return part
