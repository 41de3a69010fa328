"""The runs of one session: at most one at a time, and the latest input wins.

New input ends the run that is going on, and the next run starts with the newest values; a run is never queued behind
another of the same session. Knows neither values nor elements: what a run does is its owner's.
"""

from collections.abc import Callable
from dataclasses import dataclass

from modelapp.core.protocol import Failure, RunState
from modelapp.script.failure import CALM
from modelapp.script.run import MOST_RERUNS, TOO_MANY_RERUNS, Outcome
from modelapp.session.active_run import ActiveRun
from modelapp.session.audience import Audience
from modelapp.session.host import Host
from modelapp.session.queue import Job

_FIRST_LOOK_SECONDS = 0.03
_LOOK_SECONDS = 0.05
_FORCE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Owner:
    """What the session does for a run.

    Attributes:
        began: Called when one is queued.
        work: Does it; called in the queue's thread.
        made_more: Called now and then while a long one goes on.
        ended: Called when it has ended, however that was.
        line: Returns the line of the script that it is at, for a page that shows the script.
    """

    began: Callable[[], None]
    work: Callable[[ActiveRun], Outcome]
    made_more: Callable[[ActiveRun], None]
    ended: Callable[[ActiveRun, Outcome], None]
    line: Callable[[ActiveRun], int | None]


class Runner:
    """Has runs done. All methods are called in the event loop's thread unless they say otherwise.

    Args:
        host: The app.
        client: Whose runs they are, for the queue.
        audience: Who is told how they go on.
        owner: What a run does.
    """

    def __init__(self, host: Host, client: str, audience: Audience, owner: Owner) -> None:
        self._host = host
        self._client = client
        self._audience = audience
        self._owner = owner
        self._reruns = 0
        self.active: ActiveRun | None = None
        """The run that is queued or going on, or None."""
        self.again = False
        """True if another must follow it, because something was set since."""

    def request(self, *, pressed: bool) -> None:
        """Have a run now, or as soon as the one that is going on has ended."""
        active = self.active
        if active is None:
            self.start(pressed)
            return
        if not active.started and not active.cancelled:
            active.pressed = active.pressed or pressed
            return  # still queued: it will take the newest values
        self.again = True
        if not (pressed and active.pressed):
            self._supersede(active)

    def start(self, pressed: bool) -> None:
        """Have a run, where none is going on."""
        self.again = False
        self._owner.began()
        active = self.active = ActiveRun(pressed)
        self._host.ahead.give_way()
        loop = self._host.loop
        active.job = Job(
            work=lambda: self._work(active),
            moved=lambda place: loop.call_soon_threadsafe(self._moved, active, place),  # type: ignore[arg-type]
            client=self._client,
        )
        active.look = loop.call_later(_FIRST_LOOK_SECONDS, self._look, active)
        active.place = self._host.queue.submit(active.job)

    def cancel(self) -> None:
        """End the run that is going on, and let none follow."""
        active = self.active
        self.again = False
        if active is None:
            return
        active.cancelled = True
        if active.job and self._host.queue.withdraw(active.job):
            self._finished(active, Outcome("cancelled"))
        else:
            self._supersede(active)

    def limited(self, outcome: Outcome) -> Outcome:
        """Return how a run ended, as a failure if it is one of too many that asked for another."""
        self._reruns = self._reruns + 1 if outcome.rerun else 0
        if self._reruns <= MOST_RERUNS:
            return outcome
        self._reruns = 0
        failure = Failure(CALM, TOO_MANY_RERUNS, hint="Call rerun() on a condition.")
        return Outcome("failed", outcome.seconds, failure=failure)

    def _work(self, active: ActiveRun) -> None:
        """Do the run. Called in the queue's thread."""
        outcome = self._owner.work(active)
        self._host.loop.call_soon_threadsafe(self._finished, active, outcome)

    def _supersede(self, active: ActiveRun) -> None:
        if active.superseded:
            return
        active.end_early()
        self._host.loop.call_later(_FORCE_SECONDS, self._force, active)

    def _force(self, active: ActiveRun) -> None:
        # Again and again: user code may catch the exception, or sit in a call that cannot be interrupted.
        if self.active is active:
            active.force()
            self._host.loop.call_later(_FORCE_SECONDS, self._force, active)

    def _moved(self, active: ActiveRun, place: int) -> None:
        if self.active is active and active.run is None:
            active.place = place
            if active.announced:
                self._audience.announce(RunState("queued", place=place))

    def _look(self, active: ActiveRun) -> None:
        """Show what a run that takes long has made so far."""
        if self.active is not active:
            return
        if active.run is None:
            if active.place and not active.announced:
                active.announced = True
                self._audience.announce(RunState("queued", place=active.place))
        else:
            state = RunState("running", line=self._owner.line(active))
            if not active.announced or self._audience.state != state:
                active.announced = True
                self._audience.announce(state)
            if active.execution is not None:
                active.execution.look()
            if not active.superseded:
                self._owner.made_more(active)
        active.look = self._host.loop.call_later(_LOOK_SECONDS, self._look, active)

    def _finished(self, active: ActiveRun, outcome: Outcome) -> None:
        if self.active is not active:
            return
        self.active = None
        if active.look:
            active.look.cancel()
        self._owner.ended(active, outcome)
