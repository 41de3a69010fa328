"""The notebook around this program: whether there is one, and which of its cells is executed now.

IPython is looked up where it is imported already and never imported: a plain program does without.
"""

import sys
from typing import Any

from modelapp.core.errors import ScriptError


def shell() -> Any:
    """Return IPython's shell of this program, or None."""
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


def in_notebook() -> bool:
    """Return True in a kernel, whose cells have outputs; False at a prompt and in a plain program."""
    return hasattr(shell(), "kernel")


def wants_inline(inline: bool | None, name: str) -> bool:
    """Return whether a page is to stand in the output of the cell.

    Args:
        inline: What was asked for; None is for a page in the cell wherever there are cells.
        name: What was called.

    Raises:
        ScriptError: If it is asked for where there is no notebook.
    """
    if inline and not in_notebook():
        raise ScriptError(
            f"{name}(inline=True): this program runs in no notebook.",
            hint=f"Leave it out, and open the address that {name} prints; or inbrowser=True opens it.",
        )
    return in_notebook() if inline is None else inline


def cell_id() -> str | None:
    """Return what the front end calls the cell that is executed now, or None if it does not say."""
    parent: dict[str, Any] = getattr(shell(), "get_parent", dict)()
    found = (parent.get("metadata") or {}).get("cellId")
    return found if isinstance(found, str) else None
