"""What a session needs of the process that it lives in: an event loop, a queue, a store, and the script."""

from collections.abc import Callable
from typing import Any, Protocol

from modelapp.core.context import RunContext
from modelapp.core.protocol import Failure
from modelapp.script.execution import Execution
from modelapp.script.run import Outcome
from modelapp.script.source import Version
from modelapp.session.ahead import ExampleAnswers
from modelapp.session.flags import Flags, KeptFlag
from modelapp.session.history import History
from modelapp.session.loop import Loop
from modelapp.session.queue import Queue
from modelapp.session.store import Store


class Host(Protocol):
    """What a session needs of the app that it belongs to."""

    loop: Loop
    queue: Queue
    store: Store
    ahead: ExampleAnswers
    flags: Flags
    history: History
    epoch: str

    @property
    def version(self) -> Version | None:
        """The script as it is now, or None if it never compiled."""

    @property
    def broken(self) -> Failure | None:
        """Why the script as it is now does not compile, or None."""

    def lose(self, session: Any) -> None:
        """Told that another host has a session now."""

    def execution(self, run: RunContext, who: str, *, background: bool = False) -> Execution:
        """Return what does a run. Called in the queue's thread.

        Args:
            who: Whose it is: runs of the same go to the same place, if they can.
            background: True if nobody waits for it.
        """

    def ran(self, outcome: Outcome) -> None:
        """Told at the end of each run."""

    def settled(self, session: Any, run: RunContext, outcome: Outcome) -> None:
        """Told at the end of a run that is the last of its session for now."""

    def code_digest(self, version: Version) -> str:
        """Return what tells this version of the script and its modules from others."""

    def flagged(self, flag: KeptFlag, *, by_author: bool) -> None:
        """Told when a flag, or more words on one, is on the disk."""

    def tried(self, session: str, gone: set[str]) -> None:
        """Told when a session's case was kept, with the blobs of old ones that had to go."""

    def rested(self, session: str) -> None:
        """Told when something that used a session's blobs has ended."""

    def background(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do work in another thread; `done` gets its result, or the exception, in the loop's thread."""
