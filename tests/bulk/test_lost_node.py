"""A node of a cluster is lost as machines are, without a word; and nodes with graphics processors, which Ray counts."""

import contextlib
import os
import signal
import threading
from collections import Counter

import pytest
from modelapp.core.errors import EnvironmentFault
from modelapp.model.engines.actors import Terms
from modelapp.model.engines.ray import RayEngine
from modelapp.model.engines.threads import Case
from test_running_cluster import QUIET

WHERE = """
    import os
    import ray
    import modelapp as ma
    n = ma.number_input(max=100000)
    total = 0
    for step in range(20000):
        total += step % 7
    ma.number_output(n * n, label="Square")
    ma.text_output(ray.get_runtime_context().get_node_id(), label="Node")
    ma.text_output(os.environ.get("CUDA_VISIBLE_DEVICES", "none"), label="Devices")
"""


@pytest.fixture(scope="module")
def nodes():
    """A cluster whose head takes no replicas; call it to add a node, which is returned."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {**QUIET, "RAY_AUTH_MODE": "disabled"}.items():
            environment.setenv(name, value)
        from ray.cluster_utils import Cluster

        cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})

        def add(**resources):
            return cluster.add_node(**resources)

        add.address = cluster.address
        yield add
        cluster.shutdown()


def kill(node):
    """End a node and what it runs, as a power cut would."""
    for process in node.all_processes["raylet"]:
        os.kill(process.process.pid, signal.SIGKILL)


def test_no_row_is_lost_or_doubled_when_a_node_is_lost_and_another_comes(script, nodes):
    first, _second = nodes(num_cpus=1), nodes(num_cpus=1)
    path = script(WHERE)
    with contextlib.closing(RayEngine(path, nodes.address, Terms(most=2))) as engine:
        ended = threading.Event()

        def source():
            for position in range(50_000):
                if ended.is_set():
                    return
                yield Case(position, {"n": position})

        answers, seen, lost, after = [], Counter(), None, Counter()
        for answer in engine.run(source()):
            answers.append(answer)
            if answer.fault is None:
                seen[answer.outputs["node"]] += 1
                after[answer.outputs["node"]] += lost is not None
            if lost is None and len(seen) == 2 and min(seen.values()) > 5:
                lost = first.node_id
                kill(first)
                nodes(num_cpus=1)
            if lost is not None and sum(count > 5 for node, count in after.items() if node != lost) == 2:
                ended.set()
        assert engine.replicas.figures().alive == 2
    assert len(seen) == 3
    assert Counter(answer.position for answer in answers) == Counter(range(len(answers)))
    for answer in answers:
        assert answer.fault is None and answer.outputs["square"] == answer.position**2


def test_each_replica_has_its_graphics_processors(script, nodes):
    nodes(num_cpus=4, num_gpus=2)
    path = script(WHERE)

    def devices(gpus, most):
        found = set()
        with contextlib.closing(RayEngine(path, nodes.address, Terms(least=most, most=most, gpus=gpus))) as engine:
            answers = engine.run(Case(position, {"n": position}) for position in range(100_000))
            for answer in answers:
                found.add((answer.outputs["devices"], answer.outputs["square"] >= 0))
                if len(found) == (2 if gpus == 1 else 1) and engine.replicas.figures().alive == most:
                    answers.close()
                    break
        return {device for device, _ in found}

    assert devices(1, 2) == {"0", "1"}
    assert devices(2, 1) == {"0,1"}
    with pytest.raises(EnvironmentFault, match="needs 1 CPU and 3 GPU"):
        engine = RayEngine(path, nodes.address, Terms(gpus=3, room_seconds=1))
        with contextlib.closing(engine):
            list(engine.run([Case(0, {"n": 1})]))
