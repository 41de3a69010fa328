"""Flags exported and read again, and replayed against scripts whose answers are known."""

import io
import json
import shutil

import msgspec
import numpy as np
import pandas as pd
import pytest
from kept_flags import SCRIPT, App
from modelapp.model.flag_export import class_folder
from modelapp.model.replay import alike, is_right
from modelapp.session.flags import KeptFlag, Words
from modelapp.session.folder import folder_of
from PIL import Image


@pytest.fixture
def app(tmp_path):
    """A script with flags; returns what flags things on it and what runs the command line."""
    return App(tmp_path)


def answer(label, text="x 1"):
    return {"label": {"label": label, "confidences": {label: 1.0}}, "text": text}


def flag_some(app):
    app.flag({"a": 1, "name": "=cmd()"}, answer("odd"), note='two\nlines, "quoted"\tand; more', right="even")
    app.flag({"a": 2.5, "name": {"text": "y", "original": "x"}}, answer("even"), choice="bad picture")
    app.flag({"a": 12345678901234567890, "name": "Zoë 中"}, answer("odd"), right="007")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_table_is_read_again_as_it_was(app, kind):
    flag_some(app)
    app("flags", "export", "--to", kind, "--out", f"out.{kind}")
    path = app.path.parent / f"out.{kind}"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False) if kind == "csv" else pd.read_parquet(path)
    assert len(frame) == 3
    for flag, (_, row) in zip(app.all(), frame.iterrows(), strict=True):
        assert json.loads(row["inputs"]) == flag.inputs and json.loads(row["outputs"]) == flag.outputs
        assert (row["id"], row["version"], int(row["number"])) == (flag.id, flag.version, flag.number)
        assert (row["note"], row["right"]) == (flag.words.note, flag.words.right)
        choice = row["choice"]
        assert (None if pd.isna(choice) or choice == "" else choice) == flag.words.choice
        assert pd.Timestamp(row["time"]).timestamp() == flag.time
        assert row["answer"] == flag.outputs["label"]["label"]


def test_spreadsheet_finds_no_formula_in_what_visitors_wrote(app):
    texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "1-1", "=HYPERLINK(1)"]
    for text in texts:
        app.flag({"a": -1, "name": text}, {"text": text}, right=text, note=text)
    app("flags", "export", "--out", "out.csv")
    frame = pd.read_csv(app.path.parent / "out.csv", dtype=str, keep_default_na=False)
    expected = [text if text == "1-1" else f"'{text}" for text in texts]
    for column in ("right", "note", "answer", "input.name", "output.text"):
        assert frame[column].tolist() == expected, column
    assert frame["input.a"].tolist() == ["-1"] * len(texts)
    assert [json.loads(row)["name"] for row in frame["inputs"]] == texts


def test_folder_holds_what_the_script_got_by_right_answer(app):
    app.save("""
        import modelapp as ma
        from pathlib import Path
        scan = ma.image_input(mode="L")
        ma.number_output(scan.width, label="Width")
    """)
    pixels = np.arange(200 * 300, dtype=np.uint8).reshape(200, 300)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    raw = {"blob": app.blob(file.getvalue()), "name": "scan.png", "width": 300, "height": 200, "preview": None}
    crop = {"op": "crop", "box": [0.0, 0.0, 0.5, 1.0]}
    flip = {"op": "flip", "axis": "horizontal"}
    app.flag({"scan": {**raw, "edits": []}}, {"width": 300}, right="cat")
    app.flag({"scan": {**raw, "edits": [flip]}}, {"width": 300}, right="../../dog")
    app.flag({"scan": {**raw, "edits": [crop]}}, {"width": 150}, choice="bad picture")
    app.flag({"scan": {**raw, "edits": []}}, {"width": 300})
    said = app("flags", "export", "--to", "folder", "--out", "cases")
    assert "4 flags are in cases, with 4 files." in said
    out = app.path.parent / "cases"
    lines = [json.loads(line) for line in (out / "flags.jsonl").read_text().splitlines()]
    places = [line["files"]["scan"][0] for line in lines]
    assert places[0] == "cat/00001-scan.png" and places[2] == "bad picture/00003-scan.png"
    assert places[3] == "unsorted/00004-scan.png"
    assert sorted(one.relative_to(out).as_posix() for one in out.glob("*/*")) == sorted(places)
    for place, wanted in zip(places, (pixels, pixels[:, ::-1], pixels[:, :150], pixels), strict=True):
        assert np.array_equal(np.asarray(Image.open(out / place)), wanted)
    for line, flag in zip(lines, app.all(), strict=True):
        words = Words(line.pop("note"), line.pop("right"), line.pop("choice"))
        line.pop("files")
        assert msgspec.convert({**line}, KeptFlag) == msgspec.structs.replace(flag, words=Words())
        assert words == flag.words
    assert "not empty" in app("flags", "export", "--to", "folder", "--out", "cases", status=1)


@pytest.mark.parametrize("name", ["..", ".", "/", "a/b", "a_b", "\\", "C:", "x" * 300, " ", "\u202e", "con\n", "~"])
def test_folder_names_lead_nowhere_else(name, tmp_path):
    def flag(text):
        return KeptFlag(1, "i", 0.0, None, "v", {}, {}, Words(right=text))

    found = class_folder(flag(name))
    assert (tmp_path / found).resolve().parent == tmp_path.resolve() and "/" not in found and len(found) < 100
    assert class_folder(flag("a/b")) != class_folder(flag("a_b"))


def test_replay_says_what_became_of_each(app):
    # The script says now: 1 is odd, 2 is even.
    app.flag({"a": 1, "name": "x"}, answer("even"), right="odd")
    app.flag({"a": 1, "name": "x"}, answer("odd"), right="Even")
    app.flag({"a": 2, "name": "x"}, answer("odd", "x 2"), right="odd")
    app.flag({"a": 2, "name": "x"}, answer("even", "x 2"), right=" EVEN ")
    app.flag(
        {"a": 1, "name": "x"}, {"label": {"label": "odd", "confidences": {"even": 0.0, "odd": 1.0}}, "text": "x 1"}
    )
    app.flag({"a": 1, "name": "x"}, answer("odd", "x 2"), note="looks odd")
    told = json.loads(app("replay", "--json", status=1))
    assert [one["verdict"] for one in told["flags"]] == [
        "fixed",
        "still wrong",
        "newly wrong",
        "right",
        "same",
        "changed",
    ]
    assert [(one["then"], one["now"]) for one in told["flags"]][:3] == [
        ("even", "odd"),
        ("odd", "odd"),
        ("odd", "even"),
    ]
    assert told["counts"]["still wrong"] == 1 and not told["flags"][0]["same_version"]
    table = app("replay", status=1)
    assert "still wrong" in table and "printed by" not in table
    assert table.splitlines()[-1] == "1 fixed, 1 right, 1 still wrong, 1 newly wrong, 1 same, 1 changed."


def test_replay_ends_well_if_nothing_is_wrong(app):
    app.flag({"a": 1, "name": "x"}, answer("even"), right="odd")
    assert "1 fixed." in app("replay")


def test_what_the_script_does_not_take_any_more_is_told(app):
    app.flag({"a": 1, "gone": 2}, answer("odd"), right="odd")
    app.flag({"a": "no number", "name": "x"}, answer("odd"), right="odd")
    blob = {"blob": "0" * 64, "name": "x.png", "edits": []}
    app.flag({"a": blob}, answer("odd"))
    told = json.loads(app("replay", "--json"))
    assert [one["verdict"] for one in told["flags"]] == ["not run"] * 3
    assert "does not read the input gone any more" in told["flags"][0]["reason"]
    assert "a=" in told["flags"][1]["reason"]
    app.save(SCRIPT + "    needed = ma.image_input()\n")
    told = json.loads(app("replay", "--json"))
    assert "needs needed" in told["flags"][0]["reason"]
    app.save(SCRIPT.replace("ma.text_output", "1 / 0; ma.text_output"))
    told = json.loads(app("replay", "--json", status=1))
    assert told["flags"][0]["verdict"] == "fails" and "ZeroDivisionError" in told["flags"][0]["reason"]


def test_replay_of_a_picture_compares_its_bytes(app):
    app.save("""
        import modelapp as ma
        scan = ma.image_input()
        ma.image_output(scan)
    """)
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    raw = {"blob": app.blob(file.getvalue()), "name": "scan.png", "width": 8, "height": 8, "edits": []}
    app.flag({"scan": raw}, {"image": {"blob": "0" * 64, "name": "image.png", "size_bytes": 3}}, right="cat")
    assert "1 changed." in app("replay")
    # What was read is still there, and nothing was added to it.
    shutil.rmtree(folder_of(app.path) / "blobs")
    assert "1 not run." in app("replay")


def test_without_flags_commands_say_so(app):
    assert "Nothing was flagged yet." in app("flags")
    assert json.loads(app("flags", "list", "--json")) == []
    assert "Nothing was flagged on demo.py yet" in app("replay", status=1)
    assert "Nothing was flagged" in app("flags", "export", status=1)
    assert "belong to export" in app("flags", "list", "--to", "csv", status=2)
    assert not (folder_of(app.path) / "flags.sqlite3").exists()


def test_list_shows_what_visitors_wrote_in_its_cells(app):
    app.flag({"a": 1}, answer("odd"), note="\x1b[31mred\nline", choice="wrong label")
    text = app("flags")
    assert "\x1b" not in text and len(text.splitlines()) == 2 and "wrong label" in text
    assert json.loads(app("flags", "--json"))[0]["note"] == "\x1b[31mred\nline"


@pytest.mark.parametrize(
    ("given", "right", "same"),
    [(5, "5.0", True), (0.1 + 0.2, "0.3", True), (5, "five", False), ("A  b", "a B", True), (None, "", False)],
)
def test_right_answers_are_compared_by_meaning(given, right, same):
    assert is_right(given, right) is same


def test_results_are_alike_but_for_the_last_digits():
    assert alike({"a": [1.0, "x"]}, {"a": [1.0 + 1e-9, "x"]}) and alike(float("nan"), float("nan"))
    for one, other in (({"a": 1}, {"b": 1}), ([1], [1, 2]), (1.0, "1"), (True, 1), (0.5, 0.6), (None, 0.0)):
        assert not alike(one, other)
