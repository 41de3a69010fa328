"""How figures, options and days vary in a robustness sweep: one step each way, another option, or missing."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from modelapp.core.protocol import Json
from modelapp.core.variation import Variation
from modelapp.widgets._checking import shown as readable

if TYPE_CHECKING:
    from modelapp.widgets._columns import Column

_MOST_OPTIONS = 10


def stepped(number: float, step: float, name: str = "") -> list[Variation]:
    """Return a number one step up and down."""
    start = f"{name} " if name else ""
    return [
        Variation(f"{start}one step {word} to {readable(_plain(number + change))}", _plain(number + change))
        for word, change in (("up", step), ("down", -step))
    ]


def others(chosen: Json, options: tuple[str, ...], name: str = "") -> list[Variation]:
    """Return the options that are not chosen."""
    left = [option for option in options if option != chosen][:_MOST_OPTIONS]
    return [Variation(f"{name} {option}".strip(), option) for option in left]


def cell_variations(column: "Column", raw: Json) -> list[Variation]:
    """Return what a cell could have been: one step each way, another option, missing where that is allowed."""
    shown, name = column.shown, column.name
    found: list[Variation] = []
    if raw is not None:
        if shown.kind == "number":
            found += stepped(raw, shown.step or (1 if shown.integer else abs(raw) / 10 or 1), name)
        elif shown.kind == "boolean":
            found.append(Variation(f"{name} {'no' if raw else 'yes'}", not raw))
        elif shown.kind == "choice":
            found += others(raw, shown.options, name)
        elif shown.kind == "date":
            found += [
                Variation(f"{name} a day {word}", (date.fromisoformat(raw) + timedelta(days)).isoformat())
                for word, days in (("later", 1), ("earlier", -1))
            ]
        elif shown.kind == "datetime":
            found += [
                Variation(f"{name} an hour {word}", (datetime.fromisoformat(raw) + timedelta(hours=hours)).isoformat())
                for word, hours in (("later", 1), ("earlier", -1))
            ]
        if shown.missing:
            found.append(Variation(f"{name} missing", None))
    return found


def _plain(number: float) -> float:
    return number if isinstance(number, int) else float(f"{number:.12g}")  # without a tail of binary fractions
