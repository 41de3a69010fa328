"""The answer to what an input was before it was edited, beside the answer to what it is now.

After each run of a session in which an input is edited the script runs once more, headless, with the inputs as they
were: a picture without its edits, a text before it was changed, an example before one of its figures was. What comes of
it is remembered for the last few originals, so that a visitor who paints stroke after stroke waits for one such run. It
is a background job: whoever waits for a live run comes first.

All methods are called in the event loop's thread unless they say otherwise.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.core.output import Output
from modelapp.core.protocol import Change, Compared, Element, GroupProps, Json
from modelapp.script.run import Outcome
from modelapp.script.source import Version
from modelapp.session.active_run import ActiveRun
from modelapp.session.blobs import SessionBlobs
from modelapp.session.host import Host
from modelapp.session.queue import Job

_FORCE_SECONDS = 0.05
_MOST_REMEMBERED = 4

NOTHING_EDITED = Compared()


@dataclass(frozen=True, slots=True)
class _Before:
    """What the script made of the originals."""

    elements: dict[str, Element]
    outputs: dict[str, Output]


class Comparison:
    """Compares the answers of one session with those to its originals.

    Args:
        host: The app.
        client: Whose runs they are, for the queue.
        blobs: Large values, as the session sees them.
        tell: Called with what there is to say, whenever that changes.
        rested: Called when a run has ended.
    """

    def __init__(
        self,
        host: Host,
        client: str,
        blobs: SessionBlobs,
        tell: Callable[[Compared], None],
        rested: Callable[[], None] = lambda: None,
    ) -> None:
        self._host = host
        self._client = client
        self._blobs = blobs
        self._tell = tell
        self._chosen: dict[str, Json] = {}
        """For inputs whose value is no original itself: the example that was chosen last."""
        self._remembered: dict[bytes, _Before] = {}
        self._version: Version | None = None
        self._active: ActiveRun | None = None
        self._jobs = 0
        self._rested = rested
        self.told = NOTHING_EDITED

    @property
    def busy(self) -> bool:
        """True while a run goes on, wanted or not."""
        return self._jobs > 0

    def forget(self) -> None:
        """Know nothing of what the inputs were any more."""
        self.give_way()
        self._chosen, self._remembered = {}, {}
        self._say(NOTHING_EDITED)

    def chosen(self, values: Mapping[str, Json], elements: Mapping[str, Element]) -> None:
        """Take in values that were set: those of an example are what later changes are compared with."""
        for name, element in elements.items():
            for example in getattr(element.props, "examples", ()):
                case = example.value if isinstance(element.props, GroupProps) else {name: example.value}
                if all(name in values and values[name] == raw for name, raw in case.items()):
                    self._chosen.update(case)

    def ran(self, run: RunContext, outcome: Outcome, version: Version) -> None:
        """Told at the end of a run that is the last for now."""
        if version is not self._version:
            self._version, self._remembered = version, {}
        originals = self._originals(run)
        edited = tuple(name for name, raw in originals.items() if raw != run.inputs[name].raw)
        if not edited or run.personal or outcome.phase != "done":
            self._say(NOTHING_EDITED)
            return
        key = msgspec.json.encode(originals, order="deterministic")
        known = self._remembered.pop(key, None)
        if known is not None:
            self._remembered[key] = known  # the last in the dict is forgotten last
            self._say(_compared(edited, known, run))
            return
        self._say(Compared(edited, pending=True))
        self._begin(key, originals, edited, run, version)

    def give_way(self) -> None:
        """Told when a live run begins: what is compared here is out of date."""
        active, self._active = self._active, None
        if active is not None:
            if active.job is not None and self._host.queue.withdraw(active.job):
                self._jobs -= 1
            active.end_early()
            self._host.loop.call_later(_FORCE_SECONDS, active.force)

    # ------------------------------------------------------------ inside

    def _originals(self, run: RunContext) -> dict[str, Json]:
        """Return the raw values of the run's inputs as they were before they were edited."""
        starts = _with_examples(run)
        originals: dict[str, Json] = {}
        for name, declared in run.inputs.items():
            if declared.input.momentary:
                continue
            original = declared.input.original(declared.raw)
            if original == declared.raw and (name in self._chosen or name in starts):
                original = declared.input.original(self._chosen.get(name, declared.initial))
            originals[name] = original
        return originals

    def _begin(
        self, key: bytes, originals: dict[str, Json], edited: tuple[str, ...], live: RunContext, version: Version
    ) -> None:
        active = self._active = ActiveRun(pressed=False)
        work = partial(self._compute, active, key, originals, edited, live, version)
        active.job = Job(work, lambda place: None, client=self._client, background=True)
        self._jobs += 1
        self._host.queue.submit(active.job)

    def _compute(
        self,
        active: ActiveRun,
        key: bytes,
        originals: dict[str, Json],
        edited: tuple[str, ...],
        live: RunContext,
        version: Version,
    ) -> None:
        """Run with the originals. Called in the queue's thread."""
        submitted: dict[str, dict[str, Json]] = {}
        for name, declared in live.inputs.items():
            if declared.group in live.submit_groups and name in originals:
                submitted.setdefault(declared.group, {})[name] = originals[name]
        run = RunContext(Given(originals, submitted), self._blobs, {}, version.variable_at, mode="explain")
        run.drawn = True
        execution = self._host.execution(run, self._client, background=True)
        outcome = active.begin(run, originals, execution).execute(version)
        with suppress(RuntimeError):  # the host stopped meanwhile, and its loop is closed
            self._host.loop.call_soon_threadsafe(self._computed, active, key, edited, live, run, outcome)

    def _computed(
        self,
        active: ActiveRun,
        key: bytes,
        edited: tuple[str, ...],
        live: RunContext,
        run: RunContext,
        outcome: Outcome,
    ) -> None:
        self._jobs -= 1
        self._rested()
        if self._active is not active:
            return
        self._active = None
        if outcome.phase != "done" or outcome.rerun or run.personal:
            self._say(NOTHING_EDITED)  # there is nothing to compare with
            return
        elements = {identity: element for identity, element in run.elements.items() if identity.startswith("output.")}
        before = _Before(elements, {f"output.{name}": output for name, output in run.outputs.items()})
        self._remembered[key] = before
        while len(self._remembered) > _MOST_REMEMBERED:
            del self._remembered[next(iter(self._remembered))]
        self._say(_compared(edited, before, live))

    def _say(self, compared: Compared) -> None:
        if compared != self.told:
            self.told = compared
            self._tell(compared)


def _compared(edited: tuple[str, ...], before: _Before, run: RunContext) -> Compared:
    """Return how the outputs of a run differ from those to the originals."""
    elements, changes = [], []
    for name, output in run.outputs.items():
        identity = f"output.{name}"
        element, other = before.elements.get(identity), before.outputs.get(identity)
        if element is None or other is None or element == run.elements.get(identity):
            continue
        elements.append(element)
        text = output.change_from(other) if type(other) is type(output) else None
        changes.append(Change(identity, text))
    return Compared(edited, tuple(elements), tuple(changes))


def _with_examples(run: RunContext) -> set[str]:
    """Return the names of the inputs that examples set: each begins with one, until another is chosen."""
    names: set[str] = set()
    for name, element in run.elements.items():
        examples = getattr(element.props, "examples", ())
        if isinstance(element.props, GroupProps):
            names.update(*(example.value for example in examples))
        elif examples:
            names.add(name)
    return names
