"""A cluster that runs already, reached through its client port: all that replicas need goes there with the run."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

RAY = Path(sys.executable).parent / "ray"
SCRIPT = """
    from pathlib import Path
    import modelapp as ma
    from level import is_bright
    picture = ma.image_input()
    note = ma.text_input(required=False)
    limit = int((Path(__file__).parent / "weights" / "limit.txt").read_text())
    ma.label_output("bright" if is_bright(picture, limit) else "dark")
    ma.text_output(ma.__file__, label="Where")
    ma.text_output(f"{note}", label="Said")
    ma.text_output(__file__, label="Script")
"""


def free_ports(count):
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [one.getsockname()[1] for one in taken]
    finally:
        for one in taken:
            one.close()


@pytest.fixture
def running(tmp_path_factory):
    """A cluster of one node in processes of its own, whose Python does not know modelapp by its path."""
    port, client, agent = free_ports(3)
    hidden = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment = {**hidden, "RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    head = subprocess.Popen(
        [str(RAY), "start", "--head", "--block", "--num-cpus=2", "--include-dashboard=false",
         "--node-ip-address=127.0.0.1", f"--port={port}", f"--ray-client-server-port={client}",
         f"--runtime-env-agent-port={agent}"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        cwd=tmp_path_factory.mktemp("head"),
    )  # fmt: skip
    lines = []
    for line in head.stdout:
        lines.append(line)
        if "--block" in line:
            break
    assert head.poll() is None, "".join(lines)
    yield f"ray://127.0.0.1:{client}"
    head.kill()  # the kernel ends what it has started with it
    head.communicate()


def test_script_its_files_and_modelapp_travel_to_a_running_cluster(running, script, pictures, tmp_path):
    script("def is_bright(picture, limit):\n    return picture.convert('L').getpixel((0, 0)) > limit\n", "level.py")
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "limit.txt").write_text("100")
    path = script(SCRIPT)
    rows = [("pictures/bright/a.png", "weights", "bright"), ("pictures/dark/c.png", "cases.csv", "dark")]
    (tmp_path / "cases.csv").write_text("picture,note,truth\n" + "".join(",".join(row) + "\n" for row in rows))
    done = subprocess.run(
        [sys.executable, "-m", "modelapp", "bulk", str(path), str(tmp_path / "cases.csv"), "--truth", "truth", "--json",
         "--engine", running, "--replicas", "1", "--out", str(tmp_path / "out.jsonl")],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["classification"]["accuracy"] == 1
    for line, row in zip((tmp_path / "out.jsonl").read_text().splitlines(), rows, strict=True):
        found = json.loads(line)
        assert "modelapp-nodes-" in found["where"]
        assert "modelapp-nodes-" in found["script"]
        assert found["said"] == row[1]  # a text that is also the name of a file stays a text
