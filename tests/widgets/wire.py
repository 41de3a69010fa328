"""What may come over the wire, and what every input must make of it."""

from typing import Any

from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue

any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def accepts_or_refuses(widget: Any, raw: Any, blobs: Any) -> Any:
    """Return the accepted form of any JSON, which must be accepted as it is; or None if it was refused in words."""
    try:
        accepted = widget.accept(raw, blobs)
    except InvalidValue as problem:
        assert widget.label in problem.message
        return None
    again = widget.accept(accepted, blobs)
    assert again == accepted
    assert type(again) is type(accepted)
    if accepted is not None:  # cleared: some inputs have their default again
        assert widget.adapt(accepted, blobs) == (accepted, None)
    return accepted
