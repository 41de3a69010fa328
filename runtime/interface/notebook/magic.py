"""`%%modelapp`: a notebook's cell as a script."""

import argparse
import shlex
from pathlib import Path
from typing import Any, NoReturn

from modelapp.core.errors import ModelAppError, ScriptError, did_you_mean
from modelapp.core.names import slug
from modelapp.interface.launch import How, Launched
from modelapp.interface.notebook import kernel
from modelapp.interface.pages import serve_as
from modelapp.script.failure import as_text, syntax_failure
from modelapp.script.live import LiveScript, cell_script

_UNNAMED = "app"


class _Options(argparse.ArgumentParser):
    """Says what is wrong as an error of ours: a cell has no command line that could be left."""

    def error(self, message: str) -> NoReturn:
        """Raise it."""
        word = message.rpartition(": ")[2].split()[0]
        hint = did_you_mean(word, [option for action in self._actions for option in action.option_strings])
        raise ScriptError(f"%%modelapp: {message}.", hint=hint or self.format_usage().strip())


def _options() -> _Options:
    options = _Options(prog="%%modelapp", add_help=False, allow_abbrev=False)
    options.add_argument("name", nargs="?")
    options.add_argument("--port", type=int)
    options.add_argument("--share", metavar="[USER@]HOST[:PORT]")
    options.add_argument("--height", type=int, metavar="PIXELS")
    options.add_argument("--no-check", action="store_true")
    return options


def cell_magic(line: str, cell: str) -> Launched:
    """Serve a cell as a script, in place of what it served before.

    Args:
        line: What follows `%%modelapp`: a name, and options.
        cell: The lines below.

    Raises:
        ScriptError: If an option is unknown, or the cell is no Python; says where.
    """
    try:
        return _served(line, cell)
    except ModelAppError as problem:
        # What IPython shows: the sentence, without lines of ours that led to it.
        said = [
            f"{type(problem).__name__}: {line}" if not index else line
            for index, line in enumerate(str(problem).splitlines())
        ]
        problem._render_traceback_ = lambda *_: said  # type: ignore[attr-defined]
        raise


def _served(line: str, cell: str) -> Launched:
    shell: Any = kernel.shell()
    try:
        given = _options().parse_args(shlex.split(line))
    except ValueError as problem:
        raise ScriptError(f"%%modelapp {line}: {problem}.") from None
    name = slug(given.name) if given.name else _UNNAMED
    # The first line stands for that of the magic: so lines are numbered as the notebook numbers them.
    text = shell.transform_cell(f"# %%modelapp {line}\n{cell}")

    def script_in(folder: Path | None) -> LiveScript:
        path = (folder or Path()) / name
        try:
            return cell_script(path, text, shell.user_ns)
        except SyntaxError as problem:
            failure = syntax_failure(problem, path)
            raise ScriptError(f"The cell cannot be run: {as_text(failure)}") from None

    how = How(
        inline=kernel.in_notebook(),
        validate=not given.no_check,
        share=given.share,
        port=given.port,
        height=given.height,
    )
    key = ("cell", name if given.name else kernel.cell_id() or name)
    return serve_as(key, script_in, how, has_file=False)
