"""Lengths of time as they are typed, and moments as they are shown."""

import re
from datetime import UTC, datetime

import click

_SECONDS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_FORM = re.compile(r"(\d{1,5})([mhdw])")


class Duration(click.ParamType[float]):
    """A length of time: `30m`, `12h`, `3d` or `2w`."""

    name = "duration"

    def convert(self, value: str | float, param: click.Parameter | None, context: click.Context | None) -> float:
        """Return it in seconds."""
        if isinstance(value, int | float):
            return float(value)
        match = _FORM.fullmatch(value.strip())
        if match is None or int(match[1]) == 0:
            self.fail(f"{value!r} is no length of time: for example 30m, 12h, 3d or 2w.", param, context)
        return float(int(match[1]) * _SECONDS[match[2]])

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return what the help shows for it."""
        return "3d"


DURATION = Duration()


def day_and_time(seconds: float) -> str:
    """Return a moment for a person, in the time of this machine."""
    return f"{datetime.fromtimestamp(seconds):%a %d %b %Y, %H:%M}"


def iso(seconds: float | None) -> str | None:
    """Return a moment for a program, or None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
