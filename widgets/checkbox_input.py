"""A box to tick."""

from collections.abc import Collection
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.input import Edge, Input
from modelapp.core.json_schema import Schema
from modelapp.core.parts import Part, Parts
from modelapp.core.protocol import InputProps, Json
from modelapp.core.variation import Variation
from modelapp.widgets._checking import refused
from modelapp.widgets._hidden_cells import cell_text


class CheckboxInputProps(InputProps, frozen=True, kw_only=True, tag="checkbox_input"):
    """A box to tick."""


class CheckboxInput(Input[bool]):
    """A box to tick. See `checkbox_input`."""

    kind = "checkbox_input"

    def __init__(self, label: str | None = None, value: bool = False, **common: Any) -> None:
        super().__init__(label, value=value, **common)
        self.untouched = value is False
        if not isinstance(value, bool):
            raise ScriptError(
                f"checkbox_input(value={describe(value)}): True or False is expected.",
                hint="For example checkbox_input(value=True).",
            )

    def props(self, common: dict[str, Any], blobs: Blobs) -> CheckboxInputProps:
        return CheckboxInputProps(**common)

    def edges(self) -> list[Edge]:
        return [Edge(True, "ticked", True), Edge(False, "not ticked", True)]

    def stops(self) -> list[Json]:
        return [False, True]

    def accept(self, raw: Json, blobs: Blobs) -> bool:
        if not isinstance(raw, bool):
            raise refused(self, raw, "true or false")
        return raw

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[bool, str | None]:
        # Cleared means the default again: a box is never empty.
        return self.start(blobs) if raw is None else self.accept(raw, blobs), None

    def parse(self, raw: Json, blobs: Blobs) -> bool:
        return raw  # type: ignore[no-any-return]

    def encode(self, given: Any, blobs: Blobs) -> bool:
        # A NumPy bool is no bool, and a command line has only the words.
        words = {"true": True, "false": False}
        if isinstance(given, str):
            given = words.get(given.lower(), given)
        elif type(given).__name__ in ("bool_", "bool"):
            given = bool(given)
        return self.accept(given, blobs)

    def parts(self, raw: Json) -> Parts | None:
        return Parts("columns", (Part((), self.label or "", cell_text(raw)),))

    def hidden(self, raw: Json, parts: Collection[Part]) -> list[Json]:
        return [not raw]

    def variations(self, raw: Json) -> list[Variation]:
        return [Variation("not ticked" if raw else "ticked", not raw)]

    def value_schema(self) -> Schema:
        return {"type": "boolean"}

    @property
    def takes_null(self) -> bool:
        return True

    def from_words(self, text: str) -> Json:
        return super().from_words(text.lower())

    def is_empty(self, raw: Json) -> bool:
        return False


def checkbox_input(
    label: str | None = None,
    value: bool = False,
    *,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> bool:
    """Ask a question of yes or no.

    Args:
        label: Text beside the box; None takes it from the variable that the value is assigned to.
        value: Whether it is ticked before anybody clicks.
        examples: Ready values, a list or a mapping of title to value.
        required: No effect: a box is always ticked or not.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        True if it is ticked.

    Raises:
        ScriptError: If `value` is not a bool.

    Example:
        >>> import modelapp as ma
        >>> smoker = ma.checkbox_input()
        >>> ma.text_output("high risk" if smoker else "low risk")
    """
    return current_run().input(
        CheckboxInput, label, value, examples=examples, required=required, help=help, key=key, disabled=disabled
    )
