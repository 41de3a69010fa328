"""`modelapp explain`: what of its inputs an answer rests on."""

import sys
import time
from contextlib import closing, redirect_stdout
from pathlib import Path

import click
import msgspec
from modelapp.cli.engine import engine_options
from modelapp.core.protocol import ExplainMethod
from modelapp.model.call import edits_from_text, passed_from_texts
from modelapp.model.engines.choice import EngineChoice, engine_of
from modelapp.model.errands import done
from modelapp.model.explain.errand import ExplainErrand
from modelapp.model.explain.telling import lines_of


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--edits", metavar="JSON", help='Edits to do to inputs first: {"image": [{"op": "flip", …}]}.')
@click.option("--input", "input_name", metavar="INPUT", help="The one input to hide parts of; else all.")
@click.option("--answer", metavar="OUTPUT", help="The output to explain; else the first label, number or text.")
@click.option(
    "--method",
    type=click.Choice(["occlusion", "gradients"]),
    default="occlusion",
    help="Hide parts, or ask the model that ma.predict calls (PyTorch, Keras; pictures).",
)
@click.option("--test/--no-test", "tested", default=True, help="Test each map by hiding what it marks.")
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON: each map's weights, and its test.")
def explain(
    path: Path,
    values: tuple[str, ...],
    edits: str | None,
    input_name: str | None,
    answer: str | None,
    method: ExplainMethod,
    tested: bool,
    engine: EngineChoice,
    as_json: bool,
) -> None:
    """Run the script PATH with parts of its inputs hidden, and show where that takes away from the answer.

    Parts are squares of a picture, stretches of a sound, words of a text, columns of a row, and single controls.

    \b
    Example:
        modelapp explain demo.py image=cat.png
    """
    shown = not as_json and sys.stderr.isatty()
    errand = ExplainErrand(
        0,
        passed_from_texts(values),
        edits_from_text(edits) or {},
        input=input_name,
        answer=answer,
        method=method,
        tested=tested,
    )
    started = time.monotonic()
    # What the script prints must not stand among what is printed here.
    with redirect_stdout(sys.stderr), closing(engine_of(engine, path)) as runs:
        ((answered, maps),) = done(runs, [errand], _tell if shown else None)
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
    seconds = time.monotonic() - started
    report = {"script": path.name, "answer": answered, "maps": maps, "seconds": round(seconds, 3)}
    text = "\n\n\n".join("\n".join(lines_of(found)) for found in maps) or "Nothing of the inputs can be hidden."
    click.echo(msgspec.json.encode(report) if as_json else text)


def _tell(runs: int) -> None:
    click.echo(f"\r{runs} runs", nl=False, err=True)
