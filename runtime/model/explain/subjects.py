"""What of a run can be hidden: a picture, a sound, the words of a text, or all columns and single controls together."""

from collections.abc import Iterable, Iterator

from modelapp.core.context import RunContext
from modelapp.core.declared import Declared
from modelapp.core.errors import InvalidValue
from modelapp.core.parts import Part, PartKind
from modelapp.core.protocol import Json


class Subject:
    """What one map is about.

    Args:
        kind: How it is divided.
        inputs: The inputs; several only of columns.
    """

    def __init__(self, kind: PartKind, inputs: list[Declared]) -> None:
        self.kind = kind
        self._inputs = {declared.name: declared for declared in inputs}
        self.names = tuple(self._inputs)
        first = inputs[0]
        self.label = (first.input.label or first.name) if len(inputs) == 1 else "Inputs"
        """For reading."""
        self.parts = tuple(part for declared in inputs for part in _parts(declared))
        """The smallest parts, or all of what can be divided at will."""

    def hidden(self, parts: Iterable[Part]) -> list[dict[str, Json]]:
        """Return raw values by input name with these parts hidden, once for each way to hide them."""
        of: dict[str, list[Part]] = {}
        for part in parts:
            of.setdefault(part.input, []).append(part)
        ways = {}
        for name, those in of.items():
            declared = self._inputs[name]
            found = declared.input.hidden(declared.raw, those)
            if found:
                ways[name] = found
        count = max(map(len, ways.values()), default=0)
        return [{name: found[turn % len(found)] for name, found in ways.items()} for turn in range(count)]


def subjects(run: RunContext, name: str | None = None) -> list[Subject]:
    """Return what of a run can be hidden: media and texts in the order of the page, then all columns as one.

    Args:
        name: Name of the one input that is asked for, or None for all.

    Raises:
        InvalidValue: If there is nothing.
    """
    found, columns = list[Subject](), list[Declared]()
    for declared in run.inputs.values():
        widget = declared.input
        if name not in (None, declared.name) or widget.momentary or widget.is_empty(declared.raw):
            continue
        parts = widget.parts(declared.raw)
        if parts is None or not parts.parts:
            continue
        if parts.kind == "columns":
            columns.append(declared)
        else:
            found.append(Subject(parts.kind, [declared]))
    if columns:
        found.append(Subject("columns", columns))
    if not found:
        which = "There is no input" if name is None else f"{name!r} is no input"
        raise InvalidValue(
            f"{which} of which parts can be hidden.",
            hint='It must have a value. Of a picture, the tools must have "occlude".',
        )
    return found


def _parts(declared: Declared) -> Iterator[Part]:
    parts = declared.input.parts(declared.raw)
    if parts is None:
        return
    for part in parts.parts:
        name = part.name or (declared.name if parts.kind == "columns" else "")
        yield part._replace(input=declared.name, name=name)
