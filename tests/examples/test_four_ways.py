"""Every example gives the same outputs in four ways: in process, over HTTP, by `connect`, and on the command line.

Each in a process of its own: the runtime of one example's model ends a process in which another's has been loaded.
"""

import base64
import json
import math
import shutil
import subprocess
import sys
from pathlib import Path

import modelapp as ma
import numpy as np
import pytest
from modelapp.core.plain import plain_json
from PIL import Image
from sklearn.datasets import load_digits

EXAMPLES = Path(__file__).parents[2] / "examples"
IN_PROCESS = """
import json, sys
import modelapp as ma
result = ma.load(sys.argv[1])(**json.loads(sys.argv[2]))
print(json.dumps(result.portable(lambda name, content: None)))
"""
CASES = {
    "counter": {"step": 7},
    "digits": {"digit": "seven.png"},
    "digits_keras": {"digit": "seven.png"},
    "espresso": {"photo": "coffee.png"},
    "sentiment": {"sentence": "It was not bad at all, but slow."},
    "tumour": {"worst_radius": 22.5, "area_error": 100},
    "voice": {"recording": "voice.opus", "threshold": 0.4},
}


def close(one, other):
    """Return whether two JSON values are equal, numbers to single precision."""
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-6)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(close(a, b) for a, b in zip(one, other, strict=True))
    return one == other


@pytest.fixture
def folder(tmp_path):
    shutil.copy(EXAMPLES / "voice.opus", tmp_path)
    ink = load_digits().images[7]
    pixels = Image.fromarray((255 - ink * 255 / 16).astype(np.uint8))
    pixels.resize((280, 280), Image.Resampling.BICUBIC).save(tmp_path / "seven.png")
    import skimage

    shutil.copy(Path(skimage.data_dir) / "coffee.png", tmp_path)
    return tmp_path


def sent_file(path):
    return {"base64": base64.b64encode(path.read_bytes()).decode(), "name": path.name}


def printed(folder, *command):
    done = subprocess.run([sys.executable, *command], cwd=folder, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("name", CASES)
def test_example_answers_alike_in_four_ways(name, folder, serve):
    path = Path(shutil.copy(EXAMPLES / f"{name}.py", folder))
    inputs = CASES[name]
    in_process = printed(folder, "-c", IN_PROCESS, path.name, json.dumps(inputs))
    texts = [f"{one}={value}" for one, value in inputs.items()]
    command_line = printed(folder, "-m", "modelapp", "call", path.name, *texts, "--json")["outputs"]

    served = serve(path)
    files = {one: folder / str(value) for one, value in inputs.items() if (folder / str(value)).is_file()}
    sent = {
        one: {"base64": base64.b64encode(file.read_bytes()).decode(), "name": file.name} for one, file in files.items()
    }
    body = json.dumps({"inputs": {**inputs, **sent}}).encode()
    status, _, answer = served.request(
        "api/run", method="POST", body=body, headers={"Content-Type": "application/json"}
    )
    assert status == 200, answer
    http = json.loads(answer)

    result = ma.connect(served.url)(**{**inputs, **files})
    connected = {output: plain_json(value) for output, value in result.items()}

    assert in_process
    assert close(http["outputs"], in_process)
    assert close(connected, in_process)
    assert close(command_line, in_process)
    assert result.read == http["read"]
