"""Names of inputs and outputs, and labels made from names. Pure functions of text."""

import re
from collections.abc import Sequence
from functools import lru_cache

_NOT_WORD = re.compile(r"[^\w]+")
_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@lru_cache(4096)
def slug(text: str | None) -> str:
    """Return a label as a name: "Heart rate (bpm)" becomes "heart_rate_bpm"; "" for None or no letters."""
    return _NOT_WORD.sub("_", text).strip("_").lower() if text else ""


@lru_cache(4096)
def label_from_name(name: str) -> str:
    """Return a name as a label: "heart_rate" becomes "Heart rate", "n" becomes "N"."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def snake_case(name: str) -> str:
    """Return the name of a class as that of a variable: "HeartRate" becomes "heart_rate"."""
    return _WORD_BEGINS.sub("_", name).lower()


def stem(kind: str) -> str:
    """Return a widget's kind without its ending: "label_output" becomes "label"."""
    return kind.removesuffix("_output").removesuffix("_input")


def some(names: Sequence[str], most: int = 8) -> str:
    """Return names for a sentence: "a, b, c", or "a, b and 7 more" where there are more than `most`."""
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[: most - 1])} and {len(names) - most + 1} more"


def unused(name: str, taken: object) -> str:
    """Return `name`, or `name_2`, `name_3`, … : the first that is not in `taken` (a container of names)."""
    candidate, number = name, 1
    while candidate in taken:  # type: ignore[operator]
        number += 1
        candidate = f"{name}_{number}"
    return candidate
