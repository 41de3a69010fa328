"""The pages that this program serves by name: a second one of a name takes the place of the first, at its address."""

from collections.abc import Callable, Hashable
from pathlib import Path

from modelapp.interface.launch import How, Launched, launched
from modelapp.interface.notebook import kernel
from modelapp.interface.temporary import temporary_folder
from modelapp.script.live import LiveScript
from modelapp.script.run import Script

_pages: dict[Hashable, Launched] = {}
_counted: dict[str, int] = {}
"""How many pages of each name the cell that is executed now has made."""
_refreshed: set[int] = set()
"""Shells that tell after each cell."""


def serve_as(key: Hashable, script_in: Callable[[Path | None], Script], how: How, *, has_file: bool) -> Launched:
    """Serve a script in place of the one of the same key, which is closed once this one is known to be one.

    Args:
        key: What tells pages from each other.
        script_in: Makes the script, in a temporary folder if one is passed; may raise.
        how: How.
        has_file: True for a script beside whose file its folder is.
    """
    before = _pages.get(key)
    script_in(None)  # what is wrong with it is told before anything is closed
    port = before.port if before is not None else None
    folder = before.hand_over() if before is not None else None
    temporary = None if has_file else folder or temporary_folder()
    page = _pages[key] = launched(script_in(temporary), temporary, how, port)
    _follow_the_notebook()
    return page


def key_in_cell(name: str) -> Hashable | None:
    """Return what tells a page that is made in a notebook's cell from others, also when the cell is executed again.

    None is for a program without cells, or a front end that does not say which cell is executed.
    """
    cell = kernel.cell_id()
    if cell is None:
        return None
    count = kernel.shell().execution_count
    if _counted.get("execution") != count:
        _counted.clear()
        _counted["execution"] = count
    _counted[name] = number = _counted.get(name, 0) + 1
    return ("made in", cell, name, number)


def _follow_the_notebook() -> None:
    """Let pages forget what they remember of the notebook's variables, whenever a cell has been executed."""
    shell = kernel.shell()
    if shell is not None and id(shell) not in _refreshed:
        _refreshed.add(id(shell))
        shell.events.register("post_run_cell", _executed)


def _executed(result: object) -> None:
    for page in _pages.values():
        if isinstance(page.script, LiveScript):
            page.script.refresh()
