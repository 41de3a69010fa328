"""A case: what a finished run got of its inputs, and what it made of that.

Flags and the history keep cases; both take from here what one is. Knows no session, no socket and no file.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modelapp.core.blobs import Blobs
from modelapp.core.context import RunContext
from modelapp.core.declared import MISSING
from modelapp.core.input import Input
from modelapp.core.output import Output
from modelapp.core.protocol import CaseInput, Json
from modelapp.script.weights import version_of
from modelapp.session.blobs import digests_in

_KEPT_LETTERS = "\n\t\u200c\u200d"
"""New lines, and what joins letters in several scripts."""
_LONGEST_LINE = 300
_LONGEST_TEXT = 160
_MOST_PARTS = 6


@dataclass(frozen=True, slots=True)
class _Met:
    """An input that the run met."""

    input: Input[Any]
    used: Json
    initial: Json
    set_by_somebody: bool


class Case:
    """What a finished run used, and what it made of that.

    Args:
        run: The run.
        code: Digest of the script and its local modules.
        noted: Digests of the blobs that were made in the run.
        cached: What the run used of cached functions, among which models are.
    """

    def __init__(
        self,
        run: RunContext,
        code: str,
        noted: set[str] | None = None,
        cached: Sequence[tuple[str, Any]] = (),
    ) -> None:
        self._met = {
            name: _Met(one.input, one.used, one.initial, one.stored is not MISSING)
            for name, one in run.inputs.items()
            if not one.input.momentary
        }
        self.inputs: dict[str, Json] = {name: one.used for name, one in self._met.items()}
        self._code = code
        self._cached = cached
        self._version = run.version
        self.made: dict[str, Output] = dict(run.outputs)
        self._noted = noted or set()
        self._lock = threading.Lock()
        self._portable: dict[str, Json] | None = None

    @property
    def own(self) -> bool:
        """True if somebody has set one of the inputs."""
        return any(one.set_by_somebody for one in self._met.values())

    def version(self) -> str:
        """Return what tells the script, its modules and the weights of its models from others.

        It may take as long as reading the weights. Called in any thread.
        """
        with self._lock:
            if self._version is None:
                self._version = version_of(self._code, self._cached)
                self._cached = ()  # a model that the script does not keep any more need not stay for this
            return self._version

    def outputs(self, blobs: Blobs) -> dict[str, Json]:
        """Return the outputs as JSON. Called in any thread."""
        with self._lock:
            if self._portable is None:
                self._portable = {name: _portable(name, output, blobs) for name, output in self.made.items()}
            return self._portable

    def digests(self) -> set[str]:
        """Return the blobs that it is made of, and those that were made for the page that showed it."""
        return {*digests_in(self.inputs), *digests_in(self._portable or {}), *self._noted}

    def said(self) -> list[CaseInput]:
        """Return what a reader is told of the inputs that are not as they begin; of all, if none is another."""
        others = [name for name, one in self._met.items() if one.used != one.initial]
        return [
            CaseInput(name, one.input.label or name, in_words(one.used), edits_of(one.used))
            for name, one in self._met.items()
            if name in others or not others
        ]

    def picture(self, blobs: Blobs) -> bytes | None:
        """Return a small picture file of the first input that has one. Called in any thread."""
        for one in self._met.values():
            try:
                picture = one.input.picture_of(one.used, blobs)
            except Exception:  # foreign bytes may make a decoder raise anything, and the case says all without it
                continue
            if picture is not None:
                return picture
        return None


def edits_of(raw: Json) -> tuple[Json, ...]:
    """Return the edits of a raw value."""
    edits = raw.get("edits") if isinstance(raw, dict) else None
    return tuple(edits) if isinstance(edits, list) else ()


def in_words(raw: Json) -> str:
    """Return a raw value for a reader, in at most a line or two: a file's name, a text, the figures of a row."""
    text = " ".join(_words(raw).split())
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _words(raw: Json) -> str:
    if raw is None:
        return "empty"
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, float):
        return f"{raw:g}"
    if isinstance(raw, list):
        return _joined(_words(item) for item in raw)
    if isinstance(raw, dict):
        if isinstance(raw.get("name"), str) and "blob" in raw:
            return str(raw["name"])
        if isinstance(raw.get("text"), str):
            return str(raw["text"])
        return _joined(f"{name} {_words(item)}" for name, item in raw.items())
    return str(raw)


def _joined(parts: Iterator[str]) -> str:
    found = list(parts)
    return ", ".join(found[:_MOST_PARTS]) + (" …" if len(found) > _MOST_PARTS else "")


def _portable(name: str, output: Output, blobs: Blobs) -> Json:
    def keep(file_name: str, content: bytes | Path) -> Json:
        size_bytes = content.stat().st_size if isinstance(content, Path) else len(content)
        return {"blob": blobs.put(content), "name": f"{name}{Path(file_name).suffix}", "size_bytes": size_bytes}

    try:
        return output.portable(keep)
    except Exception as error:  # what the script passed may do anything when it is looked at
        return {"unreadable": f"{type(error).__name__}: {error}"}


def answer_of(outputs: Mapping[str, Json]) -> Json:
    """Return the answer among outputs: the first label, else the first number, else the first text, else None."""
    for output in outputs.values():
        if isinstance(output, dict) and output.keys() == {"label", "confidences"}:
            return output["label"]
    for kind in ((int, float), str):
        for output in outputs.values():
            if isinstance(output, kind):
                return output
    return None


def answer_in_words(outputs: Mapping[str, Json]) -> str | None:
    """Return the answer among outputs for a reader, or None."""
    answer = answer_of(outputs)
    if answer is None:
        return None
    return f"{answer:.6g}" if isinstance(answer, float) else one_line(str(answer))


def clean(text: str) -> str:
    """Return a text that a visitor wrote without what is no letter, sign or new line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode()
    return "".join(letter for letter in text if letter.isprintable() or letter in _KEPT_LETTERS).strip()


def one_line(text: str) -> str:
    """Return a text as a line of a terminal, out of which nothing can reach."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
