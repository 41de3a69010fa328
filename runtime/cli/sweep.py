"""`modelapp sweep`: does the answer hold where the input is slightly another?"""

import sys
import time
from contextlib import closing, redirect_stdout
from pathlib import Path
from typing import Any

import click
import msgspec
from modelapp.cli.engine import engine_options
from modelapp.model.call import edits_from_text, passed_from_texts
from modelapp.model.engines.choice import EngineChoice, engine_of
from modelapp.model.errands import done
from modelapp.model.sweep.errand import SweepErrand, SweepReport, together
from modelapp.model.sweep.runs import Varied, worst_first

_LONGEST = 44


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--edits", metavar="JSON", help='Edits to do to inputs first: {"image": [{"op": "flip", …}]}.')
@click.option("--answer", metavar="OUTPUT", help="The output to look at; else the first label, number or text.")
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON: each variation with its distance, worst first.")
def sweep(
    path: Path,
    values: tuple[str, ...],
    edits: str | None,
    answer: str | None,
    engine: EngineChoice,
    as_json: bool,
) -> None:
    """Run the script PATH on variations of one case, and show what they do to the answer, worst first.

    Pictures and sounds are varied by the edits that the script offers, rows and figures by one step each way, texts by
    another case, typos and words left out. An input that is left out has its default.

    \b
    Example:
        modelapp sweep demo.py image=cat.png
    """
    shown = not as_json and sys.stderr.isatty()
    inputs, edited = passed_from_texts(values), edits_from_text(edits) or {}
    started = time.monotonic()
    parts = engine.at_once
    # What the script prints must not stand among what is printed here.
    with redirect_stdout(sys.stderr), closing(engine_of(engine, path)) as runs:
        errands = [SweepErrand(part, inputs, edited, parts=parts, answer=answer) for part in range(parts)]
        found = together(list(done(runs, errands, Told(parts) if shown else None)))
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
    report = _report(path, found, time.monotonic() - started)
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(_lines(report)))


class Told:
    """Shows how far all parts of a sweep are. Called in any thread."""

    def __init__(self, parts: int) -> None:
        self._counts = [0] * parts

    def __call__(self, told: tuple[int, int, int]) -> None:
        part, count, of_all = told
        self._counts[part] = count
        click.echo(f"\r{sum(self._counts)} of {of_all}", nl=False, err=True)


def _report(path: Path, found: SweepReport, seconds: float) -> dict[str, Any]:
    return {
        "script": path.name,
        "answer": found.answer,
        "before": found.before,
        "rows": worst_first(found.rows),
        "seconds": round(seconds, 3),
    }


def _lines(report: dict[str, Any]) -> list[str]:
    rows: list[Varied] = report["rows"]
    if not rows:
        return ["No input of the script has a value that can be varied."]
    several = len({row.input for row in rows}) > 1
    names = [f"{row.label}: {row.variation}" if several else row.variation for row in rows]
    width = min(_LONGEST, max(map(len, names)))
    lines = [f"{row.distance:.2f}  {name.ljust(width)}  {_text(row)}" for name, row in zip(names, rows, strict=True)]
    other, failed = sum(row.now is not None for row in rows), sum(row.fault is not None for row in rows)
    before = f" from {report['before']}" if report["before"] else ""
    lines += ["", f"{len(rows)} variations: {other} change the answer{before}, {failed} fail."]
    return lines


def _text(row: Varied) -> str:
    if row.fault is not None:
        return f"failed: {row.fault}"
    return row.change if row.now is None else f"{row.change}, now {row.now}"
