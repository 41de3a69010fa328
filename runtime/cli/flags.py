"""`modelapp flags`: what visitors flagged, listed or written to files."""

import sys
from contextlib import redirect_stdout
from pathlib import Path

import click
import msgspec
from modelapp.cli.durations import day_and_time
from modelapp.cli.tables import table
from modelapp.core.errors import ScriptError
from modelapp.model.flag_export import write_folder, write_table
from modelapp.model.flag_runs import FlagRuns, answer_text, as_json, flags_of, no_flags
from modelapp.session.case import answer_of
from modelapp.session.flags import KeptFlag


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("action", type=click.Choice(["list", "export"]), default="list")
@click.option(
    "--to", "kind", type=click.Choice(["csv", "parquet", "folder"]), help="What to export to.  [default: csv]"
)
@click.option("--out", type=click.Path(path_type=Path), help="The file or folder.  [default: named like the script]")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def flags(path: Path, action: str, kind: str | None, out: Path | None, json_wanted: bool) -> None:
    """List what was flagged on the page of the script PATH, or export it for pandas or for training.

    A folder gets the files that the script got, edits applied, in a folder for each right answer or choice; to make
    them the script is run on each flag.

    \b
    Example:
        modelapp flags demo.py export --to folder --out cases
    """
    if not path.is_file():
        raise ScriptError(f"There is no script {str(path)!r}.")
    if action == "list" and (kind or out):
        raise click.UsageError("--to and --out belong to export: modelapp flags demo.py export --to csv")
    kept = flags_of(path)
    if action == "list":
        _list(kept, json_wanted)
        return
    if not kept:
        raise no_flags(path)
    kind = kind or "csv"
    target = out or Path(f"{path.stem}-flags" if kind == "folder" else f"{path.stem}-flags.{kind}")
    files = 0
    if kind == "folder":
        with redirect_stdout(sys.stderr), FlagRuns(path) as runs:  # what the script prints stays apart
            for flag, (count, reason) in zip(kept, write_folder(target, kept, runs), strict=True):
                files += count
                if reason is not None:
                    click.echo(f"Flag {flag.number}: {' '.join(reason.split())}", err=True)
    else:
        write_table(target, kept, kind)
    if json_wanted:
        click.echo(msgspec.json.encode({"flags": len(kept), "files": files, "out": str(target)}))
    else:
        with_files = f", with {files} {'file' if files == 1 else 'files'}" if kind == "folder" else ""
        click.echo(f"{len(kept):,} {'flag is' if len(kept) == 1 else 'flags are'} in {target}{with_files}.")


def _list(kept: list[KeptFlag], json_wanted: bool) -> None:
    if json_wanted:
        click.echo(msgspec.json.encode([as_json(flag) for flag in kept]))
    elif not kept:
        click.echo("Nothing was flagged yet.")
    else:
        rows = [
            (
                str(flag.number),
                day_and_time(flag.time),
                flag.visitor or "",
                answer_text(answer_of(flag.outputs)),
                flag.words.right,
                flag.words.choice or "",
                flag.words.note,
            )
            for flag in kept
        ]
        for line in table(("Flag", "When", "Who", "Answer", "Right", "Choice", "Note"), rows):
            click.echo(line)
