"""A page's run as a case: what a replica is told of the session, and what it answers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from modelapp.core import own
from modelapp.core.context import Mode, RunContext
from modelapp.core.declared import Given
from modelapp.core.protocol import Failure, Json, Phase
from modelapp.model.engines.going import Going
from modelapp.model.engines.threads import Answer, Case
from modelapp.model.headless import Model
from modelapp.model.live.keeping import KeptSession, KeptSessions
from modelapp.model.live.parts import News, Packing
from modelapp.model.live.telling import Telling
from modelapp.script.results import used_values
from modelapp.script.run import Outcome, execute
from modelapp.script.weights import version_of
from modelapp.session.blobs import SessionBlobs, digests_in
from modelapp.session.state import PickledState


class Lacking(Answer, frozen=True):
    """What a replica answers that cannot begin: the host is to send these, and the case once more."""

    digests: tuple[str, ...] = ()


class LiveAnswer(Answer, frozen=True, kw_only=True):
    """How a page's run has ended, and what it made that was not told before."""

    phase: Phase
    news: News
    waiting_for: tuple[str, ...]
    failure: Failure | None
    rerun: bool
    state: dict[str, bytes | None]
    """What the script has changed of the session's state, pickled; None was deleted."""
    once: dict[str, bytes]
    """What `once` gave for the first time, by digest."""
    presses: tuple[str, ...]
    """Names of buttons and groups whose press was used."""
    personal: bool
    precompute: bool
    notices: tuple[str, ...]
    version: str
    """What tells the script, its modules, and the weights that it used, from others."""
    read: tuple[str, ...]
    """Files that the script is made of, besides its own, relative to its folder."""


@dataclass(frozen=True, slots=True)
class LiveCase(Case):
    """A page's run, on the raw values `inputs`.

    Attributes:
        who: Whose it is; what a replica keeps of a session it finds by this.
        fresh: True for a run that is nobody's: it begins with an empty state, and leaves nothing.
        submitted: For each group with a submit button that was pressed: its values at that moment.
        pressed: Names of momentary inputs and groups whose press is to be used.
        state: What the script keeps for the session, pickled.
        once: Digests of what `once` gave in earlier runs.
        has: Digests of files and objects of inputs that the host has.
        contents: What the replica lacked, by digest.
        whole: True if the host has no more of that to send.
    """

    who: str = ""
    mode: Mode = "live"
    fresh: bool = False
    submitted: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    pressed: tuple[str, ...] = ()
    state: Mapping[str, bytes] = field(default_factory=dict)
    once: tuple[str, ...] = ()
    has: frozenset[str] = frozenset()
    contents: Mapping[str, bytes] = field(default_factory=dict)
    whole: bool = False

    @property
    def named(self) -> set[str]:
        """Digests of the files that its values name."""
        return set(digests_in([dict(self.inputs), {name: dict(values) for name, values in self.submitted.items()}]))

    def done(self, model: Model, going: Going) -> Answer:
        """Run the script on it."""
        here = going.kept.get(Here) or going.kept.setdefault(Here, Here(model))
        session = here.sessions.of(self.who)
        named = self.named
        session.blobs.visible.update(named)
        session.remember({digest: self.contents[digest] for digest in self.once if digest in self.contents})
        for digest in named & self.contents.keys():
            session.blobs.put(self.contents[digest])
        lacking = [digest for digest in (*named, *self.once) if session.lacks(digest)]
        if lacking and not self.whole:
            return Lacking(self.position, digests=tuple(lacking))
        return _Run(self, model, going, here, session).answer()


class Here:
    """What runs of pages share in one replica.

    Args:
        model: The script.
    """

    def __init__(self, model: Model) -> None:
        model.script.install()
        self.packing = Packing(model.path.parent)
        self.sessions = KeptSessions()


class _Run:
    """One run in a replica."""

    def __init__(self, case: LiveCase, model: Model, going: Going, here: Here, session: KeptSession) -> None:
        self._case, self._model, self._going, self._here, self._session = case, model, going, here, session
        self._state = PickledState(dict(case.state))
        self._blobs: SessionBlobs = session.blobs.noting()
        values = dict(case.inputs)
        self._pressed = list(case.pressed)
        parsed = {} if case.fresh else session.parsed(values)
        version = model.version
        assert version is not None  # else there were no replica
        self._version = version
        self._run = RunContext(
            Given(values, case.submitted, self._pressed, parsed),
            self._blobs,
            self._state,
            version.variable_at,
            mode=case.mode,
            visitor=case.visitor,
            memory={} if case.fresh else session.memory,
        )
        self._run.drawn = True

    def answer(self) -> LiveAnswer:
        """Do it."""
        run, case = self._run, self._case
        interrupter = self._going.begin(run)
        file = str(self._version.path)
        telling = Telling(case.has, run, self._blobs, self._session, self._here.packing, interrupter, file)
        with telling.to(self._going):
            outcome = execute(self._version, run, interrupter)
        for name in self._state.keep():
            run.notice(f"state.{name} cannot be pickled: the next run, which may be on another replica, lacks it.")
        once: dict[str, bytes] = {}
        if not case.fresh:
            once = self._session.once(self._here.packing, run)
            self._session.ended(run, whole=outcome.phase in ("done", "waiting"))
        answer = self._answer(outcome, telling.last(), once)
        self._here.sessions.tidy()
        return answer

    def _answer(self, outcome: Outcome, news: News, once: dict[str, bytes]) -> LiveAnswer:
        run = self._run
        used_presses = Counter(self._case.pressed) - Counter(self._pressed)
        used = used_values(run, self._model.path.parent)
        return LiveAnswer(
            self._case.position,
            seconds=outcome.seconds,
            phase=outcome.phase,
            news=news,
            waiting_for=outcome.waiting_for,
            failure=outcome.failure,
            rerun=outcome.rerun,
            state=self._state.changed,
            once=once,
            presses=tuple(used_presses.elements()),
            personal=run.personal,
            precompute=run.precompute,
            notices=tuple(run.notices),
            version=version_of(self._model.code_digest(), used),
            read=tuple(self._read()),
        )

    def _read(self) -> Iterator[str]:
        folder = self._model.path.parent
        for file in self._model.script.modules.files() | own.files():
            if file.is_relative_to(folder):
                yield file.relative_to(folder).as_posix()
