"""What a person does in the picture editor, one function an edit."""

from collections.abc import Callable

from editing import Editing


def crop(editing: Editing) -> None:
    editing.tool("Crop")
    editing.drag((0.2, 0.15), (0.83, 0.9))


def brush(editing: Editing, colour: str = "Black") -> None:
    editing.tool("Occlude")
    editing.press("Brush")
    editing.press(colour)
    editing.drag((0.2, 0.2), (0.5, 0.7), (0.8, 0.3))


def cover_with_box(editing: Editing, colour: str = "White") -> None:
    editing.tool("Occlude")
    editing.press("Box")
    editing.press(colour)
    editing.drag((0.55, 0.5), (0.9, 0.9))


def quarter_turn(editing: Editing) -> None:
    editing.tool("Rotate")
    editing.press("Turn right")


def free_turn(editing: Editing) -> None:
    editing.tool("Rotate")
    editing.slide("Angle", "ArrowRight", 24)


def flip(editing: Editing) -> None:
    editing.tool("Flip")
    editing.press("Left to right")


def brightness(editing: Editing) -> None:
    editing.tool("Brightness")
    editing.slide("Brightness", "ArrowRight", 15)


def contrast(editing: Editing) -> None:
    editing.tool("Contrast")
    editing.slide("Contrast", "ArrowLeft", 30)


def noise(editing: Editing) -> None:
    editing.tool("Noise")
    editing.slide("Noise", "ArrowRight", 10)
    editing.press("New seed")


def blur(editing: Editing) -> None:
    editing.tool("Blur")
    editing.slide("Blur", "ArrowRight", 30)


Action = Callable[[Editing], None]
