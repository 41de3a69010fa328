"""A cluster that runs already, in processes of its own: its nodes get all that a run needs from the run."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

RAY = Path(sys.executable).parent / "ray"
QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
STARTS = 3
"""Ray gives parts of a cluster a quarter of a minute to come about, which a busy machine may not keep."""


class Running(NamedTuple):
    """The ports of a cluster: for its nodes, and for clients."""

    node: int
    client: int


def free_ports(count: int) -> list[int]:
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in taken]
    for one in taken:
        one.close()
    return ports


def begun(folder: str) -> tuple[subprocess.Popen[str], Running | None]:
    """Start a cluster of one node, whose Python does not know modelapp by its path."""
    node, client, agent = free_ports(3)
    head = subprocess.Popen(
        [RAY, "start", "--head", "--block", "--num-cpus=2", "--include-dashboard=false", "--node-ip-address=127.0.0.1",
         f"--port={node}", f"--ray-client-server-port={client}", f"--runtime-env-agent-port={agent}",
         f"--temp-dir={folder}"],
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | QUIET,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, start_new_session=True,
    )  # fmt: skip
    assert head.stdout is not None
    there = any("--block" in line for line in head.stdout)
    return head, Running(node, client) if there else None


def end(head: subprocess.Popen[str]) -> None:
    head.send_signal(signal.SIGTERM)  # it ends what it has started
    head.communicate()


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    folder = tempfile.mkdtemp(prefix="ray")  # short: sockets in it have long names
    for _ in range(STARTS):
        head, found = begun(folder)
        if found is not None:
            break
        end(head)
    assert found is not None
    yield found
    end(head)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("way", ["ray:127.0.0.1:{0.node}", "ray://127.0.0.1:{0.client}"])
def test_command_uses_a_running_cluster(running, way, script, tmp_path):
    script("def square(n):\n    return n * n\n", "table.py")
    (tmp_path / "offset.txt").write_text("1")
    path = script("""
        from pathlib import Path
        import modelapp as ma
        from table import square
        n = ma.number_input()
        offset = int((Path(__file__).parent / "offset.txt").read_text())
        ma.number_output(square(n) + offset, label="Square")
        ma.text_output(f"{ma.__file__} {__file__}", label="Where")
    """)
    (tmp_path / "cases.csv").write_text("n\n2\n3\n")
    done = subprocess.run(
        [sys.executable, "-m", "modelapp", "bulk", path, tmp_path / "cases.csv", "--engine", way.format(running),
         "--replicas", "1", "--out", tmp_path / "out.jsonl"],
        capture_output=True, text=True, env={**os.environ, **QUIET, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert sorted(row["square"] for row in rows) == [5, 10]
    for row in rows:
        package, file = row["where"].split(" ")
        assert "modelapp-nodes-" in package and "modelapp-nodes-" in file
