"""`modelapp new`: a script to begin with."""

import re
from importlib.util import find_spec
from pathlib import Path

import click
from modelapp.core.errors import EnvironmentFault, ScriptError

STARTERS = Path(__file__).parent / "starters"
KINDS = ("image", "text", "sound", "table")
FRAMEWORKS = ("function", "pytorch", "keras", "sklearn")
_EXTRAS = {"pytorch": ("torch", "torch"), "keras": ("tensorflow", "keras"), "sklearn": ("sklearn", "sklearn")}
"""The extra that brings a framework, and the package by which to tell that it is there."""


def starter(kind: str, framework: str) -> str:
    """Return the text of a script that runs at once.

    Args:
        kind: One of `KINDS`: what the model takes.
        framework: One of `FRAMEWORKS`: what the model is made with.
    """
    return (STARTERS / f"{kind}_{framework}.py.txt").read_text(encoding="utf-8")


@click.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("path", type=click.Path(path_type=Path), default=Path("demo.py"))
@click.option(
    "--framework",
    type=click.Choice(FRAMEWORKS),
    default="function",
    show_default=True,
    help="What the model is made with.",
)
def new(kind: str, path: Path, framework: str) -> None:
    """Write a script for a model that takes a KIND of input, to PATH (demo.py). It runs at once.

    A stand-in is where your model goes; what to replace is marked “Yours”.

    \b
    Example:
        modelapp new image xray.py --framework pytorch
    """
    if path.suffix != ".py":
        raise ScriptError(f"{str(path)!r} is no name of a script.", hint=f"For example {path.name or 'demo'}.py.")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(starter(kind, framework))
    except FileExistsError:
        raise ScriptError(f"{str(path)!r} is there already: nothing was written.", hint="Give another name.") from None
    except OSError as problem:
        raise EnvironmentFault(f"{str(path)!r} cannot be written: {problem.strerror}.") from None
    extra, package = _EXTRAS.get(framework, ("", ""))
    first = f"\n    pip install 'modelapp[{extra}]'" if package and find_spec(package) is None else ""
    shown = str(path) if re.fullmatch(r"[\w./-]+", str(path)) else f'"{path}"'
    click.echo(f"Wrote {path}. Start it with:\n{first}\n    modelapp run {shown}")
