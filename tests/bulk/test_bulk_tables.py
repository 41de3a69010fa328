"""Bulk runs of tables: rows, results on disk, and what columns are for."""

import json

import modelapp as ma
import pandas as pd
import pytest
from bulk_cases import PATIENT, PICTURE, picture, rows_of
from modelapp.model.bulk import results
from modelapp.model.bulk.runs import bulk


def test_columns_are_inputs_by_name_or_label_and_others_are_kept(script, tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text("id,age,Heart rate,sex,note,smoker,packs\n007,50,60,m,@me,True,4\nx,,,,,false,\n")
    rows, report = rows_of(script(PATIENT), table)
    assert rows[0] == {
        "case": 1,
        "id": "007",
        "age": "50",
        "Heart rate": "60",
        "sex": "m",
        "note": "@me",
        "smoker": "True",
        "packs": "4",
        "label": "well",
        "label_confidence": 0.73,
        "label_probability_ill": 0.27,
        "label_probability_well": 0.73,
        "doubled": 120,
        "text": "@me m",
        "seconds": rows[0]["seconds"],
        "error": None,
    }
    assert (rows[1]["doubled"], rows[1]["label_probability_ill"], rows[1]["text"]) == (141, 0.2, " f")
    assert report.notes == ("No input is named like the columns id: they are kept as they are.",)


def test_every_kind_of_table_gives_the_same(script, tmp_path):
    path = script(PATIENT)
    frame = pd.DataFrame(
        {
            "age": [30, 41, None],
            "Heart rate": [61.5, 70.0, 55.25],
            "sex": ["m", "f", "f"],
            "note": ["a, b", None, 'c "d"\nümlaut'],
            "smoker": [True, False, False],
            "truth": ["ill", "well", None],
        }
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.tsv", index=False, sep="\t")
    frame.to_excel(tmp_path / "t.xlsx", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_csv(tmp_path / "german.csv", index=False, sep=";", decimal=",", encoding="cp1252")
    given = set(frame.columns) | {"seconds"}
    answers = {}
    for name in ("t.csv", "t.tsv", "t.xlsx", "t.parquet", "german.csv"):
        rows, report = rows_of(path, tmp_path / name, truth="truth")
        assert report.classification.n == 2
        answers[name] = [{column: cell for column, cell in row.items() if column not in given} for row in rows]
    assert all(answer == answers["t.csv"] for answer in answers.values())


def test_results_are_the_same_in_every_format(script, tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text("age,note,sex\n50,a,m\n500,b,m\n,,f\n")
    frames = {}
    for suffix in results.RESULT_SUFFIXES:
        out = tmp_path / f"results{suffix}"
        rows_of(script(PATIENT), table, out=out)
        read = {".csv": pd.read_csv, ".tsv": pd.read_table, ".parquet": pd.read_parquet}
        frame = read[suffix](out) if suffix in read else pd.DataFrame(map(json.loads, out.read_text().splitlines()))
        frame["age"] = frame["age"].astype(float)
        frames[suffix] = frame[sorted(frame.columns)].drop(columns="seconds")
        assert list(frame.columns)[:4] == ["case", "age", "note", "sex"]
        assert list(tmp_path.glob("*.journal")) == list(tmp_path.glob(".*.part")) == []
    for frame in frames.values():
        pd.testing.assert_frame_equal(frame, frames[".csv"], check_dtype=False)
    assert frames[".csv"]["error"][1].startswith("WrongInput: age=500: “Age” cannot be 500")


def test_results_can_be_the_cases_of_another_run(script, tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text("age,sex\n50,m\n")
    first, _ = rows_of(script(PATIENT), table, out=tmp_path / "first.csv")
    (again,), _ = rows_of(script(PATIENT), tmp_path / "first.csv", truth="label")
    assert (again["case"], again["case_given"]) == (1, "1")
    assert (again["label"], again["label_output"]) == (first[0]["label"], first[0]["label"])
    assert again["label_probability_ill"] == str(again["label_output_probability_ill"]) == "0.25"
    (tmp_path / "one.csv").write_text("age,label_confidence\n50,mine\n")
    (row,), _ = rows_of(script(PATIENT), tmp_path / "one.csv")
    assert (row["label_confidence"], row["label_output_confidence"]) == ("mine", 0.75)


def test_cells_of_a_row_input_are_columns_of_their_own(script, tmp_path):
    path = script("""
        import modelapp as ma
        row = ma.row_input({"age": (0, 120), "sex": ["f", "m"], "smoker": False}, label="Patient")
        ma.json_output(row)
    """)
    table = tmp_path / "cases.csv"
    table.write_text("sex,age,smoker,truth\nm,63,True,1\nf,200,False,0\n")
    rows, report = rows_of(path, table, truth="truth")
    assert rows[0]["json"] == {"age": 63, "sex": "m", "smoker": True}
    assert "from 0 to 120" in rows[1]["error"]
    assert report.notes == ("1 of the cases with a truth have no label, number or text to compare with it.",)


def test_bad_cases_are_recorded_and_the_others_go_on(script, tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text("picture,limit\ngood.png,1\nmissing.png,1\nbad.png,1\ngood.png,x\n,\ngood.png,\n")
    picture(tmp_path / "good.png", 200)
    (tmp_path / "bad.png").write_bytes(b"\x89PNG no")
    for workers in (0, 2):
        with bulk(script(PICTURE), table, workers=workers) as run:
            rows = {row.case: row for row in run}
        errors = {case: str(row.fault) for case, row in rows.items() if row.fault}
        assert sorted(errors) == [2, 3, 4]  # a line without a word is no case
        assert "missing.png" in errors[2]
        assert "limit='x'" in errors[4]
        assert rows[5].outputs["label"] == {"label": "bright", "confidences": {}}
        assert run.report().failed == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pictures\na.png\n", "The script needs picture, for which there is no column. 'cases.csv' has: pictures"),
        ("other\na.png\n", "The script needs picture, for which there is no column. 'cases.csv' has: other."),
        ("", "is empty"),
        ("picture\n", "has no cases"),
        ("picture,picture\na,b\n", "two columns 'picture'"),
        ("picture\na,b\n", "Case 1 of 'cases.csv' has 2 cells"),
    ],
)
def test_faults_of_the_table_are_told_before_anything_runs(script, tmp_path, text, said):
    (tmp_path / "cases.csv").write_text(text)
    with pytest.raises(ma.InvalidValue) as raised:
        bulk(script(PICTURE), tmp_path / "cases.csv")
    assert said in str(raised.value)
    if "pictures" in said:
        assert "Did you mean 'pictures'?" in str(raised.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"truth": "kinds"}, "There is no column 'kinds' for the truth. 'cases.csv' has: kind. Did you mean"),
        ({"out": "results.docx"}, "must end with .csv"),
    ],
)
def test_faults_of_the_options_are_told(script, tmp_path, options, said):
    (tmp_path / "cases.csv").write_text("kind\na\n")
    with pytest.raises(ma.InvalidValue) as raised:
        bulk(script("import modelapp as ma\nma.text_input(value='a')"), tmp_path / "cases.csv", **options)
    assert said in str(raised.value).replace("\n", " ")


def test_damaged_tables_are_told(script, tmp_path):
    for name in ("x.parquet", "x.xlsx", "x.csv", "x.docx", "x.zip"):
        (tmp_path / name).write_bytes(b"\0\x01\xff" * 50)
        with pytest.raises(ma.InvalidValue):
            bulk(script(PICTURE), tmp_path / name)
    with pytest.raises(ma.InvalidValue, match="There is no file or folder"):
        bulk(script(PICTURE), tmp_path / "nowhere.csv")
