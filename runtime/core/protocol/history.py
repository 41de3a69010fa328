"""What a page asks of the history, as the query of an `ask` of the element "history", and what it is told."""

import msgspec
from modelapp.core.protocol.records import Json, Record


class HistoryState(Record, frozen=True, tag="history"):
    """How many cases are kept; told at each change, whereupon an open list is asked for again."""

    mine: int
    """Of this session."""
    everybody: int | None = None
    """Of all; None for a visitor, who is not told."""
    change: int = 0
    """Another at each change."""
    going: bool = False
    """True while files of cases that were deleted are still in use, and therefore there."""


class CaseNews(Record, frozen=True, tag="case_news"):
    """Somebody wrote about the case that this page has opened by its link, or its owner has deleted it."""

    link: str


class _Question(msgspec.Struct, frozen=True, tag_field="do", forbid_unknown_fields=True):
    """The base of what is asked."""


class ListCases(_Question, frozen=True, tag="list"):
    """Which cases are there, the newest first? Answered by `CaseList`."""

    everybody: bool
    """All visitors' cases: for the presenter."""
    before: int | None
    """`CaseList.more` of the part before; None for the first part."""


class OpenCase(_Question, frozen=True, tag="open"):
    """What is to be set to see a case again? Answered by `OpenedCase`."""

    case: str


class CompareCases(_Question, frozen=True, tag="compare"):
    """What do two cases differ in? Answered by `ComparedCases`."""

    cases: tuple[str, str]


class DeleteCase(_Question, frozen=True, tag="delete"):
    """Delete a case of this session for good. Answered by `Deleted`."""

    case: str


class DeleteCases(_Question, frozen=True, tag="delete_all"):
    """Delete all cases of this session for good. Answered by `Deleted`."""


class ShareCase(_Question, frozen=True, tag="share"):
    """Let everybody who has its link see a case of this session. Answered by `SharedCase`."""

    case: str


class VisitCase(_Question, frozen=True, tag="visit"):
    """What is at the link of a case? Answered by `VisitedCase`; its news are told from then on."""

    link: str


class Remark(_Question, frozen=True, tag="remark"):
    """Write about the case at a link. Answered by `VisitedCase`."""

    link: str
    text: str


HistoryQuestion = ListCases | OpenCase | CompareCases | DeleteCase | DeleteCases | ShareCase | VisitCase | Remark


class CaseInput(msgspec.Struct, frozen=True):
    """An input of a case, for a reader."""

    name: str
    label: str
    text: str
    """A file's name, a text, a figure."""
    edits: tuple[Json, ...] = ()


class CaseRow(msgspec.Struct, frozen=True):
    """A case in the list."""

    id: str
    time: float
    """Of when it was tried last, in seconds since 1970."""
    who: str | None
    """Name of the visitor who was invited, or None."""
    mine: bool
    answer: str | None
    inputs: tuple[CaseInput, ...]
    """Those that are not as they begin."""
    picture: str | None
    """A small picture as the address of an image, or None."""
    current: bool
    """True if the script is as it was."""
    link: str | None
    """By which others may see it, or None."""


class CaseList(msgspec.Struct, frozen=True):
    """Some cases, the newest first."""

    rows: tuple[CaseRow, ...]
    more: int | None
    """Asks for those that follow; None if there are none."""


class OpenedCase(msgspec.Struct, frozen=True):
    """A case to be seen again."""

    values: dict[str, Json]
    """Raw values of inputs."""


class CaseOutput(msgspec.Struct, frozen=True):
    """An output of a case."""

    name: str
    text: str
    picture: str | None = None
    """Digest, or None."""


class CaseAside(msgspec.Struct, frozen=True):
    """One of two cases that are compared."""

    row: CaseRow
    outputs: tuple[CaseOutput, ...]


class ComparedCases(msgspec.Struct, frozen=True):
    """Two cases side by side."""

    cases: tuple[CaseAside, ...]
    changed: tuple[str, ...]
    """Labels of the inputs in which they differ."""
    changes: tuple[str, ...]
    """How the second's answers differ from the first's, a line each; empty where that is not known any more."""


class Deleted(msgspec.Struct, frozen=True):
    """What was deleted."""

    cases: int
    emptied: tuple[str, ...]
    """Labels of inputs that are empty now, because their files are gone."""
    flags: int
    """How many flags of hers hold some of it; they stay."""


class SharedCase(msgspec.Struct, frozen=True):
    """The link of a case."""

    link: str
    address: str | None
    """The whole address, where the host knows it better than the page; else `c/` and the link, beside the page."""


class CaseRemark(msgspec.Struct, frozen=True):
    """What somebody wrote about a case."""

    time: float
    who: str | None
    """Name of the visitor who was invited, "The author", or None."""
    mine: bool
    text: str


class VisitedCase(msgspec.Struct, frozen=True):
    """A case that was opened by its link."""

    row: CaseRow
    values: dict[str, Json]
    now: str | None
    """The answer to the same inputs in this session, once it is there."""
    remarks: tuple[CaseRemark, ...]
    full: bool
    """True if no more may be written."""
