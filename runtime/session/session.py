"""One session: its values, its page, its clients, and the run that is going on for it.

All methods are called in the event loop's thread unless they say otherwise. `runner` decides when the script runs.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.protocol import (
    Ask,
    Failure,
    Frame,
    Json,
    Problem,
    RunState,
    Set,
    Uploaded,
)
from modelapp.script.results import used_values
from modelapp.script.run import Outcome
from modelapp.script.source import Version
from modelapp.session.accept import Known, Refused, accept, same
from modelapp.session.active_run import ActiveRun
from modelapp.session.audience import Audience, Client
from modelapp.session.blobs import SessionBlobs
from modelapp.session.case import Case
from modelapp.session.comparison import NOTHING_EDITED, Comparison
from modelapp.session.flagging import Flagging
from modelapp.session.frame import Page
from modelapp.session.host import Host
from modelapp.session.inputs import SessionInputs
from modelapp.session.naming import Digests, naming
from modelapp.session.publishing import Publishing
from modelapp.session.remembering import Remembering
from modelapp.session.runner import Owner, Runner
from modelapp.session.state import SessionState
from modelapp.session.store import LivesElsewhere, Saved

_MOST_DEFERRED = 50


class Session:
    """One person's page.

    Args:
        host: The app.
        saved: What is known of the session.
        blobs: Large values, as this session sees them.
        epoch: Tells the frames of this page from those of others that its clients saw.
    """

    def __init__(self, host: Host, saved: Saved, blobs: SessionBlobs, epoch: str) -> None:
        self.id = saved.session
        self.grant = saved.grant
        self.visitor = saved.visitor
        """Name of the person who was invited, or None."""
        self.invite = saved.invite
        """Id of her personal link, or None."""
        self.role = saved.role
        self.epoch = epoch
        self.blobs = blobs
        self.page = Page()
        self.audience = Audience(self.page)
        self._inputs = SessionInputs(host.store, saved, self.page)
        self.stale = True
        """True if the page does not show the script as it is now."""
        self._host = host
        self._state = SessionState(host.store, saved.session, saved.state)
        self._memory: dict[Any, Any] = {}
        self._pressed: list[str] = []
        self._deferred: list[tuple[Client, Set]] = []
        self._working: Version | None = None
        """The version of the last run that did not fail."""
        self._edit_fails = False
        self.flagging = Flagging(host, saved, self.page, blobs, lambda: self.busy, epoch)
        self._publishing = Publishing(host, self.page, self.audience, blobs, self._inputs, self.flagging.under_way)
        owner = Owner(self._began, self._work, partial(self._publishing.publish, complete=False), self._ended, _line)
        self._runner = Runner(host, self.id, self.audience, owner)
        rested = partial(host.rested, self.id)
        self._comparison = Comparison(host, self.id, blobs, lambda compared: self.audience.tell([compared]), rested)
        self.remembering = Remembering(host, saved, self.page, blobs, partial(host.tried, self.id))

    @property
    def values(self) -> Mapping[str, Json]:
        """What was set, by the input's name."""
        return self._inputs.values

    # ------------------------------------------------------------ clients

    def attach(self, client: Client, seen: int | None) -> None:
        """Add a client that saw all frames up to `seen`, or None if it saw none of this host's."""
        made_anew = self.stale and seen is None
        self.tell_editing()
        self.audience.join(client, seen, show=self.page.sequence > 0 and not made_anew)
        if self._comparison.told is not NOTHING_EDITED:
            client.send([self._comparison.told])
        if self.stale or self._host.broken:
            self.request_run()

    def detach(self, client: Client) -> None:
        """Take away a client. A run that is going on goes on, so that its result is there when the client is back."""
        self.audience.leave(client)
        self.flagging.leave(client)
        if not self.watched:
            self.remembering.settle()

    def take_back(self, client: Client) -> None:
        """Drop what a client that may not act any more said and was not done yet; show it how everything is."""
        self._deferred = [(other, message) for other, message in self._deferred if other is not client]
        if not client.whole:
            client.send([self.page.whole()])

    def tell_editing(self) -> None:
        """Tell the clients whether the script, as its author has just saved it, works for this session."""
        self.audience.tell_editing(
            self._edit_fails or (self._host.broken is not None and self._host.version is not None)
        )

    @property
    def watched(self) -> bool:
        """True while the session has a client."""
        return bool(self.audience.clients)

    def set(self, client: Client, message: Set) -> None:
        """Take in new values and a press, all or nothing, and run."""
        if message.sequence <= client.acknowledged:
            client.send([_problem(message, "That change came twice or out of order and was not taken.")])
            return
        known = self._known()
        waits = any(other is client for other, _ in self._deferred)  # messages of one page keep their order
        early = waits or (not known.has(message) and (self._runner.active or not self._inputs.are_known))
        if early and len(self._deferred) < _MOST_DEFERRED:
            self._deferred.append((client, message))  # the run that is going on may declare it
            if self._runner.active is None:
                self.request_run()
            return
        try:
            accepted = accept(message, known, self.blobs)
        except Refused as refused:
            client.send([_problem(message, refused.text, refused.name)])
            return
        changed = self._inputs.take(accepted)
        if changed:
            self.flagging.changed()
        self._comparison.chosen(accepted, self.page.elements)
        group = message.pressed if message.pressed is not None and known.is_group(message.pressed) else None
        if group:
            self._inputs.submit(group, known)
        self._run_for(changed, message.pressed, known)
        try:
            # The run has begun in its thread: the disk is written meanwhile, and before the answer is sent.
            self._inputs.keep(changed, [group] if group else [])
        except LivesElsewhere:
            self._host.lose(self)
            return
        except EnvironmentFault as fault:
            client.send([_problem(message, fault.message)])
            return
        client.acknowledged = message.sequence
        self._tell(client, message, accepted, changed)
        if (changed or group) and not self._pressed:
            self._publishing.remembered()

    def let_go(self, text: str) -> None:
        """Be no more: another host has the session. Say so to the pages here, and end what goes on for them."""
        self._runner.cancel()
        self.remembering.settle()
        self._comparison.give_way()
        for client in list(self.audience.clients):
            client.end(text)

    def cancel(self) -> None:
        """End the run that is going on; values stay."""
        self._runner.cancel()

    def ask(self, client: Client, message: Ask) -> None:
        """Answer a question to one output, in another thread."""
        self._publishing.ask(client, message)

    def receive(self, name: str, upload: Path, file_name: str) -> Uploaded:
        """Take in an uploaded file for an input. Called in a worker thread.

        Raises:
            InvalidValue: If there is no such input or it does not take this file.
        """
        known = self._known()
        declared = known.input(name)
        if declared is None:
            raise InvalidValue(known.no_input(name))
        uploaded = declared.input.receive(upload, file_name, self.blobs)
        for digest in uploaded.digests:
            self._host.store.add_upload(self.id, digest)
        return uploaded

    def knows(self, name: str) -> bool:
        """Return True if a run has declared an input of this name."""
        return self._known().input(name) is not None

    def rename(self, old: str, new: str) -> None:
        """Let the value of an input be that of another, because the script calls it so now."""
        self._inputs.rename(old, new)

    def shown_for(self, inputs: Mapping[str, Json]) -> Case | None:
        """Return what the page shows, if it is the answer to these inputs; None if not. Called in any thread."""
        case = self.flagging.visible()
        if case is None or any(name in inputs and inputs[name] != raw for name, raw in case.inputs.items()):
            return None
        return case

    # ------------------------------------------------------------ blobs that go

    @property
    def at_work(self) -> bool:
        """True while something goes on that uses the session's blobs."""
        return self.busy or self._comparison.busy or self.remembering.busy

    def named(self) -> Digests:
        """Return the digests that the session's inputs name. Called in any thread."""
        return self._inputs.named()

    def needed(self) -> Digests:
        """Return the digests that the session's page needs. Called in any thread."""
        return self.named() | naming([dict(self.page.values), dict(self.page.elements), self._comparison.told])

    def forget_answers(self) -> None:
        """Know nothing of earlier answers, nor of what inputs were before they were edited."""
        self.remembering.forget()
        self._comparison.forget()

    def empty(self, digests: Digests) -> list[str]:
        """Empty the inputs that name these blobs, except where an example does; return their labels."""
        gone, groups = self._inputs.empty(digests)
        if gone or groups:
            self.flagging.forget()
            self.flagging.changed()
            self.audience.tell([self.page.set_values(gone)])
            self.request_run()
        known = self._known()
        return [(one.input.label if (one := known.input(name)) else None) or name for name in gone]

    # ------------------------------------------------------------ runs

    def request_run(self, *, pressed: bool = False) -> None:
        """Run the script with the newest values: now, or as soon as the run that is going on has ended."""
        if self._host.version is None:
            self.audience.announce(RunState("failed", failure=self._host.broken))
        else:
            self._runner.request(pressed=pressed)

    @property
    def busy(self) -> bool:
        """True while a run is queued or going on."""
        return self._runner.active is not None

    def _began(self) -> None:
        self.stale = False
        self._comparison.give_way()

    def _work(self, active: ActiveRun) -> Outcome:
        """Do the run. Called in the queue's thread."""
        version = self._host.version
        assert version is not None
        active.started, active.version = True, version
        values = dict(self.values)
        given = self._inputs.given(values, self._pressed)
        active.blobs = self.blobs.noting()
        run = RunContext(
            given, active.blobs, self._state, version.variable_at, visitor=self.visitor, memory=self._memory
        )
        outcome = active.begin(run, values, self._host.execution(run, self.id)).execute(version)
        self._state.settle(run.notice)
        return outcome

    def _ended(self, active: ActiveRun, outcome: Outcome) -> None:
        run = active.run
        whole = outcome.phase in ("done", "waiting")
        if run:
            self._inputs.ended(run, whole=whole)
        self._host.ran(outcome)
        if whole:
            self._working, self._edit_fails = active.version, False
        elif outcome.phase == "failed":
            self._edit_fails = self._working is not None and active.version is not self._working
        self.tell_editing()
        if run and active.version:
            self._host.ahead.note(run, outcome, active.version)
        outcome = self._runner.limited(outcome)
        if self._runner.again or outcome.rerun or self._press_left(active, outcome):
            if run and outcome.phase != "cancelled":
                self._publishing.publish(active, complete=whole)
            self._runner.start(bool(self._pressed))
        else:
            self._pressed.clear()
            self._show(active, outcome, whole)
            if run and active.version:
                self._comparison.ran(run, outcome, active.version)
                self._host.settled(self, run, outcome)
        self._undefer()

    def _press_left(self, active: ActiveRun, outcome: Outcome) -> bool:
        """True if a button was pressed twice before the run began: each press causes a run of its own."""
        used = active.run is not None and active.run.presses_used > 0
        return used and bool(self._pressed) and outcome.phase != "cancelled"

    def _show(self, active: ActiveRun, outcome: Outcome, whole: bool) -> None:
        state = RunState(
            outcome.phase,
            seconds=round(outcome.seconds, 4),
            waiting_for=outcome.waiting_for,
            failure=outcome.failure,
            line=_failed_line(active, outcome.failure),
        )
        if active.run is None:
            self.audience.announce(state)
            self.flagging.settled()
            self._host.rested(self.id)
            return
        self._publishing.publish(active, complete=whole, state=state)
        if active.version and active.blobs:
            cached = used_values(active.run, active.version.path.parent)
            case = Case(active.run, self._host.code_digest(active.version), active.blobs.noted, cached)
            if cached:
                self._host.background(case.version, lambda _: None)
            self.flagging.ended(case, whole=whole)
            if outcome.phase == "done":
                self.remembering.ended(case)
        self._publishing.notice(active.run.notices)
        self._host.rested(self.id)

    # ------------------------------------------------------------ values

    def _known(self) -> Known:
        active = self._runner.active
        return self._inputs.known(active.run if active else None)

    def _run_for(self, changed: Mapping[str, Json], pressed: str | None, known: Known) -> None:
        """Run if the script would see the change: values of a group with a submit button wait for it."""
        if pressed is not None:
            self.remembering.caused()
            self._pressed.append(pressed)
            # A second click must not undo what the first is doing; new values of a group are another matter.
            self.request_run(pressed=not known.is_group(pressed))
        elif any((declared := known.input(name)) and declared.group is None for name in changed):
            self.remembering.caused()
            self.request_run()

    def _tell(self, client: Client, message: Set, accepted: Mapping[str, Json], changed: Mapping[str, Json]) -> None:
        """Tell the clients of a change: the one that made it only where the host's form of it is another."""
        if changed:
            frame = self.page.set_values(changed)
            self.audience.tell_others(client, frame)
        normal = {name: raw for name, raw in accepted.items() if not same(message.values[name], raw)}
        if normal:
            client.told = client.acknowledged
            client.send([Frame(self.page.sequence, values=normal, acknowledged=client.acknowledged)])
        elif self._runner.active is None:
            client.send(self.audience.acknowledgement(client))

    def _undefer(self) -> None:
        deferred, self._deferred = self._deferred, []
        for client, message in deferred:
            if client in self.audience.clients:
                self.set(client, message)


def _line(active: ActiveRun) -> int | None:
    """Return the line of the script that a run is at, if its page shows the script."""
    if not _shows_script(active) or active.execution is None or active.version is None:
        return None
    return active.execution.line(str(active.version.path))


def _failed_line(active: ActiveRun, failure: Failure | None) -> int | None:
    """Return the line of the script that failed, if the page shows the script."""
    if failure is None or not failure.lines or not _shows_script(active):
        return None
    return failure.lines[0].line


def _shows_script(active: ActiveRun) -> bool:
    return active.run is not None and "layout.code" in active.run.elements


def _problem(message: Set, text: str, name: str | None = None) -> Problem:
    return Problem(text, name, message.sequence)
