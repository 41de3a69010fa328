"""What a call of a script returns, and what is known of its inputs: here or on another machine."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from modelapp.core.declared import Declared
from modelapp.core.describe import describe
from modelapp.core.errors import did_you_mean
from modelapp.core.examples import is_frame, records
from modelapp.core.output import Output
from modelapp.core.protocol import Json

ResultT = TypeVar("ResultT")
Progress = Callable[[int, int | None], object]
"""Called with how many cases are done, and how many there are or None where that is not known."""


@dataclass(frozen=True, slots=True)
class InputFacts:
    """An input that some call has met.

    Attributes:
        name: What to pass it by.
        kind: "number_input" and so on.
        label: Its text on the page.
        required: False if the script takes its absence as a value.
        has_default: True if it may be left out.
    """

    name: str
    kind: str
    label: str
    required: bool
    has_default: bool


class NamedOutputs(Mapping[str, Any]):
    """Outputs by name: `result["label"]`, in their order.

    Args:
        outputs: What is held of each; a subclass may make a value of it when it is asked for.
    """

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        self._outputs = outputs

    def __getitem__(self, name: str) -> Any:
        try:
            return self._outputs[name]
        except KeyError:
            near = did_you_mean(name, self._outputs) if isinstance(name, str) else None
            raise KeyError(
                f"There is no output {name!r}; this call has: {', '.join(self._outputs) or 'none'}."
                + (f" {near}" if near else "")
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._outputs)

    def __len__(self) -> int:
        return len(self._outputs)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={describe(value)}" for name, value in self._outputs.items())
        return f"{type(self).__name__}({shown})"


class Result(NamedOutputs):
    """What one call of a script returned: `result["label"]`, by the outputs' names, in their order.

    Attributes:
        seconds: How long the script ran.
    """

    def __init__(self, outputs: Mapping[str, Output], read: Iterable[Declared], seconds: float) -> None:
        self._widgets = outputs
        self._read = [declared for declared in read if not declared.input.momentary]
        super().__init__({name: output.result() for name, output in outputs.items()})
        self.seconds = seconds

    @property
    def inputs(self) -> dict[str, Any]:
        """What each input that this call read gave to the script, by name; copies, which are the caller's to change."""
        return {one.name: None if one.value is None else one.input.copy_value(one.value) for one in self._read}

    @property
    def read(self) -> list[str]:
        """Names of the inputs that this call read."""
        return [one.name for one in self._read]

    def portable(self, keep: Callable[[str, bytes | Path], Json]) -> dict[str, Json]:
        """Return the outputs as JSON.

        Args:
            keep: Takes a file's name, which begins with the output's, and its content or the path of that; returns what
                stands for the file in the JSON.
        """

        return {name: portable(name, output, keep) for name, output in self._widgets.items()}


def portable(name: str, output: Output, keep: Callable[[str, bytes | Path], Json]) -> Json:
    """Return an output as JSON; `keep` is as for `Result.portable`."""
    return output.portable(lambda file_name, content: keep(f"{name}{Path(file_name).suffix}", content))


def mapped(
    call: Callable[..., ResultT], cases: Iterable[Mapping[str, Any]], progress: Progress | None
) -> Iterator[ResultT]:
    """Call with each case, in order, and tell how far that is; `cases` may be a DataFrame."""
    total = len(cases) if isinstance(cases, Sized) else None
    for done, case in enumerate(records(cases) if is_frame(cases) else cases, start=1):
        result = call(**case)
        if progress:
            progress(done, total)
        yield result


def with_files(value: Json, kept: dict[str, Json]) -> Json:
    """Return an output with what stands for its files where it is served.

    Args:
        kept: What stands for each, by name.
    """
    if isinstance(value, dict):
        if value.keys() == {"file", "size_bytes"} and value["file"] in kept:
            return kept[value["file"]]
        return {key: with_files(item, kept) for key, item in value.items()}
    return [with_files(item, kept) for item in value] if isinstance(value, list) else value
