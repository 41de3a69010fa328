"""What a run starts from, and the inputs that it met: plain records that sessions keep from run to run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.errors import InvalidValue
from modelapp.core.input import Input
from modelapp.core.protocol import Element, Json


class _Missing:
    def __reduce__(self) -> str:
        return "MISSING"  # the same one in each process


MISSING: Any = _Missing()
"""Stands for a value that is not there, where None is one."""


class FromText(str):
    """A passed value that came as text, on a command line; the input says what it stands for."""

    def given_to(self, widget: Input[Any]) -> Any:
        """Return the given value."""
        return widget.from_text(str(self))


@dataclass(frozen=True, slots=True)
class FromCells:
    """A passed value that came from a table of cases; the input says what it stands for.

    Attributes:
        cells: The text of the input's cell, or those of several cells by the names that `Input.cell_names` gives.
        folder: What paths in the table are relative to.
        confined: True if files outside of the folder must not be read: the table came from somebody else.
    """

    cells: str | Mapping[str, str]
    folder: Path = Path()
    confined: bool = False

    def given_to(self, widget: Input[Any]) -> Any:
        """Return the given value.

        Raises:
            InvalidValue: If a path leads out of the folder and must not.
        """
        given = widget.from_cells(self.cells)
        if not isinstance(given, Path):
            return given
        path = self.folder / given
        if self.confined and not path.resolve().is_relative_to(self.folder.resolve()):
            raise InvalidValue(f"{str(given)!r} lies outside of the folder of the cases.")
        return path


class FromJson:
    """A passed value that came from another machine. It can name no file or address of the host.

    Args:
        value: A JSON value; None clears the input, as on the page.
    """

    __slots__ = ("value",)

    def __init__(self, value: Json) -> None:
        self.value = value

    def raw(self, widget: Input[Any], blobs: Blobs) -> Json:
        """Return the input's raw value.

        Raises:
            InvalidValue: If the input does not accept it.
        """
        if widget.disabled:
            raise InvalidValue("it cannot be changed")
        return self._raw(widget, blobs)

    def _raw(self, widget: Input[Any], blobs: Blobs) -> Json:
        return None if self.value is None else widget.from_json(self.value, blobs)

    def __repr__(self) -> str:
        value = self.value
        return "{base64: …}" if isinstance(value, dict) and "base64" in value else repr(value)


class FromForm(FromJson):
    """A passed value that came as text in a form; the input says what JSON it stands for."""

    __slots__ = ()

    def _raw(self, widget: Input[Any], blobs: Blobs) -> Json:
        value = widget.from_words(self.value)
        return None if value is None else widget.from_json(value, blobs)


class FromRaw(FromJson):
    """A passed value that was kept as it is stored: a raw value with its edits."""

    __slots__ = ()

    def raw(self, widget: Input[Any], blobs: Blobs) -> Json:
        """Return it as the input takes it now."""
        return widget.accept(self.value, blobs)


class FromUploads(FromJson):
    """Files that came for an input: where each lies now, and its name."""

    __slots__ = ()

    def _raw(self, widget: Input[Any], blobs: Blobs) -> Json:
        return widget.from_uploads(self.value, blobs)

    def __repr__(self) -> str:
        return ", ".join(f"“{name}”" for _, name in self.value)


@dataclass(slots=True)
class Declared:
    """An input that this run met.

    Attributes:
        raw: What the page shows.
        initial: What the page would show had nobody touched the input.
        used: The raw value that the script got; differs from `raw` only in a group with a submit button.
        value: What the script got.
        stored: What somebody set, before it was fitted to the input's options; `MISSING` if nobody did.
        element: What the page draws.
        code: Code of the script (or of a module of it) that called.
        instruction: Offset of the call in it.
        group: Id of the group with a submit button that the input is in, or None.
        made: What the input was made of, where the run knows: positional arguments, and options by name.
    """

    name: str
    input: Input[Any]
    raw: Json
    initial: Json
    used: Json
    stored: Json
    value: Any
    element: Element
    note: str | None
    code: CodeType
    instruction: int
    group: str | None
    made: tuple[tuple[Any, ...], dict[str, Any]] | None = None

    @property
    def file(self) -> str:
        """Name of the file that the call is in."""
        return Path(self.code.co_filename).name

    @property
    def line(self) -> int:
        """Line of the call."""
        lines = (line for start, end, line in self.code.co_lines() if start <= self.instruction < end)
        return next(lines, None) or 0


@dataclass(slots=True)
class Given:
    """What a run starts from. All of it is read, never changed, except `parsed`.

    Attributes:
        values: Raw values that somebody set, by input name; an input that nobody touched is absent.
        submitted: For each group with a submit button that was pressed: its values at that moment.
        pressed: Names of momentary inputs and groups whose press has not been used yet. A run takes a press out.
        parsed: Inputs of the session's last run, kept so that an unchanged value is not decoded again.
        passed: Values of a call of the script as a function, by input name, in any form that `encode` takes.
        edits: Raw edits to do to inputs of such a call, by input name.
    """

    values: Mapping[str, Json] = field(default_factory=dict)
    submitted: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    pressed: list[str] = field(default_factory=list)
    parsed: dict[str, Declared] = field(default_factory=dict)
    passed: Mapping[str, Any] = field(default_factory=dict)
    edits: Mapping[str, list[Json]] = field(default_factory=dict)
