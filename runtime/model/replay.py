"""Flags against the script as it is now: what was wrong and is right, what still is wrong, and what became so."""

import math
from collections.abc import Iterator
from typing import Any

import msgspec
from modelapp.core.protocol import Json
from modelapp.model.flag_runs import FlagRuns, failure_text, hindrance
from modelapp.session.case import answer_of
from modelapp.session.flags import KeptFlag

_TOLERANCE = 1e-6
"""Relative: runs on other hardware, or in another order, differ by less."""
WRONG = ("still wrong", "newly wrong", "fails")
"""The verdicts for which a replay has failed."""
VERDICTS = ("fixed", "right", *WRONG, "same", "changed", "not run")


class Replayed(msgspec.Struct, frozen=True):
    """One flag, and what the script says now.

    Attributes:
        number: Of the flag.
        right: What the right answer is, or "".
        then: The answer that was flagged.
        now: The answer now; None also where there is none.
        verdict: With a right answer "fixed", "right" (then too), "still wrong" or "newly wrong"; without "same" or
            "changed". "fails" if the script raises an exception, "not run" if it does not take these inputs any more.
        reason: Why it fails or was not run.
        same_version: True if the script and its modules are as they were.
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


def replayed(runs: FlagRuns, flags: list[KeptFlag]) -> Iterator[Replayed]:
    """Run the script on what each flag holds, in order."""
    for flag in flags:
        run, outcome = runs.run(flag)
        reason = hindrance(flag, run, outcome)
        if reason is not None:
            yield _told(runs, flag, None, "not run", reason)
        elif outcome.phase != "done":
            yield _told(runs, flag, None, "fails", failure_text(outcome))
        else:
            try:
                outputs = runs.outputs(run)
            except Exception as error:  # what the script passed may do anything when it is looked at
                yield _told(runs, flag, None, "fails", f"{type(error).__name__}: {error}")
                continue
            yield _told(runs, flag, answer_of(outputs), verdict(flag, outputs), None)


def verdict(flag: KeptFlag, outputs: dict[str, Json]) -> str:
    """Return what became of a flagged answer."""
    then, now = answer_of(flag.outputs), answer_of(outputs)
    right = flag.words.right
    if not right or (then is None and now is None):
        return "same" if alike(flag.outputs, outputs) else "changed"
    was, is_now = is_right(then, right), is_right(now, right)
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


def _told(runs: FlagRuns, flag: KeptFlag, now: Json, said: str, reason: str | None) -> Replayed:
    words, same = flag.words, flag.version == runs.version
    then = answer_of(flag.outputs)
    return Replayed(
        flag.number, flag.id, flag.visitor, words.choice, words.note, words.right, then, now, said, reason, same
    )
