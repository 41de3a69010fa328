"""A call of a served script as a case: done by a replica, which tells what it makes meanwhile.

What it tells and answers holds files as they are; whoever serves them makes addresses of them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.output import Output
from modelapp.core.protocol import Json, ProgressProps
from modelapp.model.engines.going import Going
from modelapp.model.engines.threads import Answer, Case
from modelapp.model.headless import Model
from modelapp.model.result import portable
from modelapp.model.service import Watching
from modelapp.script.interrupt import Interrupter


class CallAnswer(Answer, frozen=True):
    """What a call returned.

    Attributes:
        read: Names of the inputs that its run read.
        offered: False if the script says that it is not to be called over HTTP.
    """

    read: tuple[str, ...] = ()
    offered: bool = True


@dataclass(frozen=True, slots=True)
class CallCase(Case):
    """A call. It tells ("progress", props), ("output", name, value, files), and ("text", name, more).

    Attributes:
        streams: True if somebody wants to be told.
    """

    streams: bool = False

    def done(self, model: Model, going: Going) -> CallAnswer:
        """Run the script on it. What goes wrong is raised."""
        making = _Making(going)

        def begin(run: RunContext) -> Interrupter:
            run.remote = True
            if self.streams:
                making.values.clear()  # of a run that asked for another one
                run.watcher = Watching(making, making, making.shown)
            return going.begin(run)

        run, outcome = model.call(self.inputs, self.edits, begin=begin, visitor=self.visitor)
        if not run.offered:
            return CallAnswer(self.position, offered=False)
        outputs = {
            name: making.values[name] if name in making.values else portable(name, output, making.keep)
            for name, output in run.outputs.items()
        }
        read = tuple(name for name, declared in run.inputs.items() if not declared.input.momentary)
        return CallAnswer(self.position, outputs, making.files, outcome.seconds, read=read)


class _Making:
    """Tells what a call makes, and keeps its files."""

    def __init__(self, going: Going) -> None:
        self._going = going
        self.values: dict[str, Json] = {}
        self.files: dict[str, bytes] = {}

    def call_soon_threadsafe(self, tell: Callable[..., object], *arguments: Any) -> None:
        """Tell at once: here is no loop that others wait for."""
        tell(*arguments)

    def keep(self, name: str, content: bytes | Path) -> Json:
        """Return what stands for a file."""
        self.files[name] = content.read_bytes() if isinstance(content, Path) else bytes(content)
        return {"file": name, "size_bytes": len(self.files[name])}

    def shown(self, name: str, output: Output) -> Json:
        """Return an output as it is told."""
        self.values[name] = portable(name, output, self.keep)
        return self.values[name]

    def queued(self, place: int) -> None:
        """Is never asked: it is being done."""

    def progress(self, progress: ProgressProps) -> None:
        """Tell how far a loop of the script is."""
        self._going.tell(("progress", progress))

    def output(self, name: str, value: Json) -> None:
        """Tell of an output, with its files."""
        self._going.tell(("output", name, value, dict(self.files)))

    def text(self, name: str, more: str) -> None:
        """Tell how a text grows."""
        self._going.tell(("text", name, more))
