"""Uploaded tables: matched with the columns that the script names, or refused."""

import json

import numpy as np
import pandas as pd
import pytest
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.table_input import TableInput


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
