"""What a page is made of: elements, and the properties of inputs, outputs and layout."""

from typing import Any, Literal

import msgspec
from modelapp.core.protocol.records import Json, Record


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


class OwnInputProps(InputProps, frozen=True, kw_only=True, tag="own_input"):
    """An input that its author draws with HTML, in a frame that sees nothing but its value."""

    source: str
    """Digest of the HTML."""
    settings: Json = None
    """What else Python tells it."""


class OwnOutputProps(OutputProps, frozen=True, kw_only=True, tag="own_output"):
    """An output that its author draws with HTML, in a frame that sees nothing but its value."""

    source: str
    """Digest of the HTML."""
    value: Json
    settings: Json = None
    """What else Python tells it."""


class LayoutProps(Record, frozen=True, kw_only=True):
    """The base of containers and of the page's own elements (title, progress, messages)."""


class AppProps(LayoutProps, frozen=True, tag="app"):
    """The page itself: at most one per frame, always first."""

    title: str
    description: str | None = None
    bulk: bool = True
    """True if many cases can be run at once."""
    flags: tuple[str, ...] | None = ()
    """What a flag may be said to be, in the script's words; None: answers cannot be flagged."""
    sweep: bool = True
    """True if it can be tested whether the answer holds."""
    explain: bool = True
    """True if it can be asked what the answer rests on."""
    history: bool = True
    """True if the cases that were tried are kept."""


class CodeProps(LayoutProps, frozen=True, tag="code"):
    """The script, shown beside the page: at most one per frame, right after the page itself."""

    text: str
    first: int
    """Number of its first line."""
    lines: dict[str, int]
    """The line at which the call ends whose value each variable gets; some of them are inputs."""
    folds: tuple[tuple[int, int], ...] = ()
    """First and last lines of prose that the page shows."""


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
