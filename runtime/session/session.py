"""One session: its values, its page, its clients, and the run that is going on for it.

All methods are called in the event loop's thread unless they say otherwise. Runs happen in the engine's threads and report
back through the loop. The rule is "latest input wins": new input ends the run that is going on, and the next run starts with
the newest values; a run is never queued behind another of the same session.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from modelapp.core.context import Declared, Given, RunContext
from modelapp.core.errors import EnvironmentFault, InvalidValue, did_you_mean
from modelapp.core.protocol import (
    Answer,
    Ask,
    Failure,
    Frame,
    HostMessage,
    Json,
    Notice,
    Problem,
    Role,
    RunState,
    Set,
    Uploaded,
)
from modelapp.core.widget import Output
from modelapp.script.failure import CALM
from modelapp.script.interrupt import Interrupter
from modelapp.script.run import Outcome, execute
from modelapp.script.source import Version
from modelapp.session.blobs import SessionBlobs, digests_in
from modelapp.session.frame import Page
from modelapp.session.queue import Engine, Job
from modelapp.session.state import SessionState
from modelapp.session.store import Saved, Store

_FIRST_LOOK_SECONDS = 0.03
_LOOK_SECONDS = 0.05
_FORCE_SECONDS = 0.05
_MOST_RERUNS = 50
_MISSING: Any = object()


class Handle(Protocol):
    """Something that will be called later."""

    def cancel(self) -> None:
        """Do not call it."""


class Loop(Protocol):
    """The event loop, as far as a session needs it (asyncio's loop has these methods)."""

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any) -> object:
        """Call in the loop's thread, from any thread."""

    def call_later(self, delay: float, callback: Callable[..., object], *args: Any) -> Handle:
        """Call in the loop's thread after `delay` seconds."""


class Client(Protocol):
    """One socket of the session."""

    role: Role
    acknowledged: int
    told: int
    """The highest acknowledgement that was sent."""
    whole: bool
    """True until the client was sent the whole page."""
    shows_old_page: bool
    """True if its page is full already, with what a host before this one sent."""

    def send(self, messages: list[HostMessage]) -> None:
        """Send messages in order."""


class Host(Protocol):
    """What a session needs of the app that it belongs to."""

    loop: Loop
    engine: Engine
    store: Store

    @property
    def version(self) -> Version | None:
        """The script as it is now, or None if it never compiled."""

    @property
    def broken(self) -> Failure | None:
        """Why the script as it is now does not compile, or None."""

    def ran(self, session: "Session", outcome: Outcome) -> None:
        """Told at the end of each run."""

    def background(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Do work in another thread; `done` gets its result, or the exception, in the loop's thread."""


@dataclass(slots=True, eq=False)
class _Active:
    """The run that is going on.

    Attributes:
        pressed: True if a press of a button caused it.
        place: Place in the queue; 0 once it has begun.
        announced: True once clients were told that it is queued or running.
        cancelled: True if somebody asked to stop it, so that no other run follows.
    """

    pressed: bool
    place: int = 0
    run: RunContext | None = None
    interrupter: Interrupter | None = None
    values: Mapping[str, Json] = field(default_factory=dict)
    job: Job | None = None
    look: Handle | None = None
    announced: bool = False
    superseded: bool = False
    cancelled: bool = False


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
        self.visitor: str | None = None
        self.values = saved.values
        self.blobs = blobs
        self.clients: set[Client] = set()
        self.page = Page()
        self.stale = True
        """True if the page does not show the script as it is now."""
        self._host = host
        self._submitted = saved.submitted
        self._state = SessionState(host.store, saved.session, saved.state)
        self._memory: dict[Any, Any] = {}
        self._pressed: list[str] = []
        self._inputs: dict[str, Declared] = {}
        self._parsed: dict[str, Declared] = {}
        self._outputs: dict[str, Output] = {}
        self._active: _Active | None = None
        self._again = False
        self._deferred: list[tuple[Client, Set]] = []
        self._last_state = RunState("done")
        self._last_failure: Failure | None = None
        self._reruns = 0
        self._noticed: set[str] = set()

    # ------------------------------------------------------------ clients

    def attach(self, client: Client, seen: int | None) -> None:
        """Add a client that saw all frames up to `seen`, or None if it saw none of this host's."""
        self.clients.add(client)
        if self.page.sequence and not (self.stale and seen is None):
            frame = self.page.whole() if seen is None else self.page.since(seen)
            client.whole = False
            client.send([frame, *self._state_for(client)])
        if self.stale or self._host.broken:
            self.request_run()

    def detach(self, client: Client) -> None:
        """Take away a client. A run that is going on goes on, so that its result is there when the client is back."""
        self.clients.discard(client)

    def set(self, client: Client, message: Set) -> None:
        """Take in new values and a press, all or nothing, and run."""
        if message.sequence <= client.acknowledged:
            client.send([_problem(message, "That change came twice or out of order and was not taken.")])
            return
        names = [*message.values, *([message.pressed] if message.pressed else [])]
        if any(name not in self._known() for name in names) and (self._active or not self._inputs):
            self._deferred.append((client, message))  # the run that is going on may declare it
            if self._active is None:
                self.request_run()
            return
        try:
            accepted = self._accept(message)
            changed = {name: raw for name, raw in accepted.items() if not _same(self._shown(name), raw)}
            if changed:
                self._host.store.set_values(self.id, changed)
        except _Refused as refused:
            client.send([_problem(message, refused.text, refused.name)])
            return
        except EnvironmentFault as fault:
            client.send([_problem(message, fault.message)])
            return
        client.acknowledged = message.sequence
        normal = {name: raw for name, raw in accepted.items() if not _same(message.values[name], raw)}
        if normal:
            client.told = client.acknowledged
            client.send([Frame(self.page.sequence, values=normal, acknowledged=client.acknowledged)])
        self._take(client, changed, message.pressed)

    def cancel(self) -> None:
        """End the run that is going on; values stay."""
        active = self._active
        self._again = False
        if active is None:
            return
        active.cancelled = True
        if active.job and self._host.engine.withdraw(active.job):
            self._finished(active, Outcome("cancelled"))
        else:
            self._supersede(active)

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
        declared = self._known().get(name)
        if not isinstance(declared, Declared):
            raise InvalidValue(_no_input(name, self._known()))
        uploaded = declared.input.receive(upload, file_name, self.blobs)
        for digest in digests_in([uploaded.blob, uploaded.preview]):
            self._host.store.add_upload(self.id, digest)
        return uploaded

    # ------------------------------------------------------------ runs

    def request_run(self, *, pressed: bool = False) -> None:
        """Run the script with the newest values: now, or as soon as the run that is going on has ended."""
        if self._host.version is None:
            self._show_broken()
            return
        active = self._active
        if active is None:
            self._start(pressed)
            return
        if active.run is None and not active.cancelled:
            active.pressed = active.pressed or pressed
            return  # still queued: it will take the newest values
        self._again = True
        if not (pressed and active.pressed):  # a second click must not undo what the first is doing
            self._supersede(active)

    def tell_presenters(self, messages: list[HostMessage]) -> None:
        """Send to the clients that may see what the script's author sees."""
        for client in self.clients:
            if client.role == "presenter":
                client.send(messages)

    @property
    def busy(self) -> bool:
        """True while a run is queued or going on."""
        return self._active is not None

    def _start(self, pressed: bool) -> None:
        self._again = False
        self.stale = False
        active = _Active(pressed)
        self._active = active
        loop = self._host.loop
        active.job = Job(
            work=lambda: self._work(active),
            moved=lambda place: loop.call_soon_threadsafe(self._moved, active, place),  # type: ignore[arg-type,return-value]
        )
        active.look = loop.call_later(_FIRST_LOOK_SECONDS, self._look, active)
        active.place = self._host.engine.submit(active.job)

    def _work(self, active: _Active) -> None:
        """Do the run. Called in the engine's thread."""
        version = self._host.version
        assert version is not None
        values = dict(self.values)
        given = Given(values, self._submitted, self._pressed, self._parsed)
        run = RunContext(
            given, self.blobs, self._state, version.variable_at, visitor=self.visitor, memory=self._memory
        )
        active.values = values
        active.interrupter = Interrupter(run)
        active.run = run
        active.place = 0
        if active.superseded or active.cancelled:
            run.superseded = True
        outcome = execute(version, run, active.interrupter)
        try:
            for name in self._state.keep():
                run.notice(f"state.{name} cannot be pickled: it lasts until the host stops.")
        except EnvironmentFault as fault:
            run.notice(fault.message)
        self._host.loop.call_soon_threadsafe(self._finished, active, outcome)

    def _supersede(self, active: _Active) -> None:
        if active.superseded:
            return
        active.superseded = True
        if active.interrupter:
            active.interrupter.request()
        self._host.loop.call_later(_FORCE_SECONDS, self._force, active)

    def _force(self, active: _Active) -> None:
        # Again and again: user code may catch the exception, or sit in a call that cannot be interrupted.
        if self._active is active:
            if active.interrupter:
                active.interrupter.force()
            self._host.loop.call_later(_FORCE_SECONDS, self._force, active)

    def _moved(self, active: _Active, place: int) -> None:
        if self._active is active and active.run is None:
            active.place = place
            if active.announced:
                self._announce(RunState("queued", place=place))

    def _look(self, active: _Active) -> None:
        """Show what a run that takes long has made so far."""
        if self._active is not active:
            return
        if active.run is None:
            if active.place and not active.announced:
                active.announced = True
                self._announce(RunState("queued", place=active.place))
        else:
            if not active.announced or self._last_state.phase != "running":
                active.announced = True
                self._announce(RunState("running"))
            if not active.superseded:
                self._publish(active, complete=False)
        active.look = self._host.loop.call_later(_LOOK_SECONDS, self._look, active)

    def _finished(self, active: _Active, outcome: Outcome) -> None:
        if self._active is not active:
            return
        self._active = None
        if active.look:
            active.look.cancel()
        run = active.run
        whole = outcome.phase in ("done", "waiting")
        if run:
            self._inputs.update(run.inputs)
            self._parsed = run.inputs if whole else {**self._parsed, **run.inputs}
        self._host.ran(self, outcome)
        outcome = self._limit_reruns(outcome)
        if self._again or outcome.rerun or self._press_left(active, outcome):
            if run and outcome.phase != "cancelled":
                self._publish(active, complete=whole)
            self._start(bool(self._pressed))
        else:
            self._pressed.clear()
            self._show(active, outcome, whole)
        self._undefer()

    def _press_left(self, active: _Active, outcome: Outcome) -> bool:
        """True if a button was pressed twice before the run began: each press causes a run of its own."""
        used = active.run is not None and active.run.presses_used > 0
        return used and bool(self._pressed) and outcome.phase != "cancelled"

    def _show(self, active: _Active, outcome: Outcome, whole: bool) -> None:
        self._last_failure = outcome.failure
        self._last_state = RunState(
            outcome.phase, seconds=round(outcome.seconds, 4), waiting_for=outcome.waiting_for, failure=outcome.failure
        )
        if active.run is None:
            self._announce(self._last_state)
            return
        if whole:
            self._outputs = {f"output.{name}": output for name, output in active.run.outputs.items()}
        self._publish(active, complete=whole, state=self._last_state)
        news = [text for text in dict.fromkeys(active.run.notices) if text not in self._noticed]
        if news:
            self._noticed.update(news)
            self.tell_presenters([Notice(text) for text in news])

    def _publish(self, active: _Active, *, complete: bool, state: RunState | None = None) -> None:
        """Send what the run changed on the page, and the state with it."""
        run = active.run
        assert run is not None
        inputs = dict(run.inputs)  # the run may go on meanwhile
        current = self.values
        shown = {
            name: declared.raw
            for name, declared in inputs.items()
            # What somebody set since the run began is newer than what the run saw.
            if current.get(name, _MISSING) is active.values.get(name, _MISSING)
        }
        messages: list[HostMessage] = list(self.page.advance(dict(run.elements), shown, complete=complete))
        for client in self.clients:
            last: list[HostMessage] = [_for_role(state, client.role)] if state else []
            if not client.whole:
                client.send([*self._acknowledged(messages, client), *last])
            elif state or not client.shows_old_page:  # a full page is not emptied for a half-made one
                client.whole = False
                client.send([*self._acknowledged([self.page.whole()], client), *last])

    def _acknowledged(self, messages: list[HostMessage], client: Client) -> list[HostMessage]:
        """Return the messages with what the client has to know of its own `set`s."""
        if client.acknowledged == client.told:
            return messages
        client.told = client.acknowledged
        return [*messages, Frame(self.page.sequence, acknowledged=client.acknowledged)]

    def _announce(self, state: RunState) -> None:
        self._last_state = state
        for client in self.clients:
            client.send([_for_role(state, client.role)])

    def _state_for(self, client: Client) -> list[HostMessage]:
        return [_for_role(self._last_state, client.role)]

    def _show_broken(self) -> None:
        failure = self._host.broken
        self._announce(RunState("failed", failure=failure))

    def _limit_reruns(self, outcome: Outcome) -> Outcome:
        self._reruns = self._reruns + 1 if outcome.rerun else 0
        if self._reruns <= _MOST_RERUNS:
            return outcome
        self._reruns = 0
        title = f"The script asked for a rerun {_MOST_RERUNS} times in a row."
        return Outcome("failed", outcome.seconds, failure=Failure(CALM, title, hint="Call rerun() on a condition."))

    # ------------------------------------------------------------ values

    def _known(self) -> Mapping[str, Any]:
        """Inputs that the session met, and groups with a submit button by their ids."""
        known: dict[str, Any] = dict(self._inputs)
        run = self._active.run if self._active else None
        if run:
            known.update(run.inputs)
        for declared in list(known.values()):
            if declared.group:
                known.setdefault(declared.group, declared.group)
        return known

    def _accept(self, message: Set) -> dict[str, Json]:
        """Check all of a message.

        Raises:
            _Refused: At the first thing that is wrong.
        """
        known = self._known()
        accepted = {}
        for name, raw in message.values.items():
            declared = known.get(name)
            if not isinstance(declared, Declared):
                raise _Refused(_no_input(name, known), None)
            if declared.input.momentary:
                raise _Refused(f"“{declared.input.label}” is pressed, it has no value.", name)
            if declared.input.disabled:
                raise _Refused(f"“{declared.input.label}” cannot be changed.", name)
            try:
                accepted[name] = None if raw is None else declared.input.accept(raw, self.blobs)
            except InvalidValue as problem:
                raise _Refused(problem.message, name) from None
        if message.pressed is not None:
            target = known.get(message.pressed)
            if target is None or (isinstance(target, Declared) and not target.input.momentary):
                raise _Refused(f"There is no button {message.pressed!r}.", None)
        return accepted

    def _take(self, client: Client, changed: dict[str, Json], pressed: str | None) -> None:
        if changed:
            self.values.update(changed)
            frame = self.page.set_values(changed)
            for other in self.clients:
                if other is not client and not other.whole:
                    other.send([frame])
        known = self._known()
        if pressed is not None:
            if not isinstance(known[pressed], Declared):
                self._submit(pressed, known)
            self._pressed.append(pressed)
            self.request_run(pressed=True)
        elif any(known[name].group is None for name in changed):
            self.request_run()
        else:
            client.send(self._acknowledged([], client))

    def _submit(self, group: str, known: Mapping[str, Any]) -> None:
        values = {
            name: self._shown(name)
            for name, declared in known.items()
            if isinstance(declared, Declared) and declared.group == group and not declared.input.momentary
        }
        self._submitted = {**self._submitted, group: values}
        self._host.store.set_submitted(self.id, group, values)

    def _shown(self, name: str) -> Json:
        if name in self.values:
            return self.values[name]
        return self.page.values.get(name)

    def _undefer(self) -> None:
        deferred, self._deferred = self._deferred, []
        for client, message in deferred:
            if client in self.clients:
                self.set(client, message)


class _Refused(Exception):
    def __init__(self, text: str, name: str | None) -> None:
        self.text = text
        self.name = name


def _problem(message: Set, text: str, name: str | None = None) -> Problem:
    return Problem(text, name, message.sequence)


def _no_input(name: str, known: Iterable[str]) -> str:
    near = did_you_mean(name, known)
    return f"There is no input {name!r}." + (f" {near}" if near else "")


def _same(one: Json, other: Json) -> bool:
    return type(one) is type(other) and bool(one == other)


def _for_role(state: RunState, role: Role) -> RunState:
    """Return what a client of this role may see of a run's state."""
    if state.failure is None or role == "presenter":
        return state
    return RunState(
        state.phase, state.place, state.seconds, state.waiting_for, Failure(sentence=state.failure.sentence)
    )
