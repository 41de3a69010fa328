import datetime

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.row_input import RowInput
from sklearn.datasets import load_wine
from wire import accepts_or_refuses, any_json


def sample() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [30, 41, 70],
            "weight": [60.5, np.nan, 80.0],
            "visits": pd.array([1, None, 3], dtype="Int64"),
            "sex": ["f", "m", "f"],
            "stage": pd.Categorical(["II", "I", "II"], categories=["I", "II", "III"], ordered=True),
            "grade": pd.Categorical([2, 1, 2]),
            "smoker": [True, False, True],
            "note": ["a", "b", "c"],
            "seen": pd.to_datetime(["2026-01-02", "2026-01-04", "2026-01-03"]),
            "at": pd.to_datetime(["2026-01-02 10:30", "2026-01-04 11:00", "2026-01-03 09:15"]),
            "small": np.array([1, 2, 3], dtype=np.int8),
            "half": np.array([0.5, 1.5, 2.5], dtype=np.float32),
        }
    )


def test_row_begins_with_medians_and_most_frequent_values_in_the_dtypes_of_the_data(page):
    frame = sample()
    row = page.run(lambda: ma.row_input(frame, "Patient"))
    assert row.shape == (1, 12)
    assert list(row.columns) == list(frame.columns)
    assert row.dtypes.to_dict() == frame.dtypes.to_dict()
    assert row.iloc[0].to_dict() == {
        "age": 41,
        "weight": 70.25,
        "visits": 2,
        "sex": "f",
        "stage": "II",
        "grade": 2,
        "smoker": True,
        "note": "",
        "seen": pd.Timestamp("2026-01-03"),
        "at": pd.Timestamp("2026-01-03 09:15"),
        "small": 2,
        "half": 1.5,
    }


def test_columns_tell_the_page_their_kind_range_and_options(page):
    page.run(lambda: ma.row_input(sample(), "Patient"))
    columns = {column.name: column for column in page.props("patient").columns}
    assert {name: column.kind for name, column in columns.items()} == {
        "age": "number",
        "weight": "number",
        "visits": "number",
        "sex": "choice",
        "stage": "choice",
        "grade": "choice",
        "smoker": "boolean",
        "note": "text",
        "seen": "date",
        "at": "datetime",
        "small": "number",
        "half": "number",
    }
    assert (columns["age"].min, columns["age"].max, columns["age"].integer, columns["age"].bounded) == (
        30,
        70,
        True,
        False,
    )
    assert columns["stage"].options == ("I", "II", "III")
    assert [name for name, column in columns.items() if column.missing] == ["weight", "visits", "half"]


def test_texts_with_few_values_are_a_choice(page):
    frame = pd.DataFrame({"sex": ["f", "m"] * 10, "name": [f"n{number}" for number in range(20)]})
    page.run(lambda: ma.row_input(frame, "Patient"))
    assert [column.kind for column in page.props("patient").columns] == ["choice", "text"]
    assert page.props("patient").columns[0].options == ("f", "m")


def test_missing_cells_reach_the_script_as_missing(page):
    raw = RowInput(sample(), "Patient").initial(page.blobs)
    page.values["patient"] = raw | {"weight": None, "visits": None}
    row = page.run(lambda: ma.row_input(sample(), "Patient"))
    assert np.isnan(row.at[0, "weight"])
    assert row.at[0, "visits"] is pd.NA
    assert row.dtypes["visits"] == "Int64"


def test_numbers_beyond_the_data_are_taken(page):
    raw = RowInput(sample(), "Patient").initial(page.blobs)
    page.values["patient"] = raw | {"age": 200}
    assert page.run(lambda: ma.row_input(sample(), "Patient")).at[0, "age"] == 200


def test_a_model_of_scikit_learn_takes_the_row_as_it_is(page):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    data = load_wine(as_frame=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(data.data, data.target)
    row = page.run(lambda: ma.row_input(data.data, "Wine", examples=data.data.iloc[[70, 150]]))
    assert (row.iloc[0] == data.data.iloc[70]).all()
    assert model.predict(row)[0] == data.target[70]


def test_mapping_describes_columns_by_range_options_and_defaults(page):
    spec = {
        "age": (0, 120),
        "dose": (0.0, 1.0),
        "sex": ["f", "m", None],
        "smoker": False,
        "height": 1.75,
        "name": "Ada",
        "seen": datetime.date(2026, 1, 2),
    }
    row = page.run(lambda: ma.row_input(spec, "Patient"))
    assert row == {
        "age": 60,
        "dose": 0.5,
        "sex": "f",
        "smoker": False,
        "height": 1.75,
        "name": "Ada",
        "seen": datetime.date(2026, 1, 2),
    }
    assert type(row["age"]) is int
    page.values["patient"] = RowInput(spec, "Patient").initial(page.blobs) | {"sex": None}
    assert page.run(lambda: ma.row_input(spec, "Patient"))["sex"] is None


def test_options_of_a_mapping_reach_the_script_as_what_they_are(page):
    page.values["x"] = {"layers": "2"}
    assert page.run(lambda: ma.row_input({"layers": [1, 2, 3]}, "X")) == {"layers": 2}


@pytest.mark.parametrize("value", [{"age": 5}, pd.Series({"age": 5}), pd.DataFrame({"age": [5]})])
def test_value_may_be_given_in_any_form_and_leave_columns_out(page, value):
    row = page.run(lambda: ma.row_input(sample(), "Patient", value=value))
    assert row.at[0, "age"] == 5
    assert row.at[0, "weight"] == 70.25


def test_examples_may_be_a_frame_and_are_named_by_its_index(page):
    frame = sample().iloc[1:]
    row = page.run(lambda: ma.row_input(sample(), "Patient", examples=frame))
    assert row.at[0, "age"] == 41
    assert [example.label for example in page.props("patient").examples] == ["Row 1", "Row 2"]
    assert page.props("patient").examples[0].value["weight"] is None


def test_changing_the_row_in_place_does_not_reach_the_next_run(page):
    frame = sample()

    def script():
        row = ma.row_input(frame, "Patient")
        before = row.at[0, "age"]
        row.at[0, "age"] = 0
        return before

    assert [page.run(script), page.run(script)] == [41, 41]


def test_a_row_of_older_columns_is_fitted_to_the_new_ones_with_a_note(page):
    page.values["x"] = {"age": 5, "gone": 1, "sex": "f"}
    row = page.run(lambda: ma.row_input({"age": (0, 120), "sex": ["m", "n"], "new": True}, "X"))
    assert row == {"age": 5, "sex": "m", "new": True}
    assert page.props("x").note == "Set back, or no longer there: gone, sex."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"age": "old"}, "“age” cannot be 'old': it takes a whole number"),
        ({"age": 1.5}, "a whole number"),
        ({"age": None}, "“age” is missing"),
        ({"age": True}, "a whole number"),
        ({"weight": float("inf")}, "a number"),
        ({"stage": "IV"}, "I, II, III"),
        ({"smoker": "yes"}, "true or false"),
        ({"seen": "yesterday"}, "YYYY-MM-DD"),
        ({"note": "x" * 20_000}, "takes text"),
        ({"agee": 1}, "no column 'agee'"),
    ],
)
def test_cells_that_do_not_fit_are_refused_by_name(page, change, said):
    widget = RowInput(sample(), "Patient")
    with pytest.raises(InvalidValue, match=said):
        widget.accept(widget.initial(page.blobs) | change, page.blobs)


def test_a_bounded_column_refuses_what_is_beyond(page):
    with pytest.raises(InvalidValue, match="a whole number from 0 to 120"):
        RowInput({"age": (0, 120)}, "Patient").accept({"age": 121}, page.blobs)


def test_a_row_that_lacks_a_column_is_refused(page):
    with pytest.raises(InvalidValue, match="no value for age"):
        RowInput({"age": (0, 120)}, "Patient").accept({}, page.blobs)


@given(raw=any_json)
def test_row_input_refuses_or_keeps_any_json(raw):
    accepted = accepts_or_refuses(RowInput({"a": (0.0, 1.0), "b": ["x", None]}, "Row"), raw, None)
    assert accepted is None or isinstance(accepted, dict)


@pytest.mark.parametrize(
    ("like", "options", "said"),
    [
        (5, {}, "a DataFrame or a mapping"),
        ({}, {}, "not one column"),
        (pd.DataFrame(), {}, "not one column"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), {}, "two columns 'a'"),
        ({"a": object()}, {}, "says not what it holds"),
        ({"a": (5, 1)}, {}, "is no range"),
        ({"a": []}, {}, "says not what it holds"),
        ({"a": (0, 1)}, {"value": {"b": 1}}, "no column 'b'"),
        ({"a": (0, 1)}, {"value": 5}, "does not fit"),
        ({"a": (0, 1)}, {"value": pd.DataFrame({"a": [0, 1]})}, "takes one row, not 2"),
        ({"a": (0, 1)}, {"examples": [{"a": 7}]}, "a whole number from 0 to 1"),
    ],
)
def test_row_input_rejects_data_and_values_that_cannot_work(page, like, options, said):
    with pytest.raises(ScriptError, match=said):
        page.run(lambda: ma.row_input(like, "Row", **options))


def test_whole_numbers_too_large_for_a_browser_go_as_text_and_come_back_whole(page):
    frame = pd.DataFrame({"id": [2**60 + 1, 2**60 + 2]})
    row = page.run(lambda: ma.row_input(frame, "Row"))
    assert row.at[0, "id"] == 2**60 + 1
    assert row.dtypes["id"] == np.int64


def test_columns_of_one_value_or_none_are_no_fault(page):
    frame = pd.DataFrame({"same": [5, 5], "nothing": [np.nan, np.nan], "never": [None, None], "odd": [[1], {2: 3}]})
    row = page.run(lambda: ma.row_input(frame, "Row"))
    assert row.at[0, "same"] == 5
    assert np.isnan(row.at[0, "nothing"])
