"""Which line of the script is calling."""

import sys
from types import FrameType


def calling_frame() -> FrameType:
    """Return the innermost frame that is not this project's own. Only for callers that are."""
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("modelapp."):
        frame = frame.f_back
    return frame
