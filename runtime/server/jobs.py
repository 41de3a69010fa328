"""What goes on beside the live runs of an app's pages, and belongs to a session: many cases, sweeps, explanations, the
answers of another script, and the history. Here is known which message of a page is for which of them.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from modelapp.core.protocol import (
    Ask,
    BulkStart,
    BulkStop,
    ExplainStart,
    ExplainStop,
    PageMessage,
    SweepStart,
    SweepStop,
)
from modelapp.server.bulks import ELEMENT as BULK
from modelapp.server.bulks import Bulks
from modelapp.server.explanations import Explanations
from modelapp.server.histories import ELEMENT as HISTORY
from modelapp.server.histories import Histories
from modelapp.server.sweeps import ELEMENT as SWEEP
from modelapp.server.sweeps import Sweeps
from modelapp.session.audience import Client
from modelapp.session.session import Session

if TYPE_CHECKING:
    from modelapp.server.against import Against

ELEMENTS = (BULK, SWEEP, HISTORY)
"""Of which a page asks about jobs of its own."""


@dataclass(frozen=True, slots=True)
class Jobs:
    """All of them, of one app."""

    bulks: Bulks
    sweeps: Sweeps
    explanations: Explanations
    against: "Against | None"
    histories: Histories

    def welcome(self, session: Session, client: Client) -> None:
        """Tell a page that has just come how far all of its session is."""
        for jobs in (self.bulks, self.sweeps, self.explanations, self.against, self.histories):
            if jobs is not None:
                jobs.welcome(session, client)

    def left(self, client: Client) -> None:
        """Told when a page has gone."""
        self.histories.left(client)

    def take(self, session: Session, client: Client, message: PageMessage) -> bool:
        """Do what a page says, or answer what it asks. Return False if that is for none of these."""
        element = message.element if isinstance(message, Ask) else None
        if isinstance(message, BulkStart | BulkStop) or (isinstance(message, Ask) and element == BULK):
            self.bulks.take(session, client, message)
        elif isinstance(message, SweepStart | SweepStop) or (isinstance(message, Ask) and element == SWEEP):
            self.sweeps.take(session, client, message)
        elif isinstance(message, Ask) and element == HISTORY:
            self.histories.ask(session, client, message)
        elif isinstance(message, ExplainStart | ExplainStop):
            self.explanations.take(session, client, message)
        else:
            return False
        return True

    def forget(self, session: Session) -> None:
        """End what was tried around a session's values, and know nothing of it any more."""
        for jobs in (self.sweeps, self.explanations, self.against):
            if jobs is not None:
                jobs.forget(session)

    def close(self) -> None:
        """End all runs."""
        for jobs in (self.bulks, self.sweeps, self.explanations, self.against):
            if jobs is not None:
                jobs.close()
