"""A value of an input, slightly changed, to see whether the answer holds."""

from collections.abc import Callable
from typing import Any, NamedTuple

from modelapp.core.protocol import Json


class Variation(NamedTuple):
    """What a value could have been as well.

    Attributes:
        name: What was done to it, for a reader: "flipped left to right", "age one step up".
        raw: The changed raw value.
    """

    name: str
    raw: Json


class Transform(NamedTuple):
    """What changes a value in a way that is no edit of the page: what comes of it is a value of its own.

    Attributes:
        name: What is done, for a reader: "gamma 2".
        apply: Takes the value as the script gets it, a copy of its own, and returns another that the input takes.
    """

    name: str
    apply: Callable[[Any], Any]
