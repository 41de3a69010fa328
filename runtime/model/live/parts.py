"""What a run makes, as it travels from a replica to the host, which has executed nothing of the script.

Outputs and inputs travel whole, with classes that the script defines. So the host can answer what pages ask of them,
keep flags and history, and check what is sent, as if the run had been its own.
"""

import hashlib
import pickle
import sys
from pathlib import Path
from typing import Any

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.context import RunContext
from modelapp.core.declared import Declared
from modelapp.core.errors import InvalidValue
from modelapp.core.input import Input
from modelapp.core.output import Output
from modelapp.core.protocol import Element, Json
from modelapp.model.result import portable


class News(msgspec.Struct, frozen=True):
    """What a run has made since it told last. Values are pickled, each by itself."""

    order: tuple[str, ...]
    """Ids of all elements by now, in their order."""
    elements: dict[str, bytes]
    """Elements that are new or others than before, but for those of inputs, by id."""
    inputs: dict[str, bytes]
    """Inputs, by name: what `input_told` takes."""
    widgets: dict[str, bytes]
    """Objects of inputs that the host lacks, by digest."""
    outputs: dict[str, tuple[bytes, str, str | None, str | None]]
    """Outputs by name, each with its kind, its label and its key."""
    groups: tuple[str, ...]
    """Ids of groups with a submit button."""
    contents: dict[str, bytes]
    """Blobs that the host lacks, by digest."""
    noted: tuple[str, ...]
    """Digests of all blobs that the run has put."""
    line: int | None
    """Of the script that it is at, where its page shows that."""


class Unsent(Output):
    """An output that cannot be pickled, or not be read here: what is left of it is JSON.

    Args:
        kind: Of the output.
        value: What a caller that is not Python gets of it.
    """

    kind = ""

    def __init__(self, label: str | None, key: str | None, kind: str, value: Json) -> None:
        super().__init__(label, key=key)
        self.kind = kind  # type: ignore[misc]  # one class stands for all kinds
        self._value = value

    def result(self) -> Json:
        """Return the JSON."""
        return self._value

    def query(self, question: Json) -> Json:
        """Refuse to answer.

        Raises:
            InvalidValue: Always.
        """
        raise InvalidValue("This output was made on a replica and cannot be asked here.")


class Packing:
    """Pickles what the host gets, with the code of classes that the script and its modules define.

    Args:
        folder: The script's.
    """

    def __init__(self, folder: Path) -> None:
        from ray import cloudpickle  # it is there: this is in a replica

        self._cloudpickle: Any = cloudpickle
        self._folder = str(folder) + "/"
        self._modules_seen = -1

    def packed(self, value: Any) -> bytes:
        """Return a value as bytes.

        Raises:
            Exception: Whatever pickling raises.
        """
        if len(sys.modules) != self._modules_seen:
            self._modules_seen = len(sys.modules)
            self._find_local()
        content: bytes = self._cloudpickle.dumps(value)
        return content

    def packed_rest(self, name: str, output: Output, blobs: Blobs) -> bytes:
        """Return what can be sent of an output that cannot be pickled, as bytes."""
        return pickle.dumps(Unsent(output.label, output.key, output.kind, _portable(name, output, blobs)))

    def _find_local(self) -> None:
        for name, module in sys.modules.copy().items():
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file.startswith(self._folder) and name != "__main__":
                self._cloudpickle.register_pickle_by_value(module)


def _portable(name: str, output: Output, blobs: Blobs) -> Json:
    def keep(file_name: str, content: bytes | Path) -> Json:
        size_bytes = content.stat().st_size if isinstance(content, Path) else len(content)
        return {"blob": blobs.put(content), "name": file_name, "size_bytes": size_bytes}

    try:
        return portable(name, output, keep)
    except Exception as error:  # what the script passed may do anything when it is looked at
        return {"unreadable": f"{type(error).__name__}: {error}"}


def input_packed(declared: Declared, widget: str, packing: Packing) -> bytes:
    """Return an input of a run as bytes.

    Args:
        widget: Digest of its object, which travels by itself, since most runs have the same one.
    """
    one = declared
    return packing.packed((widget, one.raw, one.initial, one.used, one.stored, one.element, one.note, one.group))


def input_told(name: str, content: bytes, widgets: dict[str, Input[Any]]) -> Declared:
    """Return an input of a run elsewhere. It has no value of the script's: that stays where the script is."""
    widget, raw, initial, used, stored, element, note, group = pickle.loads(content)
    return Declared(
        name, widgets[widget], raw, initial, used, stored, None, element, note, input_told.__code__, 0, group
    )


def output_told(content: bytes, kind: str, label: str | None, key: str | None) -> Output:
    """Return an output of a run elsewhere; where a package is missing here that it needs, what stands for it."""
    try:
        output: Output = pickle.loads(content)
    except Exception as error:  # and whatever its classes do when they are made again
        return Unsent(label, key, kind, {"unreadable": f"{type(error).__name__}: {error}"})
    return output


def apply(news: News, run: RunContext, widgets: dict[str, Input[Any]]) -> None:
    """Take news of a run into its context here. `elements` is replaced whole: other threads look at it.

    Args:
        widgets: Objects of inputs by digest; those that came are added.

    Raises:
        Exception: Whatever reading an input raises, whose class needs a package that is missing here.
    """
    for digest, content in news.widgets.items():
        widgets[digest] = pickle.loads(content)
    for name, content in news.inputs.items():
        run.inputs[name] = input_told(name, content, widgets)
    for name, output in news.outputs.items():
        run.outputs[name] = output_told(*output)
    came: dict[str, Element] = {identity: pickle.loads(content) for identity, content in news.elements.items()}
    came.update({name: run.inputs[name].element for name in news.inputs})
    run.elements = {identity: came[identity] if identity in came else run.elements[identity] for identity in news.order}
    run.submit_groups.update(news.groups)


def digest_of(content: bytes) -> str:
    """Return what tells bytes from others, in the form of a blob's digest."""
    return hashlib.sha256(content).hexdigest()
