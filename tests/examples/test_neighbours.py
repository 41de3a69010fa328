"""The tutorial of nearest neighbours, against scikit-learn's own data counted by hand."""

import modelapp as ma
import numpy as np
import pytest
from sklearn.datasets import load_iris


@pytest.mark.parametrize(("length", "width", "neighbours"), [(4.9, 1.6, 5), (1.4, 0.2, 20), (5.1, 1.9, 7)])
def test_vote_is_the_share_of_the_nearest_flowers(copied, length, width, neighbours):
    answer = ma.load(copied("neighbours.py"))(length=length, width=width, neighbours=neighbours)
    iris = load_iris()
    distances = np.hypot(iris.data[:, 2] - length, iris.data[:, 3] - width)
    # Where the last place is shared by several flowers any of them may be asked.
    sure = distances < np.sort(distances)[neighbours - 1]
    votes = np.bincount(iris.target[sure], minlength=3)
    shares = answer["label"]["confidences"]
    for name, count in zip(iris.target_names, votes, strict=True):
        assert count <= round(shares[name] * neighbours) <= count + neighbours - sure.sum()
    assert sum(shares.values()) == pytest.approx(1)
    assert len(answer["nearest_flowers"]) == neighbours
