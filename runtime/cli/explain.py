"""`modelapp explain`: where in a picture the answer comes from."""

import sys
from contextlib import redirect_stdout
from pathlib import Path

import click
import msgspec
from modelapp.core.errors import RunFailed
from modelapp.model.call import edits_from_text, passed_from_texts
from modelapp.model.explain.occlusion import Occlusion, OcclusionMap
from modelapp.model.headless import Model

_SHADES = "·░▒▓█"


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--edits", metavar="JSON", help='Edits to do to inputs first: {"image": [{"op": "flip", …}]}.')
@click.option("--input", "input_name", metavar="INPUT", help="The picture to hide parts of; else the first.")
@click.option("--answer", metavar="OUTPUT", help="The output to explain; else the first label, number or text.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the map as rows of numbers, and its peak.")
def explain(
    path: Path, values: tuple[str, ...], edits: str | None, input_name: str | None, answer: str | None, as_json: bool
) -> None:
    """Run the script PATH with parts of a picture hidden, and show where that takes away from the answer.

    \b
    Example:
        modelapp explain demo.py image=cat.png
    """
    with redirect_stdout(sys.stderr):  # what the script prints must not stand among what is printed here
        model = Model(path)
        base, _ = model.call(passed_from_texts(values), edits_from_text(edits) or {}, "explain")
        if model.version is None:
            raise RunFailed(f"{path.name} cannot be run any more.")
        occlusion = Occlusion(model.version, base, input_name, answer)
        shown = not as_json and sys.stderr.isatty()
        for runs in occlusion.steps():
            if shown:
                click.echo(f"\r{runs} runs", nl=False, err=True)
        if shown:
            click.echo("\r\033[K", nl=False, err=True)
        found = occlusion.report()
    click.echo(msgspec.json.encode(found) if as_json else "\n".join(_lines(found)))


def _lines(found: OcclusionMap) -> list[str]:
    """Return the map in shades, two signs wide a cell, and what it is."""
    most = max(max(row) for row in found.values)
    x, y = (round(100 * place) for place in found.peak)
    told = found.answer if found.decision is None else f"“{found.decision}”"
    if most <= 0:
        return [f"No part of {found.input} that is hidden takes away from {told} ({found.runs} runs)."]
    lines = ["".join(_shade(value / most) * 2 for value in row) for row in found.values]
    place = f"{x} % from the left and {y} % from the top"
    return [
        *lines,
        "",
        f"{told} rests most on what is {place} of {found.input}.",
        f"{found.method}; {found.runs} runs.",
    ]


def _shade(share: float) -> str:
    return _SHADES[min(len(_SHADES) - 1, int(max(0.0, share) * len(_SHADES)))]
