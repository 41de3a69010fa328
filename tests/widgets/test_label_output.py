import math

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
import torch
from modelapp.core.errors import ScriptError
from modelapp.widgets.label_output import LabelOutput

ANIMALS = ["cat", "dog", "fox", "owl"]
VECTOR = [0.125, 0.5, 0.25, 0.125]


def tensorflow_vector():
    tensorflow = pytest.importorskip("tensorflow")
    return tensorflow.constant([VECTOR])


@pytest.mark.parametrize(
    "value",
    [
        VECTOR,
        tuple(VECTOR),
        [VECTOR],
        np.array(VECTOR),
        np.array([VECTOR], np.float32),
        np.array(VECTOR).reshape(4, 1),
        [np.float64(entry) for entry in VECTOR],
        torch.tensor(VECTOR, requires_grad=True),
        torch.tensor([VECTOR], dtype=torch.bfloat16),
        torch.tensor(VECTOR, dtype=torch.float16),
        [torch.tensor(entry) for entry in VECTOR],
    ],
)
def test_vector_of_any_library_gets_its_labels(page, value):
    page.run(lambda: ma.label_output(value, ANIMALS))
    props = page.props("output.label")
    assert (props.top, props.confidence, props.note) == ("dog", 0.5, None)
    assert [(bar.name, bar.confidence) for bar in props.bars] == [("dog", 0.5), ("fox", 0.25), ("cat", 0.125)]
    assert page.result("label") == {"label": "dog", "confidences": dict(zip(ANIMALS, VECTOR, strict=True))}


def test_tensorflow_tensor_is_taken(page):
    value = tensorflow_vector()
    page.run(lambda: ma.label_output(value, ANIMALS))
    assert page.props("output.label").top == "dog"


@pytest.mark.parametrize(
    "value",
    [
        {"dog": 0.75, "cat": 0.25},
        {"cat": np.float32(0.25), "dog": torch.tensor([0.75])},
        pd.Series({"cat": 0.25, "dog": 0.75}),
        [("cat", 0.25), ("dog", 0.75)],
        [{"label": "dog", "score": 0.75}, {"label": "cat", "score": 0.25}],
    ],
)
def test_names_with_probabilities_are_taken_in_all_usual_forms(page, value):
    page.run(lambda: ma.label_output(value))
    assert page.result("label") == {"label": "dog", "confidences": {"cat": 0.25, "dog": 0.75}}


@pytest.mark.parametrize(
    ("value", "labels", "name"),
    [
        ("benign", None, "benign"),
        (np.str_("benign"), None, "benign"),
        (np.array(["benign"]), None, "benign"),
        (7, None, "7"),
        (np.int64(2), ANIMALS, "fox"),
        (np.array([2]), ANIMALS, "fox"),
        (torch.tensor(2), ANIMALS, "fox"),
        (True, None, "True"),
        (True, ["no", "yes"], "yes"),
    ],
)
def test_name_or_index_alone_has_no_bars(page, value, labels, name):
    page.run(lambda: ma.label_output(value, labels))
    props = page.props("output.label")
    assert (props.top, props.confidence, props.bars) == (name, None, ())
    assert page.result("label") == {"label": name, "confidences": {}}


@pytest.mark.parametrize(
    "labels",
    [
        dict(enumerate(ANIMALS)),
        {str(i): name for i, name in enumerate(ANIMALS)},
        {n: i for i, n in enumerate(ANIMALS)},
        np.array(ANIMALS),
    ],
)
def test_labels_may_be_a_mapping_either_way_or_an_array(labels):
    assert LabelOutput(VECTOR, labels).result()["label"] == "dog"


def test_vector_without_labels_is_numbered():
    assert LabelOutput(VECTOR).result()["confidences"] == {"0": 0.125, "1": 0.5, "2": 0.25, "3": 0.125}


@pytest.mark.parametrize("value", [0.9, [0.9], np.array([[0.9]]), torch.tensor([0.9], dtype=torch.float64)])
def test_one_probability_with_two_labels_is_that_of_the_second(value):
    result = LabelOutput(value, ["benign", "malignant"]).result()
    assert result["label"] == "malignant"
    assert result["confidences"] == pytest.approx({"benign": 0.1, "malignant": 0.9})


def test_two_classes_of_one_name_are_both_kept():
    result = LabelOutput([0.25, 0.25, 0.5], ["crane", "wren", "crane"]).result()
    assert result == {"label": "crane (2)", "confidences": {"crane": 0.25, "wren": 0.25, "crane (2)": 0.5}}


def test_top_says_how_many_bars(page):
    page.run(lambda: ma.label_output(VECTOR, ANIMALS, top=1))
    assert len(page.props("output.label").bars) == 1
    page.run(lambda: ma.label_output(VECTOR, ANIMALS, top=None))
    assert len(page.props("output.label").bars) == 4


def test_nothing_above_the_threshold_is_said_and_the_bars_remain(page):
    page.run(lambda: ma.label_output(VECTOR, ANIMALS, threshold=0.6))
    props = page.props("output.label")
    assert (props.top, props.confidence, len(props.bars)) == ("None above 0.6", None, 3)
    assert page.result("label")["label"] is None
    page.run(lambda: ma.label_output(VECTOR, ANIMALS, threshold=0.5))
    assert page.props("output.label").top == "dog"


def test_confidences_that_do_not_sum_to_one_are_shown_with_a_note(page):
    page.run(lambda: ma.label_output({"edema": 0.9, "nodule": 0.3}))
    assert page.props("output.label").note == "The confidences sum to 1.20."
    page.run(lambda: ma.label_output({"edema": 0.9, "nodule": 0.11}))
    assert page.props("output.label").note is None


@pytest.mark.parametrize("bad", [-0.1, 1.2, math.nan, math.inf, -math.inf, 55.0])
@pytest.mark.parametrize(
    "value_of", [lambda bad: {"cat": 0.5, "dog": bad}, lambda bad: [0.5, bad], lambda bad: torch.tensor([0.5, bad])]
)
def test_what_is_no_probability_is_named_with_its_value_and_the_fix(page, bad, value_of):
    with pytest.raises(ScriptError, match="the confidence of 'dog' is") as caught:
        page.run(lambda: ma.label_output(value_of(bad), ["cat", "dog"]))
    assert "softmax" in caught.value.hint


def test_rounding_beyond_one_is_forgiven():
    assert LabelOutput({"cat": 1 + 1e-7, "dog": -1e-9}).result()["confidences"] == {"cat": 1.0, "dog": 0.0}


@pytest.mark.parametrize(
    ("value", "labels", "message"),
    [
        (VECTOR, ["a", "b"], "4 probabilities, but there are 2 labels"),
        ([0.5], ["a", "b", "c"], "1 probabilities, but there are 3 labels"),
        (np.ones((2, 4)) / 4, ANIMALS, "not a batch"),
        (9, ANIMALS, "the 4 labels have none at 9"),
        (-1, ANIMALS, "the 4 labels have none at -1"),
        ({}, None, "no classes"),
        ([], None, "a vector of probabilities"),
        (None, None, "a vector of probabilities"),
        (VECTOR, "cat", "a list of names"),
        ({"cat": "much"}, None, "the confidence of 'cat' is 'much'"),
    ],
)
def test_misuse_is_explained(page, value, labels, message):
    with pytest.raises(ScriptError, match=message):
        page.run(lambda: ma.label_output(value, labels))


@pytest.mark.parametrize("top", [0, -1, 1.5, True])
def test_top_must_be_a_count(page, top):
    with pytest.raises(ScriptError, match="top="):
        page.run(lambda: ma.label_output("cat", top=top))
