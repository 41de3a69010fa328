"""One replica as its pool sees it: the handle of its actor, and what it has been given to do."""

import pickle
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from modelapp.core.errors import EnvironmentFault
from modelapp.model.engines import bootstrap
from modelapp.model.engines.cluster import Cluster
from modelapp.model.engines.shipping import Archive, Shipped, own_package
from modelapp.model.engines.threads import Case

MOST_CALLS = 64
"""Calls of one actor at the same time: cases that wait, what they tell, and what ends them."""
_MOST_KNOWN = 200


@dataclass(frozen=True, slots=True)
class Terms:
    """What each replica gets, and what its cases may take.

    Attributes:
        least: Replicas that are kept, from 0.
        most: Replicas that there are at most, from 1.
        cpus: Processors that each has to itself, as Ray counts them.
        gpus: Graphics processors, or a fraction of one.
        timeout_seconds: A case that takes longer is ended with its replica; None is no limit.
        memory_bytes: A replica that holds more is ended; its case is tried once more. None is no limit.
        loading_seconds: How much longer a case may take that loads the model.
        batch_seconds: How long a call of a model waits for those of other runs, on an accelerator.
        room_seconds: How long a replica may wait for room in the cluster.
        idle_seconds: How long a replica above the least may have nothing to do.
    """

    least: int = 1
    most: int = 1
    cpus: float = 1.0
    gpus: float = 0.0
    timeout_seconds: float | None = None
    memory_bytes: int | None = None
    loading_seconds: float = 120.0
    batch_seconds: float = 0.01
    room_seconds: float = 120.0
    idle_seconds: float = 30.0


@dataclass(slots=True, eq=False)
class Work:
    """A case that is to be done, or a list of cases of which one is to be met.

    Attributes:
        packed: It as bytes.
        answered: Called once with its `Answer`, `Meeting`, or an exception; in the pool's thread.
        told: Called with what it tells before, in the pool's thread; None asks for nothing.
        background: True for what nobody waits for: all others go first.
        who: Whose it is: it goes where others of the same went, if there is room; "" is nobody's.
        patient: True if it may take its time to end when it is stopped: it loads a model, perhaps.
        heard: False if what it tells is not wanted yet.
        tries: How often a replica was lost that worked on it.
    """

    case: Case | list[Case]
    packed: bytes
    answered: Callable[[Any], None]
    told: Callable[[Any], None] | None = None
    background: bool = True
    who: str = ""
    patient: bool = False
    heard: bool = True
    tries: int = 0
    stopped: bool = False
    replica: "Actor | None" = None
    number: int = 0
    since: float = 0.0
    """When it began, as far as is known; 0 while it waits."""
    stop_since: float | None = None
    reply: Any = None
    """The answer, while what was told before it is on its way."""
    listening: bool = False

    @property
    def gives_way(self) -> bool:
        """True if it is many runs, and lets others be done between two of them."""
        return isinstance(self.case, Case) and self.case.gives_way


@dataclass(slots=True, eq=False)
class Actor:
    """A replica of the pool.

    Attributes:
        sent: What it has and has not answered, in the order in which it is done.
        telling: What it has answered, while what that told before is on its way.
        slots: How many of these it does at the same time.
        draining: True if it gets nothing more.
    """

    handle: Any
    since: float
    process: int | None = None
    """Its process, once it is ready."""
    node: str | None = None
    sent: deque[Work] = field(default_factory=deque)
    telling: list[Work] = field(default_factory=list)
    slots: int = 1
    draining: bool = False
    warm: bool = False
    """True once it has answered: its model is loaded."""
    idle_since: float = 0.0
    count: int = 0
    knows: dict[str, None] = field(default_factory=dict)
    """Whose cases it had, the last of them last."""

    @property
    def ready(self) -> bool:
        """True once it takes cases."""
        return self.process is not None

    @property
    def occupied(self) -> int:
        """How many of its cases another one would have to wait for."""
        return sum(not work.gives_way for work in self.sent)

    @property
    def gives_way(self) -> bool:
        """True if one of its cases lets others go first."""
        return any(work.gives_way for work in self.sent)

    @property
    def is_free(self) -> bool:
        """True if nobody waits for anything of it."""
        return not self.sent and not self.telling

    @property
    def running(self) -> list[Work]:
        """What it works on."""
        return list(self.sent)[: self.slots]

    def note(self, who: str) -> None:
        """Take down whose case it has been given."""
        if who:
            self.knows.pop(who, None)
            self.knows[who] = None
            if len(self.knows) > _MOST_KNOWN:
                del self.knows[next(iter(self.knows))]

    def has_room(self, again: bool) -> bool:
        """Return True if it can be given a case; one that is tried again is alone, so that no other dies with it."""
        if not self.ready or self.draining:
            return False
        if again:
            return not self.sent
        return len(self.sent) <= self.slots and not any(work.tries for work in self.sent)


class Actors:
    """Makes actors of one script in a cluster, and calls them.

    Args:
        cluster: The cluster.
        shipped: The script.
        terms: What each gets.
        setting: What each replica is told.
        told: Called in any thread with what came of a call: a kind, the actor, what it was about, the result.
    """

    def __init__(
        self,
        cluster: Cluster,
        shipped: Shipped,
        terms: Terms,
        setting: dict[str, Any],
        told: Callable[[str, Actor, Any, Any], None],
    ) -> None:
        self._ray = cluster.ray
        self._told = told
        self._elsewhere = cluster.elsewhere
        self._setting = {**setting, "script": shipped.script, "archives_of_script": len(shipped.archives)}
        archives: list[Archive] = list(shipped.archives)
        if cluster.elsewhere:
            archives.append(own_package())
        self._archives = [self._ray.put(archive.content) for archive in archives]
        # It travels as its code: nodes may not know the module that it stands in.
        self._ray.cloudpickle.register_pickle_by_value(bootstrap)
        self._kind = self._ray.remote(bootstrap.Bootstrap).options(
            num_cpus=terms.cpus,
            num_gpus=terms.gpus,
            max_concurrency=MOST_CALLS,
            max_restarts=0,
            max_task_retries=0,
        )

    def start(self) -> Actor:
        """Begin a replica; "begun" is told of it, and "lost" once it is gone."""
        now = time.monotonic()
        actor = Actor(self._kind.remote(self._setting["script"]), now, idle_since=now)
        self._call("begun", actor, None, actor.handle.begin, self._setting, *self._archives)
        return actor

    def watch(self, actor: Actor) -> None:
        """Have "watched" told once something is wrong with it."""
        self._call("watched", actor, None, actor.handle.watch)

    def send(self, actor: Actor, work: Work) -> None:
        """Give it a case; "answered" is told of it."""
        actor.count += 1
        work.number, work.replica = actor.count, actor
        if len(actor.sent) < actor.slots:
            work.since = time.monotonic()
        actor.sent.append(work)
        actor.note(work.who)
        tells, heard = work.told is not None, work.told is not None and work.heard
        self._call("answered", actor, work, actor.handle.work, work.number, work.packed, tells, heard)
        if heard:
            work.listening = True
            self.listen(actor, work, 0)

    def listen(self, actor: Actor, work: Work, seen: int) -> None:
        """Have "news" told once it has told more than `seen` things."""
        self._call("news", actor, (work, seen), actor.handle.news, work.number, seen)

    def stop(self, actor: Actor, work: Work) -> None:
        """End a case that it has."""
        actor.handle.stop.remote(work.number)

    def kill(self, actor: Actor) -> None:
        """End its process at once."""
        with suppress(Exception):  # it may be gone already, in several ways
            self._ray.kill(actor.handle)
        if actor.process is None:
            return
        if not self._elsewhere:
            bootstrap.end_process(actor.process)
        elif actor.sent:  # it may be deaf
            at_its_node = self._ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(actor.node, soft=False)
            end = self._ray.remote(bootstrap.end_process).options(num_cpus=0, scheduling_strategy=at_its_node)
            end.remote(actor.process)

    def _call(self, kind: str, actor: Actor, about: Any, method: Any, *arguments: Any) -> None:
        future = method.remote(*arguments).future()
        future.add_done_callback(partial(self._ended, kind, actor, about))

    def _ended(self, kind: str, actor: Actor, about: Any, future: Any) -> None:
        problem = future.exception()
        self._told(kind, actor, about, problem if problem is not None else future.result())


def no_room(cluster: Cluster, terms: Terms, waited_seconds: float) -> EnvironmentFault:
    """Return what is said where a replica finds no room."""
    needs = f"{terms.cpus:g} CPU" + (f" and {terms.gpus:g} GPU" if terms.gpus else "")
    free, nodes = cluster.free(), cluster.nodes()
    largest = ", ".join(sorted({f"{node.get('CPU', 0):g} CPU, {node.get('GPU', 0):g} GPU" for node in nodes}))
    waited = f" for {waited_seconds:.0f} s" if waited_seconds >= 1 else ""
    return EnvironmentFault(
        f"The cluster has had no room for a replica{waited}: it needs {needs} on one node. "
        f"Free are {free.get('CPU', 0):g} CPU and {free.get('GPU', 0):g} GPU; its nodes have {largest or 'nothing'}.",
        hint="Ask for less by --replica-cpus, --replica-gpus or --replicas, or add a node.",
    )


def fits(cluster: Cluster, terms: Terms) -> bool:
    """Return True if some node is large enough for a replica."""
    return any(node.get("CPU", 0) >= terms.cpus and node.get("GPU", 0) >= terms.gpus for node in cluster.nodes())


def unpacked(reply: Any) -> Any:
    """Return what a replica answered."""
    return pickle.loads(reply)
