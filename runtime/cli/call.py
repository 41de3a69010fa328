"""`modelapp call`: a script as a function, once."""

import sys
from contextlib import redirect_stdout
from pathlib import Path

import click
import msgspec
from modelapp.cli.engine import engine_options
from modelapp.model.call import call_from_texts, printed
from modelapp.model.engines.choice import EngineChoice


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--edits", metavar="JSON", help='Edits to do to inputs: {"image": [{"op": "flip", …}]}.')
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for pictures, sounds and files.")
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON: outputs, and how many seconds they took.")
def call(
    path: Path, values: tuple[str, ...], edits: str | None, out: Path | None, engine: EngineChoice, as_json: bool
) -> None:
    """Run the script PATH once, as a function, and print its outputs.

    A picture, sound or file is given by its path, a text as it is or as @FILE, anything else as JSON or plain text.

    \b
    Example:
        modelapp call demo.py age=63 image=cat.png --json
    """
    with redirect_stdout(sys.stderr):  # what the script prints must not stand among its outputs
        report = call_from_texts(path, values, edits, out, engine)
    if as_json:
        click.echo(msgspec.json.encode(report))
        return
    for name, value in report["outputs"].items():
        click.echo(f"{name}: {printed(value)}")
