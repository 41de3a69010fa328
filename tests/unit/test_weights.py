"""Digests of weights: the same in another process, another for other weights, and no bytes that mean nothing."""

import gc
import subprocess
import sys
import textwrap

import numpy as np
import pytest
from modelapp.core.context import RunContext
from modelapp.core.current import running
from modelapp.core.declared import Given
from modelapp.script import weights
from modelapp.script.cache import cache
from modelapp.script.results import used_values
from modelapp.script.weights import is_of_code, version_of, weights_digest

TORCH = """
    import torch
    torch.manual_seed(0)
    last = torch.nn.Linear(3, 2).to(torch.bfloat16)
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3), last)
    def change():
        with torch.no_grad():
            model[0].weight[1, 2] += 1e-6
"""
KERAS = """
    import os
    os.environ["KERAS_BACKEND"] = "torch"
    import keras
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(2)])
    def change():
        values = model.get_weights()
        values[0][1, 2] += 1e-3
        model.set_weights(values)
"""
SKLEARN = """
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.neighbors import KNeighborsClassifier
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 4)), np.array(["no", "yes"])[rng.integers(0, 2, 60)]
    logistic = LogisticRegression().fit(x, y)
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2)
    model = [
        make_pipeline(StandardScaler(), RandomForestClassifier(5, random_state=0)).fit(x, y),
        HistGradientBoostingClassifier(max_iter=3, random_state=0).fit(x, y),
        KNeighborsClassifier().fit(x, y),
        search.fit(x, y),
        {"logistic": logistic},
    ]
    def change():
        logistic.coef_[0, 1] += 1e-6
"""


def digests_elsewhere(script):
    """Return the digest of a script's model, and that after a change of it, from a process of its own."""
    # What is remembered by identity must be forgotten: a change in place cannot be seen.
    code = textwrap.dedent(script) + textwrap.dedent("""
        from modelapp.script import weights
        print(weights.weights_digest([("load", model)]))
        weights._known.clear()
        change()
        print(weights.weights_digest([("load", model)]))
    """)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-2:]


@pytest.mark.parametrize("script", [TORCH, KERAS, SKLEARN], ids=["torch", "keras", "sklearn"])
def test_two_processes_agree_and_one_weight_makes_a_difference(script):
    first, second = digests_elsewhere(script), digests_elsewhere(script)
    assert first == second
    assert first[0] != first[1] and len(first[0]) == 64
    assert weights_digest([]) not in first


def test_bytes_between_fields_do_not_count_and_fields_do():
    kind = np.dtype({"names": ["a", "b"], "formats": ["i1", "f8"], "offsets": [0, 8], "itemsize": 16})

    def filled(with_byte):
        array = np.frombuffer(bytearray([with_byte]) * 48, kind).copy()
        array.view(np.uint8)[:] = with_byte
        array["a"], array["b"] = 1, 2.5
        return array

    one, other = filled(0), filled(255)
    assert one.tobytes() != other.tobytes()
    assert weights_digest([("w", one)]) == weights_digest([("w", other)])
    other["b"][2] = 2.6
    weights._known.clear()
    assert weights_digest([("w", one)]) != weights_digest([("w", other)])


@pytest.mark.parametrize(
    "other",
    [
        np.zeros((3, 2)),
        np.zeros((2, 3), np.float32),
        np.zeros((2, 3), ">f8"),
        np.zeros(()),
        np.zeros((0, 3)),
        np.array(["a", None], object),
        [np.zeros((2, 3))],
        {"a": np.zeros((2, 3))},
    ],
    ids=repr,
)
def test_shape_type_and_place_count(other):
    assert weights_digest([("w", np.zeros((2, 3)))]) != weights_digest([("w", other)])
    assert weights_digest([("w", other)]) != weights_digest([])


def test_order_and_layout_do_not_count():
    array = np.arange(6.0).reshape(2, 3)
    pairs = [("a", array), ("b", np.ones(3))]
    assert weights_digest(pairs) == weights_digest(pairs[::-1])
    assert weights_digest([("a", array)]) == weights_digest([("a", np.asfortranarray(array))])
    assert weights_digest([("a", {"x": array, "y": pairs[1][1]})]) == weights_digest(
        [("a", {"y": pairs[1][1], "x": array})]
    )


def test_what_has_no_weights_is_ignored():
    class Strange:
        @property
        def __dict__(self):
            raise RuntimeError

    around = [1, "a"]
    around.append(around)
    for value in (None, 5, "a", object(), Strange(), ["a", 1], {"a": 1}, around, len, pytest):
        assert weights_digest([("w", value)]) == weights_digest([])


def test_object_is_hashed_once_and_forgotten_with_it():
    array = np.ones(1000)
    weights_digest([("w", array)])
    assert id(array) in weights._known
    identity = id(array)
    del array
    gc.collect()
    assert identity not in weights._known


def test_version_says_code_and_weights():
    code = "c" * 64
    version = version_of(code, [("w", np.ones(2))])
    assert len(version) == 64 and version != version_of(code, []) and is_of_code(version, code)
    assert not is_of_code(version, "d" * 64) and is_of_code(code, code)


def test_run_is_of_what_it_used_itself(tmp_path):
    @cache
    def raw(name):
        return np.full(2, ord(name))

    @cache
    def model(name):
        return {"net": raw(name)}

    def used(*names):
        run = RunContext(Given(), None, {}, lambda frame: None)
        with running(run):
            for name in names:
                model(name)
        return sorted((name, repr(value)) for name, value in used_values(run, tmp_path))

    first = used("a")
    assert len(first) == 2  # the second came from within the first
    assert used("b") != first
    assert used("a") == first  # now it is kept, and others are kept beside it
    assert used("b", "a") == sorted(first + used("b"))
