"""`modelapp export`: a page of recorded answers in one file."""

import sys
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import Any

import click
import msgspec
from modelapp.cli.engine import engine_options
from modelapp.core.declared import FromText
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Json
from modelapp.model.call import edits_from_text
from modelapp.model.engines.choice import EngineChoice, engine_of
from modelapp.model.errands import done
from modelapp.model.export.errand import ExportErrand
from modelapp.model.export.recording import MOST_RUNS, Wanted
from modelapp.model.export.writing import check_target, written

_MOST_FAULTS = 5


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("-o", "--out", type=click.Path(path_type=Path, dir_okay=False), help="The file; else named like PATH.")
@click.option("--sweep/--no-sweep", default=True, help="Record variations of each example, and what they change.")
@click.option("--explain/--no-explain", default=True, help="Record what the answer to each example rests on.")
@click.option(
    "--edits",
    multiple=True,
    metavar="JSON",
    help='Record each example with these edits too: {"image": [{"op": "flip", …}]}. Can be given again.',
)
@click.option(
    "--grid",
    multiple=True,
    metavar="NAME=1,2,3",
    help="Record these positions of an input; those of several inputs are combined. Can be given again.",
)
@click.option(
    "--most",
    type=click.IntRange(min=1),
    default=MOST_RUNS,
    show_default=True,
    help="Run the script at most this often.",
)
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON: the file, runs, cases, and what was left out.")
def export(
    path: Path,
    out: Path | None,
    sweep: bool,
    explain: bool,
    edits: tuple[str, ...],
    grid: tuple[str, ...],
    most: int,
    engine: EngineChoice,
    as_json: bool,
) -> None:
    """Run the script PATH on its examples and write a page of the answers: one file, without a server.

    Recorded are what the page begins with, every example, each position of its controls, and for each example the
    robustness sweep and what the answer rests on. The page shows answers that the model gave, and computes nothing.

    \b
    Example:
        modelapp export demo.py -o demo.html
    """
    shown = not as_json and sys.stderr.isatty()

    def tell(runs: int) -> None:
        if shown:
            click.echo(f"\r{runs} runs", nl=False, err=True)

    wanted = Wanted(sweep, explain, tuple(edits_from_text(text) or {} for text in edits), grid_from_texts(grid), most)
    target = Path(f"{path.stem}.html") if out is None else out
    check_target(wanted, target)
    # What the script prints must not stand among what is printed here.
    with redirect_stdout(sys.stderr), closing(engine_of(engine, path)) as runs:
        (record,) = done(runs, [ExportErrand(0, {}, wanted=wanted)], tell)
        report = written(record, target)
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(_lines(msgspec.to_builtins(report))))


def grid_from_texts(texts: tuple[str, ...]) -> dict[str, list[Any]]:
    """Return the positions of inputs by name, from "name=1,2,3" or "name=[…]" for each.

    Raises:
        InvalidValue: If a text is none of the two.
    """
    grid: dict[str, list[Any]] = {}
    for text in texts:
        name, equals, listed = text.partition("=")
        name = name.strip()
        positions = _positions(listed.strip())
        if not name or not equals or not positions:
            raise InvalidValue(f"--grid {text!r} is no name with positions.", hint="For example --grid dose=1,2.5,10.")
        grid.setdefault(name, []).extend(positions)
    return grid


def _positions(listed: str) -> list[Json]:
    if listed.startswith("["):
        try:
            return msgspec.json.decode(listed, type=list[Any])
        except (msgspec.DecodeError, msgspec.ValidationError):
            return []
    return [FromText(one.strip()) for one in listed.split(",") if one.strip()]


def _lines(report: dict[str, Any]) -> list[str]:
    size = report["size_bytes"] / 1e6
    runs = f"{_counted(report['cases'], 'case')}, {_counted(report['runs'], 'run')}"
    lines = [f"{report['file']}: {runs}, {size:.1f} MB."]
    faults = report["faults"]
    if faults:
        have = "has" if len(faults) == 1 else "have"
        lines.append(f"{_counted(len(faults), 'case')} {have} no answer, and the page says so:")
        lines += [f"  {fault}" for fault in faults[:_MOST_FAULTS]]
        lines += [f"  … and {len(faults) - _MOST_FAULTS} more"] if len(faults) > _MOST_FAULTS else []
    lines += report["left_out"]
    lines += ["Raise --most to have them too."] if report["left_out"] else []
    return lines


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
