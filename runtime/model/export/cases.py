"""Which cases a record is made of: what the page begins with, its examples, and each control moved by itself.

Pure: takes runs that were done and returns what to run next.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.declared import Declared
from modelapp.core.errors import InvalidValue, UnknownInput, did_you_mean
from modelapp.core.protocol import Json

Values = Mapping[str, Json]
"""Raw values by input name."""


def key_of(values: Values) -> bytes:
    """Return what tells one case from others."""
    return msgspec.json.encode(dict(values), order="deterministic")


def values_of(run: RunContext) -> dict[str, Json]:
    """Return the raw values of all inputs that a run met."""
    return {name: one.raw for name, one in run.inputs.items() if not one.input.momentary}


def around(run: RunContext, grid: Mapping[str, Sequence[Json]]) -> Iterator[dict[str, Json]]:
    """Yield the cases around one that was run: each control at each of its stops, and all of the grid.

    Args:
        run: The run.
        grid: Raw values of the inputs that somebody named; they are combined with each other.
    """
    values = values_of(run)
    for name, declared in run.inputs.items():
        if name in grid or declared.input.momentary or declared.input.disabled:
            continue
        for raw in _stops(declared, run):
            yield {**values, name: raw}
    named = [name for name in grid if name in run.inputs]
    if named:
        for combined in product(*(grid[name] for name in named)):
            yield {**values, **dict(zip(named, combined, strict=True))}


def _stops(declared: Declared, run: RunContext) -> Iterator[Json]:
    for raw in declared.input.stops():
        try:
            yield declared.input.accept(raw, run.blobs)
        except InvalidValue:
            continue  # no value after all, as of options that make none


def edited(run: RunContext, edits: Mapping[str, list[Json]]) -> dict[str, Json] | None:
    """Return a case with edits done to its inputs, after those that are there; None where one of them is empty.

    Raises:
        InvalidValue: If an input cannot be edited, or not like this; names the input.
    """
    values = values_of(run)
    for name, more in edits.items():
        declared = run.inputs.get(name)
        if declared is None or declared.input.is_empty(declared.raw):
            return None
        raw = declared.raw
        if not isinstance(raw, dict) or "edits" not in raw:
            raise InvalidValue(f"{name} cannot be edited.", hint="Edits are for pictures, sounds and videos.")
        try:
            values[name] = declared.input.accept({**raw, "edits": [*raw["edits"], *more]}, run.blobs)
        except InvalidValue as problem:
            raise InvalidValue(f"{name}: {problem.message}", hint=problem.hint) from problem
    return values


def check_names(names: Iterable[str], known: Iterable[str], what: str) -> None:
    """Refuse names that are no inputs.

    Args:
        what: Where they were named: "--grid".

    Raises:
        UnknownInput: If one is none; names it.
    """
    known = list(known)
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            listed = ", ".join(known) or "none"
            raise UnknownInput(f"{what}: there is no input {name!r}. The script has: {listed}.", hint=near, name=name)
