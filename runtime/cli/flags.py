"""`modelapp flags`: what visitors flagged, listed or written to files."""

import sys
from collections.abc import Collection
from contextlib import closing, redirect_stdout
from pathlib import Path

import click
import msgspec
from modelapp.cli.durations import day_and_time
from modelapp.cli.storing import blobs_option, store_option
from modelapp.cli.tables import table
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.model.flag_export import write_folder, write_table
from modelapp.model.flag_runs import FlagRuns, answer_text, as_json, flags_of, no_flags
from modelapp.session.case import answer_of
from modelapp.session.flags import KeptFlag
from modelapp.session.offline import delete_flags
from modelapp.session.storage import Storage, storage_of


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("action", type=click.Choice(["list", "export", "delete"]), default="list")
@click.argument("numbers", type=int, nargs=-1)
@click.option(
    "--to", "kind", type=click.Choice(["csv", "parquet", "folder"]), help="What to export to.  [default: csv]"
)
@click.option("--out", type=click.Path(path_type=Path), help="The file or folder.  [default: named like the script]")
@click.option("--all", "every", is_flag=True, help="With delete: all flags.")
@click.option("--yes", is_flag=True, help="With delete --all: do not ask.")
@store_option
@blobs_option
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def flags(
    path: Path,
    action: str,
    numbers: tuple[int, ...],
    kind: str | None,
    out: Path | None,
    every: bool,
    yes: bool,
    store: str | None,
    blobs: str | None,
    json_wanted: bool,
) -> None:
    """List what was flagged on the page of the script PATH, export it for pandas or for training, or delete it.

    A folder gets the files that the script got, edits applied, in a folder for each right answer or choice; to make
    them the script is run on each flag. What is deleted, by its NUMBERS, takes its files with it, unless something else
    needs them.

    \b
    Example:
        modelapp flags demo.py export --to folder --out cases
    """
    if not path.is_file():
        raise ScriptError(f"There is no script {str(path)!r}.")
    if action != "export" and (kind or out):
        raise click.UsageError("--to and --out belong to export: modelapp flags demo.py export --to csv")
    if action != "delete" and (numbers or every or yes):
        raise click.UsageError("Numbers, --all and --yes belong to delete: modelapp flags demo.py delete 3")
    if action == "delete" and bool(numbers) is every:
        raise click.UsageError("Which flags? modelapp flags demo.py delete 3 5, or --all")
    with closing(storage_of(path, store, blobs)) as storage:
        kept = flags_of(storage)
        if action == "list":
            _list(kept, json_wanted)
        elif action == "delete":
            _delete(path, storage, kept, numbers, asks=every and not yes, json_wanted=json_wanted)
        elif not kept:
            raise no_flags(path)
        else:
            _export(path, storage, kept, kind, out, json_wanted=json_wanted)


def _export(
    path: Path, storage: Storage, kept: list[KeptFlag], kind: str | None, out: Path | None, *, json_wanted: bool
) -> None:
    kind = kind or "csv"
    target = out or Path(f"{path.stem}-flags" if kind == "folder" else f"{path.stem}-flags.{kind}")
    files = 0
    if kind == "folder":
        with redirect_stdout(sys.stderr), FlagRuns(path, storage) as runs:  # what the script prints stays apart
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


def _delete(
    path: Path, storage: Storage, kept: list[KeptFlag], numbers: Collection[int], *, asks: bool, json_wanted: bool
) -> None:
    there = [flag.number for flag in kept]
    unknown = [number for number in numbers if number not in there]
    if unknown:
        raise InvalidValue(
            f"There is no flag {unknown[0]}: nothing was deleted.", hint=f"modelapp flags {path.name} lists them."
        )
    chosen = set(numbers) or set(there)
    if asks and chosen:
        click.confirm(f"Delete {_count(len(chosen), 'flag')} of {path.name} for good?", abort=True, err=True)
    running = storage.is_served()
    files = delete_flags(storage, chosen, running=running)
    if json_wanted:
        click.echo(msgspec.json.encode({"flags": len(chosen), "files": files, "running": running}))
        return
    flags_are = f"{_count(len(chosen), 'flag')} {'is' if len(chosen) == 1 else 'are'} deleted"
    click.echo(f"{flags_are}, {_count(files, 'file')} {'is' if files == 1 else 'are'} removed.")
    if running:
        click.echo("The page is being served: files go at its next start, as it may show them.")


def _count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


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
