"""`modelapp invite`: personal links to an app, before it runs or while it does."""

import re
import sys
import time
from contextlib import closing
from pathlib import Path
from urllib.parse import urlencode

import click
import msgspec
from modelapp.cli.durations import DURATION, day_and_time, iso
from modelapp.cli.storing import store_option
from modelapp.core.errors import ScriptError
from modelapp.session.folder import Addresses, addresses, folder_of, make_private
from modelapp.session.invites import Invite, Invites
from modelapp.session.storage import storage_of

_USUAL_ADDRESS = "http://localhost:8501/"
_IMPORTS = re.compile(r"^\s*(import|from)\s+modelapp\b", re.MULTILINE)


@click.command()
@click.argument("words", nargs=-1, metavar="[NAME] [PATH]")
@click.option("--expire", "seconds", type=DURATION, help="End the link after this long: 30m, 12h, 3d or 2w.")
@click.option("--again", is_flag=True, help="Make a new link in place of the one that this person has.")
@click.option("--list", "lists", is_flag=True, help="Show who was invited.")
@click.option("--revoke", metavar="NAME", help="End this person's link, and close her page at once.")
@click.option("--open", "opens", is_flag=True, help="Let in everybody who has the address, as before the first invite.")
@store_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def invite(
    words: tuple[str, ...],
    seconds: float | None,
    again: bool,
    lists: bool,
    revoke: str | None,
    opens: bool,
    store: str | None,
    as_json: bool,
) -> None:
    """Print a personal link to the script PATH for NAME. From the first on only those who were invited may come in.

    Without PATH it is the app of this folder. A host that runs honours a new or revoked link at once.

    \b
    Example:
        modelapp invite "Dr. Rao" demo.py --expire 3d
    """
    if sum((lists, opens, revoke is not None)) > 1:
        raise click.UsageError("--list, --revoke and --open are three things to do: pass one of them.")
    names = 0 if lists or opens or revoke is not None else 1
    if names and (not words or (len(words) == 1 and Path(words[0]).suffix == ".py")):
        raise click.UsageError('Say whom to invite: modelapp invite "Dr. Rao" demo.py')
    if len(words) > names + 1:
        raise click.UsageError(f"{words[-1]!r} is one too many: a name of several words needs quotes.")
    script = _script(Path(words[-1]) if len(words) > names else None)
    folder = folder_of(script)
    make_private(folder)
    with closing(storage_of(script, store)) as storage, closing(Invites(storage)) as invites:
        if lists:
            _list(invites, as_json)
        elif opens:
            invites.open()
            _say({"open": True}, f"Everybody who has the address of {script.name} may come in again.", as_json)
        elif revoke is not None:
            invites.revoke(revoke)
            _say({"revoked": revoke}, f"The link of {revoke} opens nothing any more.", as_json)
        else:
            until = None if seconds is None else time.time() + seconds
            token = invites.invite(words[0], until, again=again)
            _tell(script, words[0].strip(), until, token, addresses(folder), as_json)


def _script(path: Path | None) -> Path:
    """Return the script that is meant."""
    if path is not None:
        if not path.exists():
            raise ScriptError(f"There is no script {str(path)!r}.")
        return path
    found = sorted(one for one in Path().glob("*.py") if one.is_file())
    served = [one for one in found if folder_of(one).is_dir()]
    apps = served or [one for one in found if _IMPORTS.search(one.read_text(errors="replace"))]
    if not apps:
        raise click.UsageError("There is no app in this folder: pass the path of its script.")
    if len(apps) > 1:
        names = ", ".join(one.name for one in apps)
        raise click.UsageError(f"There are several apps in this folder: {names}. Pass the one that is meant.")
    return apps[0]


def _tell(script: Path, name: str, until: float | None, token: str, reached: Addresses | None, as_json: bool) -> None:
    address = _USUAL_ADDRESS if reached is None else reached.public or reached.local
    # An address may end with a key after “#”, which browsers keep to themselves: the token goes behind it, as a relay
    # must not learn it either.
    link = f"{address}?{urlencode({'invite': token})}"
    if as_json:
        public = reached is not None and reached.public is not None
        facts = {"name": name, "link": link, "until": iso(until), "running": reached is not None, "public": public}
        click.echo(msgspec.json.encode(facts))
        return
    ends = f", until {day_and_time(until)}" if until else ""
    click.echo(f"\n  For {name}{ends}:\n\n  {link}\n")
    _draw(link)
    if reached is None:
        click.echo(
            f"  {script.name} does not run just now: the link is for the usual port. Start it with modelapp run."
        )
    elif reached.public is None:
        click.echo(f"  {script.name} has no public address just now: see modelapp run --share.")
    click.echo("  Only those who were invited can open it. This link is shown once: pass --again for a new one.\n")


def _draw(link: str) -> None:
    """Draw the link as a code for a phone's camera, where the terminal can show it."""
    import segno  # only who invites needs it

    try:
        "█▀▄".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return
    segno.make(link, error="l", micro=False).terminal(border=2, compact=True)
    click.echo()


def _list(invites: Invites, as_json: bool) -> None:
    known = invites.all()
    if as_json:
        rows = [
            {
                "name": one.name,
                "since": iso(one.since),
                "until": iso(one.until),
                "last_seen": iso(one.seen),
                "valid": one.valid,
            }
            for one in known
        ]
        click.echo(msgspec.json.encode({"closed": invites.closed, "invites": rows}))
        return
    for row in _table(known):
        click.echo(row)
    if not invites.closed:
        click.echo("Everybody who has the address may come in.")
    else:
        click.echo("Only these may come in." if known else "Nobody is invited, and nobody may come in.")


def _table(invites: tuple[Invite, ...]) -> list[str]:
    """Return the lines of a table, its head first."""
    if not invites:
        return []
    rows = [("Name", "Invited", "Until", "Last seen")]
    for one in invites:
        until = "" if one.until is None else day_and_time(one.until) + ("" if one.valid else " (ended)")
        rows.append((one.name, day_and_time(one.since), until, "" if one.seen is None else day_and_time(one.seen)))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _say(facts: dict[str, object], sentence: str, as_json: bool) -> None:
    click.echo(msgspec.json.encode(facts) if as_json else sentence)
