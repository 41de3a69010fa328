"""The messages between the page and the host.

This module owns the wire: one frozen record per message, told apart by its `type`. The TypeScript types are generated
from these records and from the widgets' own property records. It must not know widgets, sessions or sockets.

Element properties are records that extend `InputProps` or `OutputProps` and live in their widget's own file. Their
`type` is the widget's kind, which also names the Svelte file that draws it (`slider_input` is drawn by
`SliderInput.svelte`).
"""

from typing import Any, Literal

import msgspec

Json = Any
"""A JSON value: None, bool, int, float, str, or a list or string-keyed dict of them."""

Role = Literal["presenter", "visitor", "watcher"]
Turn = Literal["none", "yours", "another"]
Phase = Literal["queued", "running", "done", "waiting", "failed", "cancelled"]
BulkPhase = Literal["reading", "ready", "running", "done", "stopped", "failed"]


class Record(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """The base of everything that crosses the wire."""


class Edit(msgspec.Struct, frozen=True, tag_field="op", forbid_unknown_fields=True, omit_defaults=True):
    """One change to an input, told apart by its `op`. An edited value is `{…, "edits": [Edit, …]}`: the untouched
    original and what to do to it, in order. Each kind of medium has a base class of its own beside its widget."""


class Stored(msgspec.Struct, frozen=True):
    """The base of what is put into blobs as JSON, for the page to read."""


# ---------------------------------------------------------------- elements


class Example(Record, frozen=True):
    """One ready case of an input: what to call it, an optional thumbnail, and the value that choosing it sets."""

    label: str
    value: Json
    thumbnail: str | None = None
    """Digest of a picture at most 160 pixels high, or None when the label says it all."""


class InputProps(Record, frozen=True, kw_only=True):
    """What every input tells the page."""

    label: str
    help: str | None = None
    required: bool = True
    disabled: bool = False
    examples: tuple[Example, ...] = ()
    note: str | None = None
    """Why the shown value is not the one that was set (for example: bounds changed), or None."""


class OutputProps(Record, frozen=True, kw_only=True):
    """What every output tells the page."""

    label: str | None = None
    """The heading above the output, or None for none."""


class LayoutProps(Record, frozen=True, kw_only=True):
    """The base of containers and of the page's own elements (title, progress, messages)."""


class AppProps(LayoutProps, frozen=True, tag="app"):
    """The page itself: at most one per frame, always first."""

    title: str
    description: str | None = None
    bulk: bool = True
    """True if many cases can be run at once."""


class SectionProps(LayoutProps, frozen=True, tag="section"):
    """A titled block of elements."""

    title: str


class ColumnsProps(LayoutProps, frozen=True, tag="columns"):
    """Elements side by side; its children are `column` elements. On a phone they stack."""

    weights: tuple[float, ...]


class ColumnProps(LayoutProps, frozen=True, tag="column"):
    """One column of a `columns` element."""


class TabsProps(LayoutProps, frozen=True, tag="tabs"):
    """Elements behind tabs; its children are `tab` elements."""


class TabProps(LayoutProps, frozen=True, tag="tab"):
    """One tab of a `tabs` element."""

    title: str


class GroupProps(LayoutProps, frozen=True, tag="inputs"):
    """A group of inputs. With `submit`, values are kept at once but the script runs only on a press of its button."""

    title: str | None = None
    submit: str | None = None
    examples: tuple[Example, ...] = ()
    """Each example's value is a dict of input name to value: choosing it fills several inputs at once."""


class ProgressProps(LayoutProps, frozen=True, tag="progress"):
    """A loop at work. `fraction` is in [0, 1], or None when the total is unknown."""

    text: str
    fraction: float | None = None
    done: int = 0
    total: int | None = None


class MessageProps(LayoutProps, frozen=True, tag="message"):
    """One sentence for the reader: what is going on, or what is wrong."""

    level: Literal["status", "error"]
    text: str


class Element(msgspec.Struct, frozen=True):
    """One thing on the page. `id` is an input's or output's name; `parent` is a container's id or "" for the page."""

    id: str
    parent: str
    props: Any
    """The element's properties: a record whose `type` is its kind."""


# ---------------------------------------------------------------- page to host


class Hello(Record, frozen=True, tag="hello"):
    """First message of a socket: which session the page had, and the last frame it saw."""

    session: str | None = None
    """None asks for a new session."""
    epoch: str | None = None
    seen: int = 0


class Set(Record, frozen=True, tag="set"):
    """New values of inputs, by name, and at most one button or submit group that was pressed."""

    values: dict[str, Json]
    sequence: int
    """Counts up by one per `set` of this page; the host answers it in `Frame.acknowledged`."""
    pressed: str | None = None


class Cancel(Record, frozen=True, tag="cancel"):
    """Stop the run that is going on. Values stay as they are."""


class Rerun(Record, frozen=True, tag="rerun"):
    """Run the script again with the same values."""


class Ask(Record, frozen=True, tag="ask"):
    """A question to one output, such as the next rows of a table."""

    id: int
    element: str
    query: Json


class BulkStart(Record, frozen=True, tag="bulk_start"):
    """Run the script on all cases of an upload."""

    upload: str
    truth: str | None = None
    """The column that says what is true of each case, or None."""


class BulkStop(Record, frozen=True, tag="bulk_stop"):
    """Stop doing so. What is done stays."""


class HandTurn(Record, frozen=True, tag="hand_turn"):
    """Let a watcher act in the presenter's session, or nobody. A watcher who has the turn may only give it back."""

    watcher: int | None
    """Her number; None takes or gives the turn back."""


# ---------------------------------------------------------------- host to page
# The host sends a list of these in each packet: what belongs together arrives together.


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
    values: dict[str, Json] = {}
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


class Notice(Record, frozen=True, tag="notice"):
    """One quiet sentence for the presenter: code reloaded, a syntax error in the file, what `predict` decided."""

    text: str
    level: Literal["info", "error"] = "info"
    failure: Failure | None = None


class Editing(Record, frozen=True, tag="editing"):
    """The author saved a script that does not work: the page shows what the version before made, until it does."""

    now: bool


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


class Watchers(Record, frozen=True, tag="watchers"):
    """For the presenter: who watches, and who of them has the turn."""

    numbers: tuple[int, ...]
    """Each watcher's number. It is never given to another."""
    turn: int | None = None


class Watching(Record, frozen=True, tag="watching"):
    """For a watcher: what she sees, and whose turn it is."""

    number: int
    """By which the presenter knows her."""
    live: bool
    """False while the presenter has no page open."""
    turn: Turn = "none"
    key: str | None = None
    """With a turn of hers: sent as the header X-Modelapp-Session of an upload. It ends with the turn."""


class BulkUploaded(msgspec.Struct, frozen=True):
    """Body of the answer to `POST bulk`."""

    upload: str
    """What to name in `bulk_start`, and with further files of the same folder."""


class Uploaded(msgspec.Struct, frozen=True):
    """Body of the answer to `POST upload`: what to put into `set` as the value of the input, or a part of it."""

    blob: str
    """Digest."""
    name: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    preview: str | None = None
    """Digest of a picture that a browser can show, where it is not the blob itself; None: the blob itself."""
    frames: tuple[str, ...] = ()
    """Digests of all pictures of a clip, in order, of which `blob` is one; empty for a single picture."""

    @property
    def digests(self) -> tuple[str, ...]:
        """All blobs that were made of the file."""
        return (self.blob, *([self.preview] if self.preview else []), *self.frames)


class UploadedSound(Uploaded, frozen=True, kw_only=True):
    """Body of the answer to the upload of a sound. `preview` is a sound that a browser can play."""

    seconds: float
    rate: int
    """Samples a second of each channel."""
    channels: int


class UploadedVideo(Uploaded, frozen=True, kw_only=True):
    """Body of the answer to the upload of a video. `preview` is a small video that a browser can play."""

    seconds: float
    frame_count: int
    rate: float
    """Frames a second; the mean where their distances vary."""
    poster: str
    """Digest of the first frame, at most 640 pixels wide or high."""
    strip: str
    """Digest of ten pictures, one below the other, spread over the video from its beginning to its end."""

    @property
    def digests(self) -> tuple[str, ...]:
        """All blobs that were made of the file."""
        return (*super().digests, self.poster, self.strip)


class UploadedTable(Uploaded, frozen=True, kw_only=True):
    """Body of the answer to the upload of a table. The blob is a `StoredTable`."""

    rows: int


PageMessage = Hello | Set | Cancel | Rerun | Ask | BulkStart | BulkStop | HandTurn
HostMessage = (
    Welcome | Frame | Append | RunState | Notice | Problem | Answer | BulkState | Watchers | Watching | Editing
)
