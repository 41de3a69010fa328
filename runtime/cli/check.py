"""`modelapp check`: what a visitor of a script's page would stumble over."""

import sys
from contextlib import closing, redirect_stdout
from pathlib import Path

import click
import msgspec
from modelapp.cli.engine import engine_options
from modelapp.model.check.errand import CheckErrand
from modelapp.model.check.findings import as_lines
from modelapp.model.check.runs import TIME_LIMIT_SECONDS
from modelapp.model.engines.choice import EngineChoice, engine_of
from modelapp.model.errands import done


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the findings, each with file, line and fix.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0),
    default=TIME_LIMIT_SECONDS,
    show_default=True,
    help="Begin no further case after this long.",
)
@engine_options
def check(path: Path, as_json: bool, seconds: float, engine: EngineChoice) -> None:
    """Run the script PATH on its examples and on edge values, and report what is wrong with it.

    Looked for: errors, outputs that are not a number or no probabilities, labels that do not match, models in
    training mode, answers that differ between two runs, work that belongs in the cache, slow imports, and inputs that
    nothing reads. The exit status is 1 if there is an error.

    \b
    Example:
        modelapp check demo.py --json
    """
    shown = not as_json and sys.stderr.isatty()

    def tell(told: tuple[int, float]) -> None:
        click.echo(f"\rrun {told[0]}, {told[1]:.1f} s", nl=False, err=True)

    # What the script prints must not stand among what is printed here.
    with redirect_stdout(sys.stderr), closing(engine_of(engine, path)) as runs:
        (report,) = done(runs, [CheckErrand(0, {}, time_limit=seconds)], tell if shown else None)
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        click.echo("\n".join(as_lines(report)))
    if report.failed:
        raise SystemExit(1)
