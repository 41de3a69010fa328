"""The page itself and where things stand on it: title, sections, columns, tabs and groups of inputs."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from modelapp.core.alike import alike
from modelapp.core.context import RunContext
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError, Stopped, Waiting, did_you_mean
from modelapp.core.examples import is_frame, records
from modelapp.core.protocol import (
    AppProps,
    ColumnProps,
    ColumnsProps,
    Example,
    GroupProps,
    LayoutProps,
    SectionProps,
    TabProps,
    TabsProps,
)
from modelapp.core.variation import Transform

if TYPE_CHECKING:
    import pandas as pd


class Container:
    """A part of the page: what is added inside `with` stands in it. It can be entered more than once."""

    def __init__(self, run: RunContext, kind: str, props: LayoutProps, parent: str | None = None) -> None:
        self._run = run
        self._identity = run.place(kind, props, parent)
        self._entered: list[AbstractContextManager[None]] = []

    @property
    def identity(self) -> str:
        """Id of the element."""
        return self._identity

    def __enter__(self) -> None:
        block = self._run.inside(self._identity)
        block.__enter__()
        self._entered.append(block)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.pop().__exit__(kind, error, trace)


class Containers(tuple[Container, ...]):
    """Containers side by side. Unpack it, directly or with `with … as (one, other):`."""

    def __enter__(self) -> "Containers":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


def app(
    title: str,
    description: str | None = None,
    *,
    start: Literal["example", "empty"] = "example",
    precompute: bool = True,
    bulk: bool = True,
    sweep: bool | Mapping[str, Mapping[str, Callable[[Any], Any]]] = True,
    explain: bool = True,
    api: bool = True,
    flags: bool | Sequence[str] = True,
    history: bool = True,
    code: bool = False,
) -> None:
    """Give the page a title. It is the first call of a script, and may be left out.

    Args:
        title: Heading of the page and of the browser's tab.
        description: A sentence or two below it, or None.
        start: What inputs with examples begin with where the script gives them no `value`: their first "example", so
            that the page has an answer at once, or "empty".
        precompute: If True, the answers for the examples are computed while nobody waits for anything, and remembered
            until the script changes. Pass False if a run costs money.
        bulk: If True, a visitor can run the script on a table, a zip or a folder of cases of hers.
        sweep: If True, a visitor can test whether the answer holds where her input is slightly another; that takes some
            dozens of runs. Pass False if a run costs money. A mapping adds what else is done to values, by the name of
            the input and a name for the reader, as {"scan": {"gamma 2": darker}}: each function gets the value that the
            script gets, and returns another.
        explain: If True, a visitor can ask what of her inputs the answer rests on; that takes up to some hundreds of
            runs. Pass False if a run costs money.
        api: If False the host does not answer to programs over HTTP, only to pages.
        flags: If True, a visitor can flag an answer for you to look at; a list of texts lets her say what is wrong
            in your words, as ["wrong label", "bad picture"]; False takes the button away.
        history: If True, the cases that a visitor tries are kept on your machine, for her and for you, until she
            deletes them.
        code: If True, the script stands beside the page for everybody to read: the line that it is at is marked, and
            each input's line says what the reader chose. For tutorials; do not show a script that holds a secret.

    Raises:
        ScriptError: If something is on the page already, or `start`, `sweep` or `flags` is something else.

    Example:
        >>> import modelapp as ma
        >>> ma.app("Chest X-ray", "Upload a frontal picture. Nothing leaves this machine.")
    """
    run = current_run()
    if run.elements:
        raise ScriptError(
            f"app({describe(title)}) must come first: something is on the page already.",
            hint="Move app(…) above the first input or output, and call it once.",
        )
    if start not in ("example", "empty"):
        raise ScriptError(
            f'app(start={describe(start)}): "example" or "empty" is expected.',
            hint='For example app("Title", start="empty").',
        )
    run.starts_empty = run.starts_empty or start == "empty"
    run.precompute = bool(precompute)
    run.offered = bool(api)
    run.transforms = _transforms(sweep)
    if run.remote and not run.offered:
        raise Stopped
    run.place(
        "app",
        AppProps(
            title=title,
            description=description,
            bulk=bool(bulk),
            sweep=sweep is not False,
            explain=bool(explain),
            flags=_choices(flags),
            history=bool(history),
        ),
    )
    if code and run.listing is not None:
        run.place("code", run.listing())


def _transforms(sweep: Any) -> dict[str, list[Transform]]:
    """Return what a script does to its inputs in a sweep, by name."""
    if isinstance(sweep, bool):
        return {}
    found: dict[str, list[Transform]] = {}
    for name, functions in sweep.items() if isinstance(sweep, Mapping) else (("", None),):
        named = list(functions.items()) if isinstance(functions, Mapping) else []
        if not named or not all(isinstance(text, str) and text.strip() and callable(one) for text, one in named):
            raise ScriptError(
                f"app(sweep={describe(sweep)}): True, False, or functions by input and name are expected.",
                hint='For example app("Title", sweep={"scan": {"gamma 2": darker}}).',
            )
        found[name] = [Transform(text, one) for text, one in named]
    return found


def _choices(flags: Any) -> tuple[str, ...] | None:
    """Return what a flag may be said to be; None if there are none."""
    if isinstance(flags, bool):
        return () if flags else None
    texts = tuple(flags) if isinstance(flags, (list, tuple)) else ()
    if not texts or len(set(texts)) < len(texts) or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ScriptError(
            f"app(flags={describe(flags)}): True, False, or a list of different texts is expected.",
            hint='For example app("Title", flags=["wrong label", "bad picture"]).',
        )
    return texts


def section(title: str) -> Container:
    """Begin a titled part of the page.

    Args:
        title: Its heading.

    Returns:
        A context manager: what is added inside `with` stands in the section.

    Example:
        >>> import modelapp as ma
        >>> with ma.section("Patient"):
        ...     age = ma.number_input(value=60)
    """
    return Container(current_run(), "section", SectionProps(title=title))


def columns(spec: int | Sequence[float]) -> Containers:
    """Place things side by side. On a phone the columns stack.

    Args:
        spec: How many columns of one width, at least 1; or their relative widths, each above 0.

    Returns:
        A context manager that gives a tuple of context managers, one for each column.

    Raises:
        ScriptError: If there would be no column, or one without width.

    Example:
        >>> import modelapp as ma
        >>> with ma.columns([2, 1]) as (left, right):
        ...     with left:
        ...         picture = ma.image_input()
        ...     with right:
        ...         ma.image_output(picture, caption="what the model sees")
    """
    weights = (1.0,) * spec if type(spec) is int else _weights(spec)
    if not weights:
        raise _bad_columns(spec)
    run = current_run()
    outer = run.place("columns", ColumnsProps(weights=weights))
    return Containers(Container(run, "column", ColumnProps(), outer) for _ in weights)


def _weights(spec: Any) -> tuple[float, ...]:
    try:
        weights = tuple(float(weight) for weight in spec)
    except (TypeError, ValueError):
        raise _bad_columns(spec) from None
    if not all(0 < weight < float("inf") for weight in weights):
        raise _bad_columns(spec)
    return weights


def _bad_columns(spec: Any) -> ScriptError:
    return ScriptError(
        f"columns({describe(spec)}): a number of columns of at least 1, or a list of widths above 0, is expected.",
        hint="For example columns(2), or columns([2, 1]) for a wide and a narrow one.",
    )


def tabs(*names: str) -> Containers:
    """Place things behind tabs, of which one is shown at a time. All of them are run.

    Args:
        names: Titles of the tabs: at least one, all different.

    Returns:
        A context manager that gives a tuple of context managers, one for each tab.

    Raises:
        ScriptError: If there are no names, or two are the same.

    Example:
        >>> import modelapp as ma
        >>> with ma.tabs("Answer", "Details") as (answer, details):
        ...     with answer:
        ...         ma.text_output("benign")
        ...     with details:
        ...         ma.json_output({"score": 0.93})
    """
    if not names or len(set(names)) < len(names) or not all(isinstance(name, str) and name for name in names):
        raise ScriptError(
            f"tabs({', '.join(map(describe, names))}): at least one title is expected, and all must differ.",
            hint='For example tabs("Answer", "Details").',
        )
    run = current_run()
    outer = run.place("tabs", TabsProps())
    return Containers(Container(run, "tab", TabProps(title=name), outer) for name in names)


@contextmanager
def inputs(
    *,
    submit: bool | str = False,
    examples: "Sequence[Mapping[str, Any]] | pd.DataFrame | None" = None,
    title: str | None = None,
) -> Iterator[None]:
    """Group inputs. All of them are shown at once, and the wait for empty ones is at the end of the block.

    Args:
        submit: Text of a button, or True for "Run": values then reach the script only when it is pressed. False has no
            button. When the script is run as a function the button counts as pressed.
        examples: Ready cases, each a dict of input name to value, in any form that the input takes; or a DataFrame with
            a row for each and columns named like the inputs. Choosing one fills its inputs at once, and the inputs
            that the script gives no `value` begin with the first.
        title: Heading of the group, or None.

    Raises:
        ScriptError: At the end of the block, if an example names no input of it, or has a value that does not fit.

    Example:
        >>> import modelapp as ma
        >>> with ma.inputs(submit="Diagnose", examples=[{"age": 70, "smoker": True}]):
        ...     age = ma.number_input(value=40)
        ...     smoker = ma.checkbox_input()
        >>> ma.text_output("high risk" if smoker and age > 60 else "low risk")
    """
    run = current_run()
    cases = _cases(examples)
    props = GroupProps(title=title, submit="Run" if submit is True else submit or None)
    identity = run.place("inputs", props)
    complete = False
    names: list[str] = []
    try:
        with run.group(identity, bool(submit), cases[0] if cases else {}) as names:
            yield
            complete = True
    except Waiting:
        # Then above all: choosing an example may be what fills the empty inputs.
        _place_examples(run, identity, props, cases, names, complete)
        raise
    _place_examples(run, identity, props, cases, names, complete)


def _cases(examples: Any) -> list[Mapping[str, Any]]:
    if examples is None:
        return []
    if is_frame(examples):
        return list(records(examples))
    if isinstance(examples, (str, Mapping)) or not isinstance(examples, Iterable):
        raise ScriptError(
            f"inputs(examples={describe(examples)}): a list of cases, or a DataFrame, is expected.",
            hint='For example inputs(examples=[{"age": 70, "smoker": True}]).',
        )
    cases = list(examples)
    for case in cases:
        if not isinstance(case, Mapping):
            raise ScriptError(
                f"inputs(examples=…): {describe(case)} is no case. A dict of input name to value is expected.",
                hint='For example inputs(examples=[{"age": 70, "smoker": True}]).',
            )
    return cases


def _place_examples(
    run: RunContext,
    identity: str,
    props: GroupProps,
    examples: Sequence[Mapping[str, Any]],
    names: list[str],
    complete: bool,
) -> None:
    if examples and run.drawn:
        ready = _group_examples(run, identity, examples, names, complete)
        run.update(identity, GroupProps(title=props.title, submit=props.submit, examples=ready))


def _group_examples(
    run: RunContext, identity: str, examples: Sequence[Mapping[str, Any]], names: list[str], complete: bool
) -> tuple[Example, ...]:
    """Encode a group's examples, or take over those of the last run if nothing changed: pictures are slow to encode."""
    widgets = {name: run.inputs[name].input for name in names}
    key = ("widgets.layout.inputs", identity)
    kept = run.memory.get(key)
    if (
        kept is not None
        and kept[0].keys() == widgets.keys()
        and alike(kept[1], examples)
        and all(kept[0][name].same_options(widget) for name, widget in widgets.items())
    ):
        return kept[2]  # type: ignore[no-any-return]
    ready = []
    for number, example in enumerate(examples, 1):
        values, thumbnail = {}, None
        for name, given in example.items():
            if name in widgets:
                shown = widgets[name].example(given, run.blobs)
                values[name] = shown.value
                thumbnail = thumbnail or shown.thumbnail
            elif complete:
                raise _unknown_name(name, names)
        ready.append(Example(label=_example_label(example, number), value=values, thumbnail=thumbnail))
    encoded = tuple(ready)
    run.memory[key] = (widgets, examples, encoded)
    return encoded


def _example_label(example: Mapping[str, Any], number: int) -> str:
    words = [str(given) for given in example.values() if isinstance(given, (str, int, float))]
    text = ", ".join(words)
    return text if words and len(text) <= 60 else f"Example {number}"


def _unknown_name(name: str, names: list[str]) -> ScriptError:
    return ScriptError(
        f"inputs(examples=…) names {name!r}, which is no input of the group. It has: {', '.join(names) or 'none'}.",
        hint=did_you_mean(name, names),
    )
