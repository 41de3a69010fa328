"""What values and ends of runs are called, for a reader. Pure."""

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.protocol import Json
from modelapp.model.export.cases import values_of
from modelapp.script.run import Outcome


def failure_text(outcome: Outcome) -> str | None:
    """Return what a script said where it failed, or None."""
    if outcome.phase in ("done", "waiting"):
        return None
    title = outcome.failure.title if outcome.failure else str(outcome.error or outcome.phase)
    return title or "failed"


def told(run: RunContext) -> str:
    """Return the inputs of a run in a line, for messages."""
    return ", ".join(f"{name} = {title_of(run, name, raw)}" for name, raw in values_of(run).items()) or "no inputs"


def title_of(run: RunContext, name: str, raw: Json) -> str:
    """Return what a value is for a reader: the title of the example that it is, or its text."""
    element = run.elements.get(name)
    for example in getattr(element.props, "examples", ()) if element is not None else ():
        if example.value == raw:
            return str(example.label)
    return text_of(raw)


def text_of(raw: Json) -> str:
    """Return a raw value as text for a reader."""
    if raw is None or raw == [] or raw == "":
        return "nothing"
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, dict) and "name" in raw:
        return str(raw["name"])
    if isinstance(raw, list):
        return ", ".join(str(one) for one in raw)
    return raw if isinstance(raw, str) else msgspec.json.encode(raw).decode()
