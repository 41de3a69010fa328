"""Edits of a table: what they do, and which are refused."""

import datetime

import modelapp as ma
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue
from modelapp.widgets._table_edits import AddRows, RemoveRows, SetCell, SetCells, checked_cells, edited, row_count
from modelapp.widgets._tables import free_columns
from modelapp.widgets.table_input import TableInput
from table_values import raw_of, sample, table_of
from wire import accepts_or_refuses, any_json


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
