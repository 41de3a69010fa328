"""Bulk runs of folders and archives: each file is a case, and none leads out of where the cases are."""

import zipfile

import modelapp as ma
import numpy as np
import pytest
from bulk_cases import PICTURE, picture, rows_of, zipped
from modelapp.model.bulk.runs import bulk
from PIL import Image


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
