"""The HTML files of widgets that a user makes: found beside the code of their class, read again when they are saved."""

import sys
from pathlib import Path

from modelapp.core.errors import ScriptError
from modelapp.core.names import snake_case

MOST_BYTES = 4 << 20
_read: dict[Path, tuple[tuple[int, int], str]] = {}


def html_of(widget: type) -> str | None:
    """Return the HTML that draws a class of widgets, or None if it has none.

    Its `html` names a file beside that of its code, or is the HTML itself: text with a "<" in it.

    Raises:
        ScriptError: If there is no such file, or it is none that can be shown.
    """
    given = getattr(widget, "html", None)
    if given is None:
        return None
    if not isinstance(given, (str, Path)) or not str(given).strip():
        raise ScriptError(
            f"{widget.__name__}.html is {given!r}: the name of a file is expected, or HTML.",
            hint=f'For example html = "{snake_case(widget.__name__)}.html".',
        )
    return str(given) if "<" in str(given) else _text(widget, Path(given))


def undrawn(widget: type) -> ScriptError:
    """Return the error for a class that nothing draws."""
    return ScriptError(
        f"{widget.__name__} says nothing of how it is drawn.",
        hint=f'Give the class html = "{snake_case(widget.__name__)}.html", a file beside it.',
    )


def files() -> set[Path]:
    """Return all files that were read."""
    return set(_read)


def _text(widget: type, name: Path) -> str:
    path = (_folder(widget) / name).absolute()
    try:
        facts = path.stat()
        stamp = (facts.st_mtime_ns, facts.st_size)
        known = _read.get(path)
        if known is None or known[0] != stamp:
            if facts.st_size > MOST_BYTES:
                raise ScriptError(
                    f"{widget.__name__}.html: {str(path)!r} has {facts.st_size / 1e6:.1f} MB, "
                    f"and at most {MOST_BYTES >> 20} MB can be shown.",
                    hint="Leave out what it does not need.",
                )
            known = _read[path] = (stamp, path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ScriptError(
            f"{widget.__name__}.html: {str(path)!r} cannot be read: {problem.strerror}.",
            hint=f"Put the file beside the code of {widget.__name__}.",
        ) from None
    except UnicodeDecodeError:
        raise ScriptError(f"{widget.__name__}.html: {str(path)!r} is no text in UTF-8.") from None
    return known[1]


def _folder(widget: type) -> Path:
    """Return where the code of a class lies: of several scripts in one process each is `__main__` to itself."""
    made = next(one for one in widget.__mro__ if "html" in vars(one))
    for attribute in vars(made).values():
        scope = getattr(attribute, "__globals__", None)
        if scope is not None and "__file__" in scope:
            return Path(scope["__file__"]).parent
    file = getattr(sys.modules.get(made.__module__), "__file__", None)
    return Path(file).parent if file else Path.cwd()
