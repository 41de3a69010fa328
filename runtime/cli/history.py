"""`modelapp history`: what visitors tried, listed, shown in full, or deleted for good."""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import click
import msgspec
from modelapp.cli.durations import day_and_time
from modelapp.cli.storing import blobs_option, store_option
from modelapp.cli.tables import table
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.protocol import Json
from modelapp.session.case import one_line
from modelapp.session.history import History, KeptCase
from modelapp.session.offline import delete_cases
from modelapp.session.storage import Storage, storage_of

_MOST = 1 << 30
_SHORT = 8
"""How many letters of an id the list shows."""


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("action", type=click.Choice(["list", "show", "delete"]), default="list")
@click.argument("case", required=False)
@click.option("--all", "every", is_flag=True, help="With delete: all cases of everybody.")
@store_option
@blobs_option
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
def history(
    path: Path, action: str, case: str | None, every: bool, store: str | None, blobs: str | None, json_wanted: bool
) -> None:
    """List what visitors tried on the page of the script PATH; show a CASE, or delete it for good.

    CASE is the beginning of an id. What is deleted takes its files with it, unless something else needs them.

    \b
    Example:
        modelapp history demo.py delete 3kPq
    """
    if not path.is_file():
        raise ScriptError(f"There is no script {str(path)!r}.")
    if action == "list" and (case or every):
        raise click.UsageError("To see one case: modelapp history demo.py show ID")
    if action != "list" and (case is None) is not (action == "delete" and every):
        raise click.UsageError(f"Which case? modelapp history demo.py {action} ID")
    with closing(storage_of(path, store, blobs)) as storage:
        with closing(History(storage)) as kept:
            found = kept.cases(None, None, _MOST)
            chosen = found if case is None else [_meant(found, case)]
            if action == "list":
                _list(chosen, json_wanted)
            elif action == "show":
                _show(chosen[0], kept, json_wanted)
        if action == "delete":
            _delete(storage, chosen, json_wanted)


def _delete(storage: Storage, chosen: list[KeptCase], json_wanted: bool) -> None:
    running = storage.is_served()
    files = delete_cases(storage, chosen, running=running)
    if json_wanted:
        click.echo(msgspec.json.encode({"cases": len(chosen), "files": files, "running": running}))
        return
    click.echo(f"{_count(len(chosen), 'case')} deleted, {_count(files, 'file')} removed.")
    if running:
        click.echo("The page is being served: files go at its next start, as it may show them.")


def _meant(found: list[KeptCase], beginning: str) -> KeptCase:
    """Return the case whose id begins so."""
    fitting = [one for one in found if one.id.startswith(beginning)]
    if len(fitting) != 1:
        said = "No case has" if not fitting else f"{len(fitting)} cases have"
        raise InvalidValue(f"{said} an id that begins with {beginning!r}.", hint="modelapp history demo.py lists them.")
    return fitting[0]


def _count(count: int, noun: str) -> str:
    return f"1 {noun} is" if count == 1 else f"{count:,} {noun}s are"


def _list(found: list[KeptCase], json_wanted: bool) -> None:
    if json_wanted:
        click.echo(msgspec.json.encode([_as_json(one) for one in found]))
    elif not found:
        click.echo("Nothing was tried yet.")
    else:
        rows = [
            (one.id[:_SHORT], day_and_time(one.time), one.visitor or "", one.answer or "", _inputs(one))
            for one in found
        ]
        for line in table(("Case", "When", "Who", "Answer", "Inputs"), rows):
            click.echo(line)


def _show(one: KeptCase, kept: History, json_wanted: bool) -> None:
    remarks = kept.remarks(one.id)
    if json_wanted:
        told = [{"time": remark.time, "who": remark.who, "text": remark.text} for remark in remarks]
        click.echo(msgspec.json.encode({**_as_json(one), "remarks": told}))
        return
    click.echo(f"{one.id}, {day_and_time(one.time)}, {one_line(one.visitor or 'a visitor')}")
    for name, value in [*one.inputs.items(), *one.outputs.items()]:
        click.echo(f"  {one_line(name)}: {one_line(msgspec.json.encode(value).decode())}")
    for remark in remarks:
        click.echo(f"  {one_line(remark.who or 'a visitor')}, {day_and_time(remark.time)}: {one_line(remark.text)}")


def _inputs(one: KeptCase) -> str:
    return ", ".join(
        f"{said.name} {said.text}" + (f" ({_edits(len(said.edits))})" if said.edits else "") for said in one.said
    )


def _edits(count: int) -> str:
    return "1 edit" if count == 1 else f"{count} edits"


def _as_json(one: KeptCase) -> Mapping[str, Json]:
    """Return a case as plain data."""
    return {
        "id": one.id,
        "time": one.time,
        "visitor": one.visitor,
        "version": one.version,
        "answer": one.answer,
        "inputs": one.inputs,
        "outputs": one.outputs,
        "link": one.link,
    }
