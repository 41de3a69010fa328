"""What an exported page holds in place of a host: the answers that a script gave, as records."""

import msgspec
from modelapp.core.protocol.elements import Element
from modelapp.core.protocol.explain import Explanation
from modelapp.core.protocol.host import SweepRow
from modelapp.core.protocol.records import Json, Phase


class RecordedValue(msgspec.Struct, frozen=True):
    """A value of an input that the script was asked about."""

    value: Json
    """The raw value."""
    text: str
    """What it is, for a reader: an example's title, an option."""
    picture: str | None = None
    """Digest of the picture as it is after its edits, or None."""
    media: str | None = None
    """Digest of what a browser can play of a sound or a video, or None."""
    edited: bool = False
    """True if edits were done to it."""


class RecordedCase(msgspec.Struct, frozen=True):
    """One run: what went in, and the page that came of it."""

    values: dict[str, Json]
    """Raw values of the inputs that the run met, by name."""
    elements: tuple[int, ...]
    """The page in its order, as places in `RecordedPage.elements`."""
    phase: Phase
    """"done", "waiting" or "failed"."""
    seconds: float
    waiting_for: tuple[str, ...] = ()
    said: str | None = None
    """What the script said where it failed, or None."""
    rows: tuple[SweepRow, ...] | None = None
    """What became of the answer where the inputs were slightly others, worst first; None: it was not tried."""
    maps: tuple[Explanation, ...] = ()
    """What the answer rests on; empty: it was not asked."""


class RecordedMedia(msgspec.Struct, frozen=True):
    """A picture, sound or file."""

    type: str
    """Media type."""
    base64: str


class RecordedPage(msgspec.Struct, frozen=True):
    """A whole exported page."""

    title: str
    made: str
    """When the answers were given, as an ISO date and time in UTC."""
    modelapp: str
    """Version of modelapp that asked."""
    version: str
    """Of the script and the weights that it used."""
    cases: tuple[RecordedCase, ...]
    """The first is the one that the page begins with."""
    elements: tuple[Element, ...]
    """All elements of all cases, each once."""
    inputs: dict[str, tuple[RecordedValue, ...]]
    """The values of each input that the script was asked about, by name."""
    media: dict[str, RecordedMedia]
    """By digest."""
    left_out: tuple[str, ...] = ()
    """Sentences: what was not asked for want of runs."""
