"""One answer of a model for each of several outputs."""

from collections.abc import Mapping, Sequence
from typing import Any

from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError


def split(answers: Any, outputs: int | Sequence[Any]) -> tuple[Any, ...]:
    """Return one answer for each output.

    Args:
        answers: What the model gave: a sequence, or a mapping.
        outputs: How many there must be, in their order; or the mapping's keys.

    Raises:
        ScriptError: If there are more or fewer; says how many, and which.
    """
    if isinstance(outputs, int):
        many = answers.values() if isinstance(answers, Mapping) else answers
        if isinstance(many, (str, bytes)) or not hasattr(many, "__len__") or getattr(many, "shape", None) == ():
            raise ScriptError(
                f"The model gave one answer, {describe(answers)}, but there are {outputs} outputs.",
                hint="Let the model, or postprocess=, return a tuple with one answer for each output.",
            )
        if len(many) != outputs:
            raise ScriptError(
                f"The model gave {len(many)} answers, but there are {outputs} outputs.",
                hint="Pass outputs= with one for each answer, or choose answers with postprocess=.",
            )
        return tuple(many)
    if not isinstance(answers, Mapping):
        if len(outputs) == 1:
            return (answers,)
        return split(answers, len(outputs))
    missing = [key for key in outputs if key not in answers]
    if missing:
        raise ScriptError(
            f"The model's answer has no {', '.join(map(repr, missing))}. It has: {', '.join(map(repr, answers))}.",
            hint="Name the outputs as the answer does, or rename with postprocess=.",
        )
    return tuple(answers[key] for key in outputs)
