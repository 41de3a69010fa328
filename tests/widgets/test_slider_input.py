import math

import modelapp as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.slider_input import SliderInput
from wire import accepts_or_refuses, any_json


def test_slider_starts_at_its_minimum_and_gives_int_when_all_are_ints(page):
    value = page.run(lambda: ma.slider_input("Age", 10, 20))
    assert (value, type(value)) == (10, int)
    props = page.props("age")
    assert (props.min, props.max, props.step, props.integer, props.decimals, props.pair) == (10, 20, 1, True, 0, False)


def test_slider_gives_float_when_one_option_is_a_float(page):
    assert page.run(lambda: ma.slider_input("P", 0.0, 1.0, 0.5)) == 0.5
    props = page.props("p")
    assert (props.step, props.decimals, props.integer) == (0.01, 2, False)


def test_cleared_slider_goes_back_to_its_default_without_a_note(page):
    page.values["age"] = None
    assert page.run(lambda: ma.slider_input("Age", value=7)) == 7
    assert page.props("age").note is None


@pytest.mark.parametrize(
    ("low", "high", "step", "decimals"),
    [(0.0, 1.0, 0.01, 2), (0.0, 100.0, 1, 0), (6.981, 28.11, 0.2, 3), (0.0, 0.05, 0.0005, 4), (0.0, 2501.0, 20, 0)],
)
def test_slider_without_a_step_gets_a_round_one_with_at_least_a_hundred_stops(page, low, high, step, decimals):
    page.run(lambda: ma.slider_input("X", low, high))
    assert (page.props("x").step, page.props("x").decimals) == (step, decimals)


def test_slider_with_a_pair_gives_a_tuple(page):
    assert page.run(lambda: ma.slider_input("Ages", 0, 120, (18, 65))) == (18, 65)
    page.values["ages"] = [20, 30]
    value = page.run(lambda: ma.slider_input("Ages", 0, 120, (18, 65)))
    assert (value, type(value[0])) == ((20, 30), int)
    assert page.props("ages").pair


@pytest.mark.parametrize("raw", [None, True, "1", math.nan, math.inf, -1, 101, [1, 2], {}, 2.5])
def test_slider_refuses_what_is_no_number_within_bounds(blobs, raw):
    with pytest.raises(InvalidValue, match=r"“Age” cannot be .*: it takes a whole number from 0 to 100"):
        SliderInput("Age").accept(raw, blobs)


@pytest.mark.parametrize("raw", [5, [5], [1, 2, 3], [9, 3], [0, 200], [None, 3], "12"])
def test_range_slider_refuses_what_is_no_pair_in_order(blobs, raw):
    with pytest.raises(InvalidValue, match="Ages"):
        SliderInput("Ages", 0, 100, (1, 2)).accept(raw, blobs)


def test_slider_value_is_clamped_with_a_note_when_bounds_changed(page):
    page.values["age"] = 120
    assert page.run(lambda: ma.slider_input("Age", 0, 100)) == 100
    assert page.props("age").note == "120 is above the new maximum: set to 100."


def test_range_is_clamped_at_both_ends_when_bounds_changed(page):
    page.values["ages"] = [5, 90]
    assert page.run(lambda: ma.slider_input("Ages", 10, 60, (20, 30))) == (10, 60)
    assert "new minimum" in page.props("ages").note
    assert "new maximum" in page.props("ages").note


def test_single_value_does_not_survive_a_change_to_a_range(page):
    page.values["ages"] = 50
    assert page.run(lambda: ma.slider_input("Ages", 0, 100, (20, 30))) == (20, 30)
    assert "Set back to its default" in page.props("ages").note


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((5, 1), {}, r"min=5, max=1"),
        ((1, 1), {}, "minimum must be below"),
        ((0, 10, 11), {}, r"value=11\) is out of bounds"),
        ((0, 10), {"step": 0}, "step=0"),
        ((0, 10), {"step": -1}, "step=-1"),
        ((0, 10), {"step": 11}, "at most max - min = 10"),
        ((0, math.nan), {}, "finite"),
        ((0, 10, (5, 2)), {}, "lower one first"),
        ((0, 10, (1, 2, 3)), {}, "two numbers"),
        ((0, 10, ()), {}, "two numbers"),
        ((0, 10, (1, 20)), {}, "out of bounds"),
        ((0, 10, "5"), {}, "finite number"),
    ],
)
def test_slider_rejects_options_of_the_script_and_offers_a_corrected_call(page, arguments, options, message):
    with pytest.raises(ScriptError, match=message) as caught:
        page.run(lambda: ma.slider_input("Age", *arguments, **options))
    assert caught.value.hint


@given(raw=any_json)
def test_slider_refuses_or_keeps_any_json(raw):
    one = accepts_or_refuses(SliderInput("S", 0.0, 1.0), raw, None)
    assert one is None or (type(one) is float and 0 <= one <= 1)


@given(raw=any_json | st.lists(st.integers(-1, 11), min_size=2, max_size=2))
def test_range_slider_refuses_or_keeps_any_json(raw):
    widget = SliderInput("S", 0, 10, (2, 3))
    pair = accepts_or_refuses(widget, raw, None)
    if pair is not None:
        low, high = widget.parse(pair, None)
        assert 0 <= low <= high <= 10
