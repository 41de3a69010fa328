"""One figure, set large."""

import math
from collections.abc import Callable
from typing import Any, Self

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.json_schema import Schema
from modelapp.core.output import Doubt, Output
from modelapp.core.protocol import Json, OutputProps
from modelapp.widgets._checking import plain_number

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class NumberOutputProps(OutputProps, frozen=True, kw_only=True, tag="number_output"):
    """One figure, already formatted for reading."""

    text: str
    unit: str = ""
    delta: str | None = None
    delta_sign: int = 0
    """-1, 0 or 1."""


class NumberOutput(Output):
    """One figure, set large. See `number_output`."""

    kind = "number_output"
    answers = 2

    def __init__(
        self, value: Any, label: str | None = None, *, unit: str = "", delta: Any = None, key: str | None = None
    ) -> None:
        super().__init__(label, key=key)
        self.value = _number("value", value)
        self.unit = unit
        self.delta = None if delta is None else _number("delta", delta)

    def props(self, blobs: Blobs) -> NumberOutputProps:
        delta, sign = None, 0
        if self.delta is not None:
            sign = (self.delta > 0) - (self.delta < 0)
            delta = ("+" if sign > 0 else "") + readable(self.delta)
        return NumberOutputProps(
            label=self.label, text=readable(self.value), unit=self.unit, delta=delta, delta_sign=sign
        )

    def change_from(self, before: Self) -> str | None:
        return " ".join(filter(None, (f"{readable(before.value)} → {readable(self.value)}", self.unit)))

    def distance_from(self, before: Self) -> float:
        """Return the change relative to the earlier figure, as change / (figure + change), which 1 is the limit of."""
        if before.value == self.value or (math.isnan(before.value) and math.isnan(self.value)):
            return 0.0
        if not (math.isfinite(before.value) and math.isfinite(self.value)):
            return 1.0
        change = abs(self.value - before.value)
        return float(change / (abs(before.value) + change))

    def support_for(self, before: Self) -> float:
        return float(self.value)

    def doubts(self) -> list[Doubt]:
        if math.isfinite(self.value):
            return []
        return [
            Doubt(
                "not a number",
                f"the figure is {readable(self.value)}.",
                "Find where it arises: a division by zero, a logarithm of zero, a missing value.",
                severe=True,
            )
        ]

    @classmethod
    def schema(cls) -> Schema:
        return {"type": ["number", "null"], "description": "null where it is not a number."}

    @classmethod
    def from_portable(cls, value: Json, content: Callable[[Json], tuple[str, bytes]]) -> Any:
        return math.nan if value is None else value

    def result(self) -> float:
        return self.value  # type: ignore[no-any-return]


def readable(number: float) -> str:
    """Return a number for reading: thousands apart, four significant figures of a fraction, no needless zeros."""
    if isinstance(number, int) and abs(number) < 10**15:
        return f"{number:,}".replace("-", "−")
    if isinstance(number, int):
        return _with_power(number)
    if math.isnan(number):
        return "not a number"
    if math.isinf(number):
        return "infinity" if number > 0 else "−infinity"
    size = abs(number)
    if size and not 1e-4 <= size < 1e15:
        return _with_power(number)
    whole_figures = len(str(int(size))) if size >= 1 else 0
    leading_zeros = 0 if size >= 0.1 or not size else -math.floor(math.log10(size)) - 1
    decimals = leading_zeros + 4 if size < 1 else 0 if size >= 1e5 else max(1, 4 - whole_figures)
    text = f"{number:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text.replace("-", "−")


def _with_power(number: float) -> str:
    mantissa, exponent = f"{number:.3e}".split("e")
    return f"{mantissa.rstrip('0').rstrip('.')} × 10{str(int(exponent)).translate(_SUPERSCRIPTS)}".replace("-", "−")


def _number(option: str, value: Any) -> Any:
    number = plain_number(value.detach() if hasattr(value, "detach") else value)
    if hasattr(number, "numpy"):  # a TensorFlow tensor
        number = plain_number(number.numpy())
    if getattr(number, "size", None) == 1 and hasattr(number, "reshape"):
        number = number.reshape(()).item()
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise ScriptError(
            f"number_output({option}={describe(value)}): one number is expected.",
            hint="For text use text_output(…), for several numbers table_output(…).",
        )
    return number


def number_output(
    value: Any, *, unit: str = "", delta: Any = None, label: str | None = None, key: str | None = None
) -> None:
    """Show one figure.

    Args:
        value: int, float, or one number of NumPy, PyTorch or TensorFlow. Whole numbers are shown whole, others with
            about four significant figures.
        unit: Text after the figure, such as "mg/l".
        delta: Change against an earlier figure, shown beside it with its sign; None is none.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "number".

    Raises:
        ScriptError: If `value` or `delta` is not one number.

    Example:
        >>> import modelapp as ma
        >>> ma.number_output(1234.5, unit="mg/l", delta=-3.2, label="Cholesterol")
    """
    current_run().show(NumberOutput(value, label, unit=unit, delta=delta, key=key))
