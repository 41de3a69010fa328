"""A script that is served elsewhere as a function: the same interface as `Model`, over HTTP.

Values become JSON or files by the same widgets that read them in the script's own process, and outputs become Python's
types again. Connections are kept and used again; any number of threads may call one model.
"""

import http.client
import secrets
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import msgspec
from modelapp.core import errors
from modelapp.core.describe import describe
from modelapp.core.errors import EnvironmentFault, InvalidValue, ModelAppError
from modelapp.core.input import Input
from modelapp.core.json_schema import Schema
from modelapp.core.kinds import widget_of
from modelapp.core.output import Output
from modelapp.core.plain import plain_json
from modelapp.core.protocol import Json
from modelapp.model.result import InputFacts, NamedOutputs, Progress, mapped
from modelapp.model.schema import KIND, REQUIRED
from modelapp.session.blobs import FileBlobs, SessionBlobs

_PATIENCE_SECONDS = 600
_KINDS = {
    kind.__name__: kind
    for kind in (
        errors.ModelAppError,
        errors.ScriptError,
        errors.InvalidValue,
        errors.WrongInput,
        errors.MissingInput,
        errors.UnknownInput,
        errors.RunFailed,
        errors.EnvironmentFault,
    )
}
_Files = list[tuple[Path, str]]


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
        self._wire = _Wire(url, key)
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

    def _to_send(self, inputs: Mapping[str, Any], folder: Path) -> tuple[dict[str, Json], dict[str, _Files]]:
        blobs = SessionBlobs(FileBlobs(folder), set())
        values: dict[str, Json] = {}
        files: dict[str, _Files] = {}
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


class _Wire:
    """Requests to one host, over connections that are kept."""

    def __init__(self, url: str, key: str | None) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidValue(
                f"{url!r} is no address of a host.", hint='For example connect("http://localhost:8501").'
            )
        self.url = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/"
        self._host, self._secure, self._path = parts.netloc, parts.scheme == "https", parts.path.rstrip("/") + "/"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._idle: list[http.client.HTTPConnection] = []
        self._lock = Lock()
        weakref.finalize(self, _close, self._idle)

    def run(self, body: Json, files: Mapping[str, _Files]) -> Any:
        """Run the script; return the answer."""
        content, kind = (_form(body, files)) if files else (msgspec.json.encode(body), "application/json")
        return self._json("POST", "api/run", content, {"Content-Type": kind})

    def get_json(self, path: str) -> Any:
        """Return what is at an address of the host."""
        return self._json("GET", path, None, {})

    def content(self, file: Json) -> tuple[str, bytes]:
        """Return the name and the content of a file of an answer."""
        status, data = self._request("GET", str(file["url"]).lstrip("/"), None, {})
        if status != 200:
            raise InvalidValue(f"{file['name']!r} is not on the host any more: files are kept for a while only.")
        return str(file["name"]), data

    def _json(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Any:
        status, data = self._request(method, path, body, headers)
        try:
            decoded = msgspec.json.decode(data)
        except msgspec.DecodeError:
            raise EnvironmentFault(f"{self.url} is no script that modelapp serves (status {status}).") from None
        if status == 200:
            return decoded
        raise _error(status, decoded)

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        for _ in range(2):
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            connection = kept or self._connection()
            try:
                connection.request(method, self._path + path, body, {**self._headers, **headers})
                response = connection.getresponse()
                data = response.read()
            except (ConnectionError, http.client.BadStatusLine) as fault:
                connection.close()
                if kept is None:  # one that was kept may have been closed by the host meanwhile
                    raise EnvironmentFault(f"{self.url} does not answer: {fault}.") from fault
                continue
            except (OSError, http.client.HTTPException) as fault:
                connection.close()
                raise EnvironmentFault(f"{self.url} does not answer: {fault}.") from fault
            if response.will_close:
                connection.close()
            else:
                with self._lock:
                    self._idle.append(connection)
            return response.status, data
        raise EnvironmentFault(f"{self.url} closes each connection.")

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, timeout=_PATIENCE_SECONDS)


def _close(connections: list[http.client.HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def _form(body: Json, files: Mapping[str, _Files]) -> tuple[bytes, str]:
    boundary = secrets.token_hex(16)
    parts = [_part(boundary, f'name="{field}"', msgspec.json.encode(body[field])) for field in ("inputs", "edits")]
    for name, several in files.items():
        for path, file_name in several:
            shown = file_name.replace("\\", "_").replace('"', "_").replace("\r", "_").replace("\n", "_")
            parts.append(_part(boundary, f'name="{name}"; filename="{shown}"', path.read_bytes()))
    return b"".join([*parts, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _part(boundary: str, disposition: str, content: bytes) -> bytes:
    return f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n".encode() + content + b"\r\n"


def _error(status: int, body: Json) -> ModelAppError:
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return ModelAppError(f"The host answers with status {status}.")
    kind = _KINDS.get(str(error.get("kind")), ModelAppError)
    hint, message = error.get("hint"), str(error.get("message"))
    if kind is errors.RunFailed:
        hint = f"Its author finds the reason in the host's log by {error.get('request_id')}."
    raised: ModelAppError = kind(message, hint=hint)
    if isinstance(raised, InvalidValue):
        raised.name = error.get("input")
    return raised


def connect(url: str, key: str | None = None) -> RemoteModel:
    """Return a script that is served elsewhere as a function of its inputs.

    Args:
        url: Address of its page, as `modelapp run` prints it for visitors.
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
