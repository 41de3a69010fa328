"""A node of a cluster is lost as machines are, without a word; and nodes with graphics processors, which Ray counts."""

import json
import os
import subprocess
import sys
from pathlib import Path

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


def seen(what, path):
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("node_runs.py"), what, path],
        capture_output=True, text=True,
        env={**os.environ, **QUIET, "RAY_AUTH_MODE": "disabled", "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_no_row_is_lost_or_doubled_when_a_node_is_lost_and_another_comes(script):
    found = seen("lost", script(WHERE))
    assert (found["nodes"], found["alive"]) == (3, 2)
    assert sorted(found["rows"]) == [[n, n * n, None] for n in range(len(found["rows"]))]


def test_each_replica_has_its_graphics_processors(script):
    found = seen("devices", script(WHERE))
    assert (found["one"], found["two"]) == (["0", "1"], ["0,1"])
    assert "needs 1 CPU and 3 GPU on one node" in found["three"]
