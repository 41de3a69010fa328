import datetime
import io
import json

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.table_input import TableInput
from table_values import raw_of, sample


def test_table_comes_back_in_the_same_dtypes_and_exactly(page):
    frame = sample()
    pd.testing.assert_frame_equal(page.run(lambda: ma.table_input("Cases", frame)), frame)


def test_names_that_are_no_texts_come_back(page):
    frame = pd.DataFrame([[1, 2]], columns=[0, "b"])
    assert list(page.run(lambda: ma.table_input("Cases", frame)).columns) == [0, "b"]


def test_script_may_change_what_it_gets(page):
    frame = pd.DataFrame({"a": [1]})

    def script():
        table = ma.table_input("Cases", frame)
        table["a"] += 1
        return table["a"].iloc[0]

    assert [page.run(script), page.run(script)] == [2, 2]
    assert frame["a"].iloc[0] == 1


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}),
        [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        {"a": [1, 2], "b": ["x", "y"]},
    ],
)
def test_value_may_be_a_frame_dicts_or_lists(page, value):
    table = page.run(lambda: ma.table_input("Cases", value))
    assert table.to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".parquet"])
def test_value_may_be_a_file(page, tmp_path, suffix):
    frame = pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5]})
    path = tmp_path / f"cases{suffix}"
    if suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")
    pd.testing.assert_frame_equal(page.run(lambda: ma.table_input("Cases", path)), frame)
    assert raw_of(page, "cases")["name"] == path.name


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"value": 3}, "a DataFrame, a list of dicts"),
        ({"value": {"a": [1], "b": [1, 2]}}, "no table can be made"),
        ({"value": pd.DataFrame([[1, 2]], columns=["a", "a"])}, "two columns 'a'"),
        ({"value": {"a": [[1]]}}, "'a' holds"),
        ({"value": {"a": [datetime.timedelta(1)]}}, "'a' holds"),
        ({"value": "nowhere.csv"}, "There is no file"),
        ({"columns": 3}, "a list of names, a mapping or a DataFrame"),
        ({"columns": []}, "not one column"),
        ({"columns": ["a", "a"]}, "two columns 'a'"),
        ({"columns": {"a": (2, 1)}}, "is no range"),
        ({"value": {"a": [1]}, "columns": ["b"]}, "There is no column “b”"),
        ({"value": {"a": [200]}, "columns": {"a": (0, 120)}}, "Row 1: “a” cannot be 200"),
        ({"rows": "some"}, "dynamic, fixed"),
        ({"examples": pd.DataFrame({"a": [1]})}, "a list of tables"),
    ],
)
def test_wrong_options_are_told_to_the_author(page, options, words):
    with pytest.raises(ScriptError) as problem:
        page.run(lambda: ma.table_input("Cases", **options))
    assert words in str(problem.value)


def test_examples_are_tables_and_the_first_is_the_start(page):
    table = page.run(lambda: ma.table_input("Cases", examples={"One": {"a": [1]}, "Two": {"a": [1, 2]}}))
    assert len(table) == 1
    examples = page.props("cases").examples
    assert [(example.label, example.value["rows"]) for example in examples] == [("One", 1), ("Two", 2)]


def test_table_of_columns_begins_without_rows_and_waits(page):
    def script():
        return ma.table_input("Cases", columns={"age": (0, 120), "sex": ["f", "m"]})

    assert page.run(script) is None
    assert page.waiting_for == ("cases",)
    assert [column.name for column in page.props("cases").columns] == ["age", "sex"]
    raw = raw_of(page, "cases")
    page.values["cases"] = raw | {"edits": [{"op": "add", "at": 0, "rows": [[60, "f"]]}]}
    table = page.run(script)
    assert table.to_dict("list") == {"age": [60], "sex": ["f"]}
    assert table["age"].dtype == np.int64
    page.values["cases"] = raw | {"edits": [*page.values["cases"]["edits"], {"op": "remove", "rows": [0]}]}
    assert page.run(script) is None


def test_table_that_is_not_required_is_an_empty_frame(page):
    table = page.run(lambda: ma.table_input("Cases", columns={"age": (0, 120)}, required=False))
    assert (len(table), list(table.columns), table["age"].dtype) == (0, ["age"], np.int64)
    assert page.run(lambda: ma.table_input("Cases", required=False)).empty


def test_original_is_kept_beside_its_edits(blobs):
    widget = TableInput("Cases", value={"a": [1, 2]})
    raw = widget.start(blobs)
    changed = widget.accept(raw | {"edits": [{"op": "set", "row": 0, "column": "a", "value": 5}]}, blobs)
    assert changed["blob"] == raw["blob"]
    assert widget.parse(changed, blobs)["a"].tolist() == [5, 2]
    assert widget.parse(changed | {"edits": []}, blobs)["a"].tolist() == [1, 2]


def test_table_of_another_session_is_refused(blobs, other_blobs):
    widget = TableInput("Cases", value={"a": [1, 2]})
    with pytest.raises(InvalidValue, match="no longer here"):
        widget.accept(widget.start(other_blobs), blobs)


def test_blob_that_is_no_table_is_refused(blobs):
    with pytest.raises(InvalidValue, match="no table that was uploaded"):
        TableInput("Cases").accept({"blob": blobs.put(b"{}"), "name": "x"}, blobs)


def test_changed_columns_keep_the_values_that_fit(blobs):
    raw = TableInput("Cases", value={"a": [1, 2], "b": ["x", "y"]}).start(blobs)
    raw = raw | {"edits": [{"op": "set", "row": 0, "column": "a", "value": 5}]}
    widget = TableInput("Cases", columns={"a": (0, 10)})
    kept, note = widget.adapt(raw, blobs)
    assert widget.parse(kept, blobs).to_dict("list") == {"a": [5, 2]}
    assert note is None
    with pytest.raises(InvalidValue, match="cannot be 5"):
        TableInput("Cases", columns={"a": (0, 4)}).adapt(raw, blobs)


def test_frame_that_the_script_makes_anew_is_not_stored_anew(page):
    def script():
        return ma.table_input("Cases", pd.DataFrame({"a": [1, 2]}))

    page.run(script)
    first = page.context.inputs["cases"]
    page.run(script)
    assert page.context.inputs["cases"] is first


def test_index_is_left_out(page):
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    assert page.run(lambda: ma.table_input("Cases", frame)).index.tolist() == [0, 1]


def test_stored_table_is_plain_json(blobs):
    widget = TableInput("Cases", value=sample())
    content = json.load(io.BytesIO(blobs.path(widget.start(blobs)["blob"]).read_bytes()))
    assert content["rows"] == 3
    assert content["cells"][1] == [60.5, None, "inf"]
    assert content["cells"][15] == ["1", "2", "18446744073709551615"]
