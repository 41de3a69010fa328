"""The base class of all inputs: it turns a browser's value into a script's value.

The runtime reaches every input through these methods and never by name; an input knows nothing of sessions, sockets or
threads. Three forms of its value appear here:

- raw: what crosses the wire and is stored, a JSON value. None is "empty".
- value: what the script gets.
- given: what a script's author or a caller of the script as a function passes (a path for a picture, say).
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.examples import listed
from modelapp.core.json_schema import Schema, sample_of, with_null
from modelapp.core.names import snake_case
from modelapp.core.own import html_of, undrawn
from modelapp.core.parts import Part, Parts
from modelapp.core.plain import plain_json
from modelapp.core.protocol import Example, InputProps, Json, OwnInputProps, Uploaded
from modelapp.core.variation import Transform, Variation

ValueT = TypeVar("ValueT")
_EXAMPLES_DESCRIBED = 10


class _NoBlobs:
    """Stands for a store where nothing can be large: that of inputs whose values are plain JSON."""

    def put(self, content: bytes | Path) -> str:
        raise InvalidValue("Nothing can be kept here.")

    def path(self, digest: str) -> Path:
        raise InvalidValue("Nothing is kept here.")


NO_BLOBS = _NoBlobs()


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


class Input(ABC, Generic[ValueT]):
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

    kind: ClassVar[str]
    """Tag of the properties, and in PascalCase the Svelte file: "slider_input" is drawn by SliderInput.svelte. A class
    with `html` is called after its name unless it says otherwise."""
    html: ClassVar[str | Path | None] = None
    """For a widget of one's own: the HTML file beside the class that draws it, or the HTML itself."""
    momentary: ClassVar[bool] = False
    """True for a button: its value is True in the one run that a press caused, and it is never stored."""
    example_suffixes: tuple[str, ...] = ()
    """What the files in a folder of examples may end with; () takes no folder."""

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
        self.label = label
        self.value = value
        self.examples = examples
        self.required = required
        self.help = help
        self.key = key
        self.disabled = disabled
        self.drawn_by = html_of(type(self)) if self.html is not None else None
        """The HTML that draws it, or None if the page does."""
        self.name: str | None = None
        """The input's name; the runtime sets it before it asks for anything."""
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

    @abstractmethod
    def accept(self, raw: Json, blobs: Blobs) -> Json:
        """Check a raw value from the wire and return it in its normal form.

        Raises:
            InvalidValue: If it is not one that this input can have; says what is.
        """

    def parse(self, raw: Json, blobs: Blobs) -> ValueT:
        """Turn an accepted raw value that is not empty into the script's value. The default is for equal ones."""
        return raw  # type: ignore[no-any-return]

    def encode(self, given: Any, blobs: Blobs) -> Json:
        """Turn a given value into a raw one. The default is for inputs whose two forms are the same.

        Raises:
            InvalidValue: If the value is not one that this input can have; says what is.
        """
        return self.accept(given, blobs)

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

    def initial(self, blobs: Blobs) -> Json:
        """Return the raw form of `value`, or of the default where the script passed none.

        Raises:
            ScriptError: If the `value` that the script passed is not one that this input can have.
        """
        return None if self.value is None else self.encode_option("value", self.value, blobs)

    def examples_given(self) -> list[tuple[str | None, Any]]:
        """Return the examples that the script passed, each with its text or None.

        Raises:
            ScriptError: If they are no examples; says what is.
        """
        return listed(self.kind, self.name or "", self.examples, self.example_suffixes)

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

    def encode_option(self, option: str, given: Any, blobs: Blobs) -> Json:
        """Turn a value that the script passed as an option into a raw one.

        Raises:
            ScriptError: If the value is not one that this input can have; names the option.
        """
        try:
            return self.encode(given, blobs)
        except InvalidValue as problem:
            raise ScriptError(
                f"{self.kind}({option}={describe(given)}) does not fit: {problem.message}", hint=problem.hint
            ) from problem

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

    def from_text(self, text: str) -> Any:
        """Return the given value that a text on a command line stands for. The default is for values that JSON can say.

        Args:
            text: "@" and a path names a file; otherwise JSON, or the text itself where it is none.
        """
        return Path(text[1:]) if text.startswith("@") else self.from_words(text)

    def from_words(self, text: str) -> Json:
        """Return the JSON value that a text stands for which somebody typed; it never names a file."""
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return text

    def cell_names(self) -> tuple[str, ...]:
        """Return which columns of a table of cases make up a value; () if that is one column of the input's name."""
        return ()

    def from_cells(self, cells: str | Mapping[str, str]) -> Any:
        """Return the given value that stands in a table of cases. The default is for inputs of one column.

        Args:
            cells: The cell's text, which is what it would be on a command line, except that "@" means nothing in it; a
                Path is returned for the name of a file.
        """
        text = str(cells)
        if not text.startswith("@"):
            return self.from_text(text)
        return Path(text) if isinstance(self.from_text("file"), Path) else text

    def from_json(self, given: Json, blobs: Blobs) -> Json:
        """Turn what a caller of another machine passed into a raw value. It can name no file or address of the host.

        Args:
            given: A JSON value that is not None, as `schema` describes it.
            blobs: Where to put a file that came within it.

        Raises:
            InvalidValue: If the value is not one that this input can have; says what is.
        """
        return self.accept(given, blobs)

    def from_uploads(self, uploads: Sequence[tuple[Path, str]], blobs: Blobs) -> Json:
        """Turn files that such a caller sent into a raw value.

        Args:
            uploads: For each file where it lies now, and its name, which is no path.
            blobs: Where to put what is kept of them.

        Raises:
            InvalidValue: If this input takes no files, or not these; says what it takes.
        """
        if len(uploads) != 1:
            raise InvalidValue(f"“{self.label}” takes one file, not {len(uploads)}.")
        ((path, name),) = uploads
        return self.accept(self.raw_of(self.receive(path, name, blobs)), blobs)

    def raw_of(self, uploaded: Uploaded) -> Json:
        """Return the raw value of a file that `receive` has taken in."""
        return msgspec.json.decode(msgspec.json.encode(uploaded))  # by way of JSON, which has no tuples

    @classmethod
    def to_send(cls, given: Any, blobs: Blobs) -> Json | list[tuple[Path, str]]:
        """Return what stands for a given value on the way to another host: JSON, or files with their names.

        Args:
            given: A value in any form that `encode` takes. Only the other host knows this input's options.
            blobs: Where to put files that are made on the way.
        """
        return plain_json(given)

    def value_schema(self) -> Schema:
        """Return the JSON Schema of the values that `from_json` takes; {} is anything."""
        return {}

    @property
    def takes_null(self) -> bool:
        """True if null is a value, or sets the input back to its default."""
        return not self.required

    def plain_default(self) -> Json:
        """Return the default as `from_json` takes it; None where it is empty or no JSON."""
        return self.initial(NO_BLOBS)

    def plain_examples(self) -> list[Json]:
        """Return the first examples as `from_json` takes them."""
        return [
            self.encode_option("examples", given, NO_BLOBS) for _, given in self.examples_given()[:_EXAMPLES_DESCRIBED]
        ]

    def sample(self) -> Any:
        """Return a value that `encode` takes, to find what a script does with one; None if none is known."""
        return sample_of(self.value_schema())

    def schema(self) -> Schema:
        """Return the JSON Schema (2020-12) of what a caller that is not Python may pass.

        Raises:
            ScriptError: If an option of the script is wrong.
        """
        schema = self.value_schema()
        schema = dict(with_null(schema) if schema and self.takes_null else schema)
        if self.label:
            schema["title"] = self.label
        if self.help:
            schema["description"] = self.help + (f" {schema['description']}" if "description" in schema else "")
        default, examples = self.plain_default(), self.plain_examples()
        if default is not None:
            schema["default"] = default
        if examples:
            schema["examples"] = examples
        return schema

    def receive(self, upload: Path, name: str, blobs: Blobs) -> Uploaded:
        """Take in a file that the page uploaded for this input: check it, clean it, and put it into `blobs`.

        Args:
            upload: A file that is deleted afterwards.
            name: File name as the browser gave it; never a path.

        Raises:
            InvalidValue: If this input takes no files, or not this one; says what it takes.
        """
        raise InvalidValue(f"“{self.label}” takes no files.")

    def empty_value(self) -> Any:
        """Return what the script gets for an empty value when the input is not required."""
        return None

    def copy_value(self, value: ValueT) -> ValueT:
        """Return what the script gets of a parsed value. Override it where a script could change the value in place."""
        return value

    def same_options(self, other: "Input[Any]") -> bool:
        """Return True if a raw value means the same to both, so that work done for one serves the other."""
        if type(self) is not type(other):
            return False
        try:
            return bool(self.__dict__ == other.__dict__)  # nearly always enough
        except Exception:  # == of an array or a frame has no truth
            return alike(self.__dict__, other.__dict__)


def alike(one: Any, other: Any) -> bool:
    """Return True if two options are surely equal; False where that cannot be told (arrays, frames, odd objects)."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    try:
        if hasattr(one, "iterrows"):  # a frame, which a script may make anew in every run
            return bool(one.equals(other))
        return bool(one == other)
    except Exception:  # == of an array, a frame or a user's class may raise or have no truth
        pass
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(alike(a, b) for a, b in zip(one, other, strict=True))
    if hasattr(one, "tobytes") and hasattr(one, "dtype"):
        return bool(one.shape == other.shape and one.dtype == other.dtype and one.tobytes() == other.tobytes())
    return False
