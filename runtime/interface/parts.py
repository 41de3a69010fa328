"""What the author of an `Interface` passed for its inputs and outputs, read into one form.

Knows the names of the widgets' functions, and no widget.
"""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import modelapp
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError, did_you_mean
from modelapp.core.input import Input
from modelapp.core.names import slug, stem, unused
from modelapp.core.output import Output

Side = Literal["input", "output"]
_HINTS: dict[Side, str] = {
    "input": 'For example inputs="image", inputs=("image", {"size": (28, 28)}), or a list of these.',
    "output": 'For example outputs="label", outputs=("label", {"top": 5}), or a list of these.',
}


@dataclass(slots=True)
class Part:
    """One input or output.

    Attributes:
        name: Of its variable, and so of an input; for outputs that are named by a mapping, the answer's key.
        function: Name of modelapp's function for it, or None for a widget of the author's own.
        widget: The author's own widget: a class, or an input that is ready.
        args: Arguments of the function or the class that have no name.
        options: Those that have one.
    """

    name: str
    function: str | None = None
    widget: Any = None
    args: tuple[Any, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


def parts(side: Side, given: Any, names: Sequence[str] = ()) -> list[Part]:
    """Read what was passed as `inputs=` or `outputs=`.

    Args:
        side: Which of the two.
        given: A name, a widget, one with options, a list of these, or a mapping of name to one of these.
        names: What several are called: the arguments of the model.

    Raises:
        ScriptError: If it is none of that.
    """
    keyed = isinstance(given, Mapping)
    several = keyed or (isinstance(given, (list, tuple)) and not _has_options(given))
    items = list(given.items()) if keyed else [(None, one) for one in (given if several else [given])]
    if not items:
        raise ScriptError(f"Interface({side}s={describe(given)}): there is not one.", hint=_HINTS[side])
    found: list[Part] = []
    for place, (name, one) in enumerate(items):
        part = _part(side, one)
        if name is None and len(items) > 1 and len(names) == len(items):
            name = names[place]
        wanted = str(name or part.options.get("key") or slug(part.options.get("label")) or part.name)
        if (
            part.function == "number_input"
            and not {"value", "min", "max", "step"} & part.options.keys()
            and not part.args
        ):
            part.options["value"] = None  # a model's number is rarely whole, and 0 is rarely a case of it
        part.name = unused(wanted, {other.name for other in found})
        found.append(part)
    return found


def _has_options(given: Sequence[Any]) -> bool:
    return isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], Mapping)


def _part(side: Side, given: Any) -> Part:
    base = Input if side == "input" else Output
    if isinstance(given, tuple) and _has_options(given):
        part = _part(side, given[0])
        part.options |= given[1]
        return _fitting(side, part)
    if isinstance(given, functools.partial):
        part = _part(side, given.func)
        part.args, part.options = given.args, {**part.options, **given.keywords}
        return _fitting(side, part)
    if isinstance(given, str):
        function = _function(side, given)
        return Part(stem(function), function)
    if isinstance(given, type) and issubclass(given, base):
        return Part(stem(given.kind), widget=given)
    if isinstance(given, base) and side == "input":
        return Part(given.key or slug(given.label) or stem(given.kind), widget=given)
    if isinstance(given, base):
        kind = type(given).__name__
        raise ScriptError(
            f"Interface(outputs={describe(given)}): this output has its value already.",
            hint=f"Pass the class, {kind}, or functools.partial({kind}, …) with options.",
        )
    name = getattr(given, "__name__", "")
    if inspect.isfunction(given) and getattr(modelapp, name, None) is given and name in _known(side).values():
        return Part(stem(name), name)
    raise ScriptError(f"Interface({side}s={describe(given)}): the name of an {side} is expected.", hint=_HINTS[side])


def _known(side: Side) -> dict[str, str]:
    """Return the names of modelapp's functions by the short names of their kinds."""
    ending = f"_{side}"
    found = {name.removesuffix(ending): name for name in modelapp.__all__ if name.endswith(ending)}
    return found if side == "input" else {**found, "output": "output", "markdown": "markdown"}


def _function(side: Side, name: str) -> str:
    known = _known(side)
    short = name.removesuffix(f"_{side}")
    if short in known:
        return known[short]
    hint = did_you_mean(short, known) or f"There are: {', '.join(known)}."
    raise ScriptError(f"Interface({side}s={name!r}): there is no {side} of that name.", hint=hint)


def _fitting(side: Side, part: Part) -> Part:
    """Return a part whose options its function takes.

    Raises:
        ScriptError: If it does not; names the option.
    """
    what: Callable[..., Any] = part.widget if part.function is None else getattr(modelapp, part.function)
    if isinstance(what, Input):
        raise ScriptError(
            f"Interface({side}s=…): {describe(what)} is ready, and takes no options.", hint="Give them to its class."
        )
    signature = inspect.signature(what)
    takes_all = any(one.kind is one.VAR_KEYWORD for one in signature.parameters.values())
    for option in part.options:
        if option not in signature.parameters and not takes_all:
            hint = did_you_mean(option, signature.parameters) or f"It has: {', '.join(signature.parameters)}."
            raise ScriptError(f"Interface({side}s=…): {what.__name__} has no option {option!r}.", hint=hint)
    return part


def check_arguments(side: Side, part: Part) -> None:
    """Refuse an input or output whose function lacks something.

    Raises:
        ScriptError: If it does; names what.
    """
    what = part.widget if part.function is None else getattr(modelapp, part.function)
    if isinstance(what, Input):
        return
    value = (None,) if side == "output" else ()
    try:
        inspect.signature(what).bind(*value, *part.args, **part.options)
    except TypeError as problem:
        name = stem(what.__name__)
        raise ScriptError(
            f"Interface({side}s={name!r}): {problem}.", hint=f'Pass it with the name: ("{name}", {{"…": …}}).'
        ) from None
