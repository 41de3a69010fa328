"""The cards of a gallery: what is known of each app, kept on disk by the version of its script.

What is missing is found in the background, one app at a time, each in a process of its own (`first_answer`).
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Literal

import msgspec
from modelapp.core.errors import ScriptError
from modelapp.script.failure import as_text
from modelapp.script.run import Script
from modelapp.server.gallery.scripts import AppFile

log = logging.getLogger("modelapp")
_MOST_SECONDS = 180
State = Literal["waiting", "ready", "broken"]


class Answer(msgspec.Struct, frozen=True):
    """What the card of an app shows.

    Attributes:
        version: Of the script that gave it.
        state: "ready"; "broken" if the script failed; "waiting" while it is not known.
        answer: In words, or None.
        name: Of the output, where the answer is a number, else "".
        share: Confidence of the answer, from 0 to 1, or None.
        waits: What the script waits for, or "".
        picture: True if there is one.
    """

    version: str
    state: State = "waiting"
    answer: str | None = None
    share: float | None = None
    waits: str = ""
    name: str = ""
    picture: bool = False


class Cards:
    """Answers of the apps of a gallery.

    Args:
        folder: Where they are kept.
        changed: Called when one is there.
    """

    def __init__(self, folder: Path, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._changed = changed
        self._apps: dict[str, AppFile] = {}
        self._answers: dict[str, Answer] = {}
        self._task: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        folder.mkdir(parents=True, exist_ok=True)

    def update(self, apps: Iterable[AppFile]) -> None:
        """Take in how the apps are now, and begin to find what is missing."""
        self._apps = {app.name: app for app in apps}
        for name, app in self._apps.items():
            known = self._answers.get(name) or self._read(app)
            if not app.compiles:
                if known.version != app.version:
                    _tell_failure(app.path)
                known = Answer(app.version, "broken")
            # While the answer of a saved script is not there, its old one stays.
            self._answers[name] = known
        for name in self._answers.keys() - self._apps.keys():
            del self._answers[name]
            for path in self._places(name):
                path.unlink(missing_ok=True)
        if self._task is None and self._next() is not None:
            self._task = asyncio.ensure_future(self._work())

    def of(self, name: str) -> Answer:
        """Return what is known of an app."""
        return self._answers.get(name) or Answer("")

    def picture(self, name: str) -> Path | None:
        """Return where the picture of an app lies, or None."""
        return self._places(name)[1] if name in self._answers and self._answers[name].picture else None

    def stop(self) -> None:
        """Find no more."""
        self._apps = {}
        if self._task is not None:
            self._task.cancel()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def _next(self) -> AppFile | None:
        return next((app for app in self._apps.values() if self._answers[app.name].version != app.version), None)

    async def _work(self) -> None:
        while (app := self._next()) is not None:
            answer = await self._found(app)
            if app.name in self._apps:
                self._answers[app.name] = answer
                self._write(app.name, answer)
                self._changed()
        self._task = None

    async def _found(self, app: AppFile) -> Answer:
        picture = self._places(app.name)[1]
        part = picture.with_suffix(".part")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "modelapp.server.gallery.first_answer",
            str(app.path),
            str(part),
            cwd=app.path.parent,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        try:
            said, errors = await asyncio.wait_for(self._process.communicate(), _MOST_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
            log.error("%s has given no answer in %d seconds: its card has none.", app.path.name, _MOST_SECONDS)
            return Answer(app.version, "broken")
        try:
            last = said.decode("utf-8", "replace").strip().rpartition("\n")[2]
            found = msgspec.json.decode(last, type=dict[str, object])
            answer = msgspec.convert({**found, "version": app.version, "state": "ready"}, Answer)
        except msgspec.MsgspecError:
            why = errors.decode("utf-8", "replace").strip() or f"it ended with {self._process.returncode}"
            log.error("%s does not work, and its card says so:\n%s", app.path.name, why)
            return Answer(app.version, "broken")
        if answer.picture:
            part.replace(picture)
        return answer

    def _places(self, name: str) -> tuple[Path, Path]:
        known = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:20]
        return self._folder / f"{known}.json", self._folder / f"{known}.png"

    def _read(self, app: AppFile) -> Answer:
        try:
            return msgspec.json.decode(self._places(app.name)[0].read_bytes(), type=Answer)
        except (OSError, msgspec.MsgspecError):
            return Answer("")

    def _write(self, name: str, answer: Answer) -> None:
        try:
            self._places(name)[0].write_bytes(msgspec.json.encode(answer))
        except OSError as problem:  # it is found again at the next start
            log.warning("The card of %s cannot be kept: %s", name, problem.strerror)


def _tell_failure(path: Path) -> None:
    """Say in the terminal why a script does not compile."""
    with contextlib.suppress(ScriptError):  # it is gone meanwhile
        failure = Script(path).failure
        if failure is not None:
            log.error("%s does not compile, and its card says so:\n%s", path.name, as_text(failure))
