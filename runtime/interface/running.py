"""`run`: a function of the program that is running as a page."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from modelapp.core.current import active_run
from modelapp.core.errors import Stopped
from modelapp.interface.launch import Launched, interactive, launched, refuse_inline
from modelapp.interface.place import place_of_code
from modelapp.script.live import function_script
from modelapp.script.run import include

_pages: dict[tuple[str | None, str], Launched] = {}
"""What is served, by the module and the name of the function."""


def run(
    function: Callable[[], object],
    inbrowser: bool = False,
    inline: bool | None = None,
    validate: bool = True,
    share: str | None = None,
    port: int | None = None,
    block: bool | None = None,
) -> Launched:
    """Serve a function of this program as a page: it is called as a script is run, and sees what the program has.

    Its inputs are named by its own variables. Run again, the function of the same name takes the place of the one
    before, at the same address. In a file that `modelapp run` serves, the page is that of the command: the function is
    called, the run ends here, and the other arguments are not looked at.

    Args:
        function: Takes no argument, or none that it needs.
        inbrowser: If True a browser is opened.
        inline: None or False; pages inside of a notebook's cell are not there yet.
        validate: If True the function is checked before, as `modelapp check` does, and what was found is printed.
        share: An SSH server ("user@host") or a relay that gives the page a public link, as `modelapp run --share`.
        port: Port to listen on; None takes the first free one from 8501, 0 any.
        block: If True it returns after Ctrl-C, when the page is closed; if False at once. None blocks in a plain
            program, and not in a notebook or at the prompt.

    Returns:
        The page: `url`, `share_url`, and `close()`, which gives back the port, the threads, and the folder if it is a
        temporary one.

    Raises:
        ScriptError: If it is no plain function, or `inline` is True.
        EnvironmentFault: If the port or the folder cannot be used.

    Example:
        >>> import modelapp as ma
        >>> def demo():
        ...     celsius = ma.slider_input(min=-40, max=40)
        ...     ma.number_output(celsius * 1.8 + 32)
        >>> page = ma.run(demo, block=False)  # doctest: +SKIP
        >>> page.close()  # doctest: +SKIP
    """
    going_on = active_run()
    if going_on is not None:
        version = function_script(function, Path("function")).version
        assert version is not None
        include(version, going_on)
        raise Stopped
    if inline:
        refuse_inline("run")
    name = getattr(function, "__name__", "function").strip("<>")
    file = place_of_code(getattr(function, "__code__", None))
    temporary = None if file else Path(tempfile.mkdtemp(prefix="modelapp-"))
    script = function_script(function, file.with_name(f"{file.stem}_{name}") if file else (temporary or Path()) / name)
    key = (getattr(function, "__module__", None), name)
    before = _pages.pop(key, None)
    if before is not None:
        before.close()
        port = before.port if port is None else port
    page = _pages[key] = launched(script, temporary, inbrowser=inbrowser, validate=validate, share=share, port=port)
    if block or (block is None and not interactive()):
        page.wait()
    return page
