"""What carries out headless runs of a script, and the engine of threads.

Whatever runs a script without a page hands cases to an `Engine` and takes answers from it. A case and an answer are
plain data that can be pickled, so that an engine may run them in other processes, or on other machines; the script goes
there as its file. Knows nothing of tables, reports or pages.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ClassVar, Protocol

import msgspec
from modelapp.core.declared import Declared
from modelapp.core.errors import InvalidValue, MissingInput, RunFailed
from modelapp.core.protocol import Json
from modelapp.model.engines.going import Going
from modelapp.model.headless import Model
from modelapp.model.result import Result
from modelapp.script.failure import failure_of
from modelapp.script.run import Script
from modelapp.session.queue import Job, Queue, ThreadQueue

_MOST_MEETINGS = 20
_NAMED = re.compile(r"(\w+)(=|:| is missing)")


@dataclass(frozen=True, slots=True)
class Case:
    """One run that is to be done.

    Attributes:
        position: Its place among the cases, from 0; the answer has the same.
        inputs: Values by input name, in any form that the input takes and that can be pickled.
        edits: Edits to do to inputs, by input name.
        visitor: Name of the person for whom it is done, or None.
    """

    position: int
    inputs: Mapping[str, Any]
    edits: Mapping[str, list[Json]] = field(default_factory=dict)
    visitor: str | None = None
    gives_way: ClassVar[bool] = False
    """True for what is many runs, and calls `Going.give_way` between two of them."""

    def done(self, model: Model, going: Going) -> "Answer":
        """Run the script on it; what is a case of another kind does more. A fault is part of the answer.

        Args:
            model: The script.
            going: What may end it, and is told of it.
        """
        return answer(model, self, going)


class Fault(msgspec.Struct, frozen=True):
    """Why a case has no outputs."""

    type: str
    """Name of the exception's class, or "WorkerDied", "TimeLimit", "MemoryLimit"."""
    message: str
    """One line."""
    input: str | None = None
    """The input that is at fault, or None."""
    line: str | None = None
    """Where in the script it happened, as "demo.py:4", or None."""

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" + (f" ({self.line})" if self.line else "")


class Answer(msgspec.Struct, frozen=True):
    """What became of a case: outputs or a fault."""

    position: int
    outputs: dict[str, Json] = {}
    """The outputs as JSON, by name; {"file": name, "size_bytes": n} stands for one of `files`."""
    files: dict[str, bytes] = {}
    """Pictures, sounds and other files that the outputs are made of, whole, by a name that begins with the output's."""
    seconds: float = 0.0
    """How long the script ran."""
    fault: Fault | None = None


class MetInput(msgspec.Struct, frozen=True):
    """An input that a run met."""

    name: str
    label: str
    optional: bool
    """True if it may be left out."""
    takes_path: bool
    """True if a text stands for a file."""
    suffixes: tuple[str, ...]
    """What the names of files in a folder end with that it takes; () takes no folder."""
    cells: tuple[str, ...]
    """The columns of a table that make up its value; () if one column of its name does."""


class Meeting(msgspec.Struct, frozen=True):
    """What a script's runs of the first cases met."""

    inputs: tuple[MetInput, ...] = ()
    missing: tuple[str, ...] = ()
    """Inputs that the script waits for."""
    possible: frozenset[str] = frozenset()
    """Names that inputs might have which were not met."""
    fault: Fault | None = None
    """Why no run ended well, or None."""
    position: int | None = None
    """The case whose run ended well, or None."""


class Engine(Protocol):
    """Carries out cases."""

    told: Callable[[Any], None] | None
    """Called with what cases tell before their answers, in any thread, by engines that can; None asks for nothing."""

    def meet(self, cases: Sequence[Case]) -> Meeting:
        """Run the first of these that run well, to learn what inputs the script has; other names are ignored.

        Raises:
            ScriptError: If the script cannot be compiled.
        """

    def run(self, cases: Iterable[Case]) -> Iterator[Answer]:
        """Run cases, and yield an answer for each in the order in which they are ready.

        Few cases are taken ahead of the answers. Closing the iterator ends what is going on. One run at a time.
        """

    def close(self) -> None:
        """Give back threads, processes and models. Can be called twice."""


class ThreadEngine:
    """An engine of threads in this process, which share one model.

    Args:
        script: The script, or its file.
        concurrency: Runs at the same time. One is done in the caller's own thread.
        queue: The queue whose threads do the runs, behind all that is not in the background; None has its own.
        visitor: Name of the person for whom they are done, or None.

    Raises:
        ScriptError: If the script cannot be compiled.
    """

    def __init__(
        self, script: Path | Script, concurrency: int = 1, queue: Queue | None = None, visitor: str | None = None
    ) -> None:
        self.told: Callable[[Any], None] | None = None
        self._model = Model(script)
        self._model.visitor = visitor
        self._concurrency = concurrency
        self._own = ThreadQueue(concurrency) if queue is None and concurrency > 1 else None
        self._queue = queue or self._own

    def meet(self, cases: Sequence[Case]) -> Meeting:
        """Run the first of these that run well, to learn what inputs the script has."""
        return meeting(self._model, cases)

    def run(self, cases: Iterable[Case]) -> Iterator[Answer]:
        """Run cases, and yield an answer for each in the order in which they are ready."""
        if self._queue is None:
            return (case.done(self._model, Going(self.told)) for case in cases)
        return self._run(cases, self._queue)

    def _run(self, cases: Iterable[Case], queue: Queue) -> Iterator[Answer]:
        answers: SimpleQueue[Answer] = SimpleQueue()
        waiting: dict[int, Job] = {}
        try:
            for case in cases:
                job = Job(_work(self._model, case, answers), lambda place: None, client="bulk", background=True)
                waiting[case.position] = job
                queue.submit(job)
                if len(waiting) > self._concurrency:
                    ready = answers.get()
                    del waiting[ready.position]
                    yield ready
            while waiting:
                ready = answers.get()
                del waiting[ready.position]
                yield ready
        finally:
            for job in waiting.values():
                queue.withdraw(job)

    def close(self) -> None:
        """End the threads of a queue of its own as soon as they have nothing to do."""
        if self._own is not None:
            self._own.close()


def _work(model: Model, case: Case, answers: "SimpleQueue[Answer]") -> Any:
    def work() -> None:
        try:
            answers.put(case.done(model, Going()))
        except BaseException as error:  # the script's own KeyboardInterrupt, in a thread that no Ctrl-C reaches
            answers.put(Answer(case.position, fault=fault_of(error, model.path, case.inputs)))

    return work


def answer(model: Model, case: Case, going: Going | None = None) -> Answer:
    """Run one case. A fault of the script or a value is part of the answer; Ctrl-C gets out."""
    files: dict[str, bytes] = {}

    def keep(name: str, content: bytes | Path) -> Json:
        files[name] = content.read_bytes() if isinstance(content, Path) else content
        return {"file": name, "size_bytes": len(files[name])}

    try:
        begin = going.begin if going else None
        run, outcome = model.call(case.inputs, case.edits, "bulk", begin=begin, visitor=case.visitor)
        result = Result(run.outputs, run.inputs.values(), outcome.seconds)
        return Answer(case.position, result.portable(keep), files, result.seconds)
    except Exception as error:  # user code, and what it left to encode, may raise anything
        return Answer(case.position, fault=fault_of(error, model.path, case.inputs))


def meeting(model: Model, cases: Sequence[Case]) -> Meeting:
    """Run cases until one ends well, or waits for an input, and say what inputs there were."""
    met: dict[str, MetInput] = {}
    fault: Fault | None = None
    for case in cases[:_MOST_MEETINGS]:
        run, outcome = model.trial(case.inputs, "bulk", visitor=case.visitor)
        met.update({name: _met(one) for name, one in run.inputs.items() if not one.input.momentary})
        missing = tuple(name for name in outcome.waiting_for if name in run.inputs and name not in case.inputs)
        if missing or outcome.phase == "done":
            names = frozenset(model.names_in_script())
            return Meeting(tuple(met.values()), missing, names, position=None if missing else case.position)
        if isinstance(outcome.error, KeyboardInterrupt):
            raise outcome.error
        if outcome.error is not None and fault is None:
            fault = fault_of(outcome.error, model.path, case.inputs)
    return Meeting(tuple(met.values()), (), frozenset(model.names_in_script()), fault)


def _met(declared: Declared) -> MetInput:
    widget = declared.input
    return MetInput(
        name=declared.name,
        label=widget.label or declared.name,
        optional=not widget.required or not widget.is_empty(declared.initial),
        takes_path=isinstance(widget.from_text("file"), Path),
        suffixes=tuple(widget.example_suffixes),
        cells=widget.cell_names(),
    )


def fault_of(error: BaseException, script: Path, inputs: Mapping[str, Any]) -> Fault:
    """Return what a run that ended with an exception says of it."""
    if isinstance(error, InvalidValue):
        named = _NAMED.match(error.message)
        name = named[1] if named and (named[1] in inputs or isinstance(error, MissingInput)) else None
        return Fault(type(error).__name__, one_line(str(error)), name)
    raised = error.__cause__ if isinstance(error, RunFailed) and error.__cause__ is not None else error
    failure = failure_of(raised, script)
    kind, _, text = (failure.title or "").partition(": ")
    last = failure.lines[-1] if failure.lines else None
    return Fault(kind, one_line(f"{text} {failure.hint or ''}"), line=f"{last.file}:{last.line}" if last else None)


def one_line(text: str) -> str:
    """Return text without line breaks."""
    return " ".join(text.split())
