"""`run`: a function of the program that is running, or a script's file, as a page."""

import os
from collections.abc import Callable
from pathlib import Path

from modelapp.core.current import active_run
from modelapp.core.errors import ScriptError, Stopped
from modelapp.interface.launch import How, Launched, interactive
from modelapp.interface.notebook.kernel import wants_inline
from modelapp.interface.pages import serve_as
from modelapp.interface.place import place_of_code
from modelapp.script.failure import as_text
from modelapp.script.live import FileScript, function_script
from modelapp.script.run import Script, include
from modelapp.script.source import Version


def run(
    source: Callable[[], object] | str | os.PathLike[str],
    inbrowser: bool = False,
    inline: bool | None = None,
    validate: bool = True,
    share: str | None = None,
    port: int | None = None,
    block: bool | None = None,
) -> Launched:
    """Serve a function of this program, or a script, as a page.

    A function is called as a script is run, and sees what the program has; its inputs are named by its own variables. A
    script is one as `modelapp run` serves it, in this program, and is reloaded when it is saved. Run again, the
    function of the same name or the same script takes the place of the one before, at the same address. In a file that
    `modelapp run` serves, the page is that of the command: the source is run, the run ends here, and the other
    arguments are not looked at.

    Args:
        source: A function that takes no argument, or none that it needs; or the path of a script.
        inbrowser: If True a browser is opened.
        inline: If True the page stands in the output of the notebook's cell; None does so where there is one.
        validate: If True the source is checked before, as `modelapp check` does, and what was found is printed; for a
            page in a cell it is checked meanwhile, and the page tells what was found.
        share: An SSH server ("user@host") or a relay that gives the page a public link, as `modelapp run --share`.
        port: Port to listen on; None takes the first free one from 8501, 0 any.
        block: If True it returns after Ctrl-C, when the page is closed; if False at once. None blocks in a plain
            program, and not in a notebook or at the prompt.

    Returns:
        The page: `url`, `share_url`, and `close()`, which gives back the port, the threads, and the folder if it is a
        temporary one.

    Raises:
        ScriptError: If it is no plain function and no script, or `inline` is True and there is no notebook.
        EnvironmentFault: If the port or the folder cannot be used.

    Example:
        >>> import modelapp as ma
        >>> def demo():
        ...     celsius = ma.slider_input(min=-40, max=40)
        ...     ma.number_output(celsius * 1.8 + 32)
        >>> page = ma.run(demo, block=False)  # doctest: +SKIP
        >>> page.close()  # doctest: +SKIP
    """
    path = Path(source) if isinstance(source, str | os.PathLike) else None
    going_on = active_run()
    if going_on is not None:
        script = function_script(source, Path("function")) if path is None else FileScript(path)  # type: ignore[arg-type]
        include(_compiled(script), going_on)
        raise Stopped
    how = How(inbrowser, wants_inline(inline, "run"), validate, share, port)
    page = _run_function(source, how) if path is None else _run_file(path, how)  # type: ignore[arg-type]
    if block or (block is None and not interactive()):
        page.wait()
    return page


def _run_function(function: Callable[[], object], how: How) -> Launched:
    name = getattr(function, "__name__", "function").strip("<>")
    file = place_of_code(getattr(function, "__code__", None))
    beside = file.with_name(f"{file.stem}_{name}") if file else None
    return serve_as(
        (getattr(function, "__module__", None), name),
        lambda folder: function_script(function, beside or (folder or Path()) / name),
        how,
        has_file=beside is not None,
    )


def _run_file(path: Path, how: How) -> Launched:
    def script_in(_: Path | None) -> Script:
        script = FileScript(path)
        _compiled(script)
        return script

    return serve_as(path.resolve(), script_in, how, has_file=True)


def _compiled(script: Script) -> Version:
    """Return the version of a script.

    Raises:
        ScriptError: If it does not compile; says where.
    """
    if script.version is None:
        assert script.failure is not None
        raise ScriptError(f"{script.path.name} cannot be run: {as_text(script.failure)}", hint=script.failure.hint)
    return script.version
