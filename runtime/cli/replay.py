"""`modelapp replay`: all flags, and all that was tried, against the script as it is now."""

import sys
from collections import Counter
from contextlib import ExitStack, closing, redirect_stdout
from pathlib import Path

import click
import msgspec
from modelapp.cli.engine import engine_options
from modelapp.cli.storing import blobs_option, store_option
from modelapp.cli.tables import table
from modelapp.core.errors import ScriptError
from modelapp.model.engines.choice import EngineChoice, engine_of
from modelapp.model.flag_runs import answer_text, flags_of, history_of, no_flags, nothing_tried
from modelapp.model.replay import VERDICTS, WORSE, WRONG, Replayed, answers_now, answers_of, replayed
from modelapp.model.revisions import other_script
from modelapp.session.flags import KeptFlag
from modelapp.session.storage import Storage, storage_of


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--against", metavar="REV|FILE", help="Compare with another script, or with this one in a revision of git."
)
@click.option("--history", "tried_too", is_flag=True, help="Run it also on everything that was tried.")
@engine_options
@store_option
@blobs_option
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def replay(
    path: Path,
    against: str | None,
    tried_too: bool,
    engine: EngineChoice,
    store: str | None,
    blobs: str | None,
    json_wanted: bool,
) -> None:
    """Run the script PATH on everything that was flagged on its page, and say what became of each answer.

    A flag with a right answer is fixed, still wrong, newly wrong, or right as it was; one without is the same or has
    changed. The exit status is 1 if something is still or newly wrong, or the script fails on it. With --against both
    scripts run, and the status is 1 only if something is newly wrong or fails. With --history the cases that were tried
    count too, numbered h1, h2, …: of these the answer is the same or has changed.

    \b
    Example:
        modelapp replay demo.py --against HEAD~1 --history
    """
    if not path.is_file():
        raise ScriptError(f"There is no script {str(path)!r}.")
    with closing(storage_of(path, store, blobs)) as storage:
        flags, tried = flags_of(storage), history_of(storage) if tried_too else []
        if not flags and not tried:
            raise nothing_tried(path) if tried_too else no_flags(path)
        kept = [*flags, *tried]
        results = _results(path, storage, kept, against, engine, shown=not json_wanted and sys.stderr.isatty())
    found = Counter(result.verdict for result in results)
    counts = {verdict: found[verdict] for verdict in VERDICTS if found[verdict]}
    if json_wanted:
        of_history = {"history": results[len(flags) :]} if tried_too else {}
        click.echo(msgspec.json.encode({"flags": results[: len(flags)], **of_history, "counts": counts}))
    else:
        for line in _lines(results, len(flags), against or "Then", "Case" if tried_too else "Flag"):
            click.echo(line)
        click.echo(f"\n{', '.join(f'{count:,} {verdict}' for verdict, count in counts.items())}.")
    if any(verdict in counts for verdict in (WORSE if against else WRONG)):
        raise SystemExit(1)


def _results(
    path: Path, storage: Storage, kept: list[KeptFlag], against: str | None, engine: EngineChoice, *, shown: bool
) -> list[Replayed]:
    results: list[Replayed] = []
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(sys.stderr))  # what the script prints must not stand among it
        runs = stack.enter_context(closing(engine_of(engine, path)))
        before = None
        if against is not None:
            other = stack.enter_context(other_script(path, against))
            before = stack.enter_context(closing(answers_of(other, path, storage, kept)))
        for result in replayed(kept, answers_now(runs, storage, kept), before):
            results.append(result)
            if shown:
                click.echo(f"\r{len(results):,} of {len(kept):,} cases", nl=False, err=True)
    if shown:
        click.echo("\r\033[K", nl=False, err=True)
    return results


def _lines(results: list[Replayed], flags: int, before: str, noun: str) -> list[str]:
    names = [f"{'' if place < flags else 'h'}{result.number}" for place, result in enumerate(results)]
    rows = [
        (
            name,
            answer_text(result.then),
            answer_text(result.now),
            result.right,
            result.verdict,
        )
        for name, result in zip(names, results, strict=True)
    ]
    reasons = [
        f"{noun} {name}: {' '.join(result.reason.split())}"
        for name, result in zip(names, results, strict=True)
        if result.reason
    ]
    lines = table((noun, before, "Now", "Right", "Verdict"), rows)
    return [*lines, *([""] if reasons else []), *reasons]
