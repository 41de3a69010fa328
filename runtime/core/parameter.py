"""An input as a parameter of the script: what its values are, and how callers of the script as a function say them.

Three forms of a value appear here:

- raw: what crosses the wire and is stored, a JSON value. None is "empty".
- value: what the script gets.
- given: what a script's author or a caller of the script as a function passes (a path for a picture, say).
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import msgspec
from modelapp.core.alike import alike
from modelapp.core.blobs import NO_BLOBS, Blobs
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.examples import listed
from modelapp.core.json_schema import Schema, sample_of, with_null
from modelapp.core.plain import plain_json
from modelapp.core.protocol import Json, Uploaded

ValueT = TypeVar("ValueT")
_EXAMPLES_DESCRIBED = 10


class Parameter(ABC, Generic[ValueT]):
    """One parameter of the script: the half of an `Input` that needs no page.

    Args:
        label: What it is called.
        value: Value before anybody gives one, in any form that `encode` takes; None is empty.
        examples: Ready values, in any form that `encode` takes: a list, a mapping of text to value, a column of a
            DataFrame, or a folder where the input takes files.
        required: If True an empty value ends the run quietly.
        help: One sentence that explains it.
    """

    kind: ClassVar[str]
    """Tag of the properties, and in PascalCase the Svelte file: "slider_input" is drawn by SliderInput.svelte. A class
    with `html` is called after its name unless it says otherwise."""
    example_suffixes: tuple[str, ...] = ()
    """What the files in a folder of examples may end with; () takes no folder."""

    def __init__(self, label: str | None, value: Any, examples: Any, required: bool, help: str | None) -> None:
        self.label = label
        self.value = value
        self.examples = examples
        self.required = required
        self.help = help
        self.name: str | None = None
        """The input's name; the runtime sets it before it asks for anything."""

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

    def receive(self, upload: Path, name: str, blobs: Blobs) -> Uploaded:
        """Take in a file that the page uploaded for this input: check it, clean it, and put it into `blobs`.

        Args:
            upload: A file that is deleted afterwards.
            name: File name as the browser gave it; never a path.

        Raises:
            InvalidValue: If this input takes no files, or not this one; says what it takes.
        """
        raise InvalidValue(f"“{self.label}” takes no files.")

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

    def empty_value(self) -> Any:
        """Return what the script gets for an empty value when the input is not required."""
        return None

    def copy_value(self, value: ValueT) -> ValueT:
        """Return what the script gets of a parsed value. Override it where a script could change the value in place."""
        return value

    def same_options(self, other: "Parameter[Any]") -> bool:
        """Return True if a raw value means the same to both, so that work done for one serves the other."""
        if type(self) is not type(other):
            return False
        try:
            return bool(self.__dict__ == other.__dict__)  # nearly always enough
        except Exception:  # == of an array or a frame has no truth
            return alike(self.__dict__, other.__dict__)
