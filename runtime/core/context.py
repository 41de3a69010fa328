"""One run of a script, as the widgets see it.

A `RunContext` hands each input its value, collects the elements of the page, and says when the run must end. It holds
no thread, no socket and no clock: who executes the script (`script.run`) and what becomes of the elements (`session`,
`model`) is not its concern. Live pages and headless calls use the same class.
"""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from operator import is_
from types import FrameType
from typing import Any, Literal, ParamSpec, TypeVar

from modelapp.core.blobs import Blobs
from modelapp.core.declared import MISSING, Declared, Given
from modelapp.core.errors import ScriptError, Superseded, Waiting
from modelapp.core.frames import calling_frame
from modelapp.core.input import Input
from modelapp.core.names import label_from_name, slug, stem, unused
from modelapp.core.onlookers import Batches, RunWatcher
from modelapp.core.output import Output
from modelapp.core.prediction import Prediction
from modelapp.core.protocol import Element, LayoutProps, OutputProps
from modelapp.core.resolving import UNDRAWN, Group, Place, Stores, resolved
from modelapp.core.values import duplicate
from modelapp.core.variation import Transform

ValueT = TypeVar("ValueT")
P = ParamSpec("P")
Mode = Literal["live", "api", "bulk", "explain", "check"]


class RunContext:
    """One run: values in, elements out.

    Args:
        given: Values that the run starts from.
        blobs: Large values, as this session sees them.
        state: What the script keeps for the session.
        variable_at: For a frame of the script, the variable that the call going on in it is assigned to, or None.
        mode: Who asked for the run.
        visitor: Name of the person whose session it is, or None.
    """

    def __init__(
        self,
        given: Given,
        blobs: Blobs,
        state: MutableMapping[str, Any],
        variable_at: Callable[[FrameType], str | None],
        *,
        mode: Mode = "live",
        visitor: str | None = None,
        memory: MutableMapping[Any, Any] | None = None,
    ) -> None:
        self.given = given
        self.blobs = blobs
        self.mode: Mode = mode
        self.drawn = mode == "live"
        """True if the run makes a page. Where nobody looks, no properties are made and no examples encoded."""
        self.memory: MutableMapping[Any, Any] = {} if memory is None else memory
        self.personal = False
        """True once the run depended on whose it is: on the session's state, its memory, or the visitor."""
        self.cached: dict[tuple[str, int], Any] = {}
        """What cached functions returned to the run, by the function's name and the result's identity."""
        self._state = state
        self._visitor = visitor
        self.elements: dict[str, Element] = {}
        self.inputs: dict[str, Declared] = {}
        self.outputs: dict[str, Output] = {}
        self.submit_groups: set[str] = set()
        self.starts_empty = False
        """True if the page begins without examples in its inputs."""
        self.remote = False
        """True if a program on another machine asked for the run."""
        self.offered = True
        """True if the script may be run by such a program."""
        self.script_blobs = blobs
        """Where pictures and files of the script's own are kept, which outlast the run."""
        self.watcher: RunWatcher | None = None
        self.transforms: dict[str, list[Transform]] = {}
        """What else is done to inputs, by name, in a robustness sweep."""
        self.stackable = False
        """True once a model was called that gains by taking the examples of several runs at once."""
        self.together: Batches | None = None
        """Calls a model for several runs at once, or None."""
        self.listing: Callable[[], LayoutProps] | None = None
        """Makes the element that shows the script itself, where there is one to show."""
        self.precompute = True
        """True if answers for examples may be computed before anybody asks for them."""
        self.notices: list[str] = []
        self.version: str | None = None
        """What tells the script and the weights that it used from others, where that was found elsewhere."""
        self.predictions: list[Prediction] = []
        """What models were asked, in runs that are to be explained."""
        self.finalizers: list[Callable[[], None]] = []
        self.presses_used = 0
        self.superseded = False
        self._variable_at = variable_at
        self._shields = 0
        self._parents: list[str] = [""]
        self._groups: list[Group] = []
        self._places = {(id(last.code), last.instruction): last for last in given.parsed.values()}

    @property
    def state(self) -> MutableMapping[str, Any]:
        """What the script keeps for the session."""
        self.personal = True
        return self._state

    @property
    def visitor(self) -> str | None:
        """Name of the person whose session it is, or None."""
        self.personal = True
        return self._visitor

    @property
    def whose(self) -> tuple[MutableMapping[str, Any], str | None]:
        """The session's state and the visitor, for who has the run done elsewhere: that alone is no use of them."""
        return self._state, self._visitor

    # ------------------------------------------------------------ ending

    def checkpoint(self) -> None:
        """End the run here if newer input arrived or somebody cancelled it.

        Raises:
            Superseded: Then, unless a model is being loaded by `cache`.
        """
        if self.superseded and not self._shields:
            raise Superseded

    @property
    def shielded(self) -> bool:
        """True while the run must not be interrupted."""
        return self._shields > 0

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Keep the run from being interrupted inside the block; an interruption takes effect at its end."""
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        self.checkpoint()

    @contextmanager
    def named_by(self, variable_at: Callable[[FrameType], str | None]) -> Iterator[None]:
        """Name inputs by the variables of another script inside the block, which this one includes."""
        before, self._variable_at = self._variable_at, variable_at
        try:
            yield
        finally:
            self._variable_at = before

    # ------------------------------------------------------------ inputs

    def input(self, kind: Callable[P, Input[ValueT]], *args: P.args, **options: P.kwargs) -> ValueT:
        """Make an input, add it to the page and return its value.

        Where the last run's call at the same place had the very same arguments, its input is taken over: most calls of
        most runs are such, and making an input costs more than all else here.

        Raises:
            DuplicateName: If this run has an input of that name already.
            Waiting: If the value is empty and required, and no group defers that to its end.
        """
        frame = calling_frame()
        last = self._places.get((id(frame.f_code), frame.f_lasti))
        if last is not None and self._is_again(last, args, options):
            self._check_place(last.input)
            return self._take(last.name, last)  # type: ignore[no-any-return]
        return self.declare(kind(*args, **options), frame, (args, options))

    def _is_again(self, last: Declared, args: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
        """Return True if a call with these arguments would come to just what `last` is."""
        if last.made is None:
            return False
        made_args, made_options = last.made
        name, group = last.name, self._groups[-1] if self._groups else None
        return (
            len(made_args) == len(args)
            and len(made_options) == len(options)
            and all(map(is_, made_args, args))
            and all(map(is_, made_options, options))  # their names, which one function passes in one order
            and all(map(is_, made_options.values(), options.values()))
            and name not in self.inputs
            and last.input.starts_empty is self.starts_empty
            and (group is None or not (group.submit or group.example or last.input.group_example))
            and self._is_untouched(last)
        )

    def _is_untouched(self, last: Declared) -> bool:
        """Return True if nobody has set, passed or moved the last run's input since."""
        given, name = self.given, last.name
        return (
            name not in given.passed
            and name not in given.edits
            and last.stored is given.values.get(name, MISSING)
            and last.element.parent == self._parents[-1]
        )

    def declare(
        self,
        widget: Input[ValueT],
        frame: FrameType | None = None,
        made: tuple[tuple[Any, ...], dict[str, Any]] | None = None,
    ) -> ValueT:
        """Add an input to the page and return its value.

        Args:
            widget: The input.
            frame: Where the script calls; None finds it.
            made: What the input was made of, where that is known.

        Raises:
            DuplicateName: If this run has an input of that name already.
            Waiting: If the value is empty and required, and no group defers that to its end.
        """
        self._check_place(widget)
        frame = frame or calling_frame()
        name = widget.key or self._variable_at(frame) or slug(widget.label) or stem(widget.kind)
        if name in self.inputs:
            raise duplicate(name, widget, frame, self.inputs)
        if widget.label is None:
            widget.label = label_from_name(name)
        group = self._groups[-1] if self._groups else None
        widget.name, widget.starts_empty = name, self.starts_empty
        if group and name in group.example:
            widget.group_example = (group.example[name],)
        declared = self._unchanged(name, widget, frame, group) or self._resolved(name, widget, frame, group)
        declared.made = made
        return self._take(name, declared)  # type: ignore[no-any-return]

    def _check_place(self, widget: Input[Any]) -> None:
        """End the run here if it must, or refuse an input that the next run would not meet."""
        self.checkpoint()
        if self._shields:
            raise ScriptError(
                f"{widget.kind}() is called inside a cached function: the next run would not meet it.",
                hint="Call it outside, and pass its value to the cached function.",
            )

    def _take(self, name: str, declared: Declared) -> Any:
        """Add an input whose value is found, and return what the script gets."""
        widget, group = declared.input, self._groups[-1] if self._groups else None
        self.inputs[name] = declared
        if declared.element is not UNDRAWN:
            self.elements[name] = declared.element
        if group:
            group.names.append(name)
        value = declared.value
        if widget.momentary:
            if name in self.given.pressed and self.mode == "live":
                self._use_press(name)
                return True
            return value
        if widget.required and widget.is_empty(declared.used):
            if group is None:
                raise Waiting([name])
            group.waiting.append(name)
        # The script may change its copy in place; the next run must start from an unchanged one.
        return widget.copy_value(value) if value is not None else None

    def _unchanged(self, name: str, widget: Input[Any], frame: FrameType, group: Group | None) -> Declared | None:
        """Return the last run's input if this one is the same in every way; most are, so this is quick."""
        last = self.given.parsed.get(name)
        if (
            last is None
            or not self._is_untouched(last)
            or (group is not None and group.submit)
            or not last.input.same_options(widget)
        ):
            return None
        last.code, last.instruction = frame.f_code, frame.f_lasti
        return last

    def _use_press(self, name: str) -> None:
        self.given.pressed.remove(name)
        self.presses_used += 1

    def _resolved(self, name: str, widget: Input[Any], frame: FrameType, group: Group | None) -> Declared:
        place = Place(name, self._parents[-1], frame.f_code, frame.f_lasti, group if self.mode == "live" else None)
        return resolved(place, widget, self.given, Stores(self.blobs, self.script_blobs), drawn=self.drawn)

    # ------------------------------------------------------------ outputs and layout

    def show(self, output: Output) -> str:
        """Add an output to the page; return its element's id for `update`."""
        self.checkpoint()
        if output.key and output.key in self.outputs:
            raise ScriptError(f"Two outputs have the key {output.key!r}.", hint="Give one of them another key=.")
        name = output.key or unused(slug(output.label) or stem(output.kind), self.outputs)
        identity = f"output.{name}"
        self.outputs[name] = output
        if self.drawn or output.made_by_props:
            self.elements[identity] = Element(identity, self._parents[-1], output.props(self.blobs))
        if self.watcher:
            self.watcher.shown(name, output)
        return identity

    def place(self, kind: str, props: LayoutProps, parent: str | None = None) -> str:
        """Add a layout element to the page; return its id for `update` and `inside`."""
        self.checkpoint()
        # Told apart by their texts: the next one must not take the place of one that is not there this time.
        text = "" if kind == "app" else slug(getattr(props, "title", None)) or slug(getattr(props, "submit", None))
        identity = unused(f"layout.{kind}.{text}" if text else f"layout.{kind}", self.elements)
        self.elements[identity] = Element(identity, self._parents[-1] if parent is None else parent, props)
        return identity

    def update(self, identity: str, props: LayoutProps | OutputProps) -> None:
        """Change the properties of an element of this run."""
        self.checkpoint()
        if self.watcher:
            self.watcher.changed(identity, props)
        if identity in self.elements:
            self.elements[identity] = Element(identity, self.elements[identity].parent, props)

    @contextmanager
    def inside(self, identity: str) -> Iterator[None]:
        """Put what the block adds into the container `identity`."""
        self._parents.append(identity)
        try:
            yield
        finally:
            self._parents.pop()

    @contextmanager
    def group(self, identity: str, submit: bool, example: Mapping[str, Any]) -> Iterator[list[str]]:
        """Collect a group's inputs and wait for all of them at its end. Yields the names of its inputs, as they come.

        Args:
            identity: Id of the group's element.
            submit: True if its values count only once its button was pressed.
            example: Given values of the first example, by input name: what its inputs start with.

        Raises:
            Waiting: At the end, if a required input is empty or the submit button was never pressed.
        """
        if self._groups:
            raise ScriptError("inputs() stands inside another inputs().", hint="Put one after the other.")
        group = Group(identity, submit, example)
        if submit:
            self.submit_groups.add(identity)
        if submit and identity in self.given.pressed:
            self._use_press(identity)
        self._groups.append(group)
        try:
            with self.inside(identity):
                yield group.names
        except Exception:
            # Code between the inputs met the placeholder of an empty one: that is waiting, not a fault.
            if not group.waiting:
                raise
        finally:
            self._groups.pop()
        if submit and self.mode == "live" and identity not in self.given.submitted:
            # Before the empty ones: what was typed into them counts only from the press on.
            raise Waiting([identity])
        if group.waiting:
            raise Waiting(group.waiting)

    def notice(self, text: str) -> None:
        """Tell the presenter something once per session."""
        self.notices.append(text)
