"""Where a worker on this machine imports from: from where this process does."""

import sys
from collections.abc import Iterator
from pathlib import Path


def import_paths(without: Path | None = None) -> Iterator[str]:
    """Yield what can be imported from here.

    Args:
        without: A folder that is left out, or None.
    """
    left_out = without.resolve() if without else None
    for entry in (Path(entry).absolute() for entry in sys.path):
        if entry.resolve() != left_out:
            yield str(entry)
