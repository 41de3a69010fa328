"""A script run over many cases: an iterator of rows with a report at the end, which can be stopped and taken up again.

Prints nothing: a command line or a page shows what comes.
"""

import ast
import hashlib
import os
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
from modelapp.model.bulk import results
from modelapp.model.bulk.cases import Plan, opened, planned
from modelapp.model.bulk.gathering import Gathered
from modelapp.model.bulk.journal import Entry, Header, Journal
from modelapp.model.bulk.report import Report
from modelapp.model.bulk.results import Row, check_format
from modelapp.model.engines.choice import EngineChoice, chosen, engine_of
from modelapp.model.engines.threads import Answer, Engine
from modelapp.script.run import Script


class Bulk:
    """A bulk run. Iterate over it for a `Row` for each case, in the order in which they are ready; see `bulk`.

    Iterating begins with the cases that an earlier start had done.

    Args:
        engine: Runs the cases.
        plan: The cases.
        out: Where the results go, or None.
        journal: Keeps the answers; goes with `out`.
        truth: The column with what is true, or None.
        answer: The output that is compared with it; None takes the first label, number or text.
        held: What is closed at the end.
    """

    def __init__(
        self,
        engine: Engine,
        plan: Plan,
        *,
        out: Path | None = None,
        journal: Journal | None = None,
        truth: str | None = None,
        answer: str | None = None,
        held: ExitStack | None = None,
    ) -> None:
        self._engine = engine
        self._plan = plan
        self._out = out
        self._journal = journal
        self._gathered = Gathered(len(plan.cases), truth, answer)
        self._held = held or ExitStack()
        self._cancelled = False
        self._rows: Generator[Row, None, None] = self._run()
        self.kept = journal.done if journal else 0
        """How many cases an earlier start had done."""

    @property
    def total(self) -> int:
        """How many cases there are."""
        return len(self._plan.cases)

    @property
    def done(self) -> int:
        """How many rows were yielded."""
        return self._gathered.done

    @property
    def failed(self) -> int:
        """How many of them have no outputs."""
        return self._gathered.failed

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences: what was assumed of the cases."""
        return self._plan.said

    def __iter__(self) -> Iterator[Row]:
        """Yield a row for each case, once; write the results after the last one.

        Raises:
            EnvironmentFault: If an answer cannot be kept, for want of room say. What was kept before is whole, and
                another start goes on from there.
        """
        return self._rows

    def _run(self) -> Generator[Row, None, None]:
        journal = self._journal
        if journal is not None:
            for entry in journal.entries():
                yield self._taken(self._row(entry))
        left = (case for case in self._plan.cases if journal is None or case.position not in journal.offsets)
        answers = self._engine.run(left)
        try:
            for answer in answers:
                yield self._taken(self._kept(answer))
                if self._cancelled:
                    return
        finally:
            if hasattr(answers, "close"):
                answers.close()
            if journal is not None:
                journal.sync()
        self._finish()

    def cancel(self) -> None:
        """End iterating after the next row. May be called in any thread."""
        self._cancelled = True

    def report(self) -> Report:
        """Return the report of the rows so far."""
        return self._gathered.report(self.notes)

    def close(self) -> None:
        """Give back processes, files and what was unpacked. An unfinished run can be taken up again."""
        self._rows.close()
        self._engine.close()
        if self._journal is not None:
            self._journal.close()
        self._held.close()

    def __enter__(self) -> "Bulk":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ rows

    def _kept(self, answer: Answer) -> Row:
        if answer.fault is not None and self._plan.unpacked is not None:
            message = answer.fault.message.replace(f"{self._plan.unpacked}{os.sep}", "")
            answer = msgspec.structs.replace(answer, fault=msgspec.structs.replace(answer.fault, message=message))
        if self._journal is not None:
            return self._row(self._journal.add(answer, self._plan.keys[answer.position]))
        given = self._given(answer.position)
        return Row(answer.position + 1, given, answer.outputs, answer.seconds, answer.fault, answer.files)

    def _row(self, entry: Entry) -> Row:
        return Row(entry.position + 1, self._given(entry.position), entry.outputs, entry.seconds, entry.fault)

    def _given(self, position: int) -> dict[str, str]:
        return dict(zip(self._plan.columns, self._plan.rows[position], strict=True))

    def _taken(self, row: Row) -> Row:
        self._gathered.add(row)
        return row

    def _finish(self) -> None:
        journal = self._journal
        if journal is None or self._out is None:
            return
        results.write(self._out, lambda: (self._row(entry).flat() for entry in journal.entries()))
        journal.remove()


def bulk(
    script: str | Path | Script,
    cases: str | Path,
    *,
    truth: str | None = None,
    out: str | Path | None = None,
    workers: int = 0,
    engine: str | EngineChoice = "threads",
    replicas: str | None = None,
    replica_gpus: float = 0.0,
    timeout_seconds: float | None = None,
    memory_bytes: int | None = None,
    input: str | None = None,
    answer: str | None = None,
    restart: bool = False,
) -> Bulk:
    """Run a script over many cases.

    Args:
        script: The script's file, or `Interface.script`, which is run in this process only.
        cases: A CSV, TSV, XLSX or Parquet table with columns named like inputs; a folder of files, each of which is a
            case of the script's one input that takes files; or a zip of either. Paths in a table are relative to it.
        truth: The column that says what is true of each case; "folder" for the name of a file's subfolder. None is
            none.
        out: Where to write the results: a name that ends with .csv, .tsv, .parquet or .jsonl. Until they are complete,
            a journal beside it keeps what is done, and the same call goes on from there. None keeps nothing.
        workers: Processes, each with its own model; 0 runs the script in this one.
        engine: "ray" for replicas on all processors of this machine, "ray://HOST:PORT" for those of a cluster, which
            needs `modelapp[ray]`. "threads" runs the script in this process, or in `workers`.
        replicas: How many replicas, as "4", or "1:4" for as many as are needed. None is one for each processor of
            this machine, or one of a cluster.
        replica_gpus: Graphics processors of a replica, as 1 or 0.25.
        timeout_seconds: A case that takes longer is ended; needs a process or replica, and takes a process if neither
            was asked for.
        memory_bytes: What a process may hold; as above.
        input: The input that gets the files of a folder; None takes the only one that can.
        answer: The output that is compared with the truth; None takes the first label, number or text.
        restart: True to begin anew where a journal of an earlier start is.

    Returns:
        A `Bulk`: iterate over it for rows, then ask for its `report()`. Nothing but the first cases is run before.

    Raises:
        ScriptError: If the script cannot be compiled, or has no file that others could run.
        InvalidValue: If the cases cannot be read, or lack an input that the script needs; or if the script or the cases
            have changed since the journal was begun.
        EnvironmentFault: If the journal cannot be written, or another process writes it, or there is no such cluster.

    Example:
        >>> import modelapp as ma
        >>> with ma.bulk("demo.py", "cases.csv", truth="kind") as run:  # doctest: +SKIP
        ...     for row in run:
        ...         print(row.flat())
        ...     print(run.report().classification.accuracy)
    """
    source_of_runs = script if isinstance(script, Script) else Path(script)
    target = None if out is None else Path(out)
    if target is not None:
        check_format(target)
    with ExitStack() as held:
        choice = chosen(engine, replicas, gpus=replica_gpus) if isinstance(engine, str) else engine
        if choice.is_default and (workers or timeout_seconds is not None or memory_bytes is not None):
            choice = EngineChoice("processes", most=max(1, workers))
        runs = engine_of(choice, source_of_runs, timeout_seconds=timeout_seconds, memory_bytes=memory_bytes)
        held.callback(runs.close)
        source = held.enter_context(opened(Path(cases)))
        plan = planned(source, runs, truth=truth, input=input)
        journal = None
        if target is not None:
            journal = Journal(
                target, Header(digest(source_of_runs), _digest_of(plan), len(plan.cases)), restart=restart
            )
            held.callback(journal.close)
        return Bulk(runs, plan, out=target, journal=journal, truth=truth, answer=answer, held=held.pop_all())


def digest(script: Path | Script) -> str:
    """Return what changes with the script and the local modules that it imports."""
    if isinstance(script, Script):
        return script.version.digest if script.version is not None else ""
    known = Script(script)
    text = script.read_text(encoding="utf-8", errors="replace")
    parts = [text]
    if known.version is not None:
        imports = (node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.Import, ast.ImportFrom)))
        parts += [known.modules.import_version(statement) for statement in imports]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _digest_of(plan: Plan) -> str:
    return hashlib.sha256("\n".join([*plan.columns, *plan.keys]).encode()).hexdigest()
