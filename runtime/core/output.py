"""The base class of all outputs: it turns a script's value into properties that the page draws.

The runtime reaches every output through these methods and never by name; an output knows nothing of sessions, sockets
or threads.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

from modelapp.core.alike import alike
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.errors import InvalidValue
from modelapp.core.json_schema import Schema
from modelapp.core.names import snake_case
from modelapp.core.own import html_of, undrawn
from modelapp.core.plain import plain_json
from modelapp.core.protocol import Json, OutputProps, OwnOutputProps


class Doubt(NamedTuple):
    """Something about an output's value that its reader should not trust.

    Attributes:
        kind: One phrase for all of its kind: "not a number".
        message: What is wrong.
        fix: What to do about it.
        severe: True if the value is wrong, False if it may be meant.
    """

    kind: str
    message: str
    fix: str
    severe: bool


class Output(ABC):
    """One result of the script, drawn by the page.

    Args:
        label: Heading above the output, or None for none.
        key: Name of the output; None takes the label's slug, else the kind without "_output".
    """

    kind: ClassVar[str]
    html: ClassVar[str | Path | None] = None
    """For a widget of one's own: the HTML file beside the class that draws it, or the HTML itself."""
    answers: ClassVar[int] = 0
    """How well it stands for the script's answer where one output must: the first of the highest is taken."""
    made_by_props: ClassVar[bool] = False
    """True if `props` makes the result, so that it is called even where nobody looks."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "html" in vars(cls) and "kind" not in vars(cls):
            cls.kind = f"{snake_case(cls.__name__)}_output"

    def __init__(self, label: str | None = None, *, key: str | None = None) -> None:
        self.label = label
        self.key = key

    def show(self) -> None:
        """Put it on the page, below what is there.

        Example:
            >>> Compass(30).show()
        """
        current_run().show(self)

    def props(self, blobs: Blobs) -> OutputProps:
        """Return the element's properties. Runs in the script's thread, where encoding belongs.

        The default is for an output with `html`, which is told the result as JSON.

        Raises:
            ScriptError: If the script passed something that cannot be shown; says what can.
        """
        html = html_of(type(self))
        if html is None:
            raise undrawn(type(self))
        value, settings = plain_json(self.result()), plain_json(self.settings())
        return OwnOutputProps(label=self.label, source=blobs.put(html.encode()), value=value, settings=settings)

    def settings(self) -> Any:
        """Return what the HTML is told as `modelapp.settings`, beside the result: data that JSON can say."""
        return None

    @abstractmethod
    def result(self) -> Any:
        """Return the value as a caller of the script as a function gets it."""

    def portable(self, keep: Callable[[str, bytes | Path], Json]) -> Json:
        """Return the result as JSON, for callers that are not Python.

        Args:
            keep: Takes a file's name and its content, or the path of that, and returns what stands for it in the JSON.
        """
        return plain_json(self.result())

    def change_from(self, before: Self) -> str | None:
        """Return how this answer differs from an earlier one of the same output, in a line: "12.5 → 13.1 mg/l".

        None where it does not fit into a line, as with pictures.
        """
        return None

    def distance_from(self, before: Self) -> float:
        """Return how far this answer is from an earlier one of the same output: 0 is equal, 1 as far as can be."""
        return 0.0 if alike(before.result(), self.result()) else 1.0

    def support_for(self, before: Self) -> float:
        """Return how strongly it says what an earlier answer of the same output said: a confidence, or the figure."""
        return 1.0 - self.distance_from(before)

    def decision(self) -> str | None:
        """Return what the answer decides for, such as a label; None where it decides nothing, as a number."""
        return None

    def doubts(self) -> list[Doubt]:
        """Return what is doubtful about the value, for a check of the script."""
        return []

    @classmethod
    def schema(cls) -> Schema:
        """Return the JSON Schema (2020-12) of what `portable` returns; {} is anything."""
        return {}

    @classmethod
    def from_portable(cls, value: Json, content: Callable[[Json], tuple[str, bytes]]) -> Any:
        """Turn what `portable` returned on another host back into a result, where that can be done.

        Args:
            value: The JSON.
            content: Returns the name and the content of a file that the JSON stands for.
        """
        return value

    def query(self, question: Json) -> Json:
        """Answer a question from the page, such as the next rows of a table.

        Raises:
            InvalidValue: If it is no question that this output answers.
        """
        raise InvalidValue("This output answers no questions.")
