"""Examples in every form that a script may pass them, and what a page begins with."""

import datetime

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from modelapp.core.errors import ScriptError
from PIL import Image


def values_of(page, name):
    return [example.value for example in page.props(name).examples]


@pytest.mark.parametrize(
    ("script", "first"),
    [
        (lambda: ma.text_input("X", examples=["one", "two"]), "one"),
        (lambda: ma.number_input("X", examples=[7, 8]), 7),
        (lambda: ma.number_input("X", None, examples=np.array([7, 8])), 7),
        (lambda: ma.slider_input("X", 0, 10, examples=[7, 8]), 7),
        (lambda: ma.choice_input("X", ["a", "b", "c"], examples=["b", "c"]), "b"),
        (lambda: ma.checkbox_input("X", examples=[True]), True),
        (lambda: ma.date_input("X", examples=["2026-01-31"]), datetime.date(2026, 1, 31)),
        (lambda: ma.number_input("X", examples={"young": 20, "old": 80}), 20),
        (lambda: ma.text_input("X", examples=pd.Series(["one", "two"])), "one"),
        (lambda: ma.text_input("X", examples=pd.DataFrame({"n": [1, 2], "x": ["one", "two"]})), "one"),
        (lambda: ma.number_input("X", examples=pd.DataFrame({"whatever": [4, 5]})), 4),
    ],
)
def test_page_begins_with_the_first_example_of_every_kind_of_input(page, script, first):
    assert page.run(script) == first


def test_value_of_the_script_goes_before_the_first_example(page):
    assert page.run(lambda: ma.text_input("X", "mine", examples=["one"])) == "mine"
    assert page.run(lambda: ma.slider_input("Y", 0, 10, 5, examples=[7])) == 5


def test_page_that_starts_empty_waits_although_there_are_examples(page):
    def script():
        ma.app("Title", start="empty")
        return ma.text_input("X", examples=["one"])

    assert page.run(script) is None
    assert page.waiting_for == ("x",)
    assert values_of(page, "x") == ["one"]


def test_clearing_the_input_does_not_bring_the_example_back(page):
    page.values["x"] = ""
    assert page.run(lambda: ma.text_input("X", examples=["one"])) is None
    assert page.waiting_for == ("x",)


def test_texts_that_look_like_paths_are_texts(page):
    page.run(lambda: ma.text_input("X", examples=["See a/b.txt", "Good. Bad."]))
    assert [(example.label, example.value) for example in page.props("x").examples] == [
        ("See a/b.txt", "See a/b.txt"),
        ("Good. Bad.", "Good. Bad."),
    ]


def test_folder_of_text_files_are_examples_by_name(page, tmp_path):
    (tmp_path / "b.txt").write_text("second", encoding="utf-8")
    (tmp_path / "a.txt").write_text("\ufefffirst", encoding="utf-8")
    (tmp_path / "c.csv").write_text("1,2")
    assert page.run(lambda: ma.text_input("X", examples=tmp_path)) == "first"
    assert [example.label for example in page.props("x").examples] == ["a", "b"]


def test_folder_of_pictures_are_examples_with_thumbnails(page, tmp_path):
    for name in ("b.png", "a.png"):
        Image.new("RGB", (20, 10)).save(tmp_path / name)
    (tmp_path / "notes.md").write_text("no picture")
    assert page.run(lambda: ma.image_input("X", examples=str(tmp_path))).size == (20, 10)
    examples = page.props("x").examples
    assert [example.label for example in examples] == ["a", "b"]
    assert all(example.thumbnail for example in examples)


def test_folder_of_files_are_examples_of_a_file_input(page, tmp_path):
    for name in ("b.csv", "a.csv", "c.txt", ".hidden.csv"):
        (tmp_path / name).write_text("1,2")
    assert page.run(lambda: ma.file_input("X", types=".csv", examples=tmp_path)).name == "a.csv"
    assert [example.label for example in page.props("x").examples] == ["a", "b"]
    page.run(lambda: ma.file_input("Y", examples=tmp_path))
    assert [example.label for example in page.props("y").examples] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (lambda: ma.number_input("X", examples="123"), "a list, a DataFrame, or a mapping"),
        (lambda: ma.number_input("X", examples=5), "a list, a DataFrame, or a mapping"),
        (lambda: ma.text_input("X", examples="no such folder"), "there is no file 'no such folder'"),
        (lambda: ma.number_input("X", examples=["five"]), "does not fit"),
        (lambda: ma.number_input("Age", examples=pd.DataFrame({"agee": [1], "b": [2]})), "no column 'age'"),
        (lambda: ma.app("Title", start="nothing"), '"example" or "empty"'),
    ],
)
def test_examples_that_are_none_are_refused_with_what_is_expected(page, script, said):
    with pytest.raises(ScriptError, match=said):
        page.run(script)
