"""A day of the calendar."""

from datetime import date, datetime
from typing import Any, Literal, overload

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.input import Edge, Input
from modelapp.core.json_schema import Schema
from modelapp.core.protocol import InputProps, Json
from modelapp.widgets._checking import refused


class DateInputProps(InputProps, frozen=True, kw_only=True, tag="date_input"):
    """A day. Bounds are ISO dates; None is no bound."""

    min: str | None = None
    max: str | None = None


class DateInput(Input[date]):
    """A day of the calendar. See `date_input`."""

    kind = "date_input"

    def __init__(
        self,
        label: str | None = None,
        value: date | str | None = None,
        *,
        min: date | str | None = None,
        max: date | str | None = None,
        **common: Any,
    ) -> None:
        # ISO text sorts as its days do, so that text is all this class compares.
        self.min, self.max = _iso_option("min", min), _iso_option("max", max)
        value = _iso_option("value", value)
        super().__init__(label, value=value, **common)
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ScriptError(
                f"date_input(min={self.min}, max={self.max}): the first day must not be after the last.",
                hint=f'For example date_input(min="{self.max}", max="{self.min}").',
            )
        if value is not None and not self._is_within(value):
            raise ScriptError(
                f"date_input(value={value}) is out of bounds: {self._allowed()} is expected.",
                hint="Pass a value= from min= to max=, or value=None for an empty field.",
            )

    def props(self, common: dict[str, Any], blobs: Blobs) -> DateInputProps:
        return DateInputProps(**common, min=self.min, max=self.max)

    def edges(self) -> list[Edge]:
        return [Edge(end, end, True) for end in (self.min, self.max) if end is not None]

    def accept(self, raw: Json, blobs: Blobs) -> str | None:
        if raw is None:
            return None
        if not isinstance(raw, str) or not _is_iso(raw) or not self._is_within(raw):
            raise refused(self, raw, self._allowed())
        return raw

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[str | None, str | None]:
        if isinstance(raw, str) and _is_iso(raw):
            if self.min is not None and raw < self.min:
                return self.min, f"{raw} is before the new first day: set to {self.min}."
            if self.max is not None and raw > self.max:
                return self.max, f"{raw} is after the new last day: set to {self.max}."
        return self.accept(raw, blobs), None

    def parse(self, raw: Json, blobs: Blobs) -> date:
        return date.fromisoformat(raw)

    def value_schema(self) -> Schema:
        # JSON Schema has no bounds for days: they are told in words.
        day = {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
        return {**day, "description": f"It takes {self._allowed()}."} if self.min or self.max else day

    def sample(self) -> Any:
        return self.min or self.max or "2000-01-01"

    def from_text(self, text: str) -> Any:
        return text

    def from_words(self, text: str) -> Json:
        return text

    def encode(self, given: Any, blobs: Blobs) -> Json:
        return self.accept(_iso(given) if isinstance(given, date) else given, blobs)

    def _is_within(self, day: str) -> bool:
        return (self.min is None or day >= self.min) and (self.max is None or day <= self.max)

    def _allowed(self) -> str:
        bounds = (f" from {self.min}" if self.min else "") + (f" to {self.max}" if self.max else "")
        return f"a day written YYYY-MM-DD{bounds}"


def _iso(day: date) -> str:
    return (day.date() if isinstance(day, datetime) else day).isoformat()


def _is_iso(text: str) -> bool:
    if len(text) != 10 or text[4] != "-" or text[7] != "-":  # fromisoformat also takes weeks and bare figures
        return False
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _iso_option(option: str, given: Any) -> str | None:
    if given is None or (isinstance(given, str) and _is_iso(given)):
        return given
    if isinstance(given, date):
        return _iso(given)
    raise ScriptError(
        f"date_input({option}={describe(given)}): a date, or text written YYYY-MM-DD, is expected.",
        hint=f'For example date_input({option}="2024-12-31").',
    )


@overload
def date_input(
    label: str | None = None,
    value: date | str | None = None,
    *,
    min: date | str | None = None,
    max: date | str | None = None,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> date: ...
@overload
def date_input(
    label: str | None = None,
    value: date | str | None = None,
    *,
    min: date | str | None = None,
    max: date | str | None = None,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> date | None: ...
def date_input(
    label: str | None = None,
    value: date | str | None = None,
    *,
    min: date | str | None = None,
    max: date | str | None = None,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> date | None:
    """Ask for a day.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        value: Day before anybody chooses, a date or "YYYY-MM-DD"; None is an empty field.
        min: First day that it takes, in the same forms; None is no bound.
        max: Last day that it takes; None is no bound.
        examples: Ready days, a list or a mapping of title to day.
        required: If True an empty field ends the run quietly and the page says what it waits for; if False the
            script gets None.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        The day.

    Raises:
        ScriptError: If an option is no day, min is after max, or value is out of bounds.

    Example:
        >>> import modelapp as ma
        >>> admitted = ma.date_input(value="2024-02-29", max="2024-12-31")
        >>> ma.text_output(admitted.strftime("%A"))
    """
    return current_run().input(
        DateInput,
        label,
        value,
        min=min,
        max=max,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
