"""A script that is served elsewhere as a function: the same interface as `Model`, over HTTP.

Values become JSON or files by the same widgets that read them in the script's own process, and outputs become Python's
types again. Any number of threads may call one model.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from modelapp.core import errors
from modelapp.core.describe import describe
from modelapp.core.errors import InvalidValue
from modelapp.core.input import Input
from modelapp.core.json_schema import Schema
from modelapp.core.kinds import widget_of
from modelapp.core.output import Output
from modelapp.core.plain import plain_json
from modelapp.core.protocol import Json
from modelapp.model.result import InputFacts, NamedOutputs, Progress, mapped
from modelapp.model.schema import KIND, REQUIRED
from modelapp.model.wire import Files, Wire
from modelapp.session.blobs import FileBlobs, SessionBlobs


class RemoteResult(NamedOutputs):
    """What one call returned: `result["label"]`, by the outputs' names. Files are fetched when they are asked for.

    Attributes:
        seconds: How long the script ran.
        read: Names of the inputs that this call read.
    """

    def __init__(self, answer: Mapping[str, Json], restored: Callable[[str, Json], Any]) -> None:
        super().__init__(answer["outputs"])
        self._restored = restored
        self._values: dict[str, Any] = {}
        self.seconds: float = answer["seconds"]
        self.read: list[str] = answer["read"]

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = self._restored(name, super().__getitem__(name))
        return self._values[name]


class RemoteModel:
    """A script that is served elsewhere, as a function. See `connect`."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self._wire = Wire(url, key)
        self._schemas: dict[str, Schema] | None = None

    def __call__(self, *, edits: Mapping[str, list[Json]] | None = None, **inputs: Any) -> RemoteResult:
        """Run the script once, on its host.

        Args:
            edits: For inputs that can be edited, the list of edits to do, by input name.
            **inputs: Values by input name, in any form that the input takes in the script's own process. A path is of
                this machine: the file is sent. An option of a choice is given by its text.

        Returns:
            The outputs by name.

        Raises:
            WrongInput: If an input does not accept its value; names the input, the value, and what it accepts.
            MissingInput: If a required input is left out that has no default.
            UnknownInput: If there is no input of a name that was passed.
            RunFailed: If the script raises an exception; its author finds it in the host's log.
            EnvironmentFault: If the host does not answer.

        Example:
            >>> import modelapp as ma
            >>> model = ma.connect("http://localhost:8501")  # doctest: +SKIP
            >>> model(age=63, image="cat.png")["label"]  # doctest: +SKIP
        """
        with tempfile.TemporaryDirectory(prefix="modelapp-") as folder:
            values, files = self._to_send(inputs, Path(folder))
            body = {"inputs": values, "edits": dict(edits or {})}
            answer = self._wire.run(body, files)
        return RemoteResult(answer, self._restored)

    def map(self, cases: Iterable[Mapping[str, Any]], *, progress: Progress | None = None) -> Iterator[RemoteResult]:
        """Run the script for each case, in order; a result comes as soon as it is there.

        Args:
            cases: Dicts of input name to value, or a DataFrame with a row for each case and columns named like inputs.
            progress: Called after each case with how many are done, and how many there are or None.
        """
        return mapped(self, cases, progress)

    @property
    def inputs(self) -> dict[str, InputFacts]:
        """The inputs that the host knows of, by name."""
        schema = self.schema()["inputs"]
        missing = schema.get("required", ())
        return {
            name: InputFacts(
                name, one.get(KIND, ""), one.get("title", name), one.get(REQUIRED, True), name not in missing
            )
            for name, one in schema["properties"].items()
        }

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs that the host knows of."""
        return list(self.schema()["outputs"]["properties"])

    def schema(self) -> dict[str, Schema]:
        """Return what goes in and what comes out as JSON Schema (2020-12), as `Model.schema` does."""
        schemas = self._wire.get_json("api/openapi.json")["components"]["schemas"]
        self._schemas = {"inputs": schemas["Inputs"], "outputs": schemas["Outputs"]}
        return self._schemas

    def __repr__(self) -> str:
        return f"RemoteModel({self._wire.url})"

    # ------------------------------------------------------------ values

    def _to_send(self, inputs: Mapping[str, Any], folder: Path) -> tuple[dict[str, Json], dict[str, Files]]:
        blobs = SessionBlobs(FileBlobs(folder), set())
        values: dict[str, Json] = {}
        files: dict[str, Files] = {}
        for name, given in inputs.items():
            if given is None:
                values[name] = None
                continue
            widget = widget_class(Input, self._kind("inputs", name))
            try:
                sent = plain_json(given) if widget is None else widget.to_send(given, blobs)
            except InvalidValue as problem:
                raise errors.WrongInput(
                    f"{name}={describe(given)}: {problem.message}", hint=problem.hint, name=name
                ) from problem
            if isinstance(sent, list) and sent and isinstance(sent[0], tuple):
                files[name] = sent
            else:
                values[name] = sent
        return values, files

    def _kind(self, part: str, name: str) -> str:
        """Return the kind of an input or output; the host is asked again for one that it did not know of before."""
        known = self._schemas
        if known is None or name not in known[part]["properties"]:
            known = self.schema()
        return str(known[part]["properties"].get(name, {}).get(KIND, ""))

    def _restored(self, name: str, value: Json) -> Any:
        widget = widget_class(Output, self._kind("outputs", name))
        return value if widget is None else widget.from_portable(value, self._wire.content)


def widget_class(base: Any, kind: str) -> Any:
    """Return the class of a public widget, or None if there is none of this kind here."""
    front_door = import_module("modelapp")  # it alone knows the widgets; which one, the host says
    if kind not in front_door.__all__:
        return None
    getattr(front_door, kind)  # imports the widget's module
    return widget_of(base, kind)


def connect(url: str, key: str | None = None) -> RemoteModel:
    """Return a script that is served elsewhere as a function of its inputs.

    Args:
        url: Link to its page, as `modelapp run` prints it for visitors: the whole of it, with what follows "#".
        key: What the host asks of callers, where it asks for one.

    Returns:
        A `RemoteModel`, which is called like a `Model`. Pictures come back as PIL images, tables as DataFrames, sounds
        as `Audio`, other files as bytes.

    Raises:
        InvalidValue: If `url` is no address.

    Example:
        >>> import modelapp as ma
        >>> model = ma.connect("http://localhost:8501")  # doctest: +SKIP
        >>> model(age=63)["label"]  # doctest: +SKIP
    """
    return RemoteModel(url, key)
