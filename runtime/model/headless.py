"""The script as a function: one run without a page, its inputs passed by name, its outputs returned by name.

Nothing that such a run does is seen by anybody: its state starts empty and is thrown away, buttons are not pressed, and
a submit button counts as pressed. Any number of threads may call one `Model` at the same time; each runs the script
itself.
"""

import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modelapp.core.blobs import Blobs
from modelapp.core.context import Mode, RunContext
from modelapp.core.declared import Declared, Given
from modelapp.core.errors import RunFailed, ScriptError, UnknownInput, did_you_mean
from modelapp.core.examples import beside
from modelapp.core.json_schema import Schema
from modelapp.core.output import Output
from modelapp.core.protocol import AppProps, Json
from modelapp.model.refusing import refuse
from modelapp.model.result import InputFacts, Progress, Result, mapped
from modelapp.model.schema import schema_of
from modelapp.script.failure import as_text
from modelapp.script.interrupt import Interrupter
from modelapp.script.names import possible_names
from modelapp.script.run import MOST_RERUNS, TOO_MANY_RERUNS, Outcome, Script, execute
from modelapp.script.source import Version
from modelapp.session.blobs import FileBlobs, SessionBlobs

if TYPE_CHECKING:
    from modelapp.model.export.writing import ExportReport

_MOST_SAMPLES = 20


class Model:
    """A script as a function. See `load`."""

    def __init__(self, source: str | Path | Script) -> None:
        script = source if isinstance(source, Script) else Script(Path(source))
        folder = str(script.path.parent)
        if folder not in sys.path:
            sys.path.append(folder)  # local modules; last, so that it hides nothing of the caller's
        if script.version is None:
            assert script.failure is not None
            raise ScriptError(f"{script.path.name} cannot be run.\n{as_text(script.failure)}")
        blobs = Path(tempfile.mkdtemp(prefix="modelapp-"))
        weakref.finalize(self, shutil.rmtree, blobs, ignore_errors=True)
        self._begin(script, SessionBlobs(FileBlobs(blobs), set()))

    @classmethod
    def serving(cls, script: Script, blobs: Blobs) -> "Model":
        """Return a script that is being served as a function: each call runs it as it is then.

        Args:
            script: The script, which may be reloaded.
            blobs: Where its own pictures and files are kept.
        """
        model = cls.__new__(cls)
        model._begin(script, blobs)
        model._remote = True
        return model

    def _begin(self, script: Script, blobs: Blobs) -> None:
        self._script = script
        self._blobs = blobs
        self._remote = False
        self.visitor: str | None = None
        """Name of the person for whom runs are done that say no other, or None."""
        self._forget()

    def _forget(self) -> None:
        self._of = self._script.version
        self._parsed: dict[str, Declared] = {}
        self._met: dict[str, InputFacts] = {}
        self._declared: dict[str, Declared] = {}
        self._returned: dict[str, type[Output]] = {}
        self._whole = False
        self.offered = True
        """False once a run has said that the script is not to be called over HTTP."""
        self.page: AppProps | None = None
        """The page's title and description, once a run has told them."""
        self._possible: set[str] | None = None

    def __call__(self, *, edits: Mapping[str, list[Json]] | None = None, **inputs: Any) -> Result:
        """Run the script once.

        Args:
            edits: For inputs that can be edited, the list of edits to do, by input name, as the page makes them:
                {"image": [{"op": "flip", "axis": "horizontal"}]}.
            **inputs: Values by input name, in any form that the input takes as its `value`: a path, a PIL image, an
                array or bytes for a picture, say. An input that is left out has its default.

        Returns:
            The outputs by name.

        Raises:
            WrongInput: If an input does not accept its value; names the input, the value, and what it accepts.
            MissingInput: If a required input is left out that has no default.
            UnknownInput: If there is no input of a name that was passed.
            RunFailed: If the script raises an exception, which is then the cause.

        Example:
            >>> import modelapp as ma
            >>> model = ma.load("demo.py")  # doctest: +SKIP
            >>> model(age=63, image="cat.png")["label"]  # doctest: +SKIP
        """
        run, outcome = self.call(inputs, edits or {})
        return Result(run.outputs, run.inputs.values(), outcome.seconds)

    def call(
        self,
        inputs: Mapping[str, Any],
        edits: Mapping[str, list[Json]],
        mode: Mode = "api",
        *,
        blobs: Blobs | None = None,
        begin: Callable[[RunContext], Interrupter] | None = None,
        visitor: str | None = None,
    ) -> tuple[RunContext, Outcome]:
        """Run the script once, for whoever asks in that `mode`.

        Args:
            inputs: Values by input name.
            edits: Edits by input name.
            blobs: Where large values of this call go; None keeps them with the script's own.
            begin: Called with each run before it starts; returns what can end it.
            visitor: Name of the person who asks, or None.

        Returns:
            The last run, and how it ended: done, or cancelled.
        """
        if self._of is not self._script.version:
            self._forget()
        version = self._of
        given = Given(parsed=self._parsed, passed=inputs, edits=edits)
        run, outcome = self._run(mode, given, blobs, begin, visitor=visitor)
        if version is self._of:  # else the script was saved meanwhile, and other calls run the new one
            self._learn(run, outcome)
        if run.remote and not run.offered:
            return run, outcome
        self._check_names(inputs)
        self._check_names(edits)
        refuse(run, outcome)
        return run, outcome

    def trial(
        self,
        inputs: Mapping[str, Any],
        mode: Mode,
        *,
        blobs: Blobs | None = None,
        visitor: str | None = None,
        begin: Callable[[RunContext], Interrupter] | None = None,
    ) -> tuple[RunContext, Outcome]:
        """Run the script once; return what it met and how it ended, whatever that was. Unknown names are ignored.

        Args:
            inputs: Values by input name.
            blobs: Where large values of this run are; None keeps them with the script's own.
            visitor: Name of the person for whom it is, or None.
            begin: Called with each run before it starts; returns what can end it.
        """
        run, outcome = self._run(mode, Given(passed=inputs), blobs, begin, visitor=visitor)
        self._learn(run, outcome)
        return run, outcome

    def map(self, cases: Iterable[Mapping[str, Any]], *, progress: Progress | None = None) -> Iterator[Result]:
        """Run the script for each case, in order; a result comes as soon as it is there.

        Args:
            cases: Dicts of input name to value, or a DataFrame with a row for each case and columns named like inputs.
            progress: Called after each case with how many are done, and how many there are or None.
        """
        return mapped(self, cases, progress)

    def export(
        self,
        out: str | Path | None = None,
        *,
        sweep: bool = True,
        explain: bool = True,
        edits: Iterable[Mapping[str, list[Json]]] = (),
        grid: Mapping[str, Iterable[Any]] | None = None,
        most: int | None = None,
        progress: Callable[[int], object] | None = None,
    ) -> "ExportReport":
        """Run the script on its examples and write a page of the answers: one file that needs no server.

        Args:
            out: The file; None is the script's name with `.html`, in the working folder.
            sweep: If True, record variations of each example and what they do to the answer.
            explain: If True, record what the answer to each example rests on.
            edits: Edits by input name, as in a call; each example is recorded with each of them too.
            grid: Values by input name, of which all combinations are recorded. Where an input is not named, sliders
                have their ends, choices all options and checkboxes both, one at a time.
            most: How often the script may be run; None is 1000.
            progress: Called with how many runs are done.

        Returns:
            What was recorded: `file`, `size_bytes`, `cases`, `runs`, `seconds`, `faults` and `left_out`.

        Raises:
            ScriptError: If an input waits for a value and has no example.
            InvalidValue: If `edits` or `grid` name no input, or give one what it does not take.
            RunFailed: If no case has an answer.
            EnvironmentFault: If the file cannot be written.

        Example:
            >>> import modelapp as ma
            >>> ma.load("demo.py").export("demo.html").cases  # doctest: +SKIP
        """
        # Heavy: only who exports needs sweeps and maps, and no call of a script should wait for their import.
        from modelapp.model.export.recording import MOST_RUNS, Wanted
        from modelapp.model.export.writing import write

        positions = {name: list(values) for name, values in (grid or {}).items()}
        wanted = Wanted(sweep, explain, tuple(edits), positions, MOST_RUNS if most is None else most)
        target = Path(f"{self._script.path.stem}.html") if out is None else Path(out)
        return write(self._script, wanted, target, progress)

    @property
    def inputs(self) -> dict[str, InputFacts]:
        """The inputs that calls have met so far, by name; before the first call those of a call with no values."""
        if not self._met:
            self._learn(*self._run("check", Given()))
        return dict(self._met)

    @property
    def script(self) -> Script:
        """The script."""
        return self._script

    @property
    def path(self) -> Path:
        """The script's file."""
        return self._script.path

    def code_digest(self) -> str:
        """Return what tells this version of the script, and the local modules imported by now, from others."""
        version = self._script.version
        return "" if version is None else self._script.code_digest(version)

    @property
    def version(self) -> Version | None:
        """The script as it is now, or None if it cannot be compiled."""
        return self._script.version

    @property
    def outputs(self) -> list[str]:
        """Names of the outputs that calls have returned so far."""
        return list(self._returned)

    def schema(self) -> Schema:
        """Return what goes in and what comes out as JSON Schema (2020-12).

        Inputs that show only for certain values are in it once a call has met them. Before the first call the script is
        run with its defaults, its examples, and plain samples of what it waits for.

        Returns:
            {"inputs": schema of an object with a property for each input, "outputs": the same for outputs}, as
            `modelapp call --json` and the HTTP API take and give them. `x-modelapp-kind` names the widget.
        """
        if self._of is not self._script.version:
            self._forget()
        if not self._whole and not self._returned:
            self._explore()
            if not self._whole or any(declared.input.examples is not None for declared in self._declared.values()):
                self._learn(*self._run("check", Given(), with_examples=True))
        missing = {name for name, facts in self._met.items() if not facts.has_default}
        with beside(self._script.path.parent):
            return schema_of(self._declared, missing, self._returned, whole=self._whole)

    def _explore(self) -> None:
        """Run the script with its defaults, and with samples where it waits for an input, to learn what it has."""
        samples: dict[str, Any] = {}
        for _ in range(_MOST_SAMPLES):
            run, outcome = self._run("check", Given(passed=dict(samples)))
            self._learn(run, outcome)
            missing = [name for name in outcome.waiting_for if name in run.inputs and name not in samples]
            if outcome.phase != "waiting" or not missing:
                return
            with beside(self._script.path.parent):
                found = {name: run.inputs[name].input.sample() for name in missing}
            if None in found.values():
                return
            samples |= found

    def __repr__(self) -> str:
        return f"Model({self._script.path.name}: {', '.join(self._met) or 'not called yet'})"

    # ------------------------------------------------------------ one call

    def _run(
        self,
        mode: Mode,
        given: Given,
        blobs: Blobs | None = None,
        begin: Callable[[RunContext], Interrupter] | None = None,
        *,
        with_examples: bool = False,
        visitor: str | None = None,
    ) -> tuple[RunContext, Outcome]:
        state: dict[str, Any] = {}
        memory: dict[Any, Any] = {}
        version = self._script.version
        if version is None:
            raise ScriptError("The script cannot be run as it is now.")
        for _ in range(MOST_RERUNS):
            run = RunContext(
                given,
                blobs or self._blobs,
                state,
                version.variable_at,
                mode=mode,
                visitor=visitor or self.visitor,
                memory=memory,
            )
            # An example is no default: what is left out must be seen to be missing.
            run.starts_empty = not with_examples
            run.script_blobs = self._blobs
            run.remote = self._remote
            outcome = execute(version, run, begin(run) if begin else None)
            if not outcome.rerun:
                return run, outcome
        raise RunFailed(TOO_MANY_RERUNS)

    def _learn(self, run: RunContext, outcome: Outcome) -> None:
        for name, declared in run.inputs.items():
            if name not in self._met and not declared.input.momentary:
                with beside(self._script.path.parent):
                    initial = declared.initial if run.starts_empty else declared.input.initial(run.blobs)
                self._met[name] = _facts(declared, initial)
                self._declared[name] = declared
            if run.starts_empty and name not in run.given.passed and name not in run.given.edits:
                self._parsed[name] = declared  # its default need not be found again
        for name, output in run.outputs.items():
            self._returned[name] = type(output)
        self._whole = self._whole or outcome.phase == "done"
        self.offered = run.offered
        page = run.elements.get("layout.app")
        self.page = page.props if page else None

    def _check_names(self, passed: Mapping[str, Any]) -> None:
        for name in passed:
            if name in self._met or name in self.names_in_script():
                continue
            near = did_you_mean(name, self._met)
            raise UnknownInput(
                f"There is no input {name!r}. The script has: {', '.join(self._met) or 'none'}.", hint=near, name=name
            )

    def names_in_script(self) -> set[str]:
        """Return what may name an input that no call has met: variables, and slugs of the texts in the script."""
        if self._possible is None:
            version = self._script.version
            assert version is not None
            self._possible = possible_names(version.text)
        return self._possible


def _facts(declared: Declared, initial: Json) -> InputFacts:
    widget = declared.input
    optional = not widget.required or not widget.is_empty(initial)
    return InputFacts(declared.name, widget.kind, widget.label or declared.name, widget.required, optional)


def load(path: str | Path) -> Model:
    """Return a script as a function of its inputs.

    Args:
        path: The script, as `modelapp run` takes it.

    Returns:
        A `Model`: call it with inputs by name, and get outputs by name.

    Raises:
        ScriptError: If there is no such script, or it cannot be compiled.

    Example:
        >>> import modelapp as ma
        >>> model = ma.load("demo.py")  # doctest: +SKIP
        >>> model(age=63)["label"]  # doctest: +SKIP
    """
    return Model(path)
