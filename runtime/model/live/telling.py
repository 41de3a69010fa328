"""How a run in a replica tells what it has made: at its end, and before that as often as somebody looks."""

import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from modelapp.core.context import RunContext
from modelapp.core.declared import Declared
from modelapp.core.output import Output
from modelapp.core.protocol import Element
from modelapp.model.engines.going import Going
from modelapp.model.live.keeping import KeptSession
from modelapp.model.live.parts import News, Packing, input_packed
from modelapp.script.interrupt import Interrupter
from modelapp.session.blobs import SessionBlobs

ItemT = TypeVar("ItemT")
_TELL_SECONDS = 0.05


class Telling:
    """Says what a run has made since it was last asked.

    Args:
        has: Digests of files and objects of inputs that the host has.
        run: The run.
        blobs: What it puts its files into.
        session: What is kept of its session.
        packing: Pickles it.
        interrupter: Knows where it is.
        file: The script's.
    """

    def __init__(
        self,
        has: Collection[str],
        run: RunContext,
        blobs: SessionBlobs,
        session: KeptSession,
        packing: Packing,
        interrupter: Interrupter,
        file: str,
    ) -> None:
        self._run, self._blobs, self._session = run, blobs, session
        self._packing, self._interrupter, self._file = packing, interrupter, file
        self._told: dict[str, object] = {}
        """What was told last, by "element", "input" or "output" and its name."""
        self._had = frozenset(has)
        self._has = set(has)
        self._facts: tuple[tuple[str, ...], int | None] | None = None
        self._ended = threading.Event()

    @contextmanager
    def to(self, going: Going) -> Iterator[None]:
        """Tell a case's host now and then while the block goes on, from when on the host wants to know."""
        threads: list[threading.Thread] = []

        def begin() -> None:
            thread = threading.Thread(target=self._tell, args=(going,), name="modelapp-telling", daemon=True)
            thread.start()
            threads.append(thread)

        going.heard_by(begin)
        try:
            yield
        finally:
            going.heard_by(None)
            self._ended.set()
            for thread in threads:
                thread.join()

    def _tell(self, going: Going) -> None:
        while not self._ended.is_set():
            try:
                news = self.news()
            except Exception:  # an input that cannot be pickled, say: the end tells all of it, or why not
                self._told.clear()
                self._has = set(self._had)
                return
            if news is not None:
                going.tell(news)
            self._ended.wait(_TELL_SECONDS)

    def news(self) -> News | None:
        """Return what is new while the run goes on, or None for nothing. What is returned counts as told."""
        news = self._news(ended=False)
        before, self._facts = self._facts, (news.order, news.line)
        # A file may be new by itself: what names it comes a moment later.
        if news.elements or news.inputs or news.outputs or news.contents or self._facts != before:
            return news
        return None

    def last(self) -> News:
        """Return what is new when the run has ended."""
        return self._news(ended=True)

    def _news(self, *, ended: bool) -> News:
        run = self._run
        inputs, outputs, elements = dict(run.inputs), dict(run.outputs), dict(run.elements)  # the run may go on
        widgets: dict[str, bytes] = {}
        told_inputs = {name: self._input(one, widgets) for name, one in self._new("input", inputs)}
        # An element that is an input's travels with that.
        drawn = {name for name, one in inputs.items() if elements.get(name) is one.element}
        told_elements = {
            name: self._packing.packed(one) for name, one in self._new("element", elements) if name not in drawn
        }
        told_outputs = dict(self._outputs(outputs, ended))
        contents = {digest: self._blobs.path(digest).read_bytes() for digest in self._blobs.noted - self._has}
        self._has.update(contents)
        groups, noted = tuple(run.submit_groups), tuple(self._blobs.noted)
        line = None if ended else self._at_line(elements)
        return News(tuple(elements), told_elements, told_inputs, widgets, told_outputs, groups, contents, noted, line)

    def _new(self, kind: str, items: Mapping[str, ItemT]) -> list[tuple[str, ItemT]]:
        """Return items that were not told as they are, which now they are."""
        new = [(name, item) for name, item in items.items() if self._told.get(f"{kind} {name}") is not item]
        self._told.update((f"{kind} {name}", item) for name, item in new)
        return new

    def _input(self, declared: Declared, widgets: dict[str, bytes]) -> bytes:
        digest, content = self._session.widget(declared, self._packing, self._has)
        if content is not None:
            widgets[digest] = content
            self._has.add(digest)
        return input_packed(declared, digest, self._packing)

    def _outputs(
        self, outputs: Mapping[str, Output], ended: bool
    ) -> Iterator[tuple[str, tuple[bytes, str, str | None, str | None]]]:
        for name, output in self._new("output", outputs):
            try:
                content = self._packing.packed(output)
            except Exception:  # the script may be changing it; or it holds a lock, a generator, an open file
                if not ended:
                    del self._told[f"output {name}"]
                    continue
                content = self._packing.packed_rest(name, output, self._blobs)
            yield name, (content, output.kind, output.label, output.key)

    def _at_line(self, elements: Mapping[str, Element]) -> int | None:
        return self._interrupter.line(self._file) if "layout.code" in elements else None
