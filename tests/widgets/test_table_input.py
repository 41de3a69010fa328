import datetime
import io
import json

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets._table_edits import AddRows, RemoveRows, SetCell, SetCells, checked_cells, edited, row_count
from modelapp.widgets._tables import StoredTable, Table, free_columns, stored
from modelapp.widgets.table_input import TableInput
from wire import accepts_or_refuses, any_json


def sample() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [30, 41, 70],
            "weight": [60.5, np.nan, np.inf],
            "visits": pd.array([1, None, 3], dtype="Int64"),
            "stage": pd.Categorical(["II", None, "II"], categories=["I", "II", "III"], ordered=True),
            "grade": pd.Categorical([2, 1, 2]),
            "smoker": [True, False, True],
            "maybe": pd.array([True, None, False], dtype="boolean"),
            "note": ["a", None, "NA"],
            "text": pd.array(["a", None, "c"], dtype="string"),
            "seen": pd.to_datetime(["2026-01-02", None, "2026-01-03"]),
            "at": pd.to_datetime(["2026-01-02 10:30:00.123456789", "2026-01-04", None], format="ISO8601"),
            "there": pd.to_datetime(["2026-01-02 10:30", "2026-06-04 00:00", None]).tz_localize("Europe/Berlin"),
            "birth": pd.Series([datetime.date(1990, 1, 2), None, datetime.date(1991, 2, 3)], dtype=object),
            "odd": pd.Series([True, None, False], dtype=object),
            "small": np.array([1, 2, 3], dtype=np.int8),
            "large": np.array([1, 2, 2**64 - 1], dtype=np.uint64),
            "half": np.array([0.1, 1.5, 2.5], dtype=np.float32),
        }
    )


def table_of(frame: pd.DataFrame) -> Table:
    import msgspec

    return Table(msgspec.json.decode(stored(frame, free_columns(frame)), type=StoredTable))


def raw_of(page, name: str):
    return page.context.inputs[name].raw


# ---------------------------------------------------------------- dtypes


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


def test_edits_keep_the_dtypes(page):
    frame = sample()
    page.run(lambda: ma.table_input("Cases", frame))
    row = [44, 1.5, 7, "III", "1", False, True, "b", "d", "2026-02-03", "2026-02-03T10:30", "2026-02-03T10:30"]
    row += ["2000-01-01", True, 5, "18446744073709551614", 0.25]
    edits = [{"op": "add", "at": 3, "rows": [row]}, {"op": "set", "row": 0, "column": "age", "value": 31}]
    widget = TableInput("Cases", value=frame)
    page.values["cases"] = widget.accept(raw_of(page, "cases") | {"edits": edits}, page.blobs)
    table = page.run(lambda: ma.table_input("Cases", frame))
    assert table.dtypes.to_dict() == frame.dtypes.to_dict()
    assert table["age"].tolist() == [31, 41, 70, 44]
    pd.testing.assert_frame_equal(table.iloc[1:3], frame.iloc[1:3])
    assert table.iloc[3].tolist() == [
        44,
        1.5,
        7,
        "III",
        1,
        False,
        True,
        "b",
        "d",
        pd.Timestamp("2026-02-03"),
        pd.Timestamp("2026-02-03 10:30"),
        pd.Timestamp("2026-02-03 10:30", tz="Europe/Berlin"),
        datetime.date(2000, 1, 1),
        True,
        5,
        2**64 - 2,
        0.25,
    ]


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([1, 2], "int64", "float64"),
        ([True, False], "bool", "object"),
        ([1, 2], "Int64", "Int64"),
        ([1.0, 2.0], "float32", "float32"),
        (["a", "b"], "category", "category"),
    ],
)
def test_missing_cell_leaves_the_dtype_where_it_has_room(values, dtype, expected):
    frame = pd.DataFrame({"a": pd.Series(values, dtype=dtype)})
    table = edited(frame, free_columns(frame), [SetCell(0, "a", None)])
    assert str(table["a"].dtype) == expected
    assert table["a"].isna().tolist() == [True, False]


# ---------------------------------------------------------------- edits, as laws

cells = st.one_of(st.none(), st.integers(-100, 100))
tables = st.lists(st.tuples(cells, st.text("ab", max_size=2)), min_size=1, max_size=5).map(
    lambda rows: pd.DataFrame(
        {
            "n": pd.array([row[0] for row in rows], dtype="Int64"),
            "t": pd.array([row[1] for row in rows], dtype="string"),
        }
    )
)


@given(tables, st.data(), cells)
def test_setting_a_cell_and_setting_it_back_changes_nothing(frame, data, value):
    row = data.draw(st.integers(0, len(frame) - 1))
    before = table_of(frame).stored.cells[0][row]
    edits = [SetCell(row, "n", value), SetCell(row, "n", before)]
    pd.testing.assert_frame_equal(edited(frame, free_columns(frame), edits), frame)


@given(tables, st.data(), st.lists(cells, min_size=1, max_size=3))
def test_adding_rows_and_removing_them_changes_nothing(frame, data, added):
    at = data.draw(st.integers(0, len(frame)))
    edits = [AddRows(at, tuple((n, "x") for n in added)), RemoveRows(tuple(range(at, at + len(added))))]
    pd.testing.assert_frame_equal(edited(frame, free_columns(frame), edits), frame)


@given(tables, st.data(), st.lists(cells, min_size=1, max_size=5))
def test_block_is_its_cells_one_by_one(frame, data, column):
    row = data.draw(st.integers(0, len(frame) - 1))
    column = column[: len(frame) - row]
    block = [SetCells(row, ("n",), tuple((n,) for n in column))]
    single = [SetCell(row + down, "n", n) for down, n in enumerate(column)]
    columns = free_columns(frame)
    pd.testing.assert_frame_equal(edited(frame, columns, block), edited(frame, columns, single))


@given(tables, st.data())
def test_edits_do_what_they_say_to_plain_lists(frame, data):
    """Whatever the order of edits, the frame is what the same done to a list of rows is."""
    rows = [list(row) for row in zip(*table_of(frame).stored.cells, strict=True)]
    edits = []
    for _ in range(data.draw(st.integers(1, 6))):
        kind = data.draw(st.sampled_from(["set", "add", "remove"]))
        if kind == "add" or not rows:
            at, new = data.draw(st.integers(0, len(rows))), [data.draw(cells), "new"]
            edits.append(AddRows(at, (tuple(new),)))
            rows.insert(at, new)
        elif kind == "set":
            at, value = data.draw(st.integers(0, len(rows) - 1)), data.draw(cells)
            edits.append(SetCell(at, "n", value))
            rows[at] = [value, rows[at][1]]
        else:
            gone = data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1))
            edits.append(RemoveRows(tuple(sorted(gone))))
            rows = [row for place, row in enumerate(rows) if place not in gone]
    columns = free_columns(frame)
    table = edited(frame, columns, checked_cells(edits, columns, len(frame)))
    assert [list(row) for row in zip(*table_of(table).stored.cells, strict=True)] == rows
    assert row_count(len(frame), edits) == len(rows)
    assert table.dtypes.tolist() == frame.dtypes.tolist()


@given(any_json)
def test_any_json_is_accepted_or_refused_in_words(raw):
    class Nothing:
        def path(self, digest):
            raise InvalidValue("There is no such file.")

    accepts_or_refuses(TableInput("Cases"), raw, Nothing())


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ({"op": "set", "row": 9, "column": "age", "value": 1}, "There is no row 10: the table has 3"),
        ({"op": "set", "row": 0, "column": "agee", "value": 1}, "There is no column “agee”"),
        ({"op": "set", "row": 1, "column": "age", "value": "x"}, "Row 2: “age” cannot be 'x': it takes a whole number"),
        ({"op": "set", "row": 0, "column": "small", "value": 300}, "it takes a whole number"),
        ({"op": "set", "row": 0, "column": "large", "value": "1.5"}, "it takes a whole number"),
        ({"op": "set", "row": 0, "column": "stage", "value": "IV"}, "it takes I, II, III"),
        ({"op": "set", "row": -1, "column": "age", "value": 1}, "cannot be made"),
        ({"op": "paste", "row": 2, "columns": ["age"], "cells": [[1], [2]]}, "There is no row 4"),
        ({"op": "paste", "row": 0, "columns": ["age"], "cells": [[1, 2]]}, "does not fit to 1 columns"),
        ({"op": "add", "at": 4, "rows": []}, "before row 5"),
        ({"op": "add", "at": 0, "rows": [[1]]}, "does not fit to 17 columns"),
        ({"op": "remove", "rows": [0, 3]}, "There is no row 4"),
        ({"op": "sort"}, "is none that can be made"),
    ],
)
def test_edit_that_cannot_be_made_is_refused_and_named(blobs, edit, words):
    widget = TableInput("Cases", value=sample())
    with pytest.raises(InvalidValue, match="“Cases”") as problem:
        widget.accept(widget.start(blobs) | {"edits": [edit]}, blobs)
    assert words in problem.value.message


def test_edits_of_another_order_of_rows_are_counted_as_they_are_then(blobs):
    widget = TableInput("Cases", value={"a": [1, 2]})
    edits = [{"op": "add", "at": 2, "rows": [[3]]}, {"op": "set", "row": 2, "column": "a", "value": 4}]
    assert widget.accept(widget.start(blobs) | {"edits": edits}, blobs)["edits"] == edits


# ---------------------------------------------------------------- given values


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


# ---------------------------------------------------------------- columns


def upload(widget: TableInput, text: str, blobs, tmp_path, name: str = "cases.csv"):
    path = tmp_path / "upload"
    path.write_text(text)
    return widget.receive(path, name, blobs)


def read(widget: TableInput, text: str, blobs, tmp_path) -> pd.DataFrame:
    uploaded = upload(widget, text, blobs, tmp_path)
    raw = widget.accept({"blob": uploaded.blob, "name": uploaded.name}, blobs)
    return widget.parse(raw, blobs)


SPEC = {"age": (0, 120), "dose": (0.0, 1.0), "sex": ["f", "m", None], "grade": [1, 2], "smoker": False, "note": ""}


def test_upload_is_matched_by_name_checked_by_column_and_told(blobs, tmp_path):
    widget = TableInput("Cases", columns=SPEC)
    text = "Note;smoker;grade;SEX;dose;age;extra\n01;yes;1;f;0,5;30;x\nNA;no;2;;1;40;y\n"
    text = text.replace("NA", "b")
    table = read(widget, text, blobs, tmp_path)
    assert list(table.columns) == list(SPEC)
    assert table["age"].tolist() == [30, 40]
    assert table["dose"].tolist() == [0.5, 1.0]
    assert table["sex"].tolist()[0] == "f"
    assert table["sex"].isna().tolist() == [False, True]
    assert table["grade"].tolist() == [1, 2]
    assert table["smoker"].tolist() == [True, False]
    assert table["note"].tolist() == ["01", "b"]
    said = json.loads(blobs.path(upload(widget, text, blobs, tmp_path).blob).read_text())["said"]
    assert said == ["Read as: semicolons, decimal commas.", "Left out: extra."]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age,dose,sex,grade,smoker\n1,0,f,1,yes\n", "There is no column “note”. There are: age, dose"),
        ("ages,dose,sex,grade,smoker,note\n1,0,f,1,yes,x\n", "There is no column “age”. Did you mean 'ages'?"),
        ("age,dose,sex,grade,smoker,note\n1,0,f,1,yes,x\n121,0,f,1,yes,x\n", "Row 2: “age” cannot be 121"),
        ("age,dose,sex,grade,smoker,note\n,0,f,1,yes,x\n", "Row 1: “age” is missing"),
        ("age,dose,sex,grade,smoker,note\n1,0,q,1,yes,x\n", "“sex” cannot be 'q': it takes f, m"),
        ("age,dose,sex,grade,smoker,note\nold,0,f,1,yes,x\n", "“age” cannot be 'old'"),
    ],
)
def test_upload_that_does_not_fit_is_refused_with_its_place(blobs, tmp_path, text, words):
    with pytest.raises(InvalidValue) as problem:
        upload(TableInput("Cases", columns=SPEC), text, blobs, tmp_path)
    assert words in problem.value.message


def test_columns_may_be_like_a_frame(blobs, tmp_path):
    like = pd.DataFrame({"visits": np.array([1, 2], dtype=np.int8), "stage": pd.Categorical(["I", "II"])})
    table = read(TableInput("Cases", columns=like), "stage,visits\nII,3\n", blobs, tmp_path)
    assert table.dtypes.to_dict() == like.dtypes.to_dict()
    assert table.iloc[0].tolist() == [3, "II"]


def test_names_alone_take_any_kind_of_values(blobs, tmp_path):
    table = read(TableInput("Cases", columns=["b", "a"]), "a,b,c\n1,x,2\n", blobs, tmp_path)
    assert table.to_dict("list") == {"b": ["x"], "a": [1]}


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


def test_rows_that_are_fixed_are_neither_added_nor_removed(blobs, tmp_path):
    widget = TableInput("Cases", value={"a": [1, 2]}, rows="fixed")
    raw = widget.start(blobs)
    widget.accept(raw | {"edits": [{"op": "set", "row": 0, "column": "a", "value": 5}]}, blobs)
    for edit in ({"op": "add", "at": 0, "rows": [[1]]}, {"op": "remove", "rows": [0]}):
        with pytest.raises(InvalidValue, match="which the script does not offer"):
            widget.accept(raw | {"edits": [edit]}, blobs)
    uploaded = upload(widget, "a\n1\n2\n3\n", blobs, tmp_path)
    with pytest.raises(InvalidValue, match="has 2 rows"):
        widget.accept({"blob": uploaded.blob, "name": "x"}, blobs)


# ---------------------------------------------------------------- what is kept


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


def test_damaged_upload_changes_nothing(blobs, tmp_path):
    widget = TableInput("Cases", value={"a": [1]})
    path = tmp_path / "upload"
    path.write_bytes(b"PK\x03\x04" + bytes(50))
    before = set(blobs.seen)
    with pytest.raises(InvalidValue, match=r"“cases\.xlsx” is damaged"):
        widget.receive(path, "cases.xlsx", blobs)
    assert blobs.seen == before


def test_too_many_cells_are_refused(blobs, monkeypatch):
    from modelapp.widgets import table_input

    monkeypatch.setattr(table_input, "CELL_LIMIT", 3)
    widget = TableInput("Cases", value={"a": [1, 2, 3]})
    raw = widget.start(blobs)
    with pytest.raises(InvalidValue, match="more than 3 cells"):
        widget.accept(raw | {"edits": [{"op": "add", "at": 0, "rows": [[1]]}]}, blobs)
    with pytest.raises(ScriptError, match="more than 3 cells"):
        TableInput("Cases", value={"a": [1, 2, 3, 4]}).start(blobs)


def test_index_is_left_out(page):
    frame = pd.DataFrame({"a": [1, 2]}, index=["x", "y"])
    assert page.run(lambda: ma.table_input("Cases", frame)).index.tolist() == [0, 1]


def test_stored_table_is_plain_json(blobs):
    widget = TableInput("Cases", value=sample())
    content = json.load(io.BytesIO(blobs.path(widget.start(blobs)["blob"]).read_bytes()))
    assert content["rows"] == 3
    assert content["cells"][1] == [60.5, None, "inf"]
    assert content["cells"][15] == ["1", "2", "18446744073709551615"]
