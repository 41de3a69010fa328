import io

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
import torch
from modelapp.core.errors import ScriptError
from PIL import Image


def props(page):
    return page.props("output.saliency")


def heat(page):
    return np.asarray(Image.open(io.BytesIO(page.blobs.path(props(page).picture.heat).read_bytes())))


def test_picture_gets_heat_whose_opacity_is_the_weight_and_whose_colour_is_its_sign(page):
    weights = np.array([[0.0, 2.0], [-1.0, 1.0]])
    page.run(lambda: ma.saliency_output(Image.new("RGB", (40, 20)), weights))
    shown = heat(page)
    assert shown[..., 3].tolist() == [[0, 255], [128, 128]]
    assert shown[0, 1, :3].tolist() == shown[1, 1, :3].tolist() == [228, 87, 46]
    assert shown[1, 0, :3].tolist() == [36, 87, 197]
    assert (props(page).picture.width, props(page).picture.height) == (40, 20)
    assert (props(page).lowest, props(page).highest) == (-1.0, 2.0)
    assert page.result("saliency").tolist() == weights.tolist()


@pytest.mark.parametrize("shape", [(7, 7), (1, 7, 7), (7, 7, 1), (1, 1, 7, 7)])
def test_weights_of_a_batch_of_one_or_one_channel_are_taken(page, shape):
    page.run(lambda: ma.saliency_output(np.zeros((20, 20, 3), np.uint8), np.ones(shape)))
    assert heat(page).shape == (7, 7, 4)


def test_tensors_of_pytorch_are_taken(page):
    page.run(lambda: ma.saliency_output(torch.zeros(3, 20, 20), torch.ones(1, 5, 5, requires_grad=True)))
    assert heat(page).shape == (5, 5, 4)


def test_words_are_split_at_white_space_or_given_one_by_one(page):
    page.run(lambda: ma.saliency_output("not a\ngood film", [-0.5, 0, 1, 0.25]))
    assert [(word.text, word.strength) for word in props(page).words] == [
        ("not", -0.5),
        ("a", 0.0),
        ("good", 1.0),
        ("film", 0.25),
    ]
    page.run(lambda: ma.saliency_output(["New York", "city"], (weight for weight in (1, 2))))
    assert [(word.text, word.strength) for word in props(page).words] == [("New York", 0.5), ("city", 1.0)]
    assert page.result("saliency") == [("New York", 1.0), ("city", 2.0)]


@pytest.mark.parametrize(
    "row",
    [{"age": 70, "dose": 0.5}, pd.Series({"age": 70, "dose": 0.5}), pd.DataFrame({"age": [70], "dose": [0.5]})],
)
def test_columns_of_a_row_come_strongest_first_with_their_values(page, row):
    page.run(lambda: ma.saliency_output(row, {"dose": -4.0, "age": 1}))
    columns = [(column.name, float(column.value), column.strength, column.weight) for column in props(page).columns]
    assert columns == [("dose", 0.5, -1.0, "-4"), ("age", 70, 0.25, "+1")]
    assert page.result("saliency") == {"age": 1.0, "dose": -4.0}


def test_weights_of_a_row_may_be_a_series_or_in_order_and_a_column_without_one_has_zero(page):
    row = {"age": None, "dose": 5}
    page.run(lambda: ma.saliency_output(row, pd.Series({"dose": 2.0})))
    assert [(column.name, column.value, column.strength) for column in props(page).columns] == [
        ("dose", "5", 1.0),
        ("age", "missing", 0.0),
    ]
    page.run(lambda: ma.saliency_output(row, np.array([[1.0, 2.0]])))
    assert page.result("saliency") == {"age": 1.0, "dose": 2.0}


def test_weights_that_are_all_zero_are_no_fault(page):
    page.run(lambda: ma.saliency_output("a b", [0, 0]))
    assert [word.strength for word in props(page).words] == [0, 0]
    assert (props(page).lowest, props(page).highest) == (0, 0)


@pytest.mark.parametrize(
    ("on", "weights", "said"),
    [
        ("one two", [1], "1 weights for 2 words"),
        ("", [], "0 weights for 0 words"),
        ({"age": 1}, [1, 2], "2 weights for 1 columns"),
        ({"age": 1}, {"agee": 1}, "no 'agee' among the columns: age"),
        (np.zeros((8, 8)), np.ones((3, 8, 8)), "shape \\(rows, columns\\)"),
        (np.zeros((8, 8)), np.ones(8), "shape \\(rows, columns\\)"),
        (np.zeros((8, 8)), np.ones((0, 8)), "shape \\(rows, columns\\)"),
        (np.zeros((8, 8)), np.full((2, 2), np.nan), "NaN or infinite"),
        ("one", ["heavy"], "must be numbers"),
        ("one", None, "must be numbers|NaN"),
        (5, [1], "a picture, words, or a row"),
        (pd.DataFrame({"a": [1, 2]}), [1], "one row"),
    ],
)
def test_weights_that_do_not_fit_are_refused(page, on, weights, said):
    with pytest.raises(ScriptError, match=said):
        page.run(lambda: ma.saliency_output(on, weights))


@pytest.mark.parametrize("opacity", [-0.1, 1.1, "half", True, float("nan")])
def test_opacity_that_is_none_is_refused(page, opacity):
    with pytest.raises(ScriptError, match="from 0 to 1"):
        page.run(lambda: ma.saliency_output("one", [1], opacity=opacity))
