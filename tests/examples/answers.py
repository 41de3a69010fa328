"""What a page of an example says, read from its elements."""

from typing import Any

from user import User


def shown(user: User, kind: str) -> list[Any]:
    """Return the properties of the page's elements of one kind, in their order."""
    props = [user.elements[name].props for name in user.order]
    return [one for one in props if one.__struct_config__.tag == kind]


def label(user: User) -> tuple[str, dict[str, float]]:
    """Return the winner of the page's only label output, and the confidences shown, by name."""
    assert user.phase == "done", user.failure
    (answer,) = shown(user, "label_output")
    return answer.top, {bar.name: bar.confidence for bar in answer.bars}


def choose_example(user: User, name: str, title: str) -> None:
    """Click a ready example of an input and wait for the answer."""
    (example,) = (one for one in user.elements[name].props.examples if one.label == title)
    user.set(**{name: example.value})
    user.settle()
