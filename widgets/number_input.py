"""A number that is typed."""

from collections.abc import Collection
from typing import Any, Literal, overload

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.errors import ScriptError
from modelapp.core.input import Edge, Input
from modelapp.core.json_schema import Schema
from modelapp.core.parts import Part, Parts
from modelapp.core.protocol import InputProps, Json
from modelapp.core.variation import Variation
from modelapp.widgets._cell_variations import stepped
from modelapp.widgets._checking import (
    number_option,
    number_schema,
    plain_number,
    range_text,
    refused,
    shown,
    wire_number,
)
from modelapp.widgets._hidden_cells import baseline, cell_text


class NumberInputProps(InputProps, frozen=True, kw_only=True, tag="number_input"):
    """A field for a number. None is no bound, and no step that the page should use."""

    min: float | None = None
    max: float | None = None
    step: float | None = None
    integer: bool = False
    """True: whole numbers only."""


class NumberInput(Input[float]):
    """A number that is typed. See `number_input`."""

    kind = "number_input"

    def __init__(
        self,
        label: str | None = None,
        value: float | None = 0,
        *,
        min: float | None = None,
        max: float | None = None,
        step: float | None = None,
        **common: Any,
    ) -> None:
        low = high = None
        if not min is max is step is None:  # most have none of them, and each run makes its inputs anew
            low, high = number_option("number_input", "min", min), number_option("number_input", "max", max)
            step = number_option("number_input", "step", step)
        value = number_option("number_input", "value", value)
        untouched = value is None or value == 0
        if value == 0:  # the default value must not force authors to pass one just because 0 is out of bounds
            value = low if low is not None and low > 0 else high if high is not None and high < 0 else value
        super().__init__(label, value=value, **common)
        self.untouched = untouched
        self.min, self.max, self.step = low, high, step
        self.integer = float not in (type(value), type(low), type(high), type(step)) and not (value is step is None)
        if not low is high is step is None:
            _check_options(value, low, high, step)

    def props(self, common: dict[str, Any], blobs: Blobs) -> NumberInputProps:
        step = 1 if self.integer and self.step is None else self.step
        return NumberInputProps(**common, min=self.min, max=self.max, step=step, integer=self.integer)

    def edges(self) -> list[Edge]:
        ends = [end for end in (self.min, self.max) if end is not None]
        return [Edge(end, shown(end), True) for end in ends] or [Edge(0, "0", False)]

    def accept(self, raw: Json, blobs: Blobs) -> float | None:
        if raw is None:
            return None
        number = wire_number(raw, integer=self.integer)
        if (
            number is None
            or (self.min is not None and number < self.min)
            or (self.max is not None and number > self.max)
        ):
            raise refused(self, raw, range_text(self.min, self.max, integer=self.integer))
        return number

    def parts(self, raw: Json) -> Parts | None:
        return Parts("columns", (Part((), self.label or "", cell_text(raw)),))

    def hidden(self, raw: Json, parts: Collection[Part]) -> list[Json]:
        cell = baseline(raw, self.min, self.max, self.value)
        return [cell] if cell != raw else []

    def variations(self, raw: Json) -> list[Variation]:
        return stepped(raw, self.step or (1 if self.integer else abs(raw) / 10 or 1))

    def value_schema(self) -> Schema:
        return number_schema(self.min, self.max, integer=self.integer)

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[float | None, str | None]:
        if raw is None:
            return None, None
        number = wire_number(raw, integer=False)
        if number is None:
            raise refused(self, raw, range_text(self.min, self.max, integer=self.integer))
        fitted, note = fit(number, self.min, self.max, integer=self.integer)
        return self.accept(raw if note is None else fitted, blobs), note

    def parse(self, raw: Json, blobs: Blobs) -> float:
        return raw  # type: ignore[no-any-return]

    def encode(self, given: Any, blobs: Blobs) -> Json:
        return self.accept(plain_number(given), blobs)


def fit(number: float, low: float | None, high: float | None, *, integer: bool) -> tuple[float, str | None]:
    """Return the number nearest to `number` that the bounds allow, and a note if that is another one."""
    if low is not None and number < low:
        return low, f"{shown(number)} is below the new minimum: set to {shown(low)}."
    if high is not None and number > high:
        return high, f"{shown(number)} is above the new maximum: set to {shown(high)}."
    if integer and not number.is_integer():
        return round(number), f"{shown(number)} is not a whole number: set to {round(number)}."
    return number, None


def _check_options(value: float | None, low: float | None, high: float | None, step: float | None) -> None:
    if low is not None and high is not None and low >= high:
        raise ScriptError(
            f"number_input(min={low}, max={high}): the minimum must be below the maximum.",
            hint=f"For example number_input(min={high}, max={low})." if low > high else "Pass a larger max=.",
        )
    if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        raise ScriptError(
            f"number_input(value={value}) is out of bounds: {range_text(low, high, integer=False)} is expected.",
            hint="Pass a value= within min= and max=, or value=None for an empty field.",
        )
    if step is not None and step <= 0:
        raise ScriptError(
            f"number_input(step={step}): a number above 0 is expected.", hint="For example number_input(step=1)."
        )


@overload
def number_input(
    label: str | None = None,
    value: int = 0,
    *,
    min: int | None = None,
    max: int | None = None,
    step: int | None = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> int: ...
@overload
def number_input(
    label: str | None = None,
    value: int = 0,
    *,
    min: int | None = None,
    max: int | None = None,
    step: int | None = None,
    examples: Any = None,
    required: Literal[False],
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> int | None: ...
@overload
def number_input(
    label: str | None = None,
    value: float | None = 0,
    *,
    min: float | None = None,
    max: float | None = None,
    step: float | None = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> float: ...
@overload
def number_input(
    label: str | None = None,
    value: float | None = 0,
    *,
    min: float | None = None,
    max: float | None = None,
    step: float | None = None,
    examples: Any = None,
    required: Literal[False],
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> float | None: ...
def number_input(
    label: str | None = None,
    value: float | None = 0,
    *,
    min: float | None = None,
    max: float | None = None,
    step: float | None = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> float | None:
    """Ask for a number.

    Whole numbers stay whole: if `value`, `min`, `max` and `step` are all ints (those that are given), the page takes
    whole numbers only and the script gets an int. Pass one float, such as value=0.0, for fractions. With value=None
    that takes an int as `step`.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        value: Number before anybody types; 0 is moved to the nearest bound if out of bounds; None is an empty field.
        min: Smallest number that it takes; None is no bound.
        max: Largest number that it takes; None is no bound.
        step: Distance of the arrow keys' stops, above 0; None is 1 for whole numbers, else left to the page. A typed
            number may lie between.
        examples: Ready numbers, a list or a mapping of title to number.
        required: If True an empty field ends the run quietly and the page says what it waits for; if False the
            script gets None.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        The number: int or float as told above.

    Raises:
        ScriptError: If an option is no finite number, min >= max, value is out of bounds, or step <= 0.

    Example:
        >>> import modelapp as ma
        >>> age = ma.number_input(value=40, min=0, max=120)
        >>> dose = ma.number_input("Dose (mg)", 2.5, min=0)
        >>> ma.number_output(dose * age)
    """
    return current_run().input(
        NumberInput,
        label,
        value,
        min=min,
        max=max,
        step=step,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
