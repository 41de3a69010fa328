"""Bulk runs as a library: rows, results on disk, what columns and files are for, and going on after an end."""

import json
import random
import shutil
import zipfile

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from modelapp.model.bulk import results
from modelapp.model.bulk.runs import bulk
from PIL import Image

PATIENT = """
    import modelapp as ma
    age = ma.number_input(min=0, max=120, value=40)
    pulse = ma.number_input("Heart rate", value=70.5)
    sex = ma.choice_input(options=["f", "m"])
    note = ma.text_input(required=False)
    smoker = ma.checkbox_input()
    if smoker:
        packs = ma.slider_input(min=0, max=10, value=1)
        age += packs
    ma.label_output({"ill": age / 200, "well": 1 - age / 200})
    ma.number_output(pulse * 2, label="Doubled")
    ma.text_output(f"{note} {sex}")
"""
PICTURE = """
    import modelapp as ma
    picture = ma.image_input()
    limit = ma.slider_input(min=0, max=255, value=100)
    brightness = picture.convert("L").resize((1, 1)).getpixel((0, 0))
    ma.label_output("bright" if brightness > limit else "dark")
    ma.image_output(picture)
"""


def rows_of(script, cases, **options):
    with bulk(script, cases, **options) as run:
        return [row.flat() for row in run], run.report()


def picture(path, level):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), level).save(path)


@pytest.fixture
def pictures(tmp_path):
    """A folder of pictures, sorted by what they are."""
    folder = tmp_path / "pictures"
    for name, level in [("bright/a.png", 250), ("bright/b.png", 20), ("dark/c.png", 10), ("dark/deep/d.png", 5)]:
        picture(folder / name, level)
    (folder / "dark" / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_text("no picture either")
    return folder


def zipped(path, folder, inside=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, inside + file.relative_to(folder).as_posix())
    return path


# ---------------------------------------------------------------- tables


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


# ---------------------------------------------------------------- folders and zips


def test_each_file_of_a_folder_is_a_case_and_subfolders_are_the_truth(script, pictures, tmp_path):
    out = tmp_path / "results.csv"
    rows, report = rows_of(script(PICTURE), pictures, truth="folder", out=out)
    assert [(row["file"], row["folder"], row["label"]) for row in rows] == [
        ("bright/a.png", "bright", "bright"),
        ("bright/b.png", "bright", "dark"),
        ("dark/c.png", "dark", "dark"),
        ("dark/deep/d.png", "dark", "dark"),
    ]
    assert report.classification.accuracy == 0.75
    assert report.notes[0].startswith("1 files were left out: picture takes .png")
    made = tmp_path / rows[3]["image"]
    assert made.parent.name == "results_files"
    assert np.asarray(Image.open(made).convert("L")).mean() == 5


def test_files_stay_in_memory_where_no_results_are_written(script, pictures):
    with bulk(script(PICTURE), pictures) as run:
        row = next(iter(run))
    assert row.outputs["image"]["file"] in row.files


def test_zip_of_a_folder_or_of_a_table_with_its_files(script, pictures, tmp_path):
    for inside in ("", "top/"):
        rows, _ = rows_of(script(PICTURE), zipped(tmp_path / "cases.zip", pictures, inside), truth="folder")
        assert [row["label"] for row in rows] == ["bright", "dark", "dark", "dark"]
    (pictures / "cases.csv").write_text("picture\nbright/a.png\n../../secret.png\n/etc/hostname\n")
    picture(tmp_path.parent / "secret.png", 1)
    rows, _ = rows_of(script(PICTURE), zipped(tmp_path / "cases.zip", pictures))
    assert rows[0]["label"] == "bright"
    assert "lies outside of the folder of the cases" in rows[1]["error"]
    assert "lies outside of the folder of the cases" in rows[2]["error"]
    (pictures / "cases.csv").write_text("picture\ndark/notes.txt\n")
    rows, _ = rows_of(script(PICTURE), zipped(tmp_path / "cases.zip", pictures))
    assert rows[0]["error"].startswith("WrongInput: picture='dark/notes.txt': ")


def link(archive):
    entry = zipfile.ZipInfo("link.png")
    entry.external_attr = 0o120777 << 16
    archive.writestr(entry, "/etc/passwd")


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        (lambda archive: archive.writestr("../evil.png", b"x"), "leads out of it"),
        (lambda archive: archive.writestr("/evil.png", b"x"), "leads out of it"),
        (lambda archive: archive.writestr("a/../../evil.png", b"x"), "leads out of it"),
        (lambda archive: archive.writestr("..\\evil.png", b"x"), "leads out of it"),
        (lambda archive: archive.writestr("C:\\evil.png", b"x"), "leads out of it"),
        (link, "is a link"),
    ],
)
def test_zip_that_leads_out_is_refused_whole(script, tmp_path, fill, said):
    with zipfile.ZipFile(tmp_path / "cases.zip", "w") as archive:
        archive.writestr("fine.png", b"x")
        fill(archive)
    with pytest.raises(ma.InvalidValue, match=said):
        bulk(script(PICTURE), tmp_path / "cases.zip")
    assert not list(tmp_path.parent.rglob("evil.png"))


def test_zip_that_unpacks_to_too_much_is_refused(tmp_path):
    from modelapp.model.bulk.archives import unpacked

    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.png", bytes(5_000_000))
    with (
        pytest.raises(ma.InvalidValue, match="unpacks to more than"),
        unpacked(tmp_path / "bomb.zip", byte_limit=1_000_000),
    ):
        pass
    with pytest.raises(ma.InvalidValue, match="at most 0"), unpacked(tmp_path / "bomb.zip", file_limit=0):
        pass


def test_input_of_a_folder_is_chosen_or_asked_for(script, pictures):
    path = script("""
        import modelapp as ma
        with ma.inputs():
            first = ma.image_input(required=False)
            second = ma.image_input(required=False)
        ma.text_output(f"{first is not None} {second is not None}")
    """)
    with pytest.raises(ma.InvalidValue, match="Several inputs could take the files: first, second"):
        bulk(path, pictures)
    rows, _ = rows_of(path, pictures, input="second")
    assert rows[0]["text"] == "False True"
    with pytest.raises(ma.InvalidValue, match="no input that takes files"):
        bulk(script("import modelapp as ma\nma.number_input('N')"), pictures)


def test_folder_of_texts_goes_into_a_text_input(script, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("good film")
    rows, _ = rows_of(script("import modelapp as ma\nma.text_output(ma.text_input('T'))"), tmp_path / "texts")
    assert rows[0]["text"] == "good film"


# ---------------------------------------------------------------- going on


SQUARES = "import modelapp as ma\nn = ma.number_input(value=0)\nma.number_output(n * n, label='Square')\n"


@pytest.fixture
def squares(script, tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text("n\n" + "\n".join(map(str, range(30))) + "\n")
    return script(SQUARES), table, tmp_path / "results.csv"


def without_seconds(path):
    return pd.read_csv(path).drop(columns="seconds")


def test_run_that_was_left_goes_on_where_it_was(squares):
    path, table, out = squares
    with bulk(path, table, out=out) as run:
        rows = iter(run)
        for _ in range(12):
            next(rows)
    assert not out.exists()
    with bulk(path, table, out=out) as run:
        assert run.kept == 12
        assert [row.case for row in run] == list(range(1, 31))
    assert list(without_seconds(out)["square"]) == [n * n for n in range(30)]
    assert list(out.parent.glob("*.journal")) == []


def test_cancelled_run_ends_after_its_row(squares):
    path, table, out = squares
    with bulk(path, table, out=out) as run:
        for _ in run:
            if run.done == 5:
                run.cancel()
    assert run.done == 5
    assert not out.exists()


@pytest.mark.parametrize("seed", range(3))
def test_journal_that_is_cut_anywhere_loses_and_doubles_nothing(squares, seed):
    path, table, out = squares
    with bulk(path, table, out=out) as run:
        list(run)
    whole = without_seconds(out)
    dice = random.Random(seed)
    for _ in range(10):
        with bulk(path, table, out=out, restart=True) as run:
            rows = iter(run)
            for _ in range(dice.randint(1, 30)):
                next(rows)
        journal = out.with_name(out.name + ".journal")
        content = journal.read_bytes()
        journal.write_bytes(content[: dice.randint(0, len(content))])
        with bulk(path, table, out=out) as run:
            list(run)
        pd.testing.assert_frame_equal(without_seconds(out), whole)


def test_changed_script_or_cases_are_told_and_can_be_begun_anew(squares):
    path, table, out = squares
    with bulk(path, table, out=out) as run:
        next(iter(run))
    path.write_text(SQUARES + "# changed\n")
    with pytest.raises(ma.InvalidValue, match=r"The script has changed since .*\n?.*--restart"):
        bulk(path, table, out=out)
    path.write_text(SQUARES)
    table.write_text("n\n1\n2\n")
    with pytest.raises(ma.InvalidValue, match=r"The cases have changed since .* it was of 30, and there are 2"):
        bulk(path, table, out=out)
    with bulk(path, table, out=out, restart=True) as run:
        assert run.kept == 0
        assert len(list(run)) == 2


def test_changed_module_of_the_script_is_a_changed_script(squares, tmp_path):
    path, table, out = squares
    (tmp_path / "helper_of_bulk.py").write_text("factor = 1\n")
    path.write_text("from helper_of_bulk import factor\n" + SQUARES)
    with bulk(path, table, out=out) as run:
        next(iter(run))
    (tmp_path / "helper_of_bulk.py").write_text("factor = 2\n")
    with pytest.raises(ma.InvalidValue, match="The script has changed"):
        bulk(path, table, out=out)


def test_two_runs_do_not_write_one_journal(squares):
    path, table, out = squares
    with bulk(path, table, out=out), pytest.raises(ma.ModelAppError, match="Another run writes"):
        bulk(path, table, out=out)


def test_lost_file_of_an_answer_is_made_again(script, pictures, tmp_path):
    out = tmp_path / "results.csv"
    with bulk(script(PICTURE), pictures, out=out) as run:
        rows = iter(run)
        first = [next(rows).flat() for _ in range(3)]
    (tmp_path / first[1]["image"]).unlink()
    with bulk(script(PICTURE), pictures, out=out) as run:
        assert run.kept == 2
        assert len(list(run)) == 4
    assert (tmp_path / first[1]["image"]).exists()


def test_changed_picture_is_a_changed_case(script, pictures, tmp_path):
    out = tmp_path / "results.csv"
    with bulk(script(PICTURE), pictures, out=out) as run:
        next(iter(run))
    picture(pictures / "bright" / "a.png", 0)
    Image.new("L", (90, 90)).save(pictures / "bright" / "a.png")
    with pytest.raises(ma.InvalidValue, match="The cases have changed"):
        bulk(script(PICTURE), pictures, out=out)


def test_zip_goes_on_too(script, pictures, tmp_path):
    packed, out = zipped(tmp_path / "cases.zip", pictures), tmp_path / "results.csv"
    shutil.rmtree(pictures)
    with bulk(script(PICTURE), packed, out=out) as run:
        next(iter(run))
    with bulk(script(PICTURE), packed, out=out) as run:
        assert run.kept == 1
        assert len(list(run)) == 4
