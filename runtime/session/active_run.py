"""The run that is queued or going on for a session, and how it is ended early."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from modelapp.core.context import RunContext
from modelapp.core.protocol import Json
from modelapp.script.execution import Execution
from modelapp.script.source import Version
from modelapp.session.blobs import SessionBlobs
from modelapp.session.loop import Handle
from modelapp.session.queue import Job


@dataclass(slots=True, eq=False)
class ActiveRun:
    """The run that is going on.

    Attributes:
        pressed: True if a press of a button caused it.
        started: True from just before the run takes the session's values; what is set later, it may not see.
        place: Place in the queue; 0 once it has begun.
        announced: True once clients were told that it is queued or running.
        cancelled: True if somebody asked to stop it, so that no other run follows.
        version: The script as it was when the run began.
        blobs: Large values, as the run sees them.
    """

    pressed: bool
    started: bool = False
    place: int = 0
    run: RunContext | None = None
    execution: Execution | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    job: Job | None = None
    look: Handle | None = None
    announced: bool = False
    superseded: bool = False
    cancelled: bool = False
    version: Version | None = None
    blobs: SessionBlobs | None = None

    def end_early(self) -> None:
        """Ask the run to end at its next call of the library."""
        self.superseded = True
        if self.execution:
            self.execution.request()

    def force(self) -> None:
        """End it in the middle of pure Python code."""
        if self.execution:
            self.execution.force()

    def begin(self, run: RunContext, values: Mapping[str, Json], execution: Execution) -> Execution:
        """Keep what the run works with. Called in the queue's thread."""
        self.values = values
        self.execution = execution
        self.run = run
        self.place = 0
        if self.superseded or self.cancelled:
            execution.request()
        return execution
