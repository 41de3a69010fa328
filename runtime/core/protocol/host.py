"""What the host says to a page: a list of these in each packet, so that what belongs together arrives together."""

from typing import Literal

import msgspec
from modelapp.core.protocol.elements import Element
from modelapp.core.protocol.explain import Explanation
from modelapp.core.protocol.records import BulkPhase, ExplainMethod, Json, Phase, Record, Role, Turn, WorkPhase

PIXEL_LIMIT = 100_000_000
"""Largest picture that is taken in, in pixels."""


class Limits(msgspec.Struct, frozen=True):
    """What the page may send; the host checks the same."""

    upload_bytes: int
    pixels: int


class Welcome(Record, frozen=True, tag="welcome"):
    """Answer to `hello`: the session that this page now is."""

    session: str
    """Secret of the session, sent back in `hello` and as header X-Modelapp-Session of an upload; "" for a watcher."""
    grant: str
    """Read-only right to this session's media: they are at `media/<grant>/<digest>`."""
    epoch: str
    """Changes when the host was restarted: frame numbers of another epoch mean nothing."""
    role: Role
    limits: Limits
    resumed: bool
    """True when the session that the page named goes on; False when a new one was made."""


class Frame(Record, frozen=True, tag="frame"):
    """What changed on the page. A page that was told all frames in order holds the whole truth."""

    sequence: int
    elements: tuple[Element, ...] = ()
    """Elements that are new or changed, whole."""
    order: tuple[str, ...] | None = None
    """Ids of all elements in page order: what is not named is gone. None: unchanged."""
    values: dict[str, Json] = msgspec.field(default_factory=dict)
    """Values of inputs that the host set or changed. A name left out is unchanged."""
    acknowledged: int = 0
    """The highest `Set.sequence` of this page that the host has taken in; 0 for none yet."""
    reset: bool = False
    """True: forget everything first; this frame is the whole page."""


class Append(Record, frozen=True, tag="append"):
    """Text to add at the end of a streamed output's `text` property."""

    sequence: int
    element: str
    text: str


class FailureLine(msgspec.Struct, frozen=True):
    """One line of the user's code in a traceback."""

    file: str
    line: int
    function: str
    code: str


class Failure(msgspec.Struct, frozen=True):
    """Why a run failed. A visitor is sent `sentence` only."""

    sentence: str
    title: str | None = None
    """Exception class and message."""
    lines: tuple[FailureLine, ...] = ()
    """The user's lines, outermost first; the last is the one that failed."""
    inputs: dict[str, str] = {}
    """What the inputs were, as short text."""
    hint: str | None = None
    """The corrected call or next step, where the host knows one."""


class RunState(Record, frozen=True, tag="run"):
    """What the session's run is doing now."""

    phase: Phase
    place: int = 0
    """With `queued`: how many runs are ahead of this one, plus one."""
    seconds: float = 0.0
    """With `done`, `failed`, `waiting`, `cancelled`: how long the script ran."""
    waiting_for: tuple[str, ...] = ()
    """With `waiting`: ids of the required inputs that are empty, or of the group whose button was not pressed."""
    failure: Failure | None = None
    """With `failed`."""
    line: int | None = None
    """Where the page shows the script: the line that it is at with `running`, or failed at with `failed`."""


class Notice(Record, frozen=True, tag="notice"):
    """One quiet sentence for the presenter: code reloaded, a syntax error in the file, what `predict` decided."""

    text: str
    level: Literal["info", "error"] = "info"
    failure: Failure | None = None


class Editing(Record, frozen=True, tag="editing"):
    """The author saved a script that does not work: the page shows what the version before made, until it does."""

    now: bool


class Restarting(Record, frozen=True, tag="restarting"):
    """The host stops once runs have ended, and is expected back. What was set is kept. It holds until it is back."""


class Ended(Record, frozen=True, tag="ended"):
    """The last message of a page that may not be here any more. It need not try again."""

    text: str
    """One sentence for the reader."""


class Problem(Record, frozen=True, tag="problem"):
    """A message of the page was refused, and nothing was changed."""

    text: str
    input: str | None = None
    """The input at fault, or None."""
    sequence: int | None = None
    """`sequence` of the refused `set`, or None."""


class Answer(Record, frozen=True, tag="answer"):
    """Reply to `ask`. Exactly one of `reply` and `error` is set."""

    id: int
    reply: Json = None
    error: str | None = None


class Flagged(Record, frozen=True, tag="flagged"):
    """Reply to `flag`: it is on the disk, or why it is not."""

    id: str
    revision: int = 0
    problem: str | None = None


class Change(msgspec.Struct, frozen=True):
    """How an output differs from what it was without the edits."""

    output: str
    """Its element."""
    text: str | None = None
    """For reading, as "pacemaker 0.97 → 0.08"; None where it does not fit into a line."""


class Compared(Record, frozen=True, tag="compared"):
    """The answers to the inputs as they were before they were edited, beside those on the page."""

    edited: tuple[str, ...] = ()
    """Names of the inputs that are edited; none: there is nothing to compare."""
    elements: tuple[Element, ...] = ()
    """Outputs as they were without the edits, where they differ from those on the page."""
    changes: tuple[Change, ...] = ()
    """How each of these differs."""
    pending: bool = False
    """True while the answers are being computed."""


class OtherAnswer(Record, frozen=True, tag="other"):
    """What another script, or another revision of this one, answers to the same inputs, beside the page's answers."""

    name: str
    """Of the script or the revision."""
    elements: tuple[Element, ...] = ()
    """The other's outputs, where they differ from those on the page."""
    changes: tuple[Change, ...] = ()
    """How those on the page differ from each of these."""
    pending: bool = False
    """True while they are being computed."""
    problem: str | None = None
    """Why there is no answer, or None."""
    shown: bool = True
    """False where the page has no answer itself."""


class BulkState(Record, frozen=True, tag="bulk"):
    """How far the running of many cases is. The rows themselves are asked for, of the element "bulk"."""

    phase: BulkPhase
    upload: str
    name: str
    """Name of the table, the zip or the folder."""
    columns: tuple[str, ...] = ()
    """Columns that the cases have."""
    total: int = 0
    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    """Since the first case began."""
    truth: str | None = None
    """The column that says what is true of each case; before the start the one that looks like it."""
    said: tuple[str, ...] = ()
    """What was assumed: one sentence each."""
    problem: str | None = None
    """Why it cannot go on, or None."""
    report: Json = None
    """With a truth: how right the script is, as a `Report`; None before the end."""
    results: str | None = None
    """Digest of the results as CSV; None before the end."""


class SweepRow(msgspec.Struct, frozen=True):
    """What became of the answer where one input was slightly another."""

    number: int
    """By which it is opened; from 1, in the order of the runs."""
    input: str
    label: str
    """The input's."""
    variation: str
    """What was done to its value."""
    change: str
    """For reading, as "pacemaker 0.97 → 0.08", "no change"."""
    distance: float
    """From the answer before: 0 is equal, 1 as far as can be."""
    now: str | None = None
    """What the answer decides for now, if that is something else."""
    fault: str | None = None
    """Why there is no answer, or None."""
    picture: str | None = None
    """Digest of a small picture of the value, or None."""


class SweepState(Record, frozen=True, tag="sweep"):
    """How far a robustness sweep is, and what it found."""

    phase: WorkPhase
    total: int = 0
    seconds: float = 0.0
    """Since it began."""
    before: str | None = None
    """What the answer decided for, where it decides."""
    values: dict[str, Json] = msgspec.field(default_factory=dict)
    """Raw values of the inputs that it is about."""
    rows: tuple[SweepRow, ...] = ()
    """What is done, worst first."""
    problem: str | None = None
    """Why it cannot be done, or None."""


class ExplainState(Record, frozen=True, tag="explain"):
    """How far it is to say what an answer rests on, and what was found."""

    phase: WorkPhase
    seconds: float = 0.0
    """Since it began."""
    values: dict[str, Json] = msgspec.field(default_factory=dict)
    """Raw values of the inputs that it is about."""
    maps: tuple[Explanation, ...] = ()
    """Those that are begun; one without a test is not done."""
    method: ExplainMethod = "occlusion"
    methods: tuple[ExplainMethod, ...] = ("occlusion",)
    """Those that are possible."""
    problem: str | None = None
    """Why it cannot be done, or None."""


class Watchers(Record, frozen=True, tag="watchers"):
    """For the presenter: who watches, and who of them has the turn."""

    numbers: tuple[int, ...]
    """Each watcher's number. It is never given to another."""
    turn: int | None = None
    scroll: bool = False
    """True if somebody wants to be told where the page is scrolled to."""
    elsewhere: int = 0
    """How many more watch at other hosts of the app, who cannot have the turn."""


class Scroll(Record, frozen=True, tag="scroll"):
    """For a watcher who asked for it: what the presenter has at the top of her window. Pages differ in their width."""

    element: str | None
    """The element there, or the first one below; None at the top of the page."""
    fraction: float = 0.0
    """How much of the element's height is above the window."""
    above: float = 0.0
    """How many pixels there are between the top of the window and an element below it."""


class Visitors(Record, frozen=True, tag="visitors"):
    """For the presenter: who is here now, besides those who watch."""

    names: tuple[str, ...]
    """Of those who were invited, in the order in which they came."""
    others: int = 0
    """How many came without an invite."""


class Watching(Record, frozen=True, tag="watching"):
    """For a watcher: what she sees, and whose turn it is."""

    number: int
    """By which the presenter knows her."""
    live: bool
    """False while the presenter has no page open."""
    turn: Turn = "none"
    key: str | None = None
    """With a turn of hers: sent as the header X-Modelapp-Session of an upload. It ends with the turn."""
