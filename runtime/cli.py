"""The command line: `modelapp run demo.py`."""

import asyncio
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
from modelapp.core.errors import ModelAppError

if TYPE_CHECKING:
    from modelapp.server.application import Server

_DEFAULT_PORT = 8501


class _Commands(click.Group):
    """Shows the project's own errors as text: status 1 for the script's or machine's fault, 2 for wrong usage."""

    def invoke(self, context: click.Context) -> object:
        try:
            return super().invoke(context)
        except ModelAppError as error:
            click.echo(f"Error: {error}", err=True)
            context.exit(1)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="modelapp")
def main() -> None:
    """Turn a Python script around a model into a page that others can use.

    \b
    Example:
        modelapp run demo.py
    """


@main.command()
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
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
def run(path: Path, host: str, port: int | None, hosts: tuple[str, ...], concurrency: int, no_open: bool) -> None:
    """Serve the script PATH as a page; saving it updates every open page.

    \b
    Example:
        modelapp run demo.py --port 8080
    """
    # Tornado takes 80 ms to import: `modelapp --help` does without.
    from modelapp.server.application import Server, Settings

    logging.basicConfig(format="%(message)s", level=logging.INFO, stream=sys.stderr)
    logging.getLogger("watchdog").setLevel(logging.CRITICAL)  # it takes its own stopping for an error
    settings = Settings(
        host=host,
        port=_DEFAULT_PORT if port is None else port,
        concurrency=concurrency,
        hosts=hosts,
        port_is_default=port is None,
    )
    asyncio.run(_serve(Server(path, settings), not no_open))


@main.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("values", nargs=-1, metavar="[NAME=VALUE]...")
@click.option("--edits", metavar="JSON", help='Edits to do to inputs: {"image": [{"op": "flip", …}]}.')
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for pictures, sounds and files.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON: outputs, and how many seconds they took.")
def call(path: Path, values: tuple[str, ...], edits: str | None, out: Path | None, as_json: bool) -> None:
    """Run the script PATH once, as a function, and print its outputs.

    A picture, sound or file is given by its path, a text as it is or as @FILE, anything else as JSON or plain text.

    \b
    Example:
        modelapp call demo.py age=63 image=cat.png --json
    """
    from modelapp.model.call import call_from_texts, printed  # the command above does without

    report = call_from_texts(path, values, edits, out)
    if as_json:
        click.echo(msgspec.json.encode(report))
        return
    for name, value in report["outputs"].items():
        click.echo(f"{name}: {printed(value)}")


async def _serve(server: "Server", open_browser: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    server.start()
    click.echo(f"\n  {server.script.path.name} is served at\n")
    click.echo(f"  you        {server.presenter_url}\n  visitors   {server.url}\n")
    if server.script.failure is not None:
        from modelapp.script.failure import as_text

        click.echo(f"It cannot be run yet:\n{as_text(server.script.failure)}\n", err=True)
    if open_browser:
        import webbrowser  # takes 10 ms, which the first answer need not wait for

        webbrowser.open(server.presenter_url)
    await loop.run_in_executor(None, server.watch)  # so does importing watchdog
    await stopped.wait()
    await server.stop()


if __name__ == "__main__":
    main()
