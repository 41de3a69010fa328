"""Edited videos as files, each made once and kept while the process lives: encoding costs seconds, and every run asks.

While a file is made the page shows how far it is, and newer input ends it.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.current import active_run
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import ProgressProps
from modelapp.widgets._files import temporary
from modelapp.widgets._video import Frames
from modelapp.widgets._video_edits import Kept
from modelapp.widgets._video_encode import Quality, Step, cut

_FILES_KEPT = 256
# What is ready sooner would only flash.
_SECONDS_BEFORE_SHOWN = 0.4
_SECONDS_BETWEEN_UPDATES = 0.05
_SECONDS_BETWEEN_LOOKS = 0.05

_made: OrderedDict[tuple[Any, ...], Path] = OrderedDict()
_being_made: dict[tuple[Any, ...], Lock] = {}
_lock = Lock()


def cut_file(source: Path, name: str, kept: Kept, quality: Quality, blobs: Blobs) -> Path:
    """Return an MP4 of what edits left of a kept video, or a PNG of the one frame that was picked.

    Raises:
        InvalidValue: If it cannot be read.
    """
    return made_once((source, kept, quality), blobs, lambda: _cut(source, name, kept, quality, blobs))


def _cut(source: Path, name: str, kept: Kept, quality: Quality, blobs: Blobs) -> str:
    if kept.still:
        return blobs.put(png(Frames(source, name)[kept.first]))
    with temporary() as target:
        cut(source, target, name, (kept.first, kept.end), quality, shown_progress(f"Encoding {name}"))
        return blobs.put(target)


def png(picture: Any) -> bytes:
    """Return a picture [shape=(height, width, 3), uint8] as a file."""
    from PIL import Image  # heavy: only scripts with video need it

    buffer = BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return buffer.getvalue()


def made_once(key: tuple[Any, ...], blobs: Blobs, make: Callable[[], str]) -> Path:
    """Return the file of a key; `make` puts it into the store when it is not there. Who asks meanwhile waits."""
    run = active_run()
    with _lock:
        making = _being_made.setdefault(key, Lock())
    while not making.acquire(timeout=_SECONDS_BETWEEN_LOOKS):
        if run is not None:
            run.checkpoint()
    try:
        known = _made.get(key)
        if known is not None and known.exists():
            return blobs.path(_seen(known, blobs))
        path = blobs.path(make())
        with _lock:
            _made[key] = path
            while len(_made) > _FILES_KEPT:
                _made.popitem(last=False)
        return path
    finally:
        making.release()
        with _lock:
            _being_made.pop(key, None)


def _seen(path: Path, blobs: Blobs) -> str:
    """Let a session see a blob that another one may have made; return its digest."""
    digest = path.name
    try:
        blobs.path(digest)
    except InvalidValue:
        return blobs.put(path)
    return digest


def shown_progress(text: str) -> Step:
    """Return what shows on the page how far a file is, and ends the run where newer input arrived."""
    run = active_run()
    started = time.monotonic()
    identity: str | None = None
    next_update = started + _SECONDS_BEFORE_SHOWN

    def step(done: int, total: int) -> None:
        nonlocal identity, next_update
        if run is None:
            return
        run.checkpoint()
        now = time.monotonic()
        if now < next_update and (identity is None or done < total):
            return
        next_update = now + _SECONDS_BETWEEN_UPDATES
        props = ProgressProps(text=text, fraction=done / total if total else None, done=done, total=total or None)
        if identity is None:
            identity = run.place("progress", props)
        else:
            run.update(identity, props)

    return step
