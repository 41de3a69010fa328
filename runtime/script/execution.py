"""What does one run of a page, and ends it early: here, in the calling thread, or elsewhere."""

from typing import Protocol

from modelapp.script.interrupt import Interrupter
from modelapp.script.run import Outcome, execute
from modelapp.script.source import Version


class Execution(Protocol):
    """One run. `execute` is called in a thread of the queue, the others in any."""

    def execute(self, version: Version) -> Outcome:
        """Do the run, and return how it ended. What it makes is found in its `RunContext`, then and meanwhile."""

    def line(self, file: str) -> int | None:
        """Return the line of a script's outermost code that the run is at, if that is known."""

    def look(self) -> None:
        """Told now and then while the run goes on: somebody wants to see what it has made by now."""

    def request(self) -> None:
        """Ask the run to end at its next call of the library."""

    def force(self) -> bool:
        """End it in the middle of the script's code. Return False if it has ended."""


class LocalExecution(Interrupter):
    """A run in this process."""

    def execute(self, version: Version) -> Outcome:
        """Do the run in the calling thread."""
        return execute(version, self._run, self)

    def look(self) -> None:
        """What it has made stands in its `RunContext` already."""
