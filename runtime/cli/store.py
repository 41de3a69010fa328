"""`modelapp store`: all that an app keeps, moved from files to PostgreSQL and object storage, or back."""

import sys
from contextlib import closing
from pathlib import Path

import click
import msgspec
from modelapp.core.errors import ScriptError
from modelapp.session.folder import make_private
from modelapp.session.migrating import Moved, move
from modelapp.session.storage import storage_of

_FOLDER = "folder"
_NOUNS = (("session", "session"), ("flag", "flag"), ("tried", "case"), ("remark", "remark"), ("invite", "link"))


@click.group()
def store() -> None:
    """Move what an app keeps.

    \b
    Example:
        modelapp store migrate demo.py --to postgresql://app@db.example.org/lab
    """


@store.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--to", "target", required=True, metavar="postgresql://…|folder", help="Where to; `folder` is files.")
@click.option("--blobs", metavar="s3://…", help="Where the files go to.  [default: the folder beside the script]")
@click.option("--from", "source", default=_FOLDER, metavar="postgresql://…|folder", show_default=True, help="From.")
@click.option("--from-blobs", metavar="s3://…", help="Where the files are.  [default: the folder beside the script]")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def migrate(path: Path, target: str, blobs: str | None, source: str, from_blobs: str | None, json_wanted: bool) -> None:
    """Copy the sessions, flags, history, links, keys and files of the script PATH. Its host must not run.

    The target must hold nothing. A move that was interrupted is repeated as a whole. What it came from stays as it is.

    \b
    Example:
        modelapp store migrate demo.py --to postgresql://app@db.example.org/lab --blobs s3://bucket/lab
    """
    if not path.is_file():
        raise ScriptError(f"There is no script {str(path)!r}.")
    if (source, from_blobs) == (target, blobs):
        raise click.UsageError("From where? --from and --to are the same.")
    shown = not json_wanted and sys.stderr.isatty()

    def told(text: str) -> None:
        if shown:
            click.echo(f"\r\033[K{text}", nl=False, err=True)

    with (
        closing(storage_of(path, _url(source), from_blobs)) as theirs,
        closing(storage_of(path, _url(target), blobs)) as own,
    ):
        make_private(own.folder)
        moved = move(path, theirs, own, told)
        told("")
        if json_wanted:
            click.echo(msgspec.json.encode(moved))
        else:
            click.echo(f"{_said(moved)} are in {own.shown} now. {theirs.shown} is as it was.")


def _url(place: str) -> str | None:
    return None if place == _FOLDER else place


def _said(moved: Moved) -> str:
    counts = [(moved.rows.get(table, 0), noun) for table, noun in _NOUNS]
    parts = [f"{count:,} {noun}{'' if count == 1 else 's'}" for count, noun in counts]
    if moved.files:
        files = f"{moved.files:,} file{'' if moved.files == 1 else 's'}"
        parts.append(f"{files} ({moved.size_bytes / 1e6:,.1f} MB)")
    return ", ".join(parts)
