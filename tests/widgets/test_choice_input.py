from enum import Enum, StrEnum

import modelapp as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.choice_input import ChoiceInput
from wire import accepts_or_refuses, any_json


class View(Enum):
    FROM_THE_FRONT = 1
    Side = 2


class Colour(StrEnum):
    DARK_RED = "#800"


def test_choice_starts_with_the_first_option_and_gives_the_option_itself(page):
    assert page.run(lambda: ma.choice_input("Size", [3, 5])) == 3
    page.values["size"] = "5"
    assert page.run(lambda: ma.choice_input("Size", [3, 5])) == 5
    assert page.props("size").options == ("3", "5")


def test_choice_from_a_mapping_gives_the_value_of_the_text(page):
    page.values["seat"] = "Circle"
    assert page.run(lambda: ma.choice_input("Seat", {"Stalls": 40, "Circle": 25})) == 25


def test_members_of_an_enum_are_shown_in_words(page):
    assert page.run(lambda: ma.choice_input("View", View)) is View.FROM_THE_FRONT
    assert page.props("view").options == ("From the front", "Side")
    page.run(lambda: ma.choice_input("Colour", Colour))
    assert page.props("colour").options == ("Dark red",)


def test_default_may_be_an_option_or_its_text(page):
    assert page.run(lambda: ma.choice_input("View", View, View.Side)) is View.Side
    assert page.run(lambda: ma.choice_input("View", View, "Side")) is View.Side
    assert page.run(lambda: ma.choice_input("N", [1, 2], 2)) == 2


def test_choice_that_is_not_required_starts_empty(page):
    assert page.run(lambda: ma.choice_input("Size", ["a", "b"], required=False)) is None
    assert page.waiting_for == ()


def test_multiple_choice_waits_until_one_is_chosen_and_keeps_the_order_of_the_options(page):
    script = lambda: ma.choice_input("Views", ["front", "side", "back"], multiple=True)  # noqa: E731
    page.run(script)
    assert page.waiting_for == ("views",)
    page.values["views"] = ["back", "front", "back"]
    assert page.run(script) == ["front", "back"]


def test_multiple_choice_that_is_not_required_gives_an_empty_list(page):
    assert page.run(lambda: ma.choice_input("Views", ["a"], multiple=True, required=False)) == []


def test_changing_the_list_that_a_script_got_does_not_change_the_next_run(page):
    script = lambda: ma.choice_input("Views", ["a", "b"], ["a"], multiple=True)  # noqa: E731
    page.run(script).append("spoilt")
    assert page.run(script) == ["a"]


def test_many_options_are_searchable_and_few_are_not(page):
    page.run(lambda: ma.choice_input("Few", range(7)))
    page.run(lambda: ma.choice_input("Many", range(8)))
    assert page.props("many").searchable
    page.run(lambda: ma.choice_input("Few", range(7)))
    assert not page.props("few").searchable


def test_cleared_choice_goes_back_to_its_default_and_is_empty_only_when_not_required(page):
    page.values["size"] = None
    assert page.run(lambda: ma.choice_input("Size", ["a", "b"], "b")) == "b"
    assert page.run(lambda: ma.choice_input("Size", ["a", "b"], "b", required=False)) is None


@pytest.mark.parametrize("raw", ["purple", 1, True, ["a"], {"a": 1}])
def test_choice_refuses_what_is_not_among_the_options(blobs, raw):
    with pytest.raises(InvalidValue, match=r"“Size” cannot be .*: it takes one of 'small', 'large'"):
        ChoiceInput("Size", ["small", "large"]).accept(raw, blobs)


def test_choice_suggests_the_option_that_was_meant(blobs):
    with pytest.raises(InvalidValue) as caught:
        ChoiceInput("Size", ["small", "large"]).accept("smal", blobs)
    assert caught.value.hint == "Did you mean 'small'?"


def test_choice_that_is_gone_falls_back_to_the_default_with_a_note(page):
    page.values["size"] = "huge"
    assert page.run(lambda: ma.choice_input("Size", ["small", "large"])) == "small"
    assert "'huge'" in page.props("size").note


def test_multiple_choice_keeps_what_is_left_of_it(page):
    page.values["views"] = ["front", "top"]
    assert page.run(lambda: ma.choice_input("Views", ["front", "side"], multiple=True)) == ["front"]
    assert page.props("views").note == "No longer among the options: top."


@pytest.mark.parametrize(
    ("options", "value", "message"),
    [
        ([], None, "no options"),
        ({}, None, "no options"),
        (["a", "a"], None, "two options have the text 'a'"),
        ([1, "1"], None, "two options have the text '1'"),
        ("small", None, "a list, or a mapping"),
        (5, None, "a list, or a mapping"),
        (["a", "b"], "c", r"choice_input\(value='c'\) does not fit"),
    ],
)
def test_choice_rejects_options_of_the_script_that_cannot_work(page, options, value, message):
    with pytest.raises(ScriptError, match=message) as caught:
        page.run(lambda: ma.choice_input("Size", options, value))
    assert value or caught.value.hint


@given(raw=any_json | st.sampled_from(["1", "2"]) | st.lists(st.sampled_from(["1", "2"])))
def test_choice_refuses_or_keeps_any_json(raw):
    one = ChoiceInput("Size", [1, 2])
    accepted = accepts_or_refuses(one, raw, None)
    assert accepted is None or one.parse(accepted, None) in (1, 2)
    several = ChoiceInput("Size", [1, 2], multiple=True)
    accepted = accepts_or_refuses(several, raw, None)
    assert accepted is None or set(several.parse(accepted, None)) <= {1, 2}


@given(options=st.lists(st.integers() | st.booleans() | st.text(max_size=5), min_size=1, unique_by=str))
def test_every_option_can_be_encoded_and_comes_back_as_itself(options):
    widget = ChoiceInput("Size", options)
    for option in options:
        back = widget.parse(widget.encode(option, None), None)
        assert back == option or str(back) == option
