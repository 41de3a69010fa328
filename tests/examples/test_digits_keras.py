"""Trained once, kept beside the script, and the same ever after."""

import numpy as np
import pytest
from answers import choose_example, label
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split


@pytest.fixture
def confidences():
    """What a page says of each ready picture."""

    def ask(user):
        answers = {}
        for one in user.elements["digit"].props.examples:
            choose_example(user, "digit", one.label)
            answers[one.label] = label(user)
        return answers

    return ask


def test_network_is_trained_once_and_a_second_host_loads_it(example, hosts, confidences, tmp_path):
    import keras

    first = example("digits_keras.py")
    kept = tmp_path / "digits.keras"
    trained_at, before = kept.stat().st_mtime_ns, confidences(first)
    assert [top for top, _ in before.values()] == [str(digit) for digit in range(10)]

    from modelapp.script import results

    results.process.clear()  # as in a new process
    second = hosts("", name="digits_keras.py").user().settle()
    assert kept.stat().st_mtime_ns == trained_at
    after = confidences(second)
    for title, (top, shares) in before.items():
        assert after[title][0] == top
        assert after[title][1] == pytest.approx(shares, abs=1e-6)

    digits = load_digits()
    _, unseen, _, answers = train_test_split(digits.images / 16, digits.target, test_size=0.25, random_state=0)
    network = keras.saving.load_model(kept, compile=False)
    found = np.asarray(network(unseen[..., None], training=False)).argmax(axis=1)
    assert (found == answers).mean() >= 0.95
