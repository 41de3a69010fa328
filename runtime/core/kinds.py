"""Finding a widget's class by the kind that properties, schemas and messages name."""

from typing import Any


def widget_of(base: type[Any], kind: str) -> type[Any] | None:
    """Return the class of a widget that has been imported, by its kind; None if there is none."""
    for below in base.__subclasses__():
        if getattr(below, "kind", None) == kind:
            return below
        found = widget_of(below, kind)
        if found is not None:
            return found
    return None
