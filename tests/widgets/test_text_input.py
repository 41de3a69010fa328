import modelapp as ma
import pytest
from hypothesis import given
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.text_input import TextInput
from wire import accepts_or_refuses, any_json


def test_text_input_waits_while_required_text_is_empty(page):
    assert page.run(lambda: ma.text_input("Review")) is None
    assert page.waiting_for == ("review",)
    page.values["review"] = "good"
    assert page.run(lambda: ma.text_input("Review")) == "good"


def test_text_input_gives_empty_text_when_not_required(page):
    assert page.run(lambda: ma.text_input("Review", required=False)) == ""


def test_text_input_shows_its_options(page):
    page.run(lambda: ma.text_input("Review", lines=4, max_chars=9, placeholder="say it", examples={"Praise": "great"}))
    props = page.props("review")
    assert (props.lines, props.max_chars, props.placeholder) == (4, 9, "say it")
    assert [(example.label, example.value) for example in props.examples] == [("Praise", "great")]


def test_text_input_refuses_text_that_is_too_long_and_names_both_lengths(blobs):
    with pytest.raises(InvalidValue, match=r"“Review” cannot be 4 characters long.*at most 3"):
        TextInput("Review", max_chars=3).accept("abcd", blobs)


def test_text_is_cut_with_a_note_when_the_limit_shrank(page):
    page.values["review"] = "abcdef"
    assert page.run(lambda: ma.text_input("Review", max_chars=4)) == "abcd"
    assert page.props("review").note == "Cut to the new limit of 4 characters."


@pytest.mark.parametrize("options", [{"lines": 0}, {"lines": 1.5}, {"max_chars": 0}, {"value": "abc", "max_chars": 2}])
def test_text_input_rejects_options_of_the_script_that_cannot_work(page, options):
    with pytest.raises(ScriptError, match="text_input"):
        page.run(lambda: ma.text_input("Review", **options))


@given(raw=any_json)
def test_text_input_refuses_or_keeps_any_json(raw):
    accepted = accepts_or_refuses(TextInput("Review", max_chars=5), raw, None)
    assert accepted is None or isinstance(accepted, (str, dict))


def test_edited_text_reaches_the_script_as_text_and_keeps_its_original(page):
    page.values["review"] = {"text": "not good", "original": "very good"}
    assert page.run(lambda: ma.text_input("Review")) == "not good"
    page.values["review"] = {"text": "", "original": "very good"}
    assert page.run(lambda: ma.text_input("Review")) is None


@pytest.mark.parametrize(
    "raw",
    [{"text": "a"}, {"text": "a", "original": None}, {"text": 1, "original": "a"}, {"text": "a", "original": "abcdef"}],
)
def test_edited_text_without_its_parts_is_refused(raw):
    with pytest.raises(InvalidValue, match="“Review” cannot be"):
        TextInput("Review", max_chars=5).accept(raw, None)


def test_edited_text_is_cut_like_any_other_when_the_limit_shrank(page):
    page.values["review"] = {"text": "abcdef", "original": "abc"}
    assert page.run(lambda: ma.text_input("Review", max_chars=4)) == "abcd"
