"""What several inputs check alike: numbers from the wire, numbers among an author's options, and how both are refused.

Pure functions. Values from the wire are refused with `InvalidValue`, options of the script with `ScriptError`.
"""

import math
from collections.abc import Iterable
from numbers import Real
from typing import Any

from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError, did_you_mean
from modelapp.core.input import Input
from modelapp.core.json_schema import Schema, number
from modelapp.core.names import stem

LARGEST_WHOLE = 2**53 - 1
"""A page's numbers are doubles: whole numbers beyond this would arrive changed."""


def name_of(widget: Input[Any]) -> str:
    """Return what a message calls an input: its label, else its kind."""
    return widget.label or stem(widget.kind)


def refused(widget: Input[Any], raw: Any, allowed: str) -> InvalidValue:
    """Return the error for a value that an input does not take; `allowed` completes "it takes …"."""
    return InvalidValue(f"“{name_of(widget)}” cannot be {describe(raw)}: it takes {allowed}.")


def shown(number: float) -> str:
    """Return a number as a message shows it: 3 for 3.0, and no binary noise."""
    return str(number) if isinstance(number, int) else f"{number:.10g}"


def range_text(low: float | None, high: float | None, *, integer: bool) -> str:
    """Return "a whole number from 0 to 10" and the like; completes "it takes …"."""
    noun = "a whole number" if integer else "a number"
    if low is not None and high is not None:
        return f"{noun} from {shown(low)} to {shown(high)}"
    if low is not None:
        return f"{noun} of at least {shown(low)}"
    return noun if high is None else f"{noun} of at most {shown(high)}"


def number_schema(low: float | None, high: float | None, *, integer: bool) -> Schema:
    """Return the JSON Schema of what `wire_number` takes within bounds."""
    if integer:
        low = -LARGEST_WHOLE if low is None else low
        high = LARGEST_WHOLE if high is None else high
    return number(low, high, integer=integer)


def wire_number(raw: Any, *, integer: bool) -> float | None:
    """Return a raw value as int or float, or None if it is no finite number of that kind."""
    kind = type(raw)
    if kind is int:
        if integer:
            return raw if -LARGEST_WHOLE <= raw <= LARGEST_WHOLE else None
        try:
            return float(raw)
        except OverflowError:
            return None
    if kind is not float or not math.isfinite(raw):
        return None
    if not integer:
        return raw  # type: ignore[no-any-return]
    return int(raw) if raw.is_integer() and abs(raw) <= LARGEST_WHOLE else None


def plain_number(value: Any) -> Any:
    """Return NumPy's and other libraries' numbers as int or float, and anything else as it is."""
    if type(value) is int or type(value) is float or isinstance(value, bool):
        return value
    item = getattr(value, "item", None)
    if callable(item) and getattr(value, "ndim", None) == 0:
        return item()
    return float(value) if isinstance(value, Real) else value


def number_option(call: str, option: str, value: Any) -> Any:
    """Return a number that the script passed as an option, as int or float; None stays None.

    Raises:
        ScriptError: If it is something else, or not finite.
    """
    if value is None or type(value) is int:
        return value
    if type(value) is not float:
        value = plain_number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ScriptError(
            f"{call}({option}={describe(value)}): a finite number is expected.",
            hint=f"For example {call}({option}=10).",
        )
    return value


def checked_names(call: str, option: str, given: str | Iterable[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return names that the script passed as an option, each of which must be among `known`.

    Raises:
        ScriptError: If one is not; suggests the nearest.
    """
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if name not in known:
            nearest = did_you_mean(name, known) if isinstance(name, str) else None
            raise ScriptError(
                f"{call}({option}=…): {describe(name)} is unknown. It takes: {', '.join(known)}.", hint=nearest
            )
    return names
