"""Bulk runs against a plain loop over the same function, and two worker processes against one."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelapp.model.bulk.runs import bulk

Row = tuple[str, str, str]
_ROWS = 10_000
_FUNCTION = """
def score(age, dose):
    total = 0.0
    for step in range({steps}):
        total += (age * step + dose) % 7
    return total
"""
_SCRIPT = """
import modelapp as ma
from scoring_{steps} import score
age = ma.number_input(value=0)
dose = ma.number_input(value=0.0)
ma.number_output(score(age, dose), label="Score")
"""


def against_a_loop(folder: Path) -> list[Row]:
    """Time 10,000 rows from a CSV to a CSV, for a function of about a millisecond and for one of nothing."""
    found = []
    for what, steps in (("a function of 1 ms", 5_000), ("a function of nothing", 1)):
        script, score = written(folder, steps)
        cases = [(row % 90, row / 100) for row in range(_ROWS)]
        table = folder / "cases.csv"
        table.write_text("age,dose\n" + "".join(f"{age},{dose}\n" for age, dose in cases))
        loop = _looped(score, cases)
        started = time.perf_counter()
        with bulk(script, table, out=folder / "results.csv") as run:
            for _ in run:
                pass
        whole = time.perf_counter() - started
        loop = (loop + _looped(score, cases)) / 2  # before and after: the machine may have other work, too
        each = (whole - loop) / _ROWS * 1e6
        bar = f"bar 1.3 x; {whole / loop:.2f} x a loop ({loop:.1f} s)" if steps > 1 else "on top of the function"
        figure = f"{whole:.1f} s" if steps > 1 else f"{each:.0f} µs a case"
        found.append((f"bulk, 10,000 rows of {what}", figure, f"{bar}; {each:.0f} µs more a case"))
    return found


def _looped(score: Callable[[int, float], float], cases: list[tuple[int, float]]) -> float:
    started = time.perf_counter()
    for age, dose in cases:
        score(age, dose)
    return time.perf_counter() - started


def workers(folder: Path) -> list[Row]:
    """Time rows of a function of some 10 ms with one worker process and with two, in turns."""
    script, _ = written(folder, 50_000)
    table = folder / "cases.csv"
    table.write_text("age,dose\n" + "".join(f"{row},1\n" for row in range(400)))

    def seconds(count: int) -> float:
        with bulk(script, table, workers=count) as run:
            rows = iter(run)
            for _ in range(2 * count):  # until all are there
                next(rows)
            started, done = time.perf_counter(), run.done
            for _ in rows:
                pass
            return (time.perf_counter() - started) / (run.total - done)

    turns = [(seconds(1), seconds(2)) for _ in range(3)]
    one, two = (min(column) for column in zip(*turns, strict=True))
    return [("--workers 2, CPU-bound script", f"{two * 1e3:.1f} ms a case", f"bar 1.6; {one / two:.2f} x one worker")]


def written(folder: Path, steps: int) -> tuple[Path, Callable[[int, float], float]]:
    """Write a script around a function of so many steps; return both."""
    text = _FUNCTION.format(steps=steps)
    (folder / f"scoring_{steps}.py").write_text(text)
    script = folder / f"script_{steps}.py"
    script.write_text(_SCRIPT.format(steps=steps))
    names: dict[str, Any] = {}
    exec(text, names)
    return script, names["score"]
