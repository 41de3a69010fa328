"""The script of a few lines that an `Interface` is underneath."""

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.examples import is_frame
from modelapp.core.names import slug, unused
from modelapp.interface.objects import Objects, literal
from modelapp.interface.parts import Part

_WIDEST = 100
_OURS = {"ma", "current_run", "copy", "answer", "answers"}


@dataclass(frozen=True, slots=True)
class Declared:
    """What the author of an `Interface` declared, read.

    Attributes:
        model: Any model that `predict` takes.
        model_type: Its framework, or None.
        preprocess: See `predict`.
        postprocess: See `predict`.
        labels: Names of the classes, or None.
        title: Heading of the page, or None.
        description: A sentence below it, or None.
        examples: Ready cases, or None.
    """

    inputs: list[Part]
    outputs: list[Part]
    by_name: bool
    """True if the outputs were named, so that the model's answer is a mapping."""
    model: Any
    model_type: str | None
    preprocess: Any
    postprocess: Any
    labels: Any
    title: str | None
    description: str | None
    examples: Any


@dataclass(frozen=True, slots=True)
class Written:
    """A script's text.

    Attributes:
        whole: What a file needs.
        live: The same lines, with a comment where an object is at hand.
        bound: These objects, by their names.
    """

    whole: str
    live: str
    bound: dict[str, Any]


def written(declared: Declared, scope: Mapping[str, Any]) -> Written:
    """Write the script.

    Args:
        declared: What it does.
        scope: Names of the place where the Interface was made, with their objects.
    """
    variables = _variables(declared)
    answers = _answer_names(declared, variables)
    objects = Objects(scope, {*_OURS, *variables, *answers})
    body = [
        *_head(declared),
        *_inputs(declared, variables, objects),
        *_prediction(declared, variables, objects),
        *_shown(declared, answers, objects),
    ]
    text = "\n".join(body)
    imports = ["import modelapp as ma"]
    if "copy(" in text:
        imports.insert(0, "from copy import copy\n")
    if "current_run()" in text:
        imports.append("from modelapp.core.current import current_run")
    imported = [one for one in objects.named if one.origin is not None]
    to_fill_in = [one for one in objects.named if one.origin is None]
    first = "\n".join(imports)

    def joined(lines: list[str], more: list[str]) -> str:
        blocks = ["\n".join([first, *lines]), "\n".join(more), text]
        return "\n\n".join(block for block in blocks if block) + "\n"

    def at_hand(name: str, purpose: str) -> str:
        return f"# {name}: {purpose}, at hand"

    return Written(
        whole=joined([one.line for one in imported], [one.line for one in to_fill_in]),
        live=joined(
            [at_hand(one.name, one.purpose) for one in imported], [at_hand(one.name, one.purpose) for one in to_fill_in]
        ),
        bound={one.name: one.value for one in objects.named},
    )


def _variables(declared: Declared) -> list[str]:
    """Return the variables of the inputs."""
    names: list[str] = []
    for part in declared.inputs:
        wanted = part.name if part.name.isidentifier() and not keyword.iskeyword(part.name) else slug(part.name)
        if not wanted.isidentifier() or keyword.iskeyword(wanted) or wanted in _OURS:
            wanted = f"{wanted}_input"
        names.append(unused(wanted, names))
    return names


def _head(declared: Declared) -> list[str]:
    if declared.title is None and declared.description is None:
        return []
    title = declared.title or "Model"
    options = {} if declared.description is None else {"description": _quoted(declared.description)}
    return [*_call("", "ma.app", [_quoted(title)], options), ""]


def _inputs(declared: Declared, variables: list[str], objects: Objects) -> list[str]:
    examples = declared.examples
    if len(declared.inputs) == 1:
        (part,) = declared.inputs
        return _input(part, variables[0], objects, examples)
    options = {}
    if examples is not None:
        cases = examples if is_frame(examples) else _cases(examples, variables)
        options["examples"] = objects.expression(cases, "examples", "the ready cases")
    lines = _call("with ", "ma.inputs", [], options)
    lines[-1] += ":"
    for part, variable in zip(declared.inputs, variables, strict=True):
        lines += [f"    {line}" for line in _input(part, variable, objects, None)]
    return lines


def _cases(examples: Any, variables: list[str]) -> list[dict[str, Any]]:
    """Return examples of several inputs as mappings.

    Raises:
        ScriptError: If one of them is no value for each input.
    """
    cases: list[dict[str, Any]] = []
    for case in list(examples):
        if isinstance(case, Mapping):
            cases.append({str(name): value for name, value in case.items()})
        elif isinstance(case, Sequence) and not isinstance(case, str) and len(case) == len(variables):
            cases.append(dict(zip(variables, case, strict=True)))
        else:
            raise ScriptError(
                f"Interface(examples=…): {describe(case)} is no value for each of the {len(variables)} inputs.",
                hint=f"Pass tuples in the order of the inputs ({', '.join(variables)}), or dicts with these names.",
            )
    return cases


def _input(part: Part, variable: str, objects: Objects, examples: Any) -> list[str]:
    options = dict(part.options)
    if examples is not None:
        options["examples"] = examples
    args = [objects.expression(one, f"{variable}_option", f"an option of {variable}") for one in part.args]
    texts = {
        option: objects.expression(value, f"{variable}_{option}", f"{option} of {variable}")
        for option, value in options.items()
    }
    if part.function is not None:
        return _call(f"{variable} = ", f"ma.{part.function}", args, texts)
    own = objects.name(part.widget, f"{variable}_widget", "the input")
    if not isinstance(part.widget, type):
        if examples is not None:
            raise ScriptError(
                f"Interface(examples=…): {describe(part.widget)} is ready, and takes no more options.",
                hint="Give the examples to the input itself.",
            )
        return [f"{variable} = current_run().declare(copy({own}))"]
    return _call(f"{variable} = ", f"{own}.ask", args, texts)


def _prediction(declared: Declared, variables: list[str], objects: Objects) -> list[str]:
    model = objects.name(declared.model, "model", "the model")
    options = {}
    if declared.model_type is not None:
        options["framework"] = _quoted(declared.model_type)
    if declared.labels is not None and len(declared.outputs) == 1 and not declared.by_name:
        options["labels"] = objects.expression(declared.labels, "labels", "the names of the classes")
    for option in ("preprocess", "postprocess"):
        function = getattr(declared, option)
        if function is not None:
            options[option] = objects.name(function, option, f"what {option}es")
    one = len(declared.outputs) == 1 and not declared.by_name
    return _call("answer = " if one else "answers = ", "ma.predict", [model, *variables], options)


def _answer_names(declared: Declared, variables: list[str]) -> list[str]:
    """Return the variables of the answers of several outputs."""
    names: list[str] = []
    for part in declared.outputs:
        wanted = f"{slug(part.name) or 'model'}_answer"
        names.append(unused(wanted if wanted.isidentifier() else f"the_{wanted}", {*variables, *names}))
    return names


def _shown(declared: Declared, names: list[str], objects: Objects) -> list[str]:
    if len(declared.outputs) == 1 and not declared.by_name:
        return _output(declared.outputs[0], "answer", declared, objects)
    if declared.by_name:
        keys = ", ".join(_quoted(part.name) for part in declared.outputs)
        lines = [f"{', '.join(names)}{',' if len(names) == 1 else ''} = ma.Interface.split(answers, [{keys}])"]
    else:
        lines = [f"{', '.join(names)} = ma.Interface.split(answers, {len(names)})"]
    for part, name in zip(declared.outputs, names, strict=True):
        lines += _output(part, name, declared, objects)
    return lines


def _output(part: Part, answer: str, declared: Declared, objects: Objects) -> list[str]:
    name = slug(part.name) or "output"
    options = {
        option: objects.expression(value, f"{name}_{option}", f"{option} of {name}")
        for option, value in part.options.items()
    }
    several = len(declared.outputs) > 1 or declared.by_name
    if several and part.function == "label_output" and declared.labels is not None and "labels" not in options:
        options["labels"] = objects.expression(declared.labels, "labels", "the names of the classes")
    if several and declared.by_name and "key" not in options and part.function not in (None, "markdown"):
        options["key"] = _quoted(name)
    args = [objects.expression(one, f"{name}_option", f"an option of {name}") for one in part.args]
    if part.function is not None:
        return _call("", f"ma.{part.function}", [answer, *args], options)
    own = objects.name(part.widget, f"{name}_widget", "the output")
    (made,) = _call("", own, [answer, *args], options, wide=True)
    return [f"{made}.show()"]


def _call(before: str, function: str, args: list[str], options: Mapping[str, str], *, wide: bool = False) -> list[str]:
    """Return a call as lines: one, or one for each argument where it gets too wide."""
    given = [*args, *(f"{name}={text}" for name, text in options.items())]
    line = f"{before}{function}({', '.join(given)})"
    if wide or len(line) <= _WIDEST:
        return [line]
    return [f"{before}{function}(", *(f"    {one}," for one in given), ")"]


def _quoted(text: str) -> str:
    return literal(text) or repr(text)
