"""A button that causes one run."""

from typing import Any, Literal

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.errors import InvalidValue
from modelapp.core.input import Input
from modelapp.core.json_schema import Schema
from modelapp.core.protocol import InputProps, Json
from modelapp.widgets._checking import checked_names, name_of

Style = Literal["primary", "quiet"]


class ButtonProps(InputProps, frozen=True, kw_only=True, tag="button"):
    """A button. Its text is the label."""

    style: Style = "primary"


class Button(Input[bool]):
    """A button that causes one run. See `button`."""

    kind = "button"
    momentary = True

    def __init__(self, label: str | None = None, *, style: Style = "primary", **common: Any) -> None:
        super().__init__(label, **common)
        self.style: Style = style
        if style != "primary":
            checked_names("button", "style", style, ("primary", "quiet"))

    def props(self, common: dict[str, Any], blobs: Blobs) -> ButtonProps:
        return ButtonProps(**common, style=self.style)

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if raw is None or raw is False:
            return None
        raise InvalidValue(f"“{name_of(self)}” is a button: it is pressed, and has no value to set.")

    def value_schema(self) -> Schema:
        return {"type": "null"}

    def parse(self, raw: Json, blobs: Blobs) -> bool:
        return False

    def empty_value(self) -> bool:
        return False


def button(
    label: str | None = None,
    *,
    style: Style = "primary",
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> bool:
    """Show a button, and tell whether a press of it caused this run.

    Args:
        label: Text of the button; None takes it from the variable that the value is assigned to.
        style: "primary", or "quiet" for one that does not draw the eye.
        help: One sentence that explains the button.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the button is shown but cannot be pressed.

    Returns:
        True in the one run that a press caused, else False. Always False when the script is run as a function.

    Raises:
        ScriptError: If `style` is another one.

    Example:
        >>> import modelapp as ma
        >>> if ma.button("Again"):
        ...     ma.state["rounds"] = ma.state.get("rounds", 0) + 1
    """
    return current_run().input(Button, label, style=style, help=help, key=key, disabled=disabled)
