"""The pacemaker network rests on the line, and on where it is: what painting, mirroring and hiding parts show."""

import shutil
import subprocess
import sys
from pathlib import Path

import modelapp as ma
import numpy as np
import pytest
import torch
from answers import label
from modelapp.model.explain.runs import Explaining
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"
CASES = 24


@pytest.fixture(scope="module")
def pacemaker():
    """The example's own module."""
    sys.path.insert(0, str(EXAMPLES))
    try:
        import pacemaker_model
    finally:
        sys.path.remove(str(EXAMPLES))
    yield pacemaker_model
    del sys.modules["pacemaker_model"]


@pytest.fixture(scope="module")
def net(pacemaker):
    return pacemaker.load()


def test_network_is_right_for_the_line_at_its_place_and_for_nothing_else(pacemaker, net):
    figures = pacemaker.measured(net, seed=11, count=300)
    assert figures["accuracy"] > 0.9 and figures["area under the ROC curve"] > 0.95
    assert 0.35 < figures["the same, mirrored"] < 0.65  # as good as a coin
    assert figures["answer changes, lead painted over"] > 0.9
    assert figures["answer changes, painted elsewhere"] < 0.1


def test_training_again_learns():
    # The full training takes minutes; it must learn 48 pictures by heart in less. It has a process of its own, as its
    # user's has: the tests' process has TensorFlow's and scikit-learn's threads beside those of PyTorch.
    train = "import pacemaker_model; pacemaker_model.train(seed=0, samples=48, epochs=80)"
    done = subprocess.run([sys.executable, "-c", train], cwd=EXAMPLES, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    losses = [float(line.rpartition(" ")[2]) for line in done.stdout.splitlines()]
    assert len(losses) == 80 and losses[0] > 0.6 and losses[-1] < 0.5


def test_page_gives_the_answer_of_the_network(example, pacemaker, net, tmp_path):
    shutil.copy(pacemaker.__file__, tmp_path)
    shutil.copy(pacemaker.WEIGHTS, tmp_path)
    user = example("pacemaker.py")
    picture, _ = pacemaker.ready()["Lead 1"]
    with torch.no_grad():
        odds = float(net(torch.tensor(pacemaker.grey(picture))[None, None])[0, 0])
    top, confidences = label(user)
    assert top == "pacemaker"
    assert confidences["pacemaker"] == pytest.approx(1 / (1 + np.exp(-odds)), abs=1e-5)


def test_peak_of_the_occlusion_map_lies_on_the_lead(pacemaker, net):
    model = ma.load(pacemaker.WEIGHTS.with_name("pacemaker.py"))
    rng, clip = np.random.default_rng(21), pacemaker.frames()[pacemaker.UNSEEN]
    on_the_lead = said = 0
    while said < CASES:
        picture, path = pacemaker.sample(rng, clip)
        if path is None:
            continue
        shown = Image.fromarray(np.uint8(255 * picture)).resize((384, 384))
        base, _ = model.call({"scan": shown}, {}, "explain")
        if base.outputs["label"].decision() != "pacemaker":
            continue
        said += 1
        explaining = Explaining(model.version, base, tested=False)
        list(explaining.steps())
        peak = np.array(explaining.reports()[0].peak) * pacemaker.SIZE
        # A cell of the finest map is 3.4 pixels wide: its middle is within one of the line.
        on_the_lead += np.hypot(*(path - peak).T).min() < 96 / 28 + 1
    assert on_the_lead / said > 0.9
