"""Runs on a cluster of several nodes on this machine, in a process of its own: one process has one connection to Ray.

`python node_runs.py lost SCRIPT` and `python node_runs.py devices SCRIPT` print what they saw as JSON.
"""

import contextlib
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from modelapp.core.errors import EnvironmentFault
from modelapp.model.engines.actors import Terms
from modelapp.model.engines.ray import RayEngine
from modelapp.model.engines.threads import Case
from ray.cluster_utils import Cluster

MOST = 50_000


def kill(node):
    """End a node and what it runs, as a power cut would."""
    for process in node.all_processes["raylet"]:
        os.kill(process.process.pid, signal.SIGKILL)


def lost(path, cluster):
    """Run cases on two nodes, lose one in the midst of it, and add another; return what became of all."""
    first, _ = cluster.add_node(num_cpus=1), cluster.add_node(num_cpus=1)
    ended = False

    def source():
        for position in range(MOST):
            if ended:
                return
            yield Case(position, {"n": position})

    answers, seen, after, gone = [], Counter(), Counter(), None
    with contextlib.closing(RayEngine(path, cluster.address, Terms(most=2))) as engine:
        for answer in engine.run(source()):
            answers.append(answer)
            if answer.fault is None:
                seen[answer.outputs["node"]] += 1
                after[answer.outputs["node"]] += gone is not None
            if gone is None and len(seen) == 2 and min(seen.values()) > 5:
                gone = first.node_id
                kill(first)
                cluster.add_node(num_cpus=1)
            ended = gone is not None and sum(count > 5 for node, count in after.items() if node != gone) == 2
        alive = engine.replicas.figures().alive
    rows = [(one.position, one.outputs.get("square"), one.fault and str(one.fault)) for one in answers]
    return {"rows": rows, "nodes": len(seen), "alive": alive}


def devices(path, cluster):
    """Return which graphics processors replicas see that have one, or two, and what is said of three."""
    cluster.add_node(num_cpus=4, num_gpus=2)

    def seen(gpus, most):
        found = set()
        with contextlib.closing(RayEngine(path, cluster.address, Terms(least=most, most=most, gpus=gpus))) as engine:
            for answer in engine.run(Case(position, {"n": position}) for position in range(MOST)):
                found.add(answer.outputs["devices"])
                if len(found) == most:
                    break
        return sorted(found)

    said = None
    try:
        with contextlib.closing(RayEngine(path, cluster.address, Terms(gpus=3, room_seconds=1))) as engine:
            list(engine.run([Case(0, {"n": 1})]))
    except EnvironmentFault as fault:
        said = fault.message
    return {"one": seen(1, 2), "two": seen(2, 1), "three": said}


if __name__ == "__main__":
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    try:
        print(json.dumps({"lost": lost, "devices": devices}[sys.argv[1]](Path(sys.argv[2]), made)))
    finally:
        made.shutdown()
