"""`modelapp replay`: all flags against the script as it is now."""

import sys
from collections import Counter
from contextlib import ExitStack, closing, redirect_stdout
from pathlib import Path

import click
import msgspec
from modelapp.cli.tables import table
from modelapp.core.errors import ScriptError
from modelapp.model.flag_runs import FlagRuns, answer_text, flags_of, no_flags
from modelapp.model.replay import VERDICTS, WORSE, WRONG, Replayed, answers_of, replayed
from modelapp.model.revisions import other_script
from modelapp.session.flags import KeptFlag


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--against", metavar="REV|FILE", help="Compare with another script, or with this one in a revision of git."
)
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def replay(path: Path, against: str | None, json_wanted: bool) -> None:
    """Run the script PATH on everything that was flagged on its page, and say what became of each answer.

    A flag with a right answer is fixed, still wrong, newly wrong, or right as it was; one without is the same or has
    changed. The exit status is 1 if something is still or newly wrong, or the script fails on it. With --against both
    scripts run, and the status is 1 only if something is newly wrong or fails.

    \b
    Example:
        modelapp replay demo.py --against HEAD~1
    """
    if not path.is_file():
        raise ScriptError(f"There is no script {str(path)!r}.")
    kept = flags_of(path)
    if not kept:
        raise no_flags(path)
    results = _results(path, kept, against, shown=not json_wanted and sys.stderr.isatty())
    found = Counter(result.verdict for result in results)
    counts = {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}
    if json_wanted:
        click.echo(msgspec.json.encode({"flags": results, "counts": counts}))
    else:
        for line in _lines(results, against or "Then"):
            click.echo(line)
        click.echo(f"\n{', '.join(f'{count:,} {verdict}' for verdict, count in counts.items())}.")
    if any(verdict in counts for verdict in (WORSE if against else WRONG)):
        raise SystemExit(1)


def _results(path: Path, kept: list[KeptFlag], against: str | None, *, shown: bool) -> list[Replayed]:
    results: list[Replayed] = []
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(sys.stderr))  # what the script prints must not stand among it
        runs = stack.enter_context(FlagRuns(path))
        before = None
        if against is not None:
            other = stack.enter_context(other_script(path, against))
            before = stack.enter_context(closing(answers_of(other, path, kept)))
        for result in replayed(runs, kept, before):
            results.append(result)
            if shown:
                click.echo(f"\r{len(results):,} of {len(kept):,} flags", nl=False, err=True)
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
    return results


def _lines(results: list[Replayed], before: str) -> list[str]:
    rows = [
        (
            str(result.number),
            answer_text(result.then),
            answer_text(result.now),
            result.right,
            result.verdict,
        )
        for result in results
    ]
    reasons = [f"Flag {result.number}: {' '.join(result.reason.split())}" for result in results if result.reason]
    lines = table(("Flag", before, "Now", "Right", "Verdict"), rows)
    return [*lines, *([""] if reasons else []), *reasons]
