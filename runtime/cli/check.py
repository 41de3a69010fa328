"""`modelapp check`: what a visitor of a script's page would stumble over."""

import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import click
import msgspec
from modelapp.core.errors import ScriptError
from modelapp.model.check.findings import as_lines
from modelapp.model.check.runs import TIME_LIMIT_SECONDS, Check
from modelapp.script.failure import as_text
from modelapp.script.run import Script


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
def check(path: Path, as_json: bool, seconds: float) -> None:
    """Run the script PATH on its examples and on edge values, and report what is wrong with it.

    Looked for: errors, outputs that are not a number or no probabilities, labels that do not match, models in
    training mode, answers that differ between two runs, work that belongs in the cache, slow imports, and inputs that
    nothing reads. The exit status is 1 if there is an error.

    \b
    Example:
        modelapp check demo.py --json
    """
    script = Script(path)
    if script.version is None:
        assert script.failure is not None
        raise ScriptError(f"{script.path.name} cannot be run.\n{as_text(script.failure)}")
    script.install()
    # What the script prints must not stand among what is printed here.
    with tempfile.TemporaryDirectory(prefix="modelapp-") as folder, redirect_stdout(sys.stderr):
        checking = Check(script, Path(folder), seconds)
        shown = not as_json and sys.stderr.isatty()
        for _ in checking.steps():
            if shown:
                click.echo(f"\rrun {checking.runs}, {checking.seconds:.1f} s", nl=False, err=True)
        if shown:
            click.echo("\r\033[K", nl=False, err=True)
        report = checking.report()
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        click.echo("\n".join(as_lines(report)))
    if report.failed:
        raise SystemExit(1)
