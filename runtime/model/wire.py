"""Requests to a host: what is asked of it as JSON and files, over connections that are kept and used again.

A link's part after "#" is the key of a page that is encrypted from end to end: then requests go sealed, and nobody in
between can read them. What follows "?" is done with as a browser would, so that a personal link can be called too.
"""

import base64
import http.client
import secrets
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import msgspec
from modelapp.core import errors
from modelapp.core.errors import EnvironmentFault, InvalidValue, ModelAppError
from modelapp.core.protocol import Json
from modelapp.core.sealing import Key, Opener, Sealer, Unsealable

_PATIENCE_SECONDS = 600
_STALE = 409
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
Files = list[tuple[Path, str]]
"""Files of one input: where they lie, and their names."""

_Reply = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers and body."""

_Exchange = Callable[[str, str, bytes | None, dict[str, str]], _Reply]
"""Sends a request: method, path, body and headers."""


class Wire:
    """Requests to one host. Any number of threads may ask.

    Args:
        url: Address of its page, as `modelapp run` or `modelapp invite` prints it.
        key: What the host asks of callers over HTTP, or None.

    Raises:
        InvalidValue: If `url` is no address, or the part after "#" is no key.
    """

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
        sealing, _, query = parts.fragment.partition("?")
        self._send: _Exchange = self._exchange
        if sealing:
            self._send = _Sealed(_key(sealing), self._exchange, self.url).exchange
        self._query = query or parts.query
        self._entering = Lock()
        weakref.finalize(self, _close, self._idle)

    def run(self, body: Json, files: Mapping[str, Files]) -> Any:
        """Run the script; return the answer."""
        content, kind = (_form(body, files)) if files else (msgspec.json.encode(body), "application/json")
        return self._json("POST", "api/run", content, {"Content-Type": kind})

    def get_json(self, path: str) -> Any:
        """Return what is at an address of the host."""
        return self._json("GET", path, None, {})

    def content(self, file: Json) -> tuple[str, bytes]:
        """Return the name and the content of a file of an answer."""
        # A host that is told below which path it stands begins its addresses with that; this link may know another.
        _, found, rest = str(file["url"]).partition("/api/media/")
        status, data = self._request("GET", f"api/media/{rest}" if found else str(file["url"]).lstrip("/"), None, {})
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
        if status == 404 and not isinstance(decoded.get("error"), dict):
            raise EnvironmentFault(
                f"There is no script at {self.url}.",
                hint="An encrypted page needs the whole link, with the part after “#”.",
            )
        raise _error(status, decoded)

    def _request(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        self._enter()
        status, _, data = self._send(method, path, body, {**self._headers, **headers})
        return status, data

    def _enter(self) -> None:
        """Do with the link's query what a browser does: what the host then sets is kept, and sent with each request."""
        with self._entering:
            if not self._query:
                return
            status, headers, _ = self._send("GET", f"?{self._query}", None, {})
            if status != 302:
                raise EnvironmentFault(f"The link to {self.url} is not valid, or no longer. Please ask for a new one.")
            cookies = [value.partition(";")[0] for name, value in headers if name.lower() == "set-cookie"]
            if cookies:
                self._headers["Cookie"] = "; ".join(cookies)
            self._query = ""

    def _exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> _Reply:
        for _ in range(2):
            with self._lock:
                kept = self._idle.pop() if self._idle else None
            connection = kept or self._connection()
            try:
                connection.request(method, self._path + path, body, headers)
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
            return response.status, response.getheaders(), data
        raise EnvironmentFault(f"{self.url} closes each connection.")

    def _connection(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, timeout=_PATIENCE_SECONDS)


class _Sealed:
    """Requests that only the host can read, within those that `outer` sends. See `core/sealing.py`."""

    def __init__(
        self, key: Key, exchange: Callable[[str, str, bytes | None, dict[str, str]], _Reply], url: str
    ) -> None:
        self._key = key
        self._outer = exchange
        self._url = url
        self._id = b""

    def exchange(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> _Reply:
        """Send one, and return its answer.

        Raises:
            EnvironmentFault: If the host is not there, or has another key.
        """
        body = body or b""
        headers = {**headers, "Content-Length": str(len(body))}
        head = msgspec.json.encode({"method": method, "path": path, "headers": headers})
        for _ in range(2):
            sealer = Sealer(self._key.secret, key_id=self._id or self._present_id())
            sealed = sealer.header + sealer.seal(head + b"\n" + body) + sealer.finished()
            plain = {"Content-Type": "application/octet-stream"}
            status, _, data = self._outer("POST", "sealed/request", sealed, plain)
            if status == _STALE:
                self._id = b""
                continue
            if status != 200:
                raise EnvironmentFault(f"{self._url} does not take the request (status {status}).")
            return self._opened(data, sealer.salt)
        raise EnvironmentFault(f"{self._url} does not take the request (status {_STALE}).")

    def _present_id(self) -> bytes:
        status, _, data = self._outer("GET", "sealed/id", None, {})
        try:
            present = base64.b64decode(msgspec.json.decode(data)["id"])
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            raise EnvironmentFault(f"{self._url} is no encrypted page of modelapp (status {status}).") from None
        if not present.startswith(self._key.id):
            raise EnvironmentFault(f"The link to {self._url} is not valid any more. Please ask for a new one.")
        self._id = present
        return present

    def _opened(self, data: bytes, salt: bytes) -> _Reply:
        opener = Opener(lambda key_id, own: self._key.answering(salt))
        try:
            head, _, body = (opener.open(data) + opener.finished()).partition(b"\n")
        except Unsealable as fault:
            raise EnvironmentFault(f"The answer of {self._url} cannot be read: {fault.message}") from None
        told = msgspec.json.decode(head)
        return told["status"], [(name, value) for name, value in told["headers"]], body


def _key(text: str) -> Key:
    try:
        return Key.read(text)
    except ValueError:
        raise InvalidValue("The part of the link after “#” is not complete.", hint="Ask for the whole link.") from None


def _close(connections: list[http.client.HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


def _form(body: Json, files: Mapping[str, Files]) -> tuple[bytes, str]:
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
