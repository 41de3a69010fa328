"""What a page says to the host."""

from modelapp.core.protocol.records import ExplainMethod, Json, Record


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


class SweepStart(Record, frozen=True, tag="sweep_start"):
    """Run the script on variations of the values that are on the page."""


class SweepStop(Record, frozen=True, tag="sweep_stop"):
    """Stop doing so. What is done stays."""


class ExplainStart(Record, frozen=True, tag="explain_start"):
    """Find what of the values that are on the page the answer rests on."""

    method: ExplainMethod = "occlusion"


class ExplainStop(Record, frozen=True, tag="explain_stop"):
    """Stop doing so. What is done stays."""


class FollowScroll(Record, frozen=True, tag="follow_scroll"):
    """A watcher wants to be told, or no longer, where the presenter's page is scrolled to."""

    now: bool


class Scrolled(Record, frozen=True, tag="scrolled"):
    """Where the presenter's page is scrolled to; see `Scroll`. Sent while `Watchers.scroll` is true."""

    element: str | None
    fraction: float = 0.0
    above: float = 0.0


class Flag(Record, frozen=True, tag="flag"):
    """The visible answer is worth a look; or more words on a flag that was sent before, all of them each time."""

    id: str
    """Made by the page: a flag that is sent again has the same, and is one."""
    seen: int
    """The last frame that the page had been told when it was flagged."""
    epoch: str
    """Of the host that had told it."""
    revision: int = 0
    """Counts up with each change of the words."""
    note: str = ""
    right: str = ""
    """What the right answer would have been; "" for nothing said."""
    choice: str | None = None
    """One of `AppProps.flags`, or None."""


class HandTurn(Record, frozen=True, tag="hand_turn"):
    """Let a watcher act in the presenter's session, or nobody. A watcher who has the turn may only give it back."""

    watcher: int | None
    """Her number; None takes or gives the turn back."""
