"""What tests of the script as a function share."""

import sys
import textwrap
from pathlib import Path

import modelapp as ma
import pytest
from modelapp.session.blobs import FileBlobs, SessionBlobs

ZOO = '''
    """Models that a script can import."""

    import numpy as np


    def bmi(weight, height):
        return weight / height**2


    def both(value):
        return value, f"it was {value:g}"


    def by_name(value):
        return {"text": f"it was {value:g}", "twice": 2 * value}


    def halved(value):
        return value / 2


    def rounded(value):
        return round(value, 1)


    def sklearn():
        import pandas as pd
        from sklearn.linear_model import LogisticRegression

        rows = pd.DataFrame([[0.0, 0.0], [0.0, 1.0], [4.0, 4.0], [4.0, 5.0]], columns=["a", "b"])
        return LogisticRegression().fit(rows, ["low", "low", "high", "high"])


    def torch():
        import torch

        net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 2))
        with torch.no_grad():
            net[1].weight[:] = torch.tensor([[1.0] * 16, [-1.0] * 16])
            net[1].bias[:] = 0
        return net


    def keras():
        import keras

        net = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(2)])
        net.layers[-1].set_weights([np.array([[1.0, -1.0]] * 16), np.zeros(2)])
        return net


    made = {MADE}
'''


@pytest.fixture
def blobs(tmp_path: Path) -> SessionBlobs:
    """Return a store of large values in a folder."""
    return SessionBlobs(FileBlobs(tmp_path / "blobs"), set())


@pytest.fixture
def zoo(tmp_path, monkeypatch):
    """Return a module beside scripts, whose `made` is a model of the kind that is asked for."""

    def make(kind="None"):
        (tmp_path / "zoo_of_models.py").write_text(textwrap.dedent(ZOO).replace("{MADE}", kind))
        monkeypatch.syspath_prepend(tmp_path)
        sys.modules.pop("zoo_of_models", None)
        import zoo_of_models

        return zoo_of_models

    yield make
    sys.modules.pop("zoo_of_models", None)


@pytest.fixture
def as_file(tmp_path):
    """Return what `to_script` of an Interface gives, as a function."""

    def save(interface):
        path = tmp_path / "saved.py"
        path.write_text(interface.to_script())
        return ma.load(path)

    return save


@pytest.fixture
def declare(tmp_path):
    """Declare Interfaces in a file of the test's own folder, which theirs is then in."""
    (tmp_path / "train.py").touch()
    code = compile("ma.Interface(*arguments, **options)", str(tmp_path / "train.py"), "eval")

    def make(*arguments, **options):
        return eval(code, {"ma": ma, "__name__": "train", "arguments": arguments, "options": options})

    return make
