"""How much memory this process uses, and giving some of it back."""

import ctypes
import gc
import os
from contextlib import suppress
from pathlib import Path

_STATUS = Path("/proc/self/statm")


def used_bytes() -> int | None:
    """Return how much memory the process uses, or None where that is not known: it is on Linux alone."""
    try:
        return int(_STATUS.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def machine_bytes() -> int | None:
    """Return how much memory the machine, or the container, has; None where that is not known."""
    found: list[int] = []
    with suppress(OSError, ValueError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, ValueError):
        found.append(int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return min(found) if found else None


def give_back() -> None:
    """Collect what nobody refers to, and hand it to the system, which the C library would put off."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
