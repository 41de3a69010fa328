"""A served script as a function for programs on other machines: runs on the queue that pages share, and their answers.

Nothing here knows HTTP. Methods of `Service` and `ServedCall` are called in the event loop's thread unless they say
otherwise; runs happen in the queue's threads and report back through the loop.
"""

import mimetypes
import secrets
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote

from modelapp.core.context import RunContext
from modelapp.core.declared import FromJson
from modelapp.core.json_schema import Schema
from modelapp.core.output import Output
from modelapp.core.protocol import Json, LayoutProps, OutputProps, ProgressProps
from modelapp.model.call_files import KEPT_SECONDS, CallBlobs, CallFiles
from modelapp.model.headless import Model
from modelapp.model.result import portable
from modelapp.script.interrupt import Interrupter
from modelapp.script.run import Outcome
from modelapp.session.app import App
from modelapp.session.queue import Job

_FORCE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller asks for.

    Attributes:
        inputs: Values by input name.
        edits: Edits by input name.
        media: "link" to keep files that outputs make for a while, "inline" to put them into the answer.
        client: Who asks: callers take turns in the queue.
        visitor: Name of the person who asks, or None.
        base: Path below which the app was asked, with a slash at both ends: addresses of files begin with it.
    """

    inputs: Mapping[str, FromJson] = field(default_factory=dict)
    edits: Mapping[str, list[Json]] = field(default_factory=dict)
    media: Literal["link", "inline"] = "link"
    client: str = ""
    visitor: str | None = None
    base: str = "/"


class NotOffered(Exception):
    """The script says that it is not to be called over HTTP."""


class Told(Protocol):
    """Is told how a call goes on, in the loop's thread."""

    def queued(self, place: int) -> None:
        """It waits; 1 is next."""

    def progress(self, progress: ProgressProps) -> None:
        """A loop of the script is at work."""

    def output(self, name: str, value: Json) -> None:
        """An output is there."""

    def text(self, name: str, more: str) -> None:
        """A text grows."""


class Elsewhere(Protocol):
    """Does calls in other processes."""

    def call(
        self, asked: Asked, told: Callable[[tuple[Any, ...]], None] | None, stops: list[Callable[[], None]]
    ) -> Any:
        """Do a call, and return its `CallAnswer`. Called in a thread of the queue.

        Args:
            told: Called with what it tells meanwhile, in the same thread, or None.
            stops: Gets what ends it.

        Raises:
            ModelAppError: Whatever is wrong with it.
        """


class Service:
    """A served script as a function.

    Args:
        app: The app that serves it.
        folder: Where files of calls are kept for a while; what an earlier process left there is deleted.
        media: Prefix of the addresses of such files.
        elsewhere: Does the runs, or None: they are done in this process.
    """

    def __init__(self, app: App, folder: Path, media: str = "/api/media", elsewhere: "Elsewhere | None" = None) -> None:
        self.app = app
        self.elsewhere = elsewhere
        self.media = media
        self.blobs = app.blobs_for(set())
        self.model = Model.serving(app.script, self.blobs)
        self.files = CallFiles(app, folder)
        self.going_on = 0
        """How many calls are queued or go on."""

    def start(
        self, asked: Asked, done: Callable[["Answer | BaseException"], None], told: Told | None = None
    ) -> "ServedCall":
        """Begin a call; `done` gets its answer, or what went wrong, in the loop's thread."""
        call = ServedCall(self, asked, done, told)
        self.app.ahead.give_way()
        call.begin()
        return call

    def describe(self, client: str, done: Callable[[Any], None]) -> None:
        """Find what the script takes and gives; `done` gets the schemas, or an exception, in the loop's thread."""

        def work() -> None:
            result: Schema | BaseException
            try:
                result = self.model.schema()
                if not self.model.offered:
                    result = NotOffered()
            except Exception as error:  # handed to `done`, whatever it is
                result = error
            self.app.loop.call_soon_threadsafe(done, result)

        self.app.queue.submit(Job(work, lambda place: None, client=client))

    def close(self) -> None:
        """Delete all files of calls."""
        self.files.close()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call returned.

    Attributes:
        outputs: The outputs as JSON, by name.
        seconds: How long the script ran.
        read: Names of the inputs that this run read.
    """

    outputs: dict[str, Json]
    seconds: float
    read: list[str]


class ServedCall:
    """One call: queued, going on, or ended."""

    def __init__(
        self, service: Service, asked: Asked, done: Callable[[Answer | BaseException], None], told: Told | None
    ) -> None:
        self._service = service
        self._asked = asked
        self._done = done
        self._told = told
        self._grant: str | None = None
        self._blobs = CallBlobs(self._folder, service.blobs)
        self._values: dict[str, Json] = {}
        self._linked = False
        self._cancelled = False
        self._ended = False
        self._started = False
        self._interrupter: Interrupter | None = None
        self._stops: list[Callable[[], None]] = []
        self._job = Job(self._work, self._moved, client=asked.client)

    def _folder(self) -> Path:
        """Return the folder of the call's files; most calls have none. Called in a thread of the queue."""
        self._grant = secrets.token_urlsafe(18)
        return self._service.files.folder_of(self._grant)

    def begin(self) -> None:
        """Take a place in the queue."""
        self._service.going_on += 1
        place = self._service.app.queue.submit(self._job)
        if place and self._told:
            self._told.queued(place)

    def cancel(self) -> None:
        """End the call: nobody waits for its answer any more."""
        if self._ended or self._cancelled:
            return
        self._cancelled = True
        if self._service.app.queue.withdraw(self._job):
            self._ended = True
            self._service.going_on -= 1
            return
        if self._interrupter:
            self._interrupter.request()
        for stop in self._stops:
            stop()
        self._force()

    def _force(self) -> None:
        # Again and again: the script may catch the exception, or sit in a call that cannot be interrupted.
        if self._ended:
            return
        if self._interrupter:
            self._interrupter.force()
        self._service.app.loop.call_later(_FORCE_SECONDS, self._force)

    def _moved(self, place: int) -> None:
        if self._told and not self._started:
            self._service.app.loop.call_soon_threadsafe(self._told.queued, place)

    def _work(self) -> None:
        """Run the script. Called in a thread of the queue."""
        self._started = True
        result: Answer | BaseException
        try:
            result = self._answer()
        except BaseException as error:  # the script may raise anything: handed to `done`
            result = error
        with suppress(RuntimeError):  # the host stopped meanwhile, and its loop is closed
            self._service.app.loop.call_soon_threadsafe(self._finish, result)

    def _answer(self) -> Answer:
        if self._service.elsewhere is not None:
            return self._answer_from(self._service.elsewhere)
        model = self._service.model
        run, outcome = model.call(
            self._asked.inputs,
            self._asked.edits,
            blobs=self._blobs,
            begin=self._begin_run,
            visitor=self._asked.visitor,
        )
        if not run.offered:
            raise NotOffered
        outputs = {
            name: self._values[name] if name in self._values else portable(name, output, self._keep)
            for name, output in run.outputs.items()
        }
        read = [name for name, declared in run.inputs.items() if not declared.input.momentary]
        return Answer(outputs, round(outcome.seconds, 6), read)

    def _answer_from(self, elsewhere: Elsewhere) -> Answer:
        answer = elsewhere.call(self._asked, self._tell if self._told else None, self._stops)
        if not answer.offered:
            raise NotOffered
        outputs = {name: self._served(value, answer.files) for name, value in answer.outputs.items()}
        return Answer(outputs, round(answer.seconds, 6), list(answer.read))

    def _served(self, value: Json, files: Mapping[str, bytes]) -> Json:
        """Return an output that another process made, with addresses of its files."""
        if isinstance(value, dict):
            if value.keys() == {"file", "size_bytes"} and value["file"] in files:
                return self._keep(value["file"], files[value["file"]])
            return {key: self._served(item, files) for key, item in value.items()}
        return [self._served(item, files) for item in value] if isinstance(value, list) else value

    def _tell(self, what: tuple[Any, ...]) -> None:
        """Tell the caller what the run makes in another process. Called in a thread of the queue."""
        assert self._told is not None
        kind, *facts = what
        if kind == "output":
            name, value, files = facts
            facts = [name, self._served(value, files)]
        self._service.app.loop.call_soon_threadsafe(getattr(self._told, kind), *facts)

    def _begin_run(self, run: RunContext) -> Interrupter:
        self._interrupter = Interrupter(run)
        if self._told:
            self._values.clear()  # of a run that asked for another one
            run.watcher = Watching(self._told, self._service.app.loop, self._show)
        if self._cancelled:
            run.superseded = True
        return self._interrupter

    def _show(self, name: str, output: Output) -> Json:
        self._values[name] = portable(name, output, self._keep)
        return self._values[name]

    def _keep(self, name: str, content: bytes | Path) -> Json:
        """Return what stands for a file. Called in a thread of the queue."""
        size_bytes = content.stat().st_size if isinstance(content, Path) else len(content)
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        facts: dict[str, Json] = {"name": name, "size_bytes": size_bytes, "media_type": media_type}
        if self._asked.media == "inline":
            data = content.read_bytes() if isinstance(content, Path) else content
            return {**facts, "base64": b64encode(data).decode()}
        digest = self._blobs.put(content)
        assert self._grant is not None
        self._service.files.share(self._grant, digest, content)
        if not self._linked:
            self._linked = True
            self._service.app.loop.call_soon_threadsafe(self._service.files.keep, self._grant)
        address = f"{self._asked.base[:-1]}{self._service.media}/{self._grant}/{digest}?name={quote(name, safe='')}"
        return {**facts, "url": address, "kept_seconds": KEPT_SECONDS}

    def _finish(self, result: Answer | BaseException) -> None:
        self._ended = True
        service = self._service
        service.going_on -= 1
        if self._grant is not None and (not self._linked or self._cancelled):
            service.files.forget(self._grant)
        service.app.ran(Outcome("done"))  # new modules of the script are watched from now on
        if not self._cancelled:
            self._done(result)


class Watching:
    """Tells a caller what a run makes while it goes on. Called in the run's thread."""

    def __init__(self, told: Told, loop: Any, show: Callable[[str, Output], Json]) -> None:
        self._told = told
        self._loop = loop
        self._show = show
        self._streams: dict[str, tuple[str, Output]] = {}
        self._sent: dict[str, int] = {}

    def shown(self, name: str, output: Output) -> None:
        """Tell of an output, or note one whose text will grow."""
        if getattr(output, "streaming", False):
            self._streams[f"output.{name}"] = (name, output)
            return
        self._loop.call_soon_threadsafe(self._told.output, name, self._show(name, output))

    def changed(self, identity: str, props: LayoutProps | OutputProps) -> None:
        """Tell how far a loop is, or how a text grew."""
        if isinstance(props, ProgressProps):
            self._loop.call_soon_threadsafe(self._told.progress, props)
        elif identity in self._streams:
            name, output = self._streams[identity]
            text = str(getattr(props, "text", ""))
            sent = self._sent.get(name, 0)
            if len(text) > sent:
                self._sent[name] = len(text)
                self._loop.call_soon_threadsafe(self._told.text, name, text[sent:])
            if not getattr(output, "streaming", False):
                del self._streams[identity]
                self._loop.call_soon_threadsafe(self._told.output, name, self._show(name, output))
