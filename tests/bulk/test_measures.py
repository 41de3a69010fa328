"""Every figure of a report against scikit-learn's own functions."""

import numpy as np
import pytest
from modelapp.model.bulk import measures
from modelapp.model.bulk.gathering import Gathered
from modelapp.model.bulk.results import Row
from modelapp.model.engines.threads import Fault
from sklearn import metrics
from sklearn.calibration import calibration_curve


def random_case(seed, classes, count=300, *, ties=False, never=None):
    """Return truths, probabilities and answers of a model that is somewhat right."""
    dice = np.random.default_rng(seed)
    truth = dice.integers(0, classes, count)
    scores = dice.normal(size=(count, classes)) + 1.5 * np.eye(classes)[truth]
    if never is not None:
        scores[:, never] = -9
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    if ties:
        probabilities = np.round(probabilities, 1)
        probabilities[:, -1] = 1 - probabilities[:, :-1].sum(axis=1)
        probabilities = np.abs(probabilities)
        probabilities /= probabilities.sum(axis=1, keepdims=True)
    return truth, probabilities, probabilities.argmax(axis=1)


def gathered(truth, probabilities, names, **options):
    collected = Gathered(len(truth), "truth", **options)
    for place, (true, vector) in enumerate(zip(truth, probabilities, strict=True)):
        confidences = dict(zip(names, map(float, vector), strict=True))
        output = {"label": max(confidences, key=confidences.get), "confidences": confidences}
        collected.add(Row(place + 1, {"truth": names[true]}, {"label": output}, 0.5))
    return collected.report()


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("classes", [2, 3, 7])
@pytest.mark.parametrize("seed", range(3))
def test_classification_agrees_with_scikit_learn(seed, classes, ties):
    truth, probabilities, answered = random_case(seed, classes, ties=ties)
    names = [f"class {index}" for index in range(classes)]
    report = gathered(truth, probabilities, names).classification
    assert report.n == 300
    assert report.accuracy == pytest.approx(metrics.accuracy_score(truth, answered))
    assert report.confusion == tuple(map(tuple, metrics.confusion_matrix(truth, answered)))
    expected = metrics.precision_recall_fscore_support(truth, answered, zero_division=0)
    mine = [(one.precision, one.recall, one.f1, one.count) for one in report.classes]
    assert pytest.approx(np.array(expected)) == np.array(mine).T
    assert report.macro_f1 == pytest.approx(metrics.f1_score(truth, answered, average="macro"))
    scores = probabilities[:, 1] if classes == 2 else probabilities
    assert report.auc == pytest.approx(metrics.roc_auc_score(truth, scores, multi_class="ovr", average="macro"))
    for index, one in enumerate(report.classes):
        assert one.auc == pytest.approx(metrics.roc_auc_score(truth == index, probabilities[:, index]))
    assert report.calibration.brier == pytest.approx(metrics.brier_score_loss(truth, scores, labels=range(classes)))


@pytest.mark.parametrize("seed", range(5))
def test_reliability_agrees_with_scikit_learn(seed):
    truth, probabilities, answered = random_case(seed, 3, ties=seed % 2 == 0)
    right, confidence = truth == answered, probabilities.max(axis=1)
    shares, means = calibration_curve(right, confidence, n_bins=10, strategy="uniform")
    filled = [one for one in measures.reliability(right, confidence) if one is not None]
    assert [one.accuracy for one in filled] == pytest.approx(list(shares))
    assert [one.confidence for one in filled] == pytest.approx(list(means))
    edges = np.linspace(0, 1, 11)
    weights = np.histogram(confidence, edges)[0]
    if seed % 2:  # without ties on an edge, where a histogram decides otherwise
        ece = sum(abs(share - mean) * n for share, mean, n in zip(shares, means, weights[weights > 0], strict=True))
        assert measures.expected_calibration_error(measures.reliability(right, confidence)) == pytest.approx(ece / 300)


def test_labels_that_are_never_answered_and_classes_that_never_occur():
    truth, probabilities, answered = random_case(1, 4, never=2)
    report = gathered(truth, probabilities, list("abcd")).classification
    expected = metrics.precision_recall_fscore_support(truth, answered, zero_division=0)
    assert [one.precision for one in report.classes] == pytest.approx(list(expected[0]))
    assert report.classes[2].precision == report.classes[2].f1 == 0
    some = truth != 3  # now class 3 does not occur, though the model knows it
    report = gathered(truth[some], probabilities[some], list("abcd")).classification
    areas = [metrics.roc_auc_score(truth[some] == index, probabilities[some, index]) for index in range(3)]
    assert report.auc == pytest.approx(np.mean(areas))
    assert all(one.auc is None for one in report.classes[3:])


def test_classes_that_neither_occur_nor_are_answered_are_left_out():
    report = gathered(np.array([0, 0, 1]), np.eye(1000)[[0, 0, 0]], [f"{index:04}" for index in range(1000)])
    assert [one.name for one in report.classification.classes] == ["0000", "0001"]
    assert report.classification.confusion == ((2, 0), (1, 0))


def test_one_class_only_has_no_auc_and_still_an_accuracy():
    report = gathered(np.zeros(3, int), [[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]], ["a", "b"]).classification
    assert report.auc is None
    assert report.accuracy == pytest.approx(2 / 3)
    assert measures.auc(np.ones(3, bool), np.arange(3.0)) is None


def test_missing_truths_and_failed_cases_are_left_out_and_counted():
    collected = Gathered(4, "truth")
    sure = {"label": "a", "confidences": {"a": 0.75, "b": 0.25}}
    collected.add(Row(1, {"truth": "a"}, {"label": sure}))
    collected.add(Row(2, {"truth": ""}, {"label": sure}))
    collected.add(Row(3, {"truth": "b"}, {}, fault=Fault("ValueError", "no")))
    collected.add(Row(4, {"truth": "b"}, {"label": {"label": None, "confidences": {"a": 0.5, "b": 0.5}}}))
    report = collected.report()
    assert (report.cases, report.done, report.failed, report.without_truth) == (4, 4, 1, 1)
    assert report.errors == {"ValueError": 1}
    assert (report.classification.n, report.classification.accuracy, report.classification.unanswered) == (2, 0.5, 1)


def test_names_without_probabilities_are_compared_and_unknown_truths_are_told():
    collected = Gathered(2, "truth")
    collected.add(Row(1, {"truth": "Cat"}, {"text": "cat"}))
    collected.add(Row(2, {"truth": "dog"}, {"text": "dog"}))
    report = collected.report()
    assert report.classification.accuracy == 0.5
    assert report.classification.auc is report.classification.calibration is None
    assert report.notes == ("True labels that the model never names: Cat. It names: cat, dog.",)


@pytest.mark.parametrize("seed", range(3))
def test_regression_agrees_with_scikit_learn(seed):
    dice = np.random.default_rng(seed)
    truth = dice.normal(size=50)
    answered = truth + dice.normal(size=50)
    collected = Gathered(50, "truth")
    for place in range(50):
        collected.add(Row(place + 1, {"truth": repr(float(truth[place]))}, {"risk": float(answered[place])}))
    report = collected.report().regression
    assert (report.output, report.n) == ("risk", 50)
    assert report.mae == pytest.approx(metrics.mean_absolute_error(truth, answered))
    assert report.rmse == pytest.approx(metrics.root_mean_squared_error(truth, answered))
    assert report.r2 == pytest.approx(metrics.r2_score(truth, answered))


@pytest.mark.parametrize("answered", [[2.0, 2.0], [2.0, 3.0]])
def test_r2_of_equal_truths_is_scikit_learns(answered):
    assert measures.errors(np.array([2.0, 2.0]), np.array(answered)).r2 == metrics.r2_score([2.0, 2.0], answered)
    assert measures.errors(np.array([2.0]), np.array([1.0])).r2 is None


def test_output_that_is_compared_can_be_chosen():
    collected = Gathered(1, "truth", "second")
    collected.add(Row(1, {"truth": "a"}, {"first": "b", "second": "a"}))
    assert collected.report().classification.accuracy == 1


def test_nothing_to_compare_is_told():
    collected = Gathered(1, "truth", "second")
    collected.add(Row(1, {"truth": "a"}, {"first": "b"}))
    assert collected.report().notes == ("1 of the cases with a truth have no output 'second' to compare with it.",)
