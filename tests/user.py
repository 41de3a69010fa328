"""A user without a browser: drives an app in this process and sees what a page would see."""

from __future__ import annotations

import asyncio
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from modelapp.core.protocol import Answer, Append, Ask, Element, Frame, Notice, Problem, RunState, Set
from modelapp.script.run import Script
from modelapp.session.app import App
from modelapp.session.flags import Flags
from modelapp.session.history import History
from modelapp.session.queue import ThreadQueue
from modelapp.session.storage import FolderStorage
from modelapp.session.store import SessionStore

PATIENCE_SECONDS = 90


class Host:
    """An app with a real event loop in a thread of its own, and a store and blobs on disk."""

    def __init__(self, folder: Path, script: str, *, concurrency: int = 4, name: str = "demo.py") -> None:
        self.path = folder / name
        self.folder = folder
        if script:
            self.path.write_text(textwrap.dedent(script))
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.script = Script(self.path)
        self.script.install()
        storage = FolderStorage(folder / ".modelapp")
        self.queue = ThreadQueue(concurrency)
        self.app = App(
            self.script,
            SessionStore(storage),
            storage.blobs(),
            self.queue,
            Flags(storage),
            History(storage),
            self.loop,
        )

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Call in the loop's thread and return the result."""

        async def do() -> Any:
            return function(*args)

        return asyncio.run_coroutine_threadsafe(do(), self.loop).result(PATIENCE_SECONDS)

    def save(self, script: str) -> None:
        """Change the script and tell the app, as the watcher does."""
        self.path.write_text(textwrap.dedent(script))
        self.call(self.app.reload, {self.path})

    def user(self, *, role: str = "presenter", session: str | None = None) -> User:
        """Open a page."""
        return User(self, role, session)

    def close(self) -> None:
        """Stop everything."""
        self.call(self.app.close)
        self.queue.close()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self.loop.close()


class User:
    """One page of a host."""

    def __init__(self, host: Host, role: str, session: str | None) -> None:
        self.host = host
        self.role = role
        self.acknowledged = 0
        self.told = 0
        self.whole = True
        self.shows_old_page = False
        self.elements: dict[str, Element] = {}
        self.order: list[str] = []
        self.values: dict[str, Any] = {}
        self.messages: list[Any] = []
        self.phases: list[RunState] = []
        self.seen = 0
        self.asked: dict[int, Answer] = {}
        self._sequence = 0
        self._condition = threading.Condition()
        self.session, self.resumed = host.call(host.app.open, session, role)
        host.call(self.session.attach, self, None)

    # what a client is

    def send(self, messages: list[Any]) -> None:
        with self._condition:
            for message in messages:
                # Over the wire and back: what cannot be encoded must not pass here either.
                msgspec.json.encode(message)
                self._take(message)
            self._condition.notify_all()

    def _take(self, message: Any) -> None:
        self.messages.append(message)
        match message:
            case Frame():
                if message.reset:
                    self.elements, self.order, self.values = {}, [], {}
                self.seen = message.sequence
                self.elements.update({element.id: element for element in message.elements})
                if message.order is not None:
                    self.order = list(message.order)
                    self.elements = {name: self.elements[name] for name in self.order}
                self.values.update(message.values)
            case Append():
                self.seen = message.sequence
                old = self.elements[message.element]
                props = msgspec.structs.replace(old.props, text=old.props.text + message.text)
                self.elements[message.element] = Element(old.id, old.parent, props)
            case RunState():
                self.phases.append(message)
            case Answer():
                self.asked[message.id] = message

    # what a person does

    def set(self, _pressed: str | None = None, **values: Any) -> int:
        """Change inputs, or press a button, without waiting."""
        self._sequence += 1
        with self._condition:
            self.values.update(values)
        self.host.call(self.session.set, self, Set(values, self._sequence, _pressed))
        return self._sequence

    def press(self, name: str) -> None:
        """Press a button, without waiting."""
        self.set(name)

    def ask(self, element: str, query: Any) -> Answer:
        """Ask an output a question and wait for the answer."""
        number = len(self.messages) + 1
        self.host.call(self.session.ask, self, Ask(number, element, query))
        self.wait(lambda: number in self.asked)
        return self.asked[number]

    def cancel(self) -> None:
        """Press "stop"."""
        self.host.call(self.session.cancel)

    def leave(self) -> None:
        """Close the page."""
        self.host.call(self.session.detach, self)

    # what a person sees

    def wait(self, condition: Callable[[], Any]) -> User:
        """Wait until the page is as the condition says."""
        with self._condition:
            seen = self._condition.wait_for(condition, PATIENCE_SECONDS)
        assert seen, f"never came true; the page: {self.texts}, {self.phases[-3:]}, {self.problems[-3:]}"
        return self

    def settle(self) -> User:
        """Wait until no run is going on."""
        return self.wait(
            lambda: (
                self.phases
                and self.phases[-1].phase in ("done", "waiting", "failed", "cancelled")
                and not self.session.busy
            )
        )

    def sees(self, text: str) -> User:
        """Wait until some output shows exactly this text."""
        return self.wait(lambda: text in self.texts)

    @property
    def texts(self) -> list[str]:
        """Texts of the outputs, in order."""
        shown = [self.elements[name].props for name in list(self.order) if name in self.elements]
        return [props.text for props in shown if isinstance(getattr(props, "text", None), str)]

    @property
    def phase(self) -> str:
        """Phase of the last run."""
        return self.phases[-1].phase if self.phases else ""

    @property
    def failure(self) -> Any:
        """Failure of the last run, or None."""
        return self.phases[-1].failure if self.phases else None

    @property
    def problems(self) -> list[Problem]:
        """Messages of this page that were refused."""
        return [message for message in self.messages if isinstance(message, Problem)]

    @property
    def notices(self) -> list[Notice]:
        """What the author was told."""
        return [message for message in self.messages if isinstance(message, Notice)]
