"""What is said of replicas that are lost: how one died, why one could not begin, and what took too long."""

from typing import Any, NamedTuple

from modelapp.core.errors import EnvironmentFault, ModelAppError
from modelapp.model.engines.actors import Actor, Terms, Work

_SHOWN = 300


class BadStart(NamedTuple):
    """Why a replica did not begin.

    Attributes:
        fault: What is said of it.
        fatal: True if another would not begin either.
    """

    fault: ModelAppError
    fatal: bool


def death_of(problem: Any) -> str:
    """Return how a replica died, in a sentence."""
    text = " ".join(str(problem).split())
    if "node" in text and ("died" in text or "dead" in text) and "worker process has died" not in text:
        return "The worker died: its node is gone."
    return "The worker died: its process ended."


def began_badly(problem: Exception) -> BadStart:
    """Return what is said of a replica that did not begin."""
    cause = getattr(problem, "cause", None)
    if isinstance(cause, ImportError):
        name = cause.name or str(cause)
        return BadStart(
            EnvironmentFault(
                f"The nodes of the cluster lack the package {name!r}.",
                hint="Install modelapp, and what the script imports, where the nodes run: in their image, say.",
            ),
            True,
        )
    text = " ".join(str(cause or problem).split())
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    # What Ray says where one side takes the other's token and the other knows none.
    hint = (
        "If the cluster asks for no token, set RAY_AUTH_MODE=disabled." if "references to the actor" in text else None
    )
    fault = EnvironmentFault(f"A replica cannot be started. {type(cause or problem).__name__}: {short}", hint=hint)
    return BadStart(fault, cause is not None)


def limits_passed(actor: Actor, terms: Terms, now: float) -> list[Work]:
    """Return what a replica works on for longer than it may."""
    if terms.timeout_seconds is None:
        return []
    limit = terms.timeout_seconds + (0.0 if actor.warm else terms.loading_seconds)
    return [work for work in actor.running if work.since and now - work.since > limit]
