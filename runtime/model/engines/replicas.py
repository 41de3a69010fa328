"""The replicas of one script in a cluster: what each does next, and what becomes of what was lost.

One thread decides all of it; whatever happens elsewhere reaches it as an event. A saved script begins a generation of
replicas: what was begun ends on those of the one before.
"""

import pickle
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

import msgspec
from modelapp.core.errors import EnvironmentFault, ModelAppError, ScriptError
from modelapp.model.engines.actors import Actor, Actors, Terms, Work, fits, no_room, unpacked
from modelapp.model.engines.cluster import Cluster
from modelapp.model.engines.import_paths import import_paths
from modelapp.model.engines.losses import began_badly, death_of, limits_passed
from modelapp.model.engines.packing import packed_with_files
from modelapp.model.engines.scaling import Generation, Scaling
from modelapp.model.engines.shipping import shipped
from modelapp.model.engines.threads import Answer, Case, Fault

_LOOK_SECONDS = 0.1
_PATIENCE_SECONDS = 2.0
_MOST_FALSE_STARTS = 3
_WARMING = -1


class Figures(NamedTuple):
    """How many replicas there are.

    Attributes:
        wanted: Those that are there or begin.
        alive: Those that take cases.
        busy: Those that do one.
        waiting: Cases that no replica has yet.
        slots: How many cases the one that does most does at a time.
    """

    wanted: int
    alive: int
    busy: int
    waiting: int
    slots: int = 1


class Replicas:
    """The replicas of one script. Close it at the end.

    Args:
        script: The script's file.
        address: Of the cluster: see `Cluster`.
        terms: How many, and what each gets.
        without: A folder that replicas on this machine import nothing from.

    Raises:
        EnvironmentFault: If the cluster cannot be used, or no node could ever take a replica.
    """

    def __init__(
        self, script: Path, address: str | None = None, terms: Terms | None = None, *, without: Path | None = None
    ) -> None:
        self.terms = terms or Terms()
        self.cluster = Cluster(address)
        self._paths = () if self.cluster.elsewhere else tuple(import_paths(without))
        self._events: SimpleQueue[Any] = SimpleQueue()
        self._generations: list[Generation] = []
        self._closed = False
        self._scaling = Scaling(self.terms, self._generations)
        self._looked = 0.0
        try:
            if not self.cluster.elsewhere and not fits(self.cluster, self.terms):
                raise no_room(self.cluster, self.terms, 0.0)
            self.current = self._generation(script)
        except BaseException:
            self.cluster.close()
            raise
        self._thread = threading.Thread(target=self._serve, name="modelapp-replicas", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------ called in any thread

    def work(self, case: Case | list[Case], answered: Any, **options: Any) -> Work:
        """Return a case that `submit` takes.

        Raises:
            Exception: Whatever pickling raises, if it cannot be sent.
        """
        packed = packed_with_files(case) if self.cluster.elsewhere else pickle.dumps(case)
        return Work(case, packed, answered, **options)

    def submit(self, work: Work, generation: Generation | None = None) -> None:
        """Have a case done by the newest script, or by one that is held."""
        self._events.put(("submit", generation or self.current, work, None))

    def stop(self, work: Work) -> None:
        """End a case; it may still be answered."""
        self._events.put(("stop", None, work, None))

    def hear(self, work: Work) -> None:
        """Have what a case tells fetched from now on."""
        self._events.put(("hear", None, work, None))

    def replace(self, script: Path) -> None:
        """Have all that is submitted from now on done by the script as it is now.

        Raises:
            EnvironmentFault: If it cannot be sent. The one before stays.
        """
        made = self._generation(script)
        if made.digest != self.current.digest:
            self.current = made
            self._events.put(("replaced", made, None, None))

    def hold(self, generation: Generation, users: int) -> None:
        """Keep a generation while there is a newer one, for as many users more (or fewer)."""
        self._events.put(("hold", generation, users, None))

    def figures(self) -> Figures:
        """Return how many replicas there are."""
        actors = [actor for generation in list(self._generations) for actor in list(generation.replicas)]
        alive = [actor for actor in actors if actor.ready]
        waiting = sum(generation.waiting for generation in list(self._generations))
        busy = sum(bool(actor.sent) for actor in alive)
        return Figures(len(actors), len(alive), busy, waiting, max((actor.slots for actor in alive), default=1))

    def processes(self) -> list[int]:
        """Return the ids of the replicas' processes, each on its node."""
        actors = [actor for generation in list(self._generations) for actor in list(generation.replicas)]
        return [actor.process for actor in actors if actor.process is not None]

    def close(self) -> None:
        """End all replicas. Can be called twice."""
        if self._closed:
            return
        self._closed = True
        self._events.put(("closed", None, None, None))
        self._thread.join()
        self.cluster.close()

    def _generation(self, script: Path) -> Generation:
        sent = shipped(script, elsewhere=self.cluster.elsewhere)
        setting = {
            "beside": str(sent.beside) if sent.beside else None,
            "working_folder": None if self.cluster.elsewhere else str(Path.cwd()),
            "paths": self._paths,
            "memory_bytes": self.terms.memory_bytes,
            "batch_seconds": self.terms.batch_seconds,
        }

        def told(kind: str, actor: Actor, about: Any, result: Any) -> None:
            self._events.put((kind, made, (actor, about), result))

        made = Generation(Actors(self.cluster, sent, self.terms, setting, told), sent.digest)
        return made

    # ------------------------------------------------------------ the one thread

    def _serve(self) -> None:
        self._generations.append(self.current)
        while not self._closed:
            self._go_on()
            pending = any(work for one in self._generations for work in (one.waiting, *(a.sent for a in one.replicas)))
            with suppress(Empty):
                event = self._events.get(timeout=_LOOK_SECONDS if pending else 10 * _LOOK_SECONDS)
                self._take(*event)
        for generation in self._generations:
            problem = EnvironmentFault("The replicas were ended.")
            sent = [work for actor in generation.replicas for work in (*actor.sent, *actor.telling)]
            for work in [*sent, *generation.live, *generation.background]:
                self._answer(work, problem)
            for actor in generation.replicas:
                generation.actors.kill(actor)

    def _take(self, kind: str, generation: Generation, about: Any, result: Any) -> None:
        if kind == "submit":
            self._submitted(generation, about)
        elif kind == "stop":
            self._stop(about)
        elif kind == "hear":
            self._hear(about)
        elif kind == "hold":
            generation.users += about
        elif kind == "replaced":
            self._generations.append(generation)
        elif kind in ("begun", "watched", "answered", "news"):
            actor, what = about
            if actor in generation.replicas:
                getattr(self, f"_{kind}")(generation, actor, what, result)

    def _submitted(self, generation: Generation, work: Work) -> None:
        if generation.problem is not None:
            self._answer(work, generation.problem)
            return
        if generation not in self._generations:
            self._generations.append(generation)
        generation.queue(work).append(work)

    def _stop(self, work: Work) -> None:
        work.stopped = True
        for generation in self._generations:
            if work in generation.queue(work):
                generation.queue(work).remove(work)
                self._answer(work, Answer(_position(work.case)))
            elif work.replica in generation.replicas:
                assert work.replica is not None
                work.stop_since = time.monotonic()
                generation.actors.stop(work.replica, work)

    def _hear(self, work: Work) -> None:
        work.heard = True
        for generation in self._generations:
            if work.replica in generation.replicas and work in work.replica.sent and not work.listening:
                work.listening = True
                generation.actors.listen(work.replica, work, 0)

    # ------------------------------------------------------------ what comes of calls

    def _begun(self, generation: Generation, actor: Actor, _: None, result: Any) -> None:
        if isinstance(result, Exception):
            generation.replicas.remove(actor)
            generation.false_starts += 1
            problem = began_badly(result)
            if problem.fatal or generation.false_starts >= _MOST_FALSE_STARTS:
                self._fail(generation, problem.fault)
            return
        kind, *facts = unpacked(result)
        if kind == "failed":
            self._fail(generation, ScriptError(facts[0], hint=facts[1]))
            return
        generation.false_starts = 0
        actor.process, actor.node = facts
        actor.idle_since = time.monotonic()
        generation.actors.watch(actor)
        if generation.warm is not None and self.terms.timeout_seconds is not None:
            generation.actors.send(actor, self.work(generation.warm, lambda reply: None))
            actor.sent[0].number = actor.count
        else:
            actor.warm = generation.warm is None

    def _watched(self, generation: Generation, actor: Actor, _: None, result: Any) -> None:
        fault = Fault("WorkerDied", death_of(result))
        if result == "memory":
            limit = (self.terms.memory_bytes or 0) // 10**6
            fault = Fault("MemoryLimit", f"The worker held more than its limit of {limit:,} MB of memory.")
        self._lost(generation, actor, fault, actor.running)

    def _answered(self, generation: Generation, actor: Actor, work: Work, result: Any) -> None:
        if work not in actor.sent or work.replica is not actor:
            return
        if isinstance(result, Exception):
            self._lost(generation, actor, Fault("WorkerDied", death_of(result)), actor.running)
            return
        reply, actor.slots = unpacked(result)
        actor.sent.remove(work)
        now = time.monotonic()
        actor.warm, actor.idle_since = True, now
        for running in actor.running:
            running.since = running.since or now
        if isinstance(reply, Answer) and isinstance(work.case, Case):
            reply = msgspec.structs.replace(reply, position=work.case.position)
        work.reply = reply
        if work.listening:
            actor.telling.append(work)
        else:
            self._answer(work, reply)

    def _news(self, generation: Generation, actor: Actor, about: tuple[Work, int], result: Any) -> None:
        work, seen = about
        if work.replica is not actor or not work.listening or isinstance(result, Exception):
            return  # `_watched` tells that it is lost
        events, ended = unpacked(result)
        for event in events:
            assert work.told is not None
            work.told(pickle.loads(event))
        if not ended:
            generation.actors.listen(actor, work, seen + len(events))
            return
        work.listening = False
        if work in actor.telling:
            actor.telling.remove(work)
            self._answer(work, work.reply)

    def _answer(self, work: Work, reply: Any) -> None:
        if work.replica is not None or not work.stopped or reply is not None:
            answered, work.answered = work.answered, lambda again: None
            answered(reply)

    # ------------------------------------------------------------ what is lost

    def _lost(self, generation: Generation, actor: Actor, fault: Fault, blamed: list[Work], again: bool = True) -> None:
        """Take leave of a replica: what it worked on gets one more try, alone, or this fault; the rest goes on.

        Args:
            blamed: What may be the reason.
            again: False if that gets no more try.
        """
        generation.end(actor)
        # What it had answered is not whole without what was told before, which is lost with it.
        for work in reversed([*actor.telling, *actor.sent]):
            work.replica, work.listening, work.since, work.reply = None, False, 0.0, None
            if _position(work.case) == _WARMING:
                generation.warm = None  # it ran well once, and did not now: better none
            elif work.stopped:
                self._answer(work, Answer(_position(work.case)))
            elif work in blamed and (work.tries or not again):
                self._answer(work, Answer(_position(work.case), fault=fault))
            else:
                work.tries += work in blamed
                generation.queue(work).appendleft(work)

    def _fail(self, generation: Generation, problem: ModelAppError) -> None:
        """Answer all that waits with what is wrong with the script or the cluster."""
        if isinstance(problem, ScriptError):
            generation.problem = problem
        waiting = [*generation.live, *generation.background]
        generation.live.clear()
        generation.background.clear()
        generation.false_starts = 0
        for actor in [actor for actor in generation.replicas if not actor.ready]:
            generation.end(actor)
        for work in waiting:
            self._answer(work, problem)

    # ------------------------------------------------------------ what is next

    def _go_on(self) -> None:
        if time.monotonic() - self._looked > _LOOK_SECONDS:
            self._looked = time.monotonic()
            for generation in self._generations:
                self._look(generation)
        for generation in list(self._generations):
            self._hand_out(generation)
            self._scaling.fit(generation, current=generation is self.current)

    def _look(self, generation: Generation) -> None:
        """See what takes too long."""
        now = time.monotonic()
        for actor in list(generation.replicas):
            if not actor.ready:
                if now - actor.since > self.terms.room_seconds:
                    self._waited_for_room(generation, actor, now - actor.since)
                continue
            stuck = [
                work
                for work in actor.running
                if work.stop_since and not work.patient and now - work.stop_since > _PATIENCE_SECONDS
            ]
            late = limits_passed(actor, self.terms, now)
            if late:
                text = f"It took longer than the limit of {self.terms.timeout_seconds:g} s."
                self._lost(generation, actor, Fault("TimeLimit", text), late, again=False)
            elif stuck:
                self._lost(generation, actor, Fault("Stopped", "It was stopped."), stuck, again=False)

    def _waited_for_room(self, generation: Generation, actor: Actor, waited_seconds: float) -> None:
        generation.end(actor)
        self._scaling.is_full()
        if not any(other.ready for other in generation.replicas):
            self._fail(generation, no_room(self.cluster, self.terms, waited_seconds))

    def _hand_out(self, generation: Generation) -> None:
        for queue in (generation.live, generation.background):
            while queue:
                work = queue[0]
                able = [actor for actor in generation.replicas if actor.has_room(bool(work.tries))]
                if not work.background:  # it does not stand behind another where it could have a replica of its own
                    able = [actor for actor in able if actor.occupied < actor.slots]
                else:
                    able = [actor for actor in able if not actor.gives_way]
                actor = min(
                    able, key=lambda one: (one.gives_way, work.who not in one.knows, len(one.sent)), default=None
                )
                if actor is None:
                    return  # what comes first must not wait for what comes after it
                queue.popleft()
                generation.actors.send(actor, work)


def _position(case: Case | list[Case]) -> int:
    return case.position if isinstance(case, Case) else 0
