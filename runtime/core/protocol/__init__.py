"""The messages between the page and the host.

This module owns the wire: one frozen record per message, told apart by its `type`. The TypeScript types are generated
from these records and from the widgets' own property records. It must not know widgets, sessions or sockets.

Element properties are records that extend `InputProps` or `OutputProps` and live in their widget's own file. Their
`type` is the widget's kind, which also names the Svelte file that draws it (`slider_input` is drawn by
`SliderInput.svelte`).
"""

from modelapp.core.protocol.elements import (
    AppProps,
    CodeProps,
    ColumnProps,
    ColumnsProps,
    Element,
    Example,
    GroupProps,
    InputProps,
    LayoutProps,
    MessageProps,
    OutputProps,
    OwnInputProps,
    OwnOutputProps,
    ProgressProps,
    SectionProps,
    TabProps,
    TabsProps,
)
from modelapp.core.protocol.explain import Explanation, Faithfulness, Weight
from modelapp.core.protocol.history import (
    CaseAside,
    CaseInput,
    CaseList,
    CaseNews,
    CaseOutput,
    CaseRemark,
    CaseRow,
    CompareCases,
    ComparedCases,
    DeleteCase,
    DeleteCases,
    Deleted,
    HistoryQuestion,
    HistoryState,
    ListCases,
    OpenCase,
    OpenedCase,
    Remark,
    ShareCase,
    SharedCase,
    VisitCase,
    VisitedCase,
)
from modelapp.core.protocol.host import (
    PIXEL_LIMIT,
    Answer,
    Append,
    BulkState,
    Change,
    Compared,
    Editing,
    Ended,
    ExplainState,
    Failure,
    FailureLine,
    Flagged,
    Frame,
    Limits,
    Notice,
    OtherAnswer,
    Problem,
    Restarting,
    RunState,
    Scroll,
    SweepRow,
    SweepState,
    Visitors,
    Watchers,
    Watching,
    Welcome,
)
from modelapp.core.protocol.page import (
    Ask,
    BulkStart,
    BulkStop,
    Cancel,
    ExplainStart,
    ExplainStop,
    Flag,
    FollowScroll,
    HandTurn,
    Hello,
    Rerun,
    Scrolled,
    Set,
    SweepStart,
    SweepStop,
)
from modelapp.core.protocol.recorded import RecordedCase, RecordedMedia, RecordedPage, RecordedValue
from modelapp.core.protocol.records import (
    BulkPhase,
    Edit,
    ExplainMethod,
    Json,
    Phase,
    Record,
    Role,
    Stored,
    Turn,
    WorkPhase,
)
from modelapp.core.protocol.uploads import (
    BulkUploaded,
    Uploaded,
    UploadedSound,
    UploadedTable,
    UploadedVideo,
)

PageMessage = (
    Hello
    | Set
    | Cancel
    | Rerun
    | Ask
    | Flag
    | BulkStart
    | BulkStop
    | SweepStart
    | SweepStop
    | ExplainStart
    | ExplainStop
    | HandTurn
    | FollowScroll
    | Scrolled
)
HostMessage = (
    Welcome
    | Frame
    | Append
    | RunState
    | Notice
    | Problem
    | Answer
    | Flagged
    | BulkState
    | SweepState
    | ExplainState
    | Watchers
    | Watching
    | Editing
    | Compared
    | OtherAnswer
    | Restarting
    | Ended
    | Visitors
    | Scroll
    | HistoryState
    | CaseNews
)

__all__ = [
    "PIXEL_LIMIT",
    "Answer",
    "AppProps",
    "Append",
    "Ask",
    "BulkPhase",
    "BulkStart",
    "BulkState",
    "BulkStop",
    "BulkUploaded",
    "Cancel",
    "CaseAside",
    "CaseInput",
    "CaseList",
    "CaseNews",
    "CaseOutput",
    "CaseRemark",
    "CaseRow",
    "Change",
    "CodeProps",
    "ColumnProps",
    "ColumnsProps",
    "CompareCases",
    "Compared",
    "ComparedCases",
    "DeleteCase",
    "DeleteCases",
    "Deleted",
    "Edit",
    "Editing",
    "Element",
    "Ended",
    "Example",
    "ExplainMethod",
    "ExplainStart",
    "ExplainState",
    "ExplainStop",
    "Explanation",
    "Failure",
    "FailureLine",
    "Faithfulness",
    "Flag",
    "Flagged",
    "FollowScroll",
    "Frame",
    "GroupProps",
    "HandTurn",
    "Hello",
    "HistoryQuestion",
    "HistoryState",
    "HostMessage",
    "InputProps",
    "Json",
    "LayoutProps",
    "Limits",
    "ListCases",
    "MessageProps",
    "Notice",
    "OpenCase",
    "OpenedCase",
    "OtherAnswer",
    "OutputProps",
    "OwnInputProps",
    "OwnOutputProps",
    "PageMessage",
    "Phase",
    "Problem",
    "ProgressProps",
    "Record",
    "RecordedCase",
    "RecordedMedia",
    "RecordedPage",
    "RecordedValue",
    "Remark",
    "Rerun",
    "Restarting",
    "Role",
    "RunState",
    "Scroll",
    "Scrolled",
    "SectionProps",
    "Set",
    "ShareCase",
    "SharedCase",
    "Stored",
    "SweepRow",
    "SweepStart",
    "SweepState",
    "SweepStop",
    "TabProps",
    "TabsProps",
    "Turn",
    "Uploaded",
    "UploadedSound",
    "UploadedTable",
    "UploadedVideo",
    "VisitCase",
    "VisitedCase",
    "Visitors",
    "Watchers",
    "Watching",
    "Weight",
    "Welcome",
    "WorkPhase",
]
