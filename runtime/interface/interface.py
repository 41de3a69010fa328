"""`Interface`: a page around a model, declared in one call."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from modelapp.core.current import active_run
from modelapp.core.errors import ScriptError, Stopped, did_you_mean
from modelapp.core.frames import calling_frame
from modelapp.core.names import slug
from modelapp.interface import answers
from modelapp.interface.launch import How, Launched, findings, interactive, launched
from modelapp.interface.notebook.kernel import wants_inline
from modelapp.interface.pages import key_in_cell, serve_as
from modelapp.interface.parts import Part, check_arguments, parts
from modelapp.interface.place import parameters, place_of
from modelapp.interface.temporary import temporary_folder
from modelapp.interface.text import Declared, written
from modelapp.model.frameworks import FRAMEWORKS, framework_of
from modelapp.model.headless import Model
from modelapp.model.result import Result
from modelapp.script.live import LiveScript, text_script
from modelapp.script.run import include


class Interface:
    """A page around a model, in one call: what goes in, what comes out, and the model between.

    It is a script of a few lines underneath, which `to_script` returns, and is served, called and checked as one.

    Args:
        inputs: The kind of the input, as "image", "row", "number": what comes before `_input` in the name of its
            function. With options it is a pair, `("image", {"size": (28, 28)})`, or
            `functools.partial(ma.image_input, size=(28, 28))`. A class that extends `Input`, or such an input, is
            taken too. Several are a list, named by the arguments of the function where there are as many, else by
            their kinds; or a mapping of name to input.
        outputs: The same for outputs: "label", "number", …; a class that extends `Output`. Of several each gets one
            answer of the model: in their order, or by name if they are a mapping.
        model_type: "pytorch", "keras", "sklearn" or "pyfunc" (any function); None finds it by the model's class.
        model: The model; several inputs are several arguments.
        preprocess: Called with the inputs; returns what the model gets, several as a tuple.
        postprocess: Called with the model's result, as NumPy arrays; returns what is shown.
        labels: Names of the classes, in the order of the model's outputs.
        title: Heading of the page, or None.
        description: A sentence or two below it, or None.
        examples: Ready values of the one input; for several, tuples in their order or dicts by name.

    Raises:
        ScriptError: If an input or output is unknown, lacks an option or has none of that name, or the model cannot be
            called.

    Example:
        >>> import modelapp as ma
        >>> interface = ma.Interface({"celsius": "number"}, "number", model=lambda celsius: celsius * 1.8 + 32)
        >>> interface(celsius=100)["number"]
        212.0
    """

    def __init__(
        self,
        inputs: Any,
        outputs: Any,
        model_type: Literal["keras", "pytorch", "sklearn", "pyfunc"] | None = None,
        *,
        model: Any,
        preprocess: Any = None,
        postprocess: Any = None,
        labels: Sequence[Any] | Mapping[Any, Any] | None = None,
        title: str | None = None,
        description: str | None = None,
        examples: Any = None,
    ) -> None:
        _check_model(model, model_type, preprocess, postprocess)
        frame = calling_frame()
        taken = parameters(preprocess or model) if preprocess or framework_of(model) == "pyfunc" else ()
        declared = Declared(
            inputs=_parts("input", inputs, taken),
            outputs=_parts("output", outputs, ()),
            by_name=isinstance(outputs, Mapping),
            model=model,
            model_type=model_type,
            preprocess=preprocess,
            postprocess=postprocess,
            labels=getattr(labels, "tolist", lambda: labels)(),  # an array is no literal
            title=title,
            description=description,
            examples=examples,
        )
        self._written = written(declared, {**frame.f_globals, **frame.f_locals})
        self._file = place_of(frame)
        self._name = slug(title) or "interface"
        self._model: Model | None = None
        self._script: LiveScript | None = None
        self._launched: Launched | None = None

    def launch(
        self,
        inbrowser: bool = False,
        inline: bool | None = None,
        validate: bool = True,
        share: str | None = None,
        port: int | None = None,
        block: bool | None = None,
    ) -> Launched:
        """Serve the page from this program.

        In a file that `modelapp run` serves, the page is that of the command: the run ends here, and the arguments are
        not looked at.

        Args:
            inbrowser: If True a browser is opened.
            inline: If True the page stands in the output of the notebook's cell; None does so where there is one.
            validate: If True the script is checked before, as `modelapp check` does, and what was found is printed; for
                a page in a cell it is checked meanwhile, and the page tells what was found.
            share: An SSH server ("user@host") or a relay that gives the page a public link, as `modelapp run --share`.
            port: Port to listen on; None takes the first free one from 8501, 0 any.
            block: If True it returns after Ctrl-C, when the page is closed; if False at once. None blocks in a plain
                program, and not in a notebook or at the prompt.

        Returns:
            The page: `url`, `share_url`, and `close()`, which gives back the port, the threads, and the folder if it is
            a temporary one.

        Raises:
            ScriptError: If `inline` is True and there is no notebook.
            EnvironmentFault: If the port or the folder cannot be used.

        Example:
            >>> import modelapp as ma
            >>> interface = ma.Interface("text", "text", model=str.upper)
            >>> page = interface.launch(port=8080, block=False)  # doctest: +SKIP
            >>> page.url  # doctest: +SKIP
            'http://localhost:8080/'
            >>> page.close()  # doctest: +SKIP
        """
        run = active_run()
        if run is not None:
            assert self.script.version is not None
            include(self.script.version, run)
            raise Stopped
        how = How(inbrowser, wants_inline(inline, "launch"), validate, share, port)
        before = None
        if self._launched is not None:
            before = self._launched.port
            self._launched.close()
        key = key_in_cell(self._name)
        if key is not None:
            self._launched = page = serve_as(key, self._in, how, has_file=self._file is not None)
        else:
            temporary = None if self._file else temporary_folder()
            self._launched = page = launched(self._in(temporary), temporary, how, before)
        if block or (block is None and not interactive()):
            page.wait()
        return page

    def check(self) -> list[str]:
        """Run the script on its examples and on edge values, and return what is wrong with it, as `modelapp check`.

        Returns:
            Lines for a reader; the last one is a summary.
        """
        return findings(self.script)

    @property
    def script(self) -> LiveScript:
        """The script with the objects at hand, for what takes a script: `ThreadEngine`, `Server`."""
        if self._script is None:
            self._script = self._at(self._file.parent if self._file else Path.cwd())
        return self._script

    def model(self) -> Model:
        """Return the script as a function of its inputs, as `load` does for a file.

        Example:
            >>> import modelapp as ma
            >>> ma.Interface("text", "text", model=str.upper).model()(text="yes")["text"]
            'YES'
        """
        if self._model is None:
            self._model = Model(self.script)
        return self._model

    def __call__(self, **inputs: Any) -> Result:
        """Run the script once, and return its outputs by name. See `load`."""
        return self.model()(**inputs)

    def to_script(self) -> str:
        """Return the script that does the same: save it, fill in what it says, and start it with `modelapp run`.

        What can be imported from a module is; a model that was made in the main program is a line to fill in.

        Example:
            >>> import modelapp as ma
            >>> print(ma.Interface("text", "label", model=str.upper).to_script())
            import modelapp as ma
            <BLANKLINE>
            model = ...  # Fill in: the model, which was the function upper.
            <BLANKLINE>
            text = ma.text_input()
            answer = ma.predict(model, text)
            ma.label_output(answer)
            <BLANKLINE>
        """
        return self._written.whole

    @staticmethod
    def split(answers_of_model: Any, outputs: int | Sequence[Any]) -> tuple[Any, ...]:
        """Return one answer of a model for each of several outputs, or say what does not match.

        Args:
            answers_of_model: A sequence, or a mapping.
            outputs: How many there must be, in their order; or the mapping's keys.

        Raises:
            ScriptError: If there are more or fewer.

        Example:
            >>> import modelapp as ma
            >>> ma.Interface.split({"mean": 3, "spread": 1}, ["spread", "mean"])
            (1, 3)
        """
        return answers.split(answers_of_model, outputs)

    def __repr__(self) -> str:
        return f"Interface({self._name})"

    def _at(self, folder: Path) -> LiveScript:
        prefix = f"{self._file.stem}_" if self._file else ""
        return text_script(folder / f"{prefix}{self._name}", self._written.live, self._written.bound)

    def _in(self, temporary: Path | None) -> LiveScript:
        """Return the script where its folder may be: beside its file, or in a temporary one."""
        return self._at(temporary) if self._file is None and temporary is not None else self.script


def _parts(side: Literal["input", "output"], given: Any, names: Sequence[str]) -> list[Part]:
    found = parts(side, given, names)
    for part in found:
        check_arguments(side, part)
    return found


def _check_model(model: Any, model_type: str | None, *functions: Any) -> None:
    if model_type is not None and model_type not in FRAMEWORKS:
        near = did_you_mean(model_type, FRAMEWORKS) or f"It is one of {', '.join(FRAMEWORKS)}."
        raise ScriptError(f"Interface(model_type={model_type!r}): there is no such type.", hint=near)
    framework_of(model)
    for name, function in zip(("preprocess", "postprocess"), functions, strict=True):
        if function is not None and not callable(function):
            raise ScriptError(f"Interface({name}=…): it cannot be called.", hint="Pass a function.")
