"""The base class of all inputs: it turns a browser's value into a script's value.

The runtime reaches every input through these methods and never by name; an input knows nothing of sessions, sockets or
threads. What its values are stands in `parameter`; here is what a page and the evidence about a model need of it.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.names import snake_case
from modelapp.core.own import html_of, undrawn
from modelapp.core.parameter import Parameter, ValueT
from modelapp.core.parts import Part, Parts
from modelapp.core.plain import plain_json
from modelapp.core.protocol import Example, InputProps, Json, OwnInputProps
from modelapp.core.variation import Transform, Variation


class Edge(NamedTuple):
    """A value at the edge of what an input takes.

    Attributes:
        given: The value, in any form that `encode` takes.
        text: What it is, for a reader: "0", "a picture of one pixel".
        declared: True if the script itself allows it by its options; False if only the input's kind does.
    """

    given: Any
    text: str
    declared: bool


class Input(Parameter[ValueT]):
    """One control of the page and one parameter of the script.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        value: Value before anybody touches the control, in any form that `encode` takes; None is empty.
        examples: Ready values, in any form that `encode` takes: a list, a mapping of text to value, a column of a
            DataFrame, or a folder where the input takes files.
        required: If True an empty value ends the run quietly and the page says what it waits for.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.
    """

    html: ClassVar[str | Path | None] = None
    """For a widget of one's own: the HTML file beside the class that draws it, or the HTML itself."""
    momentary: ClassVar[bool] = False
    """True for a button: its value is True in the one run that a press caused, and it is never stored."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "html" in vars(cls) and "kind" not in vars(cls):
            cls.kind = f"{snake_case(cls.__name__)}_input"

    def __init__(
        self,
        label: str | None = None,
        *,
        value: Any = None,
        examples: Any = None,
        required: bool = True,
        help: str | None = None,
        key: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(label, value, examples, required, help)
        self.key = key
        self.disabled = disabled
        self.drawn_by = html_of(type(self)) if self.html is not None else None
        """The HTML that draws it, or None if the page does."""
        self.untouched = value is None
        """True if the script gave no value of its own, so that the first example may stand in for the default."""
        self.starts_empty = False
        """True if the page asked not to begin with an example."""
        self.group_example: tuple[Any, ...] = ()
        """What the first example of the input's group gives it, or () for nothing."""

    @classmethod
    def ask(cls, *args: Any, **options: Any) -> ValueT:
        """Put an input of this class on the page and return its value.

        Args:
            args: Of the class.
            options: Of the class.

        Raises:
            DuplicateName: If this run has an input of that name already.

        Example:
            >>> angle = Dial.ask(value=90)
        """
        return current_run().input(cls, *args, **options)

    def props(self, common: dict[str, Any], blobs: Blobs) -> InputProps:
        """Return the element's properties. The default is for an input with `html`.

        Args:
            common: The fields of `InputProps` that the runtime fills in: pass them on as `**common`.
            blobs: Where to put pictures that the properties name.
        """
        if self.drawn_by is None:
            raise undrawn(type(self))
        source = blobs.put(self.drawn_by.encode())
        return OwnInputProps(**common, source=source, settings=plain_json(self.settings()))

    def settings(self) -> Any:
        """Return what the HTML is told as `modelapp.settings`: data that JSON can say."""
        return None

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[Json, str | None]:
        """Fit a value that was accepted by an earlier form of this input; return it and why it was changed, or None.

        Called when the script's options changed under a value that somebody had set.

        Raises:
            InvalidValue: If nothing near the old value is possible; the default value is then used.
        """
        return self.accept(raw, blobs), None

    def original(self, raw: Json) -> Json:
        """Return a raw value as it was before it was edited: the same, unless it says itself what it was."""
        return raw

    def is_empty(self, raw: Json) -> bool:
        """Return True if there is no value yet."""
        return raw is None

    def start(self, blobs: Blobs) -> Json:
        """Return the raw value before anybody touches the control: the script's own, the first example, or the default.

        Raises:
            ScriptError: If what the script passed is not a value that this input can have.
        """
        if self.untouched and not self.starts_empty:
            ready = self.group_example or tuple(given for _, given in self.examples_given()[:1])
            if ready:
                return self.encode_option("examples", ready[0], blobs)
        return self.initial(blobs)

    def example_list(self, blobs: Blobs) -> tuple[Example, ...]:
        """Return the examples as the page shows them.

        Raises:
            ScriptError: If one of them is not a value that this input can have.
        """
        return tuple(self.example(given, blobs, label) for label, given in self.examples_given())

    def example(self, given: Any, blobs: Blobs, label: str | None = None) -> Example:
        """Return one example as the page shows it."""
        text = str(given) if label is None else label
        return Example(
            label=text if len(text) <= 60 else text[:59] + "…", value=self.encode_option("examples", given, blobs)
        )

    def edges(self) -> list[Edge]:
        """Return values at the edge of what this input takes: a check runs the script with each of them."""
        return []

    def stops(self) -> list[Json]:
        """Return the raw values that a page of recorded answers has of this input where nobody says which: few."""
        return []

    def variations(self, raw: Json) -> list[Variation]:
        """Return what an accepted value that is not empty could have been as well, for a robustness sweep.

        Those that `accept` refuses are left out by the caller.
        """
        return []

    def transforms(self) -> list[Transform]:
        """Return what else a value could have been that is no edit of the page."""
        return []

    def parts(self, raw: Json) -> Parts | None:
        """Return what of an accepted value that is not empty can be hidden, to see what an answer rests on, or None."""
        return None

    def hidden(self, raw: Json, parts: Collection[Part]) -> list[Json]:
        """Return an accepted value with parts of it hidden, once for each way to hide them; [] if they cannot be.

        Args:
            parts: Some of those that `parts` names, or parts of these where they can be divided.
        """
        return []

    def picture_of(self, raw: Json, blobs: Blobs, height: int | None = None) -> bytes | None:
        """Return a small picture file of an accepted value, edits and all; None where a picture says nothing.

        Args:
            height: How many pixels high it may be before the edits; None is a thumbnail.
        """
        return None

    def playable_of(self, raw: Json) -> str | None:
        """Return the digest of what a browser can play of an accepted value, without its edits, or None."""
        return None
