"""Where a run of a script spends its time: imports, lines of its top level, and models that it loads itself.

A trace function sees each line of the script's top level and each call of a known loader. Only `modelapp check` runs a
script this way: tracing slows down Python code, so that imports are timed in a run of their own, without it.
"""

import builtins
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

from modelapp.core.context import RunContext

_LOADERS = {
    "from_pretrained": "",
    "load_model": "",
    "load_state_dict_from_url": "",
    "load": "torch. joblib. jax. onnx. ultralytics.",
    "load_learner": "fastai.",
    "pipeline": "transformers.",
    "create_model": "timm.",
    "InferenceSession.__init__": "onnxruntime.",
}
"""Functions that read a model, and what the names of their modules begin with ("" for any)."""

Trace = Callable[[FrameType, str, Any], Any]


def timing_imports(seconds: dict[int, float]) -> dict[str, Any]:
    """Return builtins for a script's globals that time its own imports.

    Args:
        seconds: Gets the seconds of each import by its line.
    """

    def timed_import(name: str, *arguments: Any) -> Any:
        started = time.perf_counter()
        try:
            return builtins.__import__(name, *arguments)
        finally:
            line = sys._getframe(1).f_lineno
            seconds[line] = seconds.get(line, 0.0) + time.perf_counter() - started

    return {**vars(builtins), "__import__": timed_import}


@dataclass(slots=True)
class Timing:
    """Where one run spent its time.

    Attributes:
        lines: Seconds by line of the script's top level.
        loads: Seconds in each call of a loader outside of `cache`, by the loader's name and the script's line.
    """

    lines: dict[int, float] = field(default_factory=dict)
    loads: dict[tuple[str, int], float] = field(default_factory=dict)


@contextmanager
def timed(filename: str, run: RunContext) -> Iterator[Timing]:
    """Time what a run does in this thread inside the block.

    Args:
        filename: The script's file, as its code names it.
        run: The run; loads while it is shielded are those of `cache`.
    """
    timing = Timing()
    watch = _Watch(filename, run, timing)
    before = sys.gettrace()
    sys.settrace(watch.called)
    try:
        yield timing
    finally:
        sys.settrace(before)
        watch.ended()


class _Watch:
    def __init__(self, filename: str, run: RunContext, timing: Timing) -> None:
        self._filename = filename
        self._run = run
        self._timing = timing
        self._line: int | None = None
        self._since = 0.0
        self._loading = 0

    def called(self, frame: FrameType, event: str, argument: Any) -> Trace | None:
        """See a call: of the script's top level, of a loader, or of no interest."""
        code = frame.f_code
        if code.co_filename == self._filename and code.co_name == "<module>":
            return self._at_line
        own = code.co_filename == self._filename
        if not own and _is_loader(code, frame) and not self._run.shielded and not self._loading:
            return self._until_loaded(code.co_qualname, frame)
        return None

    def ended(self) -> None:
        """Count what the last line took."""
        self._count(None)

    def _at_line(self, frame: FrameType, event: str, argument: Any) -> Trace:
        self._count(frame.f_lineno if event == "line" else None)
        return self._at_line

    def _count(self, line: int | None) -> None:
        now = time.perf_counter()
        if self._line is not None:
            lines = self._timing.lines
            lines[self._line] = lines.get(self._line, 0.0) + now - self._since
        self._line, self._since = line, now

    def _until_loaded(self, name: str, frame: FrameType) -> Trace:
        started = time.perf_counter()
        caller: FrameType | None = frame
        while caller is not None and caller.f_code.co_filename != self._filename:
            caller = caller.f_back
        place = (name, caller.f_lineno if caller else 0)
        self._loading += 1

        def step(frame: FrameType, event: str, argument: Any) -> Trace:
            if event == "return":
                self._loading -= 1
                loads = self._timing.loads
                loads[place] = loads.get(place, 0.0) + time.perf_counter() - started
            return step

        frame.f_trace_lines = False
        return step


def _is_loader(code: CodeType, frame: FrameType) -> bool:
    prefixes = _LOADERS.get(code.co_name)
    if prefixes is None:
        prefixes = _LOADERS.get(code.co_qualname)
    if prefixes is None:
        return False
    module = frame.f_globals.get("__name__", "")
    return not prefixes or any(module.startswith(prefix) for prefix in prefixes.split())
