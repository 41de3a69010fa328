"""What it costs to call a script as a function, beyond what the script itself does."""

import time
from collections.abc import Callable
from pathlib import Path

import modelapp

Row = tuple[str, str, str]
INPUTS = 10
_CALLS = 300
_ROUNDS = 9


def headless_call(folder: Path) -> list[Row]:
    """Time `model(...)` on a script of ten inputs, less the function that it computes, called directly."""
    names = [f"a{number}" for number in range(INPUTS)]
    lines = ["import modelapp as ma", *(f"{name} = ma.number_input(value=1.5)" for name in names)]
    script = folder / "ten.py"
    script.write_text("\n".join([*lines, f"ma.number_output(sum([{', '.join(names)}]))\n"]))
    model = modelapp.load(script)
    values = dict.fromkeys(names, 1.5)
    assert model(a3=2.5)["number"] == 16.0

    def direct(number: float) -> float:
        return sum({**values, "a3": number}.values())

    called = _seconds(lambda number: model(a3=number)["number"])
    bare = _seconds(direct)
    return [("a call of ten inputs, over the function", f"{(called - bare) * 1e6:.0f} us", "bar 100 us")]


def _seconds(function: Callable[[float], float]) -> float:
    """Return the seconds of one call in the fastest of several rounds: what else the machine does slows the others."""
    rounds = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        for number in range(_CALLS):
            function(float(number))
        rounds.append((time.perf_counter() - started) / _CALLS)
    return min(rounds)
