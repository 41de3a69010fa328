"""The page's answer is scikit-learn's own for the same row."""

import pytest
from answers import label
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

NAMES = ["worst radius", "worst texture", "worst concave points", "mean radius", "mean concavity", "area error"]


@pytest.fixture(scope="module")
def data():
    return load_breast_cancer(as_frame=True)


def pipeline():
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def chance_of_benign(data, row):
    return pipeline().fit(data.data, data.target).predict_proba(row.to_frame().T)[0, 1]


def slug(name):
    return name.replace(" ", "_")


def test_medians_get_the_answer_of_scikit_learn(example, data):
    user = example("tumour.py")
    assert label(user)[1]["benign"] == pytest.approx(chance_of_benign(data, data.data.median()), abs=1e-6)


def test_real_rows_get_the_answer_of_scikit_learn(example, data):
    user = example("tumour.py")
    # Cases whose six sliders settle the answer: one of each diagnosis.
    for case, diagnosis in ((0, "malignant"), (19, "benign")):
        row = data.data.median()
        row[NAMES] = data.data.loc[case, NAMES]
        user.set(**{slug(name): float(row[name]) for name in NAMES})
        user.settle()
        top, confidences = label(user)
        assert confidences["benign"] == pytest.approx(chance_of_benign(data, row), abs=1e-6)
        assert top == diagnosis == ("malignant", "benign")[data.target[case]]


def test_pipeline_is_right_on_cases_that_it_has_not_seen(data):
    seen, unseen, seen_answers, answers = train_test_split(data.data, data.target, test_size=0.25, random_state=0)
    assert pipeline().fit(seen, seen_answers).score(unseen, answers) == pytest.approx(0.97, abs=0.02)


def test_hand_sent_value_out_of_bounds_is_refused(example):
    user = example("tumour.py")
    before = label(user)
    user.set(worst_radius=1e9)
    user.wait(lambda: user.problems)
    assert user.problems[-1].input == "worst_radius"
    assert label(user.settle()) == before
