"""A number, or a range of numbers, that is dragged."""

import math
from collections.abc import Collection
from typing import Any, overload

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.input import Edge, Input
from modelapp.core.json_schema import Schema
from modelapp.core.parts import Part, Parts
from modelapp.core.protocol import InputProps, Json
from modelapp.core.variation import Variation
from modelapp.widgets._cell_variations import stepped
from modelapp.widgets._checking import (
    name_of,
    number_option,
    number_schema,
    plain_number,
    range_text,
    refused,
    shown,
    wire_number,
)
from modelapp.widgets._hidden_cells import baseline, cell_text
from modelapp.widgets.number_input import fit


class SliderInputProps(InputProps, frozen=True, kw_only=True, tag="slider_input"):
    """A slider with one handle, or with two for a range."""

    min: float
    max: float
    step: float
    """Distance of the stops, counted from `min`; `max` is a stop even where the last step is shorter."""
    pair: bool = False
    integer: bool = False
    decimals: int = 0
    """Figures after the point to show."""


class SliderInput(Input[Any]):
    """A number or a range of numbers that is dragged. See `slider_input`."""

    kind = "slider_input"

    def __init__(
        self,
        label: str | None = None,
        min: float = 0,
        max: float = 100,
        value: float | tuple[float, float] | None = None,
        *,
        step: float | None = None,
        **common: Any,
    ) -> None:
        low, high = number_option("slider_input", "min", min), number_option("slider_input", "max", max)
        step = number_option("slider_input", "step", step)
        self.pair = isinstance(value, (tuple, list))
        if isinstance(value, (tuple, list)):
            ends = tuple(number_option("slider_input", "value", end) for end in value)
            initial: Any = ends
        else:
            initial = low if value is None else number_option("slider_input", "value", value)
            ends = (initial,)
        _check_options(low, high, ends, step)
        super().__init__(label, value=initial, **common)
        self.untouched = value is None
        self.min, self.max, self.step = low, high, step
        self.integer = float not in (type(low), type(high), type(step), type(ends[0]), type(ends[-1]))

    def props(self, common: dict[str, Any], blobs: Blobs) -> SliderInputProps:
        step = self._step
        decimals = 0 if self.integer else max(_decimals(step), _decimals(self.min))
        return SliderInputProps(
            **common,
            min=self.min,
            max=self.max,
            step=step,
            pair=self.pair,
            integer=self.integer,
            decimals=min(decimals, 12),
        )

    def edges(self) -> list[Edge]:
        ends = [self.min, self.max]
        pairs = [(self.min, self.min), (self.min, self.max), (self.max, self.max)]
        return [
            Edge(given, " to ".join(map(shown, given)) if isinstance(given, tuple) else shown(given), True)
            for given in (pairs if self.pair else ends)
        ]

    def stops(self) -> list[Json]:
        pairs = [[self.min, self.min], [self.min, self.max], [self.max, self.max]]
        return pairs if self.pair else [self.min, self.max]

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if not self.pair:
            return self._number(raw)
        if not isinstance(raw, (list, tuple)) or len(raw) != 2:
            raise refused(self, raw, self._allowed())
        low, high = self._number(raw[0]), self._number(raw[1])
        if low > high:
            raise InvalidValue(f"“{name_of(self)}” cannot be {describe(list(raw))}: the first number is the lower one.")
        return [low, high]

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[Json, str | None]:
        if type(raw) is (int if self.integer else float) and not self.pair and self.min <= raw <= self.max:
            return raw, None  # nearly every run, so it is worth being quick
        if raw is None:  # cleared, and a slider is never empty
            return self.start(blobs), None
        if isinstance(raw, list) != self.pair:
            raise refused(self, raw, self._allowed())
        notes = []
        fitted = []
        for end in raw if self.pair else (raw,):
            number = wire_number(end, integer=False)
            if number is None:
                raise refused(self, raw, self._allowed())
            nearest, note = fit(number, self.min, self.max, integer=self.integer)
            fitted.append(nearest if note else end)
            notes += [note] if note and note not in notes else []
        return self.accept(fitted if self.pair else fitted[0], blobs), " ".join(notes) or None

    def parts(self, raw: Json) -> Parts | None:
        return None if self.pair else Parts("columns", (Part((), self.label or "", cell_text(raw)),))

    def hidden(self, raw: Json, parts: Collection[Part]) -> list[Json]:
        cell = baseline(raw, self.min, self.max, self.value)
        return [cell] if cell != raw else []

    def variations(self, raw: Json) -> list[Variation]:
        return [] if self.pair else stepped(raw, self._step)

    @property
    def _step(self) -> float:
        return self.step or (1 if self.integer else _round_step(self.max - self.min))

    def parse(self, raw: Json, blobs: Blobs) -> Any:
        return tuple(raw) if self.pair else raw

    def encode(self, given: Any, blobs: Blobs) -> Json:
        if isinstance(given, (tuple, list)):
            return self.accept([plain_number(end) for end in given], blobs)
        return self.accept(plain_number(given), blobs)

    def value_schema(self) -> Schema:
        one = number_schema(self.min, self.max, integer=self.integer)
        if not self.pair:
            return one
        return {
            "type": "array",
            "items": one,
            "minItems": 2,
            "maxItems": 2,
            "description": "The lower end and the upper end.",
        }

    @property
    def takes_null(self) -> bool:
        return True

    def is_empty(self, raw: Json) -> bool:
        return False

    def _number(self, raw: Json) -> float:
        number = wire_number(raw, integer=self.integer)
        if number is None or not self.min <= number <= self.max:
            raise refused(self, raw, self._allowed())
        return number

    def _allowed(self) -> str:
        one = range_text(self.min, self.max, integer=self.integer)
        return f"a pair [low, high], each {one}" if self.pair else one


def _check_options(low: float, high: float, ends: tuple[Any, ...], step: float | None) -> None:
    if low is None or high is None or low >= high:
        fixed = f"min={high}, max={low}" if low is not None and high is not None and low > high else "min=0, max=100"
        raise ScriptError(
            f"slider_input(min={low}, max={high}): the minimum must be below the maximum.",
            hint=f"For example slider_input({fixed}).",
        )
    if len(ends) > 2 or not ends or None in ends or ends[0] > ends[-1]:
        raise ScriptError(
            f"slider_input(value={describe(ends)}): a range is two numbers, the lower one first.",
            hint=f"For example slider_input(value=({shown(low)}, {shown(high)})).",
        )
    if ends[0] < low or ends[-1] > high:
        value = ends if len(ends) == 2 else ends[0]
        raise ScriptError(
            f"slider_input(value={value}) is out of bounds: {range_text(low, high, integer=False)} is expected.",
            hint="Pass a value= within min= and max=.",
        )
    if step is not None and not 0 < step <= high - low:
        raise ScriptError(
            f"slider_input(step={step}): a number above 0 and at most max - min = {shown(high - low)} is expected.",
            hint=f"For example slider_input(step={shown(_round_step(high - low))}), or leave it out.",
        )


def _round_step(span: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten that makes at least 100 stops."""
    power = math.floor(math.log10(span / 100))
    unit = span / 100 / 10.0**power
    digit = 5 if unit >= 5 else 2 if unit >= 2 else 1
    return float(f"{digit}e{power}")


def _decimals(number: float) -> int:
    """Return how many figures after the point write a number exactly, as far as its shortest form goes."""
    mantissa, _, exponent = repr(float(number)).partition("e")
    fraction = mantissa.partition(".")[2].rstrip("0")
    return max(0, len(fraction) - int(exponent or 0))


@overload
def slider_input(
    label: str | None = None,
    min: int = 0,
    max: int = 100,
    value: int | None = None,
    *,
    step: int | None = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> int: ...
@overload
def slider_input(
    label: str | None = None,
    min: float = 0,
    max: float = 100,
    value: float | None = None,
    *,
    step: float | None = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> float: ...
@overload
def slider_input(
    label: str | None = None,
    min: int = 0,
    max: int = 100,
    *,
    value: tuple[int, int],
    step: int | None = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> tuple[int, int]: ...
@overload
def slider_input(
    label: str | None = None,
    min: float = 0,
    max: float = 100,
    *,
    value: tuple[float, float],
    step: float | None = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> tuple[float, float]: ...
@overload
def slider_input(
    label: str | None,
    min: int,
    max: int,
    value: tuple[int, int],
    *,
    step: int | None = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> tuple[int, int]: ...
@overload
def slider_input(
    label: str | None,
    min: float,
    max: float,
    value: tuple[float, float],
    *,
    step: float | None = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> tuple[float, float]: ...
def slider_input(
    label: str | None = None,
    min: float = 0,
    max: float = 100,
    value: float | tuple[float, float] | None = None,
    *,
    step: float | None = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> float | tuple[float, float]:
    """Ask for a number, or with a pair as `value` for a range, by dragging.

    A slider is never empty. Whole numbers stay whole: if all of `min`, `max`, `value` and `step` that are given are
    ints, the stops are whole numbers and the script gets ints. So a slider from 0 to 1 has two stops, and one from
    0.0 to 1.0 has a hundred and one.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        min: Left end.
        max: Right end, above `min`.
        value: Where the handle is before anybody drags; None is `min`. A pair (low, high) makes two handles.
        step: Distance of the stops, above 0; None is 1 for whole numbers, else a round number that makes at least 100
            stops. A number sent by a program may lie between stops.
        examples: Ready values, a list or a mapping of title to value.
        required: No effect: a slider always has a value.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        The number, or the pair (low, high) with low <= high; ints or floats as told above.

    Raises:
        ScriptError: If an option is no finite number, min >= max, value is out of bounds, or step is not above 0.

    Example:
        >>> import modelapp as ma
        >>> threshold = ma.slider_input(min=0.0, max=1.0, value=0.5)
        >>> low, high = ma.slider_input("Ages", 0, 120, (18, 65))
    """
    return current_run().input(  # type: ignore[no-any-return]
        SliderInput,
        label,
        min,
        max,
        value,
        step=step,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
