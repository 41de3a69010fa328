"""The command line: `modelapp run demo.py`. One module a command, read only when the command is used."""

from importlib import import_module

import click
from modelapp.core.errors import ModelAppError

_COMMANDS = {
    "new": "modelapp.cli.new",
    "run": "modelapp.cli.run",
    "invite": "modelapp.cli.invite",
    "check": "modelapp.cli.check",
    "call": "modelapp.cli.call",
    "bulk": "modelapp.cli.bulk",
    "flags": "modelapp.cli.flags",
    "history": "modelapp.cli.history",
    "replay": "modelapp.cli.replay",
    "sweep": "modelapp.cli.sweep",
    "explain": "modelapp.cli.explain",
    "export": "modelapp.cli.export",
    "store": "modelapp.cli.store",
    "relay": "modelapp.cli.relay",
}
"""The module of each command, which has a function of the command's name, in the order of the help."""


class Commands(click.Group):
    """Shows the project's own errors as text: status 1 for the script's or machine's fault, 2 for wrong usage."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(_COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a command, or None if there is none of that name."""
        if name not in _COMMANDS:
            return None
        command = getattr(import_module(_COMMANDS[name]), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, context: click.Context) -> object:
        """Run the command that was asked for."""
        try:
            return super().invoke(context)
        except ModelAppError as error:
            click.echo(f"Error: {error}", err=True)
            context.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="modelapp")
def main() -> None:
    """Turn a Python script around a model into a page that others can use.

    \b
    Example:
        modelapp run demo.py
    """
