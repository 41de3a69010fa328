"""The one place that makes an engine from what somebody asked for: threads, processes, or a cluster of Ray."""

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from modelapp.core.errors import InvalidValue, ScriptError, did_you_mean
from modelapp.model.engines.processes import ProcessEngine
from modelapp.model.engines.threads import Engine, ThreadEngine
from modelapp.script.run import Script

if TYPE_CHECKING:
    from modelapp.model.engines.actors import Terms
    from modelapp.model.engines.replicas import Replicas

KINDS = ("threads", "processes", "ray")
_REPLICAS = re.compile(r"(?:(\d+):)?(\d+)")
_MOST_REPLICAS = 10_000


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """Which engine somebody asked for. See `chosen`.

    Attributes:
        address: Of the cluster; None is one of this machine.
        least: Replicas that are kept.
        most: Replicas, or processes, that there are at most; None is as many as the machine has processors, or 1
            process.
        cpus: Processors that a replica has to itself.
        gpus: Graphics processors of a replica.
    """

    kind: Literal["threads", "processes", "ray"] = "threads"
    address: str | None = None
    least: int = 1
    most: int | None = None
    cpus: float = 1.0
    gpus: float = 0.0

    @property
    def at_once(self) -> int:
        """How many runs go on at a time, as far as it is known before any."""
        return 1 if self.kind == "threads" else self.most or 1

    @property
    def is_default(self) -> bool:
        """True for threads of this process."""
        return self.kind == "threads"


THREADS = EngineChoice()
"""What runs scripts where nobody says another."""


def chosen(engine: str, replicas: str | None = None, cpus: float = 1.0, gpus: float = 0.0) -> EngineChoice:
    """Return the engine that is asked for.

    Args:
        engine: "threads", "processes", "ray" for a cluster of this machine, "ray://HOST:PORT" for one that is running,
            "ray:auto" or "ray:HOST:PORT" for one of which this machine is a node.
        replicas: "MAX" or "MIN:MAX"; of processes only the larger one counts. None leaves it to the engine.
        cpus: Processors that a replica has to itself, from 0; fractions are possible.
        gpus: Graphics processors of a replica, from 0; fractions are possible.

    Raises:
        InvalidValue: If there is no such engine, or it cannot have what is asked for.
    """
    kind, colon, address = engine.partition(":")
    if kind not in KINDS or (colon and (kind != "ray" or not address.strip("/"))):
        near = did_you_mean(kind, KINDS)
        raise InvalidValue(
            f"There is no engine {engine!r}: threads, processes, ray and ray://HOST:PORT are taken.", hint=near
        )
    if replicas is not None and kind == "threads":
        raise InvalidValue("The engine threads has no replicas.", hint="Add --engine processes, or --engine ray.")
    if (cpus, gpus) != (1.0, 0.0) and kind != "ray":
        raise InvalidValue(f"The engine {kind} gives no replica processors of its own.", hint="Add --engine ray.")
    found = EngineChoice(kind, cpus=cpus, gpus=gpus)  # type: ignore[arg-type]  # it is one of KINDS
    if address:
        found = replace(found, address=engine if address.startswith("//") else address)
    if replicas is None:
        return found
    least, most = _numbers(replicas)
    return replace(found, least=least, most=most)


def _numbers(replicas: str) -> tuple[int, int]:
    matched = _REPLICAS.fullmatch(replicas.strip())
    if matched is not None:
        least, most = int(matched[1] or min(1, int(matched[2]))), int(matched[2])
        if 1 <= most <= _MOST_REPLICAS and least <= most:
            return least, most
    raise InvalidValue(f"{replicas!r} is no number of replicas: MAX or MIN:MAX is expected.", hint="For example 1:4.")


def engine_of(
    choice: EngineChoice,
    script: Path | Script,
    *,
    timeout_seconds: float | None = None,
    memory_bytes: int | None = None,
    without: Path | None = None,
) -> Engine:
    """Make the engine that is asked for.

    Args:
        script: The script, or its file.
        timeout_seconds: A case that takes longer is ended; threads cannot.
        memory_bytes: What a process or a replica may hold; as above.
        without: A folder that processes and replicas import nothing from, unless it is the script's own.

    Raises:
        ScriptError: If it is a script of the running program, which has no file that others could run.
        EnvironmentFault: If there is no Ray, or no cluster at this address.
    """
    if choice.kind == "threads":
        return ThreadEngine(script)
    if isinstance(script, Script):
        raise ScriptError(
            f"{script.path.name} has objects of this program, which other processes do not have.",
            hint="Leave out the engine, workers, timeout_seconds and memory_bytes, or save Interface.to_script() and "
            "run that.",
        )
    if choice.kind == "processes":
        return ProcessEngine(
            script,
            choice.most or 1,
            timeout_seconds=timeout_seconds,
            memory_bytes=memory_bytes,
            without=without,
        )
    from modelapp.model.engines.ray import RayEngine  # an extra, and heavy

    terms = terms_of(choice, timeout_seconds=timeout_seconds, memory_bytes=memory_bytes)
    return RayEngine(script, choice.address, terms, without=without)


def replicas_of(choice: EngineChoice, script: Path) -> "Replicas":
    """Make replicas that several engines share.

    Raises:
        EnvironmentFault: If there is no Ray, or no cluster at this address.
    """
    from modelapp.model.engines.replicas import Replicas  # as above

    return Replicas(script, choice.address, terms_of(choice))


def terms_of(choice: EngineChoice, *, timeout_seconds: float | None = None, memory_bytes: int | None = None) -> "Terms":
    """Return what replicas get."""
    from modelapp.model.engines.actors import Terms  # as above

    here = max(1, int((os.cpu_count() or 1) / choice.cpus)) if choice.cpus else os.cpu_count() or 1
    most = choice.most or (here if choice.address is None else 1)
    return Terms(
        least=min(choice.least, most),
        most=most,
        cpus=choice.cpus,
        gpus=choice.gpus,
        timeout_seconds=timeout_seconds,
        memory_bytes=memory_bytes,
    )
