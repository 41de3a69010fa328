import contextlib
import datetime

import modelapp as ma
import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.table_output import TableOutput
from wire import any_json

PEOPLE = pd.DataFrame(
    {
        "name": ["Ada", "alan", None, "Grace"],
        "age": [36, 41, 7, 85],
        "score": [0.5, np.nan, np.inf, 1.25],
        "born": pd.to_datetime(["1815-12-10", "1912-06-23", None, "1906-12-09"]),
        "alive": [False, False, True, False],
    }
)


def ask(table, **question):
    return TableOutput(table).query({"start": 0, "count": 50} | question)


def test_columns_have_kinds_and_cells_are_json(page):
    page.run(lambda: ma.table_output(PEOPLE, caption="Four"))
    props = page.props("output.table")
    kinds = [(column.name, column.kind) for column in props.columns]
    assert kinds == [("name", "text"), ("age", "number"), ("score", "number"), ("born", "date"), ("alive", "boolean")]
    assert props.first[0] == ("Ada", 36, 0.5, "1815-12-10T00:00:00", False)
    assert props.first[1][2] is None
    assert props.first[2] == (None, 7, "inf", None, True)
    assert (props.rows, props.caption) == (4, "Four")
    msgspec.json.encode(props)


@pytest.mark.parametrize(
    ("table", "names", "rows"),
    [
        ([{"a": 1, "b": 2}, {"a": 3}], ["a", "b"], [(1, 2.0), (3, None)]),
        ({"a": [1, 2]}, ["a"], [(1,), (2,)]),
        (np.array([[1, 2], [3, 4]]), ["0", "1"], [(1, 2), (3, 4)]),
        (np.array([5, 6]), ["0"], [(5,), (6,)]),
        (pd.Series([5, 6], index=["x", "y"], name="n"), ["", "n"], [("x", 5), ("y", 6)]),
        (pd.DataFrame({"n": [1]}, index=pd.Index(["x"], name="id")), ["id", "n"], [("x", 1)]),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), ["a", "a"], [(1, 2)]),
        (pd.DataFrame({("p", "q"): [1]}), ["p / q"], [(1,)]),
        (pd.DataFrame({"a": []}), ["a"], []),
        ([], [], []),
        (pd.DataFrame({"a": [pd.Timedelta("1D"), None]}), ["a"], [("1 days 00:00:00",), (None,)]),
        (pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}), ["a"], [(1,), (None,)]),
        (pd.DataFrame({"a": pd.Categorical(["x", None])}), ["a"], [("x",), (None,)]),
        (pd.DataFrame({"a": [datetime.date(2024, 1, 2), {"b": 1}]}), ["a"], [("2024-01-02",), ("{'b': 1}",)]),
    ],
)
def test_tables_of_all_forms_are_shown(page, table, names, rows):
    page.run(lambda: ma.table_output(table))
    props = page.props("output.table")
    assert [column.name for column in props.columns] == names
    assert list(props.first) == rows
    msgspec.json.encode(props)


def test_only_the_first_fifty_rows_go_along_and_others_are_asked_for(page):
    page.run(lambda: ma.table_output(pd.DataFrame({"n": range(1000)})))
    props = page.props("output.table")
    assert (props.rows, len(props.first)) == (1000, 50)
    assert page.ask("table", {"start": 990, "count": 500})["rows"] == [(n,) for n in range(990, 1000)]
    assert page.ask("table", {"start": 2000, "count": 5}) == {"rows": [], "total": 1000}


@pytest.mark.parametrize(
    ("column", "descending", "ages"),
    [
        (1, False, [7, 36, 41, 85]),
        (1, True, [85, 41, 36, 7]),
        (2, False, [36, 85, 7, 41]),  # NaN comes last, either way
        (2, True, [7, 85, 36, 41]),
        (3, False, [36, 85, 41, 7]),
        (None, False, [36, 41, 7, 85]),
    ],
)
def test_rows_are_sorted_by_a_column(column, descending, ages):
    answer = ask(PEOPLE, sort=column, descending=descending)
    assert [row[1] for row in answer["rows"]] == ages


def test_column_of_mixed_types_is_sorted_by_its_text():
    assert ask({"a": ["b", 10, "a"]}, sort=0)["rows"] == [(10,), ("a",), ("b",)]


@pytest.mark.parametrize(
    ("search", "ages"),
    [
        ("AL", [41]),
        ("36", [36]),
        ("1.2", [85]),
        ("1906-12", [85]),
        ("true", [7]),
        ("nothing", []),
        ("  ada ", [36]),
        (".*", []),
        ("", [36, 41, 7, 85]),
    ],
)
def test_search_finds_text_numbers_dates_and_booleans(search, ages):
    answer = ask(PEOPLE, search=search)
    assert [row[1] for row in answer["rows"]] == ages
    assert answer["total"] == len(ages)


def test_search_sort_and_page_work_together():
    frame = pd.DataFrame({"n": range(100), "word": ["odd" if n % 2 else "even" for n in range(100)]})
    answer = ask(frame, search="odd", sort=0, descending=True, start=1, count=2)
    assert answer == {"rows": [(97, "odd"), (95, "odd")], "total": 50}


@pytest.mark.parametrize(
    "question",
    [
        {},
        {"start": -1, "count": 5},
        {"start": 0, "count": 501},
        {"start": 0, "count": -1},
        {"start": 0, "count": 5, "sort": 9},
        {"start": 0, "count": 5, "sort": -1},
        {"start": 0, "count": 5, "sort": True},
        {"start": 0, "count": 5, "search": None},
        {"start": 0.5, "count": 5},
        {"start": 0, "count": 5, "more": 1},
        [],
        None,
    ],
)
def test_odd_questions_are_refused(question):
    with pytest.raises(InvalidValue):
        TableOutput(PEOPLE).query(question)


@given(question=any_json)
def test_any_question_is_answered_or_refused(question):
    with contextlib.suppress(InvalidValue):
        TableOutput(PEOPLE).query(question)


@pytest.mark.parametrize("table", [5, "text", {"a": [1, 2], "b": [1]}, np.zeros((2, 2, 2))])
def test_what_is_no_table_is_explained(page, table):
    with pytest.raises(ScriptError, match="table_output"):
        page.run(lambda: ma.table_output(table))


def test_result_is_the_frame_itself(page):
    page.run(lambda: ma.table_output(PEOPLE))
    assert page.result("table") is PEOPLE
