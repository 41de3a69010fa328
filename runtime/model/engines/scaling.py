"""How many replicas of a script there are: when one begins, when one ends, and which gives way to a newer script's.

All of it is called in the one thread of `Replicas`.
"""

import time
from collections import deque
from dataclasses import dataclass, field

from modelapp.core.errors import ModelAppError
from modelapp.model.engines.actors import Actor, Actors, Terms, Work
from modelapp.model.engines.threads import Case


@dataclass(slots=True, eq=False)
class Generation:
    """The script as it was at one moment, and its replicas."""

    actors: Actors
    digest: str
    replicas: list[Actor] = field(default_factory=list)
    live: deque[Work] = field(default_factory=deque)
    background: deque[Work] = field(default_factory=deque)
    users: int = 0
    """Engines that want this one, also when there is a newer."""
    warm: Case | None = None
    """A case that ran well: a replica whose cases are timed begins with it, to load its model."""
    problem: ModelAppError | None = None
    false_starts: int = 0

    def queue(self, work: Work) -> deque[Work]:
        """Return where a case waits."""
        return self.background if work.background else self.live

    @property
    def waiting(self) -> int:
        """How many cases wait."""
        return len(self.live) + len(self.background)

    @property
    def useful(self) -> list[Actor]:
        """Replicas that take cases, or will."""
        return [actor for actor in self.replicas if not actor.draining]

    def end(self, actor: Actor) -> None:
        """End a replica."""
        self.replicas.remove(actor)
        self.actors.kill(actor)


class Scaling:
    """Begins and ends replicas.

    Args:
        terms: How many there may be.
        generations: All that there are; one that has ended is taken out.
    """

    def __init__(self, terms: Terms, generations: list[Generation]) -> None:
        self._terms = terms
        self._generations = generations
        self._full_until = 0.0

    def is_full(self) -> None:
        """Begin none above the least for a while: the cluster has no room."""
        self._full_until = time.monotonic() + self._terms.room_seconds

    def fit(self, generation: Generation, *, current: bool) -> None:
        """Begin and end replicas of a generation, as its cases need them.

        Args:
            current: True if it is the newest script.
        """
        self._grow(generation, current)
        self._shrink(generation, current)

    def _grow(self, generation: Generation, current: bool) -> None:
        """Begin replicas where more is to be done than those that are there do at a time."""
        useful = generation.useful
        wanted = generation.waiting + sum(len(actor.sent) for actor in useful)
        room = sum(actor.slots for actor in useful)
        least = self._terms.least if current and generation.problem is None else 0
        while len(useful) < least or (wanted > room and generation.waiting):
            if len(useful) >= least and useful and time.monotonic() < self._full_until:
                return
            if self._count() >= self._terms.most and not self._made_way(generation):
                return
            useful.append(generation.actors.start())
            generation.replicas.append(useful[-1])
            room += 1

    def _count(self) -> int:
        return sum(len(generation.replicas) for generation in self._generations)

    def _made_way(self, generation: Generation) -> bool:
        """End a replica of another script for one of this; return False if none has ended yet."""
        others = [(one, actor) for one in self._generations if one is not generation for actor in one.replicas]
        for one, actor in others:
            if actor.is_free:
                one.end(actor)
                return True
        if not generation.useful and not any(actor.draining for _, actor in others) and others:
            others[0][1].draining = True
        return False

    def _shrink(self, generation: Generation, current: bool) -> None:
        """End replicas that nobody needs."""
        now = time.monotonic()
        retired = not current and not generation.users and not generation.waiting
        for actor in list(generation.replicas):
            spare = len(generation.useful) > (self._terms.least if current else 0)
            idle = actor.ready and now - actor.idle_since > self._terms.idle_seconds and spare
            if actor.is_free and (actor.draining or retired or idle):
                generation.end(actor)
        if retired and not generation.replicas:
            self._generations.remove(generation)
