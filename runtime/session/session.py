"""One session: its values, its page, its clients, and the run that is going on for it.

All methods are called in the event loop's thread unless they say otherwise. When the script runs is decided in
`runner`; here is what a run starts from, and what becomes of what it made.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.declared import MISSING, Declared, Given
from modelapp.core.errors import EnvironmentFault, InvalidValue
from modelapp.core.output import Output
from modelapp.core.protocol import (
    Answer,
    Ask,
    Frame,
    Json,
    Notice,
    Problem,
    RunState,
    Set,
    Uploaded,
)
from modelapp.script.cache import used_values
from modelapp.script.failure import CALM
from modelapp.script.run import Outcome, execute
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
from modelapp.session.naming import Digests, examples_of, naming, without
from modelapp.session.remembering import Remembering
from modelapp.session.runner import Owner, Runner
from modelapp.session.state import SessionState
from modelapp.session.store import Saved, renamed

_MOST_DEFERRED = 50


class Session:
    """One person's page.

    Args:
        host: The app.
        saved: What is known of the session.
        blobs: Large values, as this session sees them.
    """

    def __init__(self, host: Host, saved: Saved, blobs: SessionBlobs) -> None:
        self.id = saved.session
        self.grant = saved.grant
        self.visitor = saved.visitor
        """Name of the person who was invited, or None."""
        self.invite = saved.invite
        """Id of her personal link, or None."""
        self.role = saved.role
        self.values = saved.values
        self.blobs = blobs
        self.page = Page()
        self.audience = Audience(self.page)
        self.stale = True
        """True if the page does not show the script as it is now."""
        self._host = host
        self._submitted = saved.submitted
        self._state = SessionState(host.store, saved.session, saved.state)
        self._memory: dict[Any, Any] = {}
        self._pressed: list[str] = []
        self._inputs: dict[str, Declared] = {}
        self._groups: set[str] = set()
        self._parsed: dict[str, Declared] = {}
        self._outputs: dict[str, Output] = {}
        self._deferred: list[tuple[Client, Set]] = []
        self._noticed: set[str] = set()
        self._working: Version | None = None
        """The version of the last run that did not fail."""
        self._edit_fails = False
        owner = Owner(self._began, self._work, lambda active: self._publish(active, complete=False), self._ended)
        self._runner = Runner(host, self.id, self.audience, owner)
        self.flagging = Flagging(host, saved, self.page, blobs, lambda: self.busy)
        rested = partial(host.rested, self.id)
        self._comparison = Comparison(host, self.id, blobs, lambda compared: self.audience.tell([compared]), rested)
        self.remembering = Remembering(host, saved, self.page, blobs, partial(host.tried, self.id))

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
        early = waits or (not known.has(message) and (self._runner.active or not self._inputs))
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
        changed = {name: raw for name, raw in accepted.items() if not same(self._shown(name), raw)}
        self.values.update(changed)
        if changed:
            self.flagging.changed()
        self._comparison.chosen(accepted, self.page.elements)
        group = message.pressed if message.pressed is not None and known.is_group(message.pressed) else None
        if group:
            self._submit(group, known)
        self._run_for(changed, message.pressed, known)
        try:
            # The run has begun in its thread: the disk is written meanwhile, and before the answer is sent.
            if changed:
                self._host.store.set_values(self.id, changed)
            if group:
                self._host.store.set_submitted(self.id, group, self._submitted[group])
        except EnvironmentFault as fault:
            client.send([_problem(message, fault.message)])
            return
        client.acknowledged = message.sequence
        self._tell(client, message, accepted, changed)
        if changed or group:
            self._show_remembered()

    def cancel(self) -> None:
        """End the run that is going on; values stay."""
        self._runner.cancel()

    def ask(self, client: Client, message: Ask) -> None:
        """Answer a question to one output, in another thread."""
        output = self._outputs.get(message.element)
        if output is None:
            client.send([Answer(message.id, error="That output is not on the page any more.")])
            return

        def done(result: Any) -> None:
            if isinstance(result, InvalidValue):
                client.send([Answer(message.id, error=result.message)])
            elif isinstance(result, BaseException):
                client.send([Answer(message.id, error=CALM)])
            else:
                client.send([Answer(message.id, reply=result)])

        self._host.background(lambda: output.query(message.query), done)

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

    def rename(self, old: str, new: str) -> None:
        """Let the value of an input be that of another, because the script calls it so now."""
        self.values = renamed(self.values, old, new)
        self._submitted = {group: renamed(values, old, new) for group, values in self._submitted.items()}

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
        return naming([dict(self.values), self._submitted])

    def needed(self) -> Digests:
        """Return the digests that the session's page needs. Called in any thread."""
        return self.named() | naming([dict(self.page.values), dict(self.page.elements), self._comparison.told])

    def forget_answers(self) -> None:
        """Know nothing of earlier answers, nor of what inputs were before they were edited."""
        self.remembering.forget()
        self._comparison.forget()

    def empty(self, digests: Digests) -> list[str]:
        """Empty the inputs that name these blobs, except where an example does; return their labels."""
        digests = digests - examples_of(dict(self.page.elements))
        gone: dict[str, Json] = dict.fromkeys(
            (name for name, raw in self.values.items() if naming(raw) & digests), None
        )
        submitted = {group: without(values, digests) for group, values in self._submitted.items()}
        changed = {group: values for group, values in submitted.items() if values != self._submitted[group]}
        self.values.update(gone)
        self._submitted = submitted
        if gone:
            self._host.store.set_values(self.id, gone)
        for group, values in changed.items():
            self._host.store.set_submitted(self.id, group, values)
        if gone or changed:
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
            self._show_broken()
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
        given = Given(values, self._submitted, self._pressed, self._parsed)
        active.blobs = self.blobs.noting()
        run = RunContext(
            given, active.blobs, self._state, version.variable_at, visitor=self.visitor, memory=self._memory
        )
        outcome = execute(version, run, active.begin(run, values))
        try:
            for name in self._state.keep():
                run.notice(f"state.{name} cannot be pickled: it lasts until the host stops.")
        except EnvironmentFault as fault:
            run.notice(fault.message)
        except Exception as error:  # pickling runs the script's own methods; the run has ended all the same
            run.notice(f"The state could not be kept: {type(error).__name__}: {error}")
        return outcome

    def _ended(self, active: ActiveRun, outcome: Outcome) -> None:
        run = active.run
        whole = outcome.phase in ("done", "waiting")
        if run:
            self._inputs.update(run.inputs)
            self._groups |= run.submit_groups
            self._parsed = run.inputs if whole else {**self._parsed, **run.inputs}
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
                self._publish(active, complete=whole)
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
            outcome.phase, seconds=round(outcome.seconds, 4), waiting_for=outcome.waiting_for, failure=outcome.failure
        )
        if active.run is None:
            self.audience.announce(state)
            self.flagging.settled()
            self._host.rested(self.id)
            return
        self._publish(active, complete=whole, state=state)
        if active.version and active.blobs:
            cached = used_values(active.run, active.version.path.parent)
            case = Case(active.run, self._host.code_digest(active.version), active.blobs.noted, cached)
            if cached:
                self._host.background(case.version, lambda _: None)
            self.flagging.ended(case, whole=whole)
            if outcome.phase == "done":
                self.remembering.ended(case)
        news = [text for text in dict.fromkeys(active.run.notices) if text not in self._noticed]
        if news:
            self._noticed.update(news)
            self.audience.tell_presenters([Notice(text) for text in news])
        self._host.rested(self.id)

    def _publish(self, active: ActiveRun, *, complete: bool, state: RunState | None = None) -> None:
        """Send what the run changed on the page, and the state with it."""
        run = active.run
        assert run is not None
        inputs = dict(run.inputs)  # the run may go on meanwhile
        outputs = {f"output.{name}": output for name, output in dict(run.outputs).items()}
        self._outputs = outputs if complete else {**self._outputs, **outputs}
        mixed = bool(outputs) and state is None
        current, seen = self.values, active.values
        shown = {
            name: declared.raw
            for name, declared in inputs.items()
            # What somebody set since the run began is newer than what the run saw.
            if current.get(name, MISSING) is seen.get(name, MISSING)
        }
        self.audience.publish(self.page.advance(dict(run.elements), shown, complete=complete), state)
        if mixed:
            self.flagging.under_way()

    def _show_remembered(self) -> None:
        """Show what is remembered of these values, if they are an example's, while their run goes on."""

        def effective(name: str, group: str | None) -> Json:
            return (
                self.values.get(name, MISSING) if group is None else self._submitted.get(group, {}).get(name, MISSING)
            )

        known = self._host.ahead.answer(effective)
        if known is not None and not self._pressed:
            self.blobs.visible.update(known.digests)
            self._outputs = known.outputs
            self.audience.publish(self.page.advance(known.elements, known.shown, complete=True), None)
            self.flagging.under_way()

    def _show_broken(self) -> None:
        failure = self._host.broken
        self.audience.announce(RunState("failed", failure=failure))

    # ------------------------------------------------------------ values

    def _known(self) -> Known:
        active = self._runner.active
        run = active.run if active else None
        if run is None:
            return Known(self._inputs, groups=(self._groups,))
        return Known(run.inputs, self._inputs, groups=(run.submit_groups, self._groups))

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

    def _submit(self, group: str, known: Known) -> None:
        values = {declared.name: self._shown(declared.name) for declared in known.members(group)}
        self._submitted = {**self._submitted, group: values}

    def _shown(self, name: str) -> Json:
        return self.values[name] if name in self.values else self.page.values.get(name)

    def _undefer(self) -> None:
        deferred, self._deferred = self._deferred, []
        for client, message in deferred:
            if client in self.audience.clients:
                self.set(client, message)


def _problem(message: Set, text: str, name: str | None = None) -> Problem:
    return Problem(text, name, message.sequence)
