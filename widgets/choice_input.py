"""One or several of a list of options."""

from collections.abc import Collection, Iterable, Mapping
from enum import Enum
from typing import Any, Literal, TypeVar, overload

from modelapp.core.alike import alike
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue, ScriptError, did_you_mean
from modelapp.core.input import Edge, Input
from modelapp.core.json_schema import Schema
from modelapp.core.names import label_from_name
from modelapp.core.parameter import Parameter
from modelapp.core.parts import Part, Parts
from modelapp.core.protocol import InputProps, Json
from modelapp.core.variation import Variation
from modelapp.widgets._cell_variations import others
from modelapp.widgets._checking import name_of, refused
from modelapp.widgets._hidden_cells import cell_text

OptionT = TypeVar("OptionT")

_MOST_EDGES = 12


class ChoiceInputProps(InputProps, frozen=True, kw_only=True, tag="choice_input"):
    """A choice: one of the options, or several."""

    options: tuple[str, ...]
    multiple: bool = False
    searchable: bool = False
    """True: too many to show at once."""


class ChoiceInput(Input[Any]):
    """One or several of a list of options. See `choice_input`."""

    __slots__ = ("_by_text",)  # outside of __dict__: no option, and so no part of `same_options`
    kind = "choice_input"

    def __init__(
        self,
        label: str | None = None,
        options: Mapping[str, Any] | Iterable[Any] = (),
        value: Any = None,
        *,
        multiple: bool = False,
        **common: Any,
    ) -> None:
        super().__init__(label, value=value, **common)
        if isinstance(options, str) or not isinstance(options, Iterable):
            raise ScriptError(
                f"choice_input(options={describe(options)}): a list, or a mapping of text to value, is expected.",
                hint='For example choice_input(options=["small", "large"]).',
            )
        self.options = options if isinstance(options, (Mapping, list, tuple)) else list(options)
        self.multiple = multiple
        self._by_text: dict[str, Any] | None = None

    def same_options(self, other: Parameter[Any]) -> bool:
        same = super().same_options(other)
        if same and isinstance(other, ChoiceInput):
            # The texts of a thousand options are not made again in every run.
            other._by_text = self._by_text
        return same

    def by_text(self) -> dict[str, Any]:
        """Return the options by the texts that the page shows.

        Raises:
            ScriptError: If there are none, or two have the same text.
        """
        if self._by_text is None:
            self._by_text = _options_by_text(self.options)
        return self._by_text

    def props(self, common: dict[str, Any], blobs: Blobs) -> ChoiceInputProps:
        texts = tuple(self.by_text())
        return ChoiceInputProps(**common, options=texts, multiple=self.multiple, searchable=len(texts) > 7)

    def edges(self) -> list[Edge]:
        options = self.by_text()
        if self.multiple:
            return [Edge(list(options.values()), "all of them", True)]
        return [Edge(option, text, True) for text, option in list(options.items())[:_MOST_EDGES]]

    def stops(self) -> list[Json]:
        texts = list(self.by_text())
        return [*([text] for text in texts), texts] if self.multiple else [*texts, *([] if self.required else [None])]

    def accept(self, raw: Json, blobs: Blobs) -> Json:
        if not self.multiple:
            return None if raw is None else self._known(raw)
        if raw is None:
            return []
        if not isinstance(raw, list):
            raise refused(self, raw, f"a list of {self._allowed()}")
        chosen = {self._known(text) for text in raw}
        return [text for text in self.by_text() if text in chosen]

    def adapt(self, raw: Json, blobs: Blobs) -> tuple[Json, str | None]:
        if raw is None and self.required and not self.multiple:  # cleared, and such a choice is never empty
            return self.start(blobs), None
        if not self.multiple or not isinstance(raw, list):
            return self.accept(raw, blobs), None
        known = self.by_text()
        kept = [text for text in raw if isinstance(text, str) and text in known]
        gone = [text for text in raw if text not in kept]
        note = f"No longer among the options: {', '.join(map(str, gone))}." if gone else None
        return self.accept(kept, blobs), note

    def parse(self, raw: Json, blobs: Blobs) -> Any:
        known = self.by_text()
        return [known[text] for text in raw] if self.multiple else known[raw]

    def parts(self, raw: Json) -> Parts | None:
        return None if self.multiple else Parts("columns", (Part((), self.label or "", cell_text(raw)),))

    def hidden(self, raw: Json, parts: Collection[Part]) -> list[Json]:
        return [change.raw for change in self.variations(raw)]

    def variations(self, raw: Json) -> list[Variation]:
        return [] if self.multiple else others(raw, tuple(self.by_text()))

    def value_schema(self) -> Schema:
        one: Schema = {"type": "string", "enum": list(self.by_text())}
        if not self.multiple:
            return one
        return {"type": "array", "items": one, **({"minItems": 1} if self.required else {})}

    @classmethod
    def to_send(cls, given: Any, blobs: Blobs) -> Json:
        return [_text(one) for one in given] if isinstance(given, (list, tuple, set, frozenset)) else _text(given)

    @property
    def takes_null(self) -> bool:
        return not self.required or not self.multiple

    def from_text(self, text: str) -> Any:
        return self.from_words(text)

    def from_words(self, text: str) -> Json:
        if not self.multiple or text in self.by_text():
            return [text] if self.multiple else text
        return super().from_words(text) if text.startswith("[") else [part.strip() for part in text.split(",")]

    def encode(self, given: Any, blobs: Blobs) -> Json:
        if given is None and None not in self.by_text().values():
            return self.accept(None, blobs)
        if not self.multiple:
            return self._text_of(given)
        several = given if isinstance(given, (list, tuple, set, frozenset)) else [given]
        return self.accept([self._text_of(one) for one in several], blobs)

    def initial(self, blobs: Blobs) -> Json:
        known = self.by_text()  # also finds faults in the options
        if self.value is not None:
            return self.encode_option("value", self.value, blobs)
        if self.multiple:
            return []
        return next(iter(known)) if self.required else None

    def is_empty(self, raw: Json) -> bool:
        return raw is None or raw == []

    def empty_value(self) -> Any:
        return [] if self.multiple else None

    def copy_value(self, value: Any) -> Any:
        return list(value) if self.multiple and isinstance(value, list) else value

    def _known(self, raw: Json) -> str:
        if isinstance(raw, str) and raw in self.by_text():
            return raw
        raise self._not_among(raw)

    def _text_of(self, given: Any) -> str:
        known = self.by_text()
        if isinstance(given, str) and given in known:
            return given
        for text, option in known.items():
            if alike(option, given):
                return text
        text = _text(given)  # a caller of the script has texts only: "3" or "Not sure" for an option that is no text
        if text in known:
            return text
        raise self._not_among(given)

    def _not_among(self, given: Any) -> InvalidValue:
        hint = did_you_mean(given, self.by_text()) if isinstance(given, str) else None
        problem = f"“{name_of(self)}” cannot be {describe(given)}: it takes {self._allowed()}."
        return InvalidValue(problem, hint=hint)

    def _allowed(self) -> str:
        texts = list(self.by_text())
        listed = ", ".join(describe(text) for text in texts[:10])
        return f"one of {listed}" if len(texts) <= 10 else f"one of {len(texts)} options such as {listed}"


def _text(option: Any) -> str:
    if isinstance(option, Enum):
        return label_from_name(option.name.lower() if option.name.isupper() else option.name)
    return str(option)


def _options_by_text(options: Mapping[str, Any] | list[Any] | tuple[Any, ...]) -> dict[str, Any]:
    by_text: dict[str, Any] = {}
    pairs = options.items() if isinstance(options, Mapping) else ((_text(option), option) for option in options)
    for text, option in pairs:
        text = str(text)
        if text in by_text:
            raise ScriptError(
                f"choice_input(options=…): two options have the text {text!r}, so nobody could tell them apart.",
                hint="Pass a mapping of distinct texts to values: choice_input(options={'first': …, 'second': …}).",
            )
        by_text[text] = option
    if not by_text:
        raise ScriptError(
            "choice_input(options=…) has no options.", hint='For example choice_input(options=["small", "large"]).'
        )
    return by_text


@overload
def choice_input(
    label: str | None = None,
    options: Mapping[str, OptionT] = ...,
    value: Any = None,
    *,
    multiple: Literal[True],
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> list[OptionT]: ...
@overload
def choice_input(
    label: str | None = None,
    options: Iterable[OptionT] = ...,
    value: Any = None,
    *,
    multiple: Literal[True],
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> list[OptionT]: ...
@overload
def choice_input(
    label: str | None = None,
    options: Mapping[str, OptionT] = ...,
    value: Any = None,
    *,
    multiple: Literal[False] = False,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> OptionT: ...
@overload
def choice_input(
    label: str | None = None,
    options: Iterable[OptionT] = ...,
    value: Any = None,
    *,
    multiple: Literal[False] = False,
    examples: Any = None,
    required: Literal[True] = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> OptionT: ...
@overload
def choice_input(
    label: str | None = None,
    options: Mapping[str, OptionT] = ...,
    value: Any = None,
    *,
    multiple: Literal[False] = False,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> OptionT | None: ...
@overload
def choice_input(
    label: str | None = None,
    options: Iterable[OptionT] = ...,
    value: Any = None,
    *,
    multiple: Literal[False] = False,
    examples: Any = None,
    required: bool,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> OptionT | None: ...
def choice_input(
    label: str | None = None,
    options: Mapping[str, Any] | Iterable[Any] = (),
    value: Any = None,
    *,
    multiple: bool = False,
    examples: Any = None,
    required: bool = True,
    help: str | None = None,
    key: str | None = None,
    disabled: bool = False,
) -> Any:
    """Ask for one of several options, or for several of them.

    Args:
        label: Text of the control; None takes it from the variable that the value is assigned to.
        options: A list (of anything: the page shows str(option), and an Enum's members by name), an Enum class, or a
            mapping of text to value. Texts must differ.
        value: Option, or its text, that is chosen before anybody chooses; with `multiple` a list of them. None is the
            first option, but nothing with `multiple` or required=False.
        multiple: If True several can be chosen, and the script gets a list in the order of `options`.
        examples: Ready choices, a list or a mapping of title to option.
        required: If True and nothing is chosen, the run ends quietly and the page says what it waits for; if False the
            script gets None, or [] with `multiple`.
        help: One sentence that explains the control.
        key: Name of the input; None takes the variable's name, else the label's slug.
        disabled: If True the control is shown but cannot be changed.

    Returns:
        The chosen option itself (not its text), or a list of them.

    Raises:
        ScriptError: If there are no options, two have the same text, or `value` is not among them.

    Example:
        >>> import modelapp as ma
        >>> size = ma.choice_input(options=["small", "large"])
        >>> price = ma.choice_input("Seat", {"Stalls": 40, "Circle": 25})
        >>> views = ma.choice_input(options=["front", "side", "back"], multiple=True, required=False)
    """
    return current_run().input(
        ChoiceInput,
        label,
        options,
        value,
        multiple=multiple,
        examples=examples,
        required=required,
        help=help,
        key=key,
        disabled=disabled,
    )
