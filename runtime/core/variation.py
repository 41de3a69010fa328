"""A value of an input, slightly changed, to see whether the answer holds."""

from typing import NamedTuple

from modelapp.core.protocol import Json


class Variation(NamedTuple):
    """What a value could have been as well.

    Attributes:
        name: What was done to it, for a reader: "flipped left to right", "age one step up".
        raw: The changed raw value.
    """

    name: str
    raw: Json
