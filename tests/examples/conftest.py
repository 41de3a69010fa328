"""Opening the examples as a person does, in this process or in Chromium."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import pytest
import user as users
from modelapp.cli import main
from PIL import Image
from user import Host, User

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait longer than for a small script: importing a framework and training take a while on a busy machine."""
    monkeypatch.setattr(users, "PATIENCE_SECONDS", 180)


@pytest.fixture
def copied(tmp_path: Path) -> Callable[[str], Path]:
    """Copy an example to a folder of its own, where it may write, and return its path."""
    return lambda name: Path(shutil.copy(EXAMPLES / name, tmp_path))


@pytest.fixture
def example(patient: None, hosts: Callable[..., Host], copied: Callable[[str], Path]) -> Callable[[str], User]:
    """Serve an example in this process and open it; its first run has ended."""

    def open_example(name: str) -> User:
        copied(name)
        return hosts("", name=name).user().settle()

    return open_example


@pytest.fixture
def give(tmp_path: Path) -> Callable[[User, str, Image.Image], None]:
    """Upload a picture for an input, as the page does with a drawing, and wait for the answer."""

    def upload(user: User, name: str, picture: Image.Image) -> None:
        path = tmp_path / "upload.png"
        picture.save(path)
        uploaded = user.session.receive(name, path, "sketch.png")
        value = {field: getattr(uploaded, field) for field in ("blob", "name", "width", "height", "preview")}
        sequence = user.set(**{name: {**value, "edits": []}})
        user.wait(lambda: user.acknowledged >= sequence).settle()

    return upload


class CommandLine:
    """The real command line, which parses and does not run."""

    def parse(self, words: Sequence[str]) -> None:
        """Parse the words after `modelapp`.

        Raises:
            click.UsageError: If a command, an option or a value is none.
        """
        command: click.Command = main
        context = command.make_context("modelapp", list(words))
        while isinstance(command, click.Group):
            rest = [*context._protected_args, *context.args]
            name, found, rest = command.resolve_command(context, rest)
            assert name is not None and found is not None
            command, context = found, found.make_context(name, rest, parent=context)


@pytest.fixture
def command_line() -> CommandLine:
    """Parse commands without running them."""
    return CommandLine()
