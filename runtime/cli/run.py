"""`modelapp run`: a script as a page."""

import asyncio
import logging
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from modelapp.cli.durations import DURATION, day_and_time
from modelapp.cli.engine import page_engine_options
from modelapp.cli.storing import blobs_option, store_option
from modelapp.core.errors import ScriptError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from modelapp.cli.sharing import Sharing
    from modelapp.model.engines.choice import EngineChoice
    from modelapp.server.hosting import Hosting
    from modelapp.share.destination import Destination

_DEFAULT_PORT = 8501
PASSWORD_VARIABLE = "MODELAPP_PASSWORD"
BELIEVES_ALL = (
    "--behind-proxy and --share do not go together: who comes through the tunnel could claim any address. "
    "Serve the web server and the tunnel by two processes."
)
INVITED_STAY = "You and those with a link of their own stay."


def _origins(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    """Read what `--embed-origins` names."""
    if not given:
        return ()
    from modelapp.server.embedding import origins  # reads Tornado, which `--help` does without

    try:
        return origins(given)
    except ScriptError as error:
        raise click.BadParameter(str(error), context, parameter) from None


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help=f"Port to listen on.  [default: the first free from {_DEFAULT_PORT}]"
)
@click.option(
    "--allow-host",
    "hosts",
    multiple=True,
    metavar="NAME",
    help="A further name under which browsers reach this server.",
)
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), default=4, show_default=True, help="Runs at the same time."
)
@click.option(
    "--share",
    metavar="[USER@]HOST[:PORT]",
    help="Give the page a public link through this SSH server, as `ssh -R` does, or through this relay; with https:// "
    "before the host, through a relay by HTTPS alone.",
)
@click.option(
    "--share-port",
    type=click.IntRange(0, 65535),
    default=0,
    help="The port of the SSH server.  [default: one that is free]",
)
@click.option("--watch", is_flag=True, help="Print a link for people who watch you at work; they can change nothing.")
@click.option(
    "--share-key",
    metavar="SHA256:…",
    help="The only key that the SSH server may have, instead of those of known_hosts.",
)
@click.option(
    "--share-plain",
    is_flag=True,
    help="Let a relay read what passes, so that programs without the link's key can call the script too.",
)
@click.option(
    "--api-key",
    "api_keys",
    multiple=True,
    metavar="KEY",
    envvar="MODELAPP_API_KEYS",
    show_envvar=True,
    help="A key that programs need to call the script over HTTP; without any, everybody may who reaches the port.",
)
@click.option(
    "--expire",
    "open_seconds",
    type=DURATION,
    help="Let visitors in for this long only, as 30m, 12h, 3d or 2w; those who were invited stay.",
)
@click.option(
    "--password",
    "asks_password",
    is_flag=True,
    help=f"Ask for a password that visitors must type; {PASSWORD_VARIABLE} is taken instead if it is set.",
)
@click.option(
    "--against",
    metavar="REV|FILE",
    help="Show beside each answer that of another script, or of this one in a revision of git.",
)
@click.option(
    "--embed-origins",
    multiple=True,
    metavar="ORIGIN,…",
    callback=_origins,
    help="Other sites that may show the page in a frame, as https://lab.example.org; * is any site.",
)
@click.option(
    "--base-url",
    metavar="PATH|URL",
    help="The path, or the whole address, below which a web server in front passes requests on, as /demo/.",
)
@click.option(
    "--behind-proxy",
    is_flag=True,
    help="Believe X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host: all must come through that web server.",
)
@click.option(
    "--metrics",
    metavar="[HOST:]PORT",
    help="Serve figures for Prometheus at a port of their own, on loopback unless a host is given.",
)
@click.option(
    "--grace",
    "grace_seconds",
    type=click.FloatRange(0, 86400),
    default=30,
    show_default=True,
    help="For how many seconds SIGTERM lets runs go on.",
)
@click.option(
    "--memory",
    "memory_megabytes",
    type=click.IntRange(1),
    metavar="MB",
    help="From how much memory on a gallery releases models that were not used for long.  [default: half of all]",
)
@store_option
@blobs_option
@page_engine_options
@click.option(
    "--live-on-engine", is_flag=True, help="With --engine ray: run the script on the cluster for open pages, too."
)
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
@click.option("--no-check", is_flag=True, help="Do not check the script after the start, as `modelapp check` does.")
def run(
    path: Path,
    host: str,
    port: int | None,
    hosts: tuple[str, ...],
    concurrency: int,
    share: str | None,
    share_port: int,
    watch: bool,
    share_key: str | None,
    share_plain: bool,
    api_keys: tuple[str, ...],
    open_seconds: float | None,
    asks_password: bool,
    against: str | None,
    embed_origins: tuple[str, ...],
    base_url: str | None,
    behind_proxy: bool,
    metrics: str | None,
    grace_seconds: float,
    memory_megabytes: int | None,
    store: str | None,
    blobs: str | None,
    engine: "EngineChoice | None",
    live_on_engine: bool,
    no_open: bool,
    no_check: bool,
) -> None:
    """Serve the script PATH as a page, or all scripts of the folder PATH as a gallery; saving one updates open pages.

    \b
    Example:
        modelapp run demo.py --port 8080
    """
    # Tornado takes 80 ms to import: `modelapp run --help` does without.
    from modelapp.server.application import Server
    from modelapp.server.mount import base_url as parsed_base_url
    from modelapp.server.settings import Other, Settings

    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)  # it takes its own stopping for an error
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # each step that fails is told in words
    to = None
    if share is not None:
        from modelapp.share.destination import destination  # reads paramiko, which the others do without

        to = destination(share, fingerprint=share_key)
        hosts = (*hosts, to.given, to.host)
    if behind_proxy and share is not None:
        raise click.UsageError(BELIEVES_ALL)
    if live_on_engine and engine is None:
        raise click.UsageError("--live-on-engine says what the engine does: add --engine ray.")
    settings = Settings(
        host=host,
        port=_DEFAULT_PORT if port is None else port,
        concurrency=concurrency,
        hosts=hosts,
        api_keys=api_keys,
        port_is_default=port is None,
        check=not no_check,
        watch=watch,
        password=_password() if asks_password else None,
        open_seconds=open_seconds,
        embed_origins=embed_origins,
        base=parsed_base_url(base_url or "/"),
        behind_proxy=behind_proxy,
        memory_megabytes=memory_megabytes,
        engine=engine,
        live_on_engine=live_on_engine,
        metrics=_metrics(metrics) if metrics is not None else None,
        store=store or None,
        blobs=blobs or None,
    )
    if path.is_dir():
        if engine is not None:
            raise click.UsageError("--engine ray runs one script: start it with that script, not with a folder.")
        _refuse_for_folder(watch=watch, against=against is not None)
        from modelapp.server.gallery.server import Gallery  # a single script does without

        asyncio.run(_serve(Gallery(path, settings), not no_open, _sharing(to, share_port, share_plain), grace_seconds))
        return
    with ExitStack() as stack:
        if against is not None:
            settings = replace(settings, against=Other(stack.enter_context(_other(path, against)), against))
        asyncio.run(_serve(Server(path, settings), not no_open, _sharing(to, share_port, share_plain), grace_seconds))


def _other(path: Path, against: str) -> "AbstractContextManager[Path]":
    """Return the script to compare with."""
    from modelapp.model.revisions import other_script  # reads tarfile, which others do without

    if not path.is_file():
        raise ScriptError(f"There is no script {str(path)!r}.")
    return other_script(path, against)


def _refuse_for_folder(*, watch: bool, against: bool) -> None:
    """Refuse what only one script can have."""
    if watch:
        raise click.UsageError("--watch shows the page of one script: start it with that script, not with a folder.")
    if against:
        raise click.UsageError("--against compares one script: start it with that script, not with a folder.")


def _sharing(to: "Destination | None", remote_port: int, plain: bool) -> "Callable[[Hosting], Sharing] | None":
    """Return what begins to share a server that has started, or None."""
    if to is None:
        return None
    from modelapp.cli.sharing import shared

    return lambda server: shared(server, to, remote_port, plain=plain)


def _metrics(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise click.BadParameter(f"{text!r} is no port, as 9100 or 0.0.0.0:9100.", param_hint="--metrics")
    return address.strip("[]") or "127.0.0.1", int(port)


def _password() -> str:
    """Return the visitors' password: never from the command line, which others of the machine can read."""
    text = os.environ.get(PASSWORD_VARIABLE)
    if text is None:
        if not sys.stdin.isatty():
            raise click.UsageError(f"There is no terminal to type the password at: set {PASSWORD_VARIABLE} instead.")
        text = click.prompt("Password for visitors", hide_input=True, confirmation_prompt="Once more")
    if not text:
        raise click.UsageError(f"An empty password is none: {PASSWORD_VARIABLE} is set to nothing.")
    return str(text)


def _tell_doors(server: "Hosting") -> None:
    """Say who may come in, where that is not everybody."""
    if server.door.invites.closed:
        count = sum(invite.valid for invite in server.door.invites.all())
        links = "nobody has a link" if not count else f"{count} {'link is' if count == 1 else 'links are'} valid"
        click.echo(f"  Only those who were invited may come in: {links}.\n")
    if server.until is not None:

        def ended() -> None:
            click.echo(f"It has ended for visitors, as --expire said. {INVITED_STAY}")

        server.ended = ended
        click.echo(f"  It ends for visitors on {day_and_time(server.until)}. {INVITED_STAY}\n")


async def _serve(
    server: "Hosting", open_browser: bool, share: "Callable[[Hosting], Sharing] | None", grace_seconds: float
) -> None:
    stopped, at_once = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def interrupted() -> None:
        at_once.set()
        stopped.set()

    def terminated() -> None:
        loop.remove_signal_handler(signal.SIGTERM)  # the second one ends the process as it is
        stopped.set()

    loop.add_signal_handler(signal.SIGINT, interrupted)
    loop.add_signal_handler(signal.SIGTERM, terminated)
    server.start()
    click.echo(f"\n  {server.path.name} is served at\n")
    watch = f"  watchers   {server.url}{server.watch_query}\n" if server.watch_query else ""
    click.echo(f"  you        {server.presenter_url}\n{watch}  visitors   {server.url}\n")
    if server.metrics is not None:
        click.echo(f"  figures    {server.metrics.url}\n")
    _tell_doors(server)
    server.tell_faults()
    sharing = share(server) if share else None
    if open_browser:
        import webbrowser  # takes 10 ms, which the first answer need not wait for

        webbrowser.open(server.presenter_url)
    await server.settle()
    await stopped.wait()
    if not at_once.is_set():
        await server.finish(grace_seconds, at_once)
    if sharing is not None:
        await loop.run_in_executor(None, sharing.stop)
    await server.stop()
