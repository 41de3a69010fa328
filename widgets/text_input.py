"""A line or a box of text.

Its raw value is the text; once somebody changed a text that she was given or had pasted, it is
`{"text": …, "original": …}`, so that the page can show what was changed.
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.core.input import Edge, Input
from modelapp.core.json_schema import Schema, either, record
from modelapp.core.parts import Part, Parts
from modelapp.core.protocol import Example, InputProps, Json
from modelapp.core.variation import Variation
from modelapp.widgets._checking import name_of, refused
from modelapp.widgets._files import existing
from modelapp.widgets._text_variations import text_variations

_EDITED = {"text", "original"}

_LONG_CHARACTERS = 2000


class TextInputProps(InputProps, frozen=True, kw_only=True, tag="text_input"):
    """A text field. With more than one line it is a box."""

    lines: int = 1
    max_chars: int | None = None
    placeholder: str = ""


class TextInput(Input[str]):
    """A line or a box of text. See `text_input`."""

    kind = "text_input"
    example_suffixes = (".txt", ".md")

    def __init__(
        self,
        label: str | None = None,
        value: str = "",
        *,
        lines: int = 1,
        max_chars: int | None = None,
        placeholder: str = "",
        **common: Any,
    ) -> None:
        super().__init__(label, value=value, **common)
        self.untouched = value == ""
        self.lines = lines
        self.max_chars = max_chars
        self.placeholder = placeholder
        if type(lines) is not int or lines < 1:
            raise ScriptError(
                f"text_input(lines={describe(lines)}): a whole number of at least 1 is expected.",
                hint="For a box of five lines: text_input(lines=5).",
            )
        if max_chars is not None and (type(max_chars) is not int or max_chars < 1):
            raise ScriptError(
                f"text_input(max_chars={describe(max_chars)}): a whole number of at least 1, or None, is expected.",
                hint="For example text_input(max_chars=500).",
            )

    def props(self, common: dict[str, Any], blobs: Blobs) -> TextInputProps:
        return TextInputProps(**common, lines=self.lines, max_chars=self.max_chars, placeholder=self.placeholder)

    def edges(self) -> list[Edge]:
        longest = self.max_chars or _LONG_CHARACTERS
        return [
            Edge("?", "one character", False),
            Edge(("word " * (longest // 5 + 1))[:longest], f"{longest:,} characters", self.max_chars is not None),
        ]

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if raw is None:
            return ""
        text, original = (raw.get("text"), raw.get("original")) if isinstance(raw, dict) else (raw, None)
        if not isinstance(text, str) or (isinstance(raw, dict) and raw.keys() != _EDITED):
            raise refused(self, raw, "text")
        if isinstance(raw, dict) and not isinstance(original, str):
            raise refused(self, raw, "text with the text that it was")
        for one in (text, original):
            if one is not None and self.max_chars is not None and len(one) > self.max_chars:
                raise InvalidValue(
                    f"“{name_of(self)}” cannot be {len(one)} characters long ({describe(one, 30)}): "
                    f"it takes at most {self.max_chars}."
                )
        return raw

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[Json, str | None]:
        text = _text(raw)
        if isinstance(text, str) and self.max_chars is not None and len(text) > self.max_chars:
            return text[: self.max_chars], f"Cut to the new limit of {self.max_chars} characters."
        return self.accept(raw, blobs), None

    def parse(self, raw: Json, blobs: Blobs) -> str:
        return _text(raw)  # type: ignore[no-any-return]

    def value_schema(self) -> Schema:
        most = {} if self.max_chars is None else {"maxLength": self.max_chars}
        text = {"type": "string", **({"minLength": 1} if self.required else {}), **most}
        changed = record({"text": text, "original": {"type": "string", **most}}, ("text", "original"))
        return either(text, {**changed, "description": "A text, and what it was before somebody changed it."})

    def from_words(self, text: str) -> Json:
        return text

    def encode(self, given: Any, blobs: Blobs) -> Json:
        if not isinstance(given, Path):
            return self.accept(given, blobs)
        path = existing(given)
        try:
            return self.accept(path.read_text(encoding="utf-8-sig"), blobs)
        except (OSError, UnicodeDecodeError) as fault:
            raise InvalidValue(f"{str(given)!r} cannot be read as text: {fault}.") from fault

    def examples_given(self) -> list[tuple[str | None, Any]]:
        listed = super().examples_given()
        if isinstance(self.examples, Mapping):
            return listed
        return [(None if isinstance(given, str) else label, given) for label, given in listed]  # a str is no path here

    def example(self, given: Any, blobs: Blobs, label: str | None = None) -> Example:
        return super().example(given, blobs, label or (given.stem if isinstance(given, Path) else None))

    def original(self, raw: Json) -> Json:
        return raw["original"] if isinstance(raw, dict) else raw

    def parts(self, raw: Json) -> Parts | None:
        words = re.finditer(r"\S+", _text(raw))
        return Parts("words", tuple(Part(word.span(), word[0]) for word in words))

    def hidden(self, raw: Json, parts: Collection[Part]) -> list[Json]:
        text: str = _text(raw)
        for start, end in sorted(((int(part.at[0]), int(part.at[1])) for part in parts), reverse=True):
            text = text[:start] + text[end:].lstrip(" ")
        return [text.strip()]

    def variations(self, raw: Json) -> list[Variation]:
        original = self.original(raw)
        return [
            Variation(name, original if text == original else {"text": text, "original": original})
            for name, text in text_variations(_text(raw))
        ]

    def is_empty(self, raw: Json) -> bool:
        return not _text(raw)

    def empty_value(self) -> str:
        return ""


def _text(raw: Json) -> Any:
    return raw.get("text") if isinstance(raw, dict) else raw


def text_input(
    label: str | None = None,
    value: str = "",
    *,
    lines: int = 1,
    max_chars: int | None = None,
    placeholder: str = "",
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> str:
    """Ask for text.

    Where somebody changes a text that she chose among the examples, pasted, or was given as `value`, the page shows
    what she changed.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        value: Text before anybody types.
        lines: Height of the field in lines; 1 is a single line.
        max_chars: Most characters that it takes; None is no limit.
        placeholder: Grey text in the empty field.
        examples: Ready texts: a list, a mapping of title to text, a column of a DataFrame, or a folder of .txt files.
        required: If True an empty field ends the run quietly and the page says what it waits for; if False the
            script gets "".
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        The text.

    Raises:
        ScriptError: If an option is out of range.

    Example:
        >>> import modelapp as ma
        >>> review = ma.text_input(lines=4, placeholder="What did you think of the film?")
        >>> ma.text_output(review.upper())
    """
    return current_run().input(
        TextInput,
        label,
        value,
        lines=lines,
        max_chars=max_chars,
        placeholder=placeholder,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
