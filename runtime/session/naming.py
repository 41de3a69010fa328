"""Which blobs values and elements name. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec
from modelapp.core.protocol import Element, Json
from modelapp.session.blobs import digests_in

Digests = set[str]


def naming(value: Any) -> Digests:
    """Return the digests that raw values, records or elements name."""
    return set(digests_in(msgspec.to_builtins(value)))


def examples_of(elements: Mapping[str, Element]) -> set[str]:
    """Return the digests of the examples that a page offers."""
    return naming([getattr(element.props, "examples", ()) for element in elements.values()])


def without(values: Mapping[str, Json], digests: set[str]) -> dict[str, Json]:
    """Return values of inputs, those empty that name one of these blobs."""
    return {name: None if naming(raw) & digests else raw for name, raw in values.items()}
