"""The options that say where a script is run, for all commands that run one without a page."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
from modelapp.core.errors import InvalidValue

if TYPE_CHECKING:
    from modelapp.model.engines.choice import EngineChoice

_OPTIONS = (
    click.option(
        "--engine",
        default="threads",
        show_default=True,
        metavar="threads|processes|ray[://HOST:PORT]",
        help="Where the script is run: in this process, in others, or on a cluster of Ray.",
    ),
    click.option("--replicas", metavar="[MIN:]MAX", help="How many processes, or replicas on the cluster."),
    click.option(
        "--replica-cpus",
        type=click.FloatRange(0),
        default=1.0,
        show_default=True,
        help="Processors of a replica on the cluster.",
    ),
    click.option(
        "--replica-gpus",
        type=click.FloatRange(0),
        default=0.0,
        show_default=True,
        help="Graphics processors of a replica, as 1 or 0.25.",
    ),
)


def engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options; the command gets `engine`, an `EngineChoice`."""

    @wraps(command)
    def wrapped(*, engine: str, replicas: str | None, replica_cpus: float, replica_gpus: float, **others: Any) -> None:
        command(engine=_choice(engine, replicas, replica_cpus, replica_gpus), **others)

    return _with_options(wrapped)


def page_engine_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options for a page; the command gets `engine`: an `EngineChoice` of a cluster, or None for none."""

    @wraps(command)
    def wrapped(*, engine: str, replicas: str | None, replica_cpus: float, replica_gpus: float, **others: Any) -> None:
        asked = (engine, replicas, replica_cpus, replica_gpus)
        choice = None if asked == ("threads", None, 1.0, 0.0) else _choice(*asked)
        if choice is not None and choice.kind != "ray":
            raise click.UsageError("A page is run in this process, or with --engine ray.")
        command(engine=choice, **others)

    return _with_options(wrapped)


def _choice(engine: str, replicas: str | None, cpus: float, gpus: float) -> "EngineChoice":
    from modelapp.model.engines.choice import chosen  # reads what runs scripts, which `--help` does without

    try:
        return chosen(engine, replicas, cpus, gpus)
    except InvalidValue as problem:
        raise click.UsageError(str(problem)) from None


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
