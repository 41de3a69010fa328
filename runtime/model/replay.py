"""Flags against the script as it is now: what was wrong and is right, what still is wrong, and what became so.

Cases of the history are flags about which nothing was said.
"""

import math
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from modelapp.core.protocol import Json
from modelapp.model.engines.processes import ProcessEngine
from modelapp.model.engines.threads import Answer, Engine
from modelapp.model.kept import NOT_TAKEN, KeptCase, VersionedAnswer, VersionedCase
from modelapp.session.blobs import digests_in
from modelapp.session.case import answer_of
from modelapp.session.flags import KeptFlag
from modelapp.session.storage import Storage

_TOLERANCE = 1e-6
"""Relative: runs on other hardware, or in another order, differ by less."""
WRONG = ("still wrong", "newly wrong", "fails")
"""The verdicts for which a replay has failed."""
WORSE = ("newly wrong", "fails")
"""Those for which a script is worse than another."""
VERDICTS = ("fixed", "right", *WRONG, "same", "changed", "not run")


class Replayed(msgspec.Struct, frozen=True):
    """One flag, and what the script says now.

    Attributes:
        number: Of the flag, or the place of the case in the history.
        right: What the right answer is, or "".
        then: The answer that was flagged, or that the script gives which is compared with.
        now: The answer now; None also where there is none.
        verdict: With a right answer "fixed", "right" (then too), "still wrong" or "newly wrong"; without "same" or
            "changed". "fails" if the script raises an exception, "not run" if it does not take these inputs any more,
            or the script that is compared with has no answer.
        reason: Why it fails or was not run.
        same_version: True if the script, its modules and the weights that it used are as they were when it was flagged.
    """

    number: int
    id: str
    visitor: str | None
    choice: str | None
    note: str
    right: str
    then: Json
    now: Json
    verdict: str
    reason: str | None
    same_version: bool


def replayed(
    flags: list[KeptFlag], answers: Iterable[Answer], before: Iterator[Answer] | None = None
) -> Iterator[Replayed]:
    """Compare what the script says now with what it said, in order.

    Args:
        answers: What it says of each flag now: see `answers_now`.
        before: For each flag the answer to compare with; None takes the one that was flagged.
    """
    for flag, now in zip(flags, answers, strict=True):
        then = Answer(flag.number, flag.outputs) if before is None else next(before)
        fault = now.fault
        if fault is not None:
            said, reason = "not run" if fault.type == NOT_TAKEN else "fails", fault.message
        elif then.fault is not None:
            said, reason = "not run", f"The other script: {then.fault.message}"
        else:
            said, reason = verdict(then.outputs, now.outputs, flag.words.right), None
        both = (answer_of(then.outputs), answer_of(now.outputs))
        words, same = flag.words, isinstance(now, VersionedAnswer) and flag.version == now.version
        yield Replayed(
            flag.number, flag.id, flag.visitor, words.choice, words.note, words.right, *both, said, reason, same
        )


def answers_now(engine: Engine, storage: Storage, flags: list[KeptFlag]) -> Iterator[Answer]:
    """Yield what the script says of each flag now, in order."""
    blobs = storage.blobs()
    cases = (
        VersionedCase(place, flag.inputs, blobs=blobs.folder_with(digests_in(flag.inputs)), visitor=flag.visitor)
        for place, flag in enumerate(flags)
    )
    early: dict[int, Answer] = {}
    place = 0
    for answer in engine.run(cases):
        early[answer.position] = answer
        while place in early:
            yield early.pop(place)
            place += 1


def answers_of(other: Path, script: Path, storage: Storage, flags: list[KeptFlag]) -> Generator[Answer, None, None]:
    """Yield what another script says of each flag. It runs in a process of its own: modules may have the same names.

    Args:
        other: The other script.
        script: The script that the flags are of.
        storage: Where its app keeps what lasts.
        flags: The flags.

    Raises:
        ScriptError: If it cannot be run.
    """
    engine = ProcessEngine(other, without=script.parent)  # of one worker: answers come in order
    blobs = storage.blobs()
    try:
        yield from engine.run(
            KeptCase(place, flag.inputs, blobs=blobs.folder_with(digests_in(flag.inputs)), visitor=flag.visitor)
            for place, flag in enumerate(flags)
        )
    finally:
        engine.close()


def verdict(then: dict[str, Json], now: dict[str, Json], right: str) -> str:
    """Return what became of an answer.

    Args:
        then: All outputs before.
        now: All outputs now.
        right: The right answer, or "".
    """
    before, after = answer_of(then), answer_of(now)
    if not right or (before is None and after is None):
        return "same" if alike(then, now) else "changed"
    was, is_now = is_right(before, right), is_right(after, right)
    if is_now:
        return "right" if was else "fixed"
    return "newly wrong" if was else "still wrong"


def is_right(answer: Json, right: str) -> bool:
    """Return True if an answer is what somebody typed as the right one: case and spaces do not count."""
    if isinstance(answer, (int, float)) and not isinstance(answer, bool):
        try:
            return math.isclose(answer, float(right), rel_tol=_TOLERANCE, abs_tol=1e-9)
        except (ValueError, OverflowError):
            return False
    return answer is not None and _plain(str(answer)) == _plain(right)


def alike(one: Any, other: Any) -> bool:
    """Return True if two results are the same, but for the last digits of floats."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) or isinstance(other, float):
        if not isinstance(one, (int, float)) or not isinstance(other, (int, float)):
            return False
        both_nan = math.isnan(one) and math.isnan(other)
        return both_nan or math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=1e-9)
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
