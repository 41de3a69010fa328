"""Doubts about a run as a whole: outputs that differ between two runs, and models in training mode."""

import hashlib
import math
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.protocol import Json
from modelapp.script.results import kept_values

_RELATIVE_TOLERANCE = 1e-6
_TRAINED = ("Dropout", "BatchNorm", "RReLU", "SyncBatchNorm", "InstanceNorm")
"""What the names of layers begin with, or end in, that behave otherwise in training."""


def portable_outputs(run: RunContext) -> dict[str, Json]:
    """Return a run's outputs as JSON, with a digest in place of each file."""

    def digest(name: str, content: bytes | Path) -> Json:
        data = content.read_bytes() if isinstance(content, Path) else content
        return hashlib.sha256(data).hexdigest()

    return {name: output.portable(digest) for name, output in run.outputs.items()}


def changed_outputs(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[str]:
    """Return the names of outputs that differ, by more than rounding, or are in one of the two alone."""
    return [
        name
        for name in dict.fromkeys([*before, *after])
        if name not in before or name not in after or not _same(before[name], after[name])
    ]


def _same(one: Json, other: Json) -> bool:
    if isinstance(one, float) and isinstance(other, float | int):
        both_undefined = math.isnan(one) and math.isnan(other)
        return both_undefined or math.isclose(one, other, rel_tol=_RELATIVE_TOLERANCE, abs_tol=1e-9)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)


def left_in_training(file: str, namespace: Mapping[str, Any], assigned: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    """Yield the name and line of each PyTorch model that a script keeps in training mode.

    Args:
        file: The script's file.
        namespace: What the script has bound.
        assigned: Lines of the names.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return
    seen: set[int] = set()
    named = [(name, value, assigned.get(name, 0)) for name, value in namespace.items()]
    named += [(f"{name}()", value, _line_of(namespace.get(name))) for name, value in kept_values(file)]
    for name, value, line in named:
        for model in _models(value, torch.nn.Module):
            if id(model) not in seen and model.training and any(map(_is_trained, model.modules())):
                yield name, line
            seen.add(id(model))


def _models(value: Any, kind: type) -> Iterator[Any]:
    """Yield the models in a value: itself, or one level inside."""
    if isinstance(value, kind):
        yield value
        return
    inner: Any = ()
    if isinstance(value, dict):
        inner = value.values()
    elif isinstance(value, list | tuple | set):
        inner = value
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        inner = vars(value).values()
    yield from (one for one in list(inner)[:1000] if isinstance(one, kind))


def _is_trained(layer: Any) -> bool:
    name = type(layer).__name__
    return bool(layer.training) and any(name.startswith(part) or name.endswith(part) for part in _TRAINED)


def _line_of(function: Any) -> int:
    code = getattr(getattr(function, "__wrapped__", function), "__code__", None)
    return getattr(code, "co_firstlineno", 0)
