"""The examples give the same answers wherever they are run."""

import contextlib

import pytest
from modelapp.model.engines.choice import chosen, engine_of
from modelapp.model.engines.threads import Case
from PIL import Image
from skimage import data

TOLERANCE = 1e-4  # another number of threads sums in another order


def near(one, other):
    """Return True if two outputs are the same but for the last digits."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(near(one[key], other[key]) for key in one)
    return one == other if isinstance(one, (str, list)) else one == pytest.approx(other, abs=TOLERANCE)


@pytest.mark.usefixtures("ray_here")
@pytest.mark.parametrize("name", ["espresso", "digits", "sentiment", "tumour"])
def test_example_gives_equal_outputs_on_threads_processes_and_ray(name, copied, tmp_path):
    path = copied(f"{name}.py")
    Image.fromarray(data.coffee()).save(tmp_path / "coffee.png")
    Image.new("L", (64, 64), 0).save(tmp_path / "nothing.png")
    inputs = {
        "espresso": {"photo": tmp_path / "coffee.png"},
        "digits": {"digit": tmp_path / "nothing.png"},
        "sentiment": {"sentence": "The food was great but the service was terrible!"},
        "tumour": {},
    }[name]
    found = {}
    for engine in ("threads", "processes", "ray"):
        with contextlib.closing(engine_of(chosen(engine), path)) as runs:
            (answer,) = runs.run([Case(0, inputs)])
            assert answer.fault is None, answer.fault
            found[engine] = answer.outputs
    assert found["threads"]
    assert near(found["processes"], found["threads"])
    assert near(found["ray"], found["threads"])
