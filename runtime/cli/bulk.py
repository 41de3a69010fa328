"""`modelapp bulk`: a script over many cases."""

import signal
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from types import FrameType

import click
import msgspec
from modelapp.cli.engine import engine_options
from modelapp.core.errors import EnvironmentFault
from modelapp.model.bulk.report import Report
from modelapp.model.bulk.report_text import as_text
from modelapp.model.bulk.runs import Bulk
from modelapp.model.bulk.runs import bulk as start
from modelapp.model.engines.choice import EngineChoice

_DRAW_SECONDS = 0.1
_LINE_SECONDS = 10.0
_BAR = 24
_FAULTS_SHOWN = 5


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("cases", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Results: .csv, .tsv, .parquet or .jsonl.")
@click.option("--truth", metavar="COLUMN", help='Column with what is true; "folder" for the name of a subfolder.')
@click.option(
    "--answer", metavar="OUTPUT", help="Output that is compared with it.  [default: the first label or number]"
)
@click.option("--input", metavar="NAME", help="Input that gets the files of a folder, if there are several.")
@click.option("--workers", type=click.IntRange(0, 1000), default=0, help="Processes, each with its own model.")
@engine_options
@click.option("--timeout", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help="Longest time of a case.")
@click.option("--memory", type=click.IntRange(1), metavar="MB", help="Most memory of a process.")
@click.option("--restart", is_flag=True, help="Begin anew, where an earlier start had not come to its end.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def bulk(
    path: Path,
    cases: Path,
    out: Path | None,
    truth: str | None,
    answer: str | None,
    input: str | None,
    workers: int,
    engine: EngineChoice,
    timeout: float | None,
    memory: int | None,
    restart: bool,
    as_json: bool,
) -> None:
    """Run the script PATH over CASES: a table, a folder of files, or a zip of either.

    A table is CSV, TSV, XLSX or Parquet, with columns named like inputs; a picture or another file is given by its path
    relative to the table. A run that was stopped goes on where it was if it is started again.

    \b
    Example:
        modelapp bulk demo.py cases.csv --truth diagnosis --out results.csv
    """
    signal.signal(signal.SIGTERM, _interrupt)
    if workers and not engine.is_default:
        raise click.UsageError("--workers is for processes: say how many by --replicas with this --engine.")
    # What the script prints must not get into what this command prints.
    with redirect_stdout(sys.stderr):
        run = start(
            path,
            cases,
            truth=truth,
            out=out,
            workers=workers,
            engine=engine,
            timeout_seconds=timeout,
            memory_bytes=None if memory is None else memory * 10**6,
            input=input,
            answer=answer,
            restart=restart,
        )
        report = _followed(run, out)
    if as_json:
        click.echo(msgspec.json.encode(report))
    else:
        click.echo(as_text(report))
    if report.failed:
        sys.exit(1)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _followed(run: Bulk, out: Path | None) -> Report:
    """Run all cases and show how far it is; return the report."""
    progress = Progress(run)
    with run:
        if run.kept:
            progress.say(f"{run.kept:,} of {run.total:,} cases were done before: going on from there.")
        try:
            for row in run:
                if row.fault is not None and run.failed <= _FAULTS_SHOWN:
                    progress.say(f"Case {row.case}: {row.fault}")
                progress.show()
        except KeyboardInterrupt:
            progress.end()
            click.echo(f"Stopped: {_so_far(run, out)}", err=True)
            sys.exit(130)
        except EnvironmentFault as fault:
            progress.end()
            raise EnvironmentFault(f"{fault.message} {_so_far(run, out)}", hint=fault.hint) from fault
        progress.end()
        if out is not None:
            progress.say(f"{run.done:,} cases are in {out}.")
        return run.report()


def _so_far(run: Bulk, out: Path | None) -> str:
    done = f"{run.done:,} of {run.total:,} cases are done."
    return done if out is None else f"{done} The same command goes on from there."


class Progress:
    """A bar on a terminal, and a line now and then elsewhere. Writes to standard error."""

    def __init__(self, run: Bulk) -> None:
        self._run = run
        self._bar = sys.stderr.isatty()
        self._started = self._shown = time.monotonic()
        self._width = 0

    def say(self, text: str) -> None:
        """Write a line, above the bar."""
        self._clear()
        click.echo(text, err=True)

    def show(self) -> None:
        """Show how far the run is, if it is time to."""
        now = time.monotonic()
        if now - self._shown < (_DRAW_SECONDS if self._bar else _LINE_SECONDS):
            return
        self._shown = now
        text = progress_text(self._run.done, self._run.total, self._run.failed, self._run.kept, now - self._started)
        if not self._bar:
            click.echo(text, err=True)
            return
        full = round(_BAR * self._run.done / self._run.total)
        line = f"{'█' * full}{'·' * (_BAR - full)} {text}"
        click.echo(f"\r{line.ljust(self._width)}", err=True, nl=False)
        self._width = len(line)

    def end(self) -> None:
        """Take the bar away."""
        self._clear()

    def _clear(self) -> None:
        if self._width:
            click.echo(f"\r{' ' * self._width}\r", err=True, nl=False)
            self._width = 0


def progress_text(done: int, total: int, failed: int, kept: int, seconds: float) -> str:
    """Return how far a run is, and when it will have ended."""
    speed = max(0, done - kept) / seconds if seconds else 0.0
    parts = [f"{done:,}/{total:,}"]
    if failed:
        parts.append(f"{failed:,} failed")
    if speed:
        left = int((total - done) / speed)
        clock = (
            f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d}" if left >= 3600 else f"{left // 60}:{left % 60:02d}"
        )
        parts += [f"{speed:,.1f} per s", f"{clock} left"]
    return "  ".join(parts)
