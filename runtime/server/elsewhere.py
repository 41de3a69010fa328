"""A served script's runs on a cluster: the replicas that its API and its bulk runs share. Most hosts do without.

Visitors' calls are handed over as such, so that they come before bulk runs there too. A saved script reaches the
replicas at once: what was begun ends on the version before.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from modelapp.core.errors import ModelAppError, RunFailed
from modelapp.model.calling import CallAnswer, CallCase
from modelapp.model.engines.choice import EngineChoice, replicas_of
from modelapp.model.engines.replicas import Figures
from modelapp.model.engines.threads import Engine
from modelapp.model.service import Asked

log = logging.getLogger("modelapp")


class OnCluster:
    """The replicas of a served script. Methods are called in any thread.

    Args:
        choice: Which cluster, and how many.
        script: The script's file.

    Raises:
        EnvironmentFault: If there is no such cluster.
    """

    def __init__(self, choice: EngineChoice, script: Path) -> None:
        self._script = script
        self._replicas = replicas_of(choice, script)

    def reload(self) -> None:
        """Have all that comes from now on done by the script as it is now."""
        try:
            self._replicas.replace(self._script)
        except ModelAppError as problem:
            log.error("The replicas run the script as it was before: %s", problem)

    def engine(self) -> Engine:
        """Return an engine for a bulk run, of the script as it is now until its end."""
        from modelapp.model.engines.ray import RayEngine  # it is here: replicas are of it

        return RayEngine(self._replicas)

    def figures(self) -> Figures:
        """Return how many replicas there are."""
        return self._replicas.figures()

    def call(
        self, asked: Asked, told: Callable[[tuple[Any, ...]], None] | None, stops: list[Callable[[], None]]
    ) -> Any:
        """Do a call, and return its `CallAnswer`.

        Args:
            told: Called with what it tells meanwhile, or None.
            stops: Gets what ends it.

        Raises:
            ModelAppError: Whatever is wrong with it.
        """
        events: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        case = CallCase(0, asked.inputs, asked.edits, visitor=asked.visitor, streams=told is not None)
        work = self._replicas.work(
            case,
            lambda reply: events.put(("answer", reply)),
            told=None if told is None else lambda event: events.put(("told", event)),
            background=False,
        )
        stops.append(lambda: self._replicas.stop(work))
        self._replicas.submit(work)
        while True:
            kind, what = events.get()
            if kind == "told" and told is not None:
                told(what)
            elif isinstance(what, CallAnswer):
                return what
            elif isinstance(what, ModelAppError):
                raise what
            else:
                raise RunFailed(str(what.fault))

    def close(self) -> None:
        """End the replicas."""
        self._replicas.close()
