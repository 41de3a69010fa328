import math

import modelapp as ma
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.number_input import NumberInput
from wire import accepts_or_refuses, any_json


def test_number_input_gives_int_when_all_options_are_ints(page):
    value = page.run(lambda: ma.number_input("Age", 40, min=0, max=120))
    assert value == 40
    assert type(value) is int
    assert page.props("age").integer
    assert page.props("age").step == 1


def test_number_input_gives_float_when_one_option_is_a_float(page):
    page.values["dose"] = 3
    value = page.run(lambda: ma.number_input("Dose", 2.5, min=0))
    assert value == 3.0
    assert type(value) is float
    assert not page.props("dose").integer


def test_number_input_takes_numbers_of_numpy_as_options(page):
    value = page.run(lambda: ma.number_input("N", np.int64(3), min=np.int64(1), max=np.int32(9)))
    assert type(value) is int
    assert type(page.run(lambda: ma.number_input("N", np.float32(0.5)))) is float


def test_empty_number_input_waits_and_gives_none_when_not_required(page):
    assert page.run(lambda: ma.number_input("Age", None)) is None
    assert page.waiting_for == ("age",)
    assert page.run(lambda: ma.number_input("Age", None, required=False)) is None
    assert page.waiting_for == ()


def test_default_of_zero_moves_to_the_nearest_bound(page):
    assert page.run(lambda: ma.number_input("N", min=1, max=9)) == 1
    assert page.run(lambda: ma.number_input("N", max=-3)) == -3


@pytest.mark.parametrize(
    "raw", [math.nan, math.inf, -math.inf, True, "3", [3], {}, 11, -1, 10**400, 2.5], ids=lambda raw: str(raw)[:8]
)
def test_number_input_refuses_what_is_no_whole_number_within_bounds(blobs, raw):
    with pytest.raises(InvalidValue, match=r"“Age” cannot be .*: it takes a whole number from 0 to 10"):
        NumberInput("Age", 5, min=0, max=10).accept(raw, blobs)


def test_number_input_refuses_whole_numbers_that_a_page_cannot_hold(blobs):
    with pytest.raises(InvalidValue):
        NumberInput("Seed").accept(2**53, blobs)


def test_number_is_clamped_with_a_note_when_bounds_changed(page):
    page.values["age"] = 120
    assert page.run(lambda: ma.number_input("Age", 5, min=0, max=100)) == 100
    assert page.props("age").note == "120 is above the new maximum: set to 100."
    assert page.run(lambda: ma.number_input("Age", 200, min=150)) == 150
    assert page.props("age").note == "120 is below the new minimum: set to 150."


def test_fraction_is_rounded_with_a_note_when_only_whole_numbers_are_left(page):
    page.values["age"] = 2.7
    value = page.run(lambda: ma.number_input("Age", 5))
    assert (value, type(value)) == (3, int)
    assert page.props("age").note == "2.7 is not a whole number: set to 3."


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"min": 5, "max": 1}, "minimum must be below"),
        ({"value": 11, "max": 10}, "out of bounds"),
        ({"step": 0}, "above 0"),
        ({"value": math.nan}, "finite"),
        ({"max": math.inf}, "finite"),
        ({"value": "3"}, "finite number"),
        ({"min": True}, "finite number"),
        ({"value": 1, "max": 5, "examples": [3, 9]}, "examples=9"),
    ],
)
def test_number_input_rejects_options_of_the_script_that_cannot_work(page, options, message):
    with pytest.raises(ScriptError, match=message):
        page.run(lambda: ma.number_input("Age", **options))


@given(raw=any_json)
def test_number_input_refuses_or_keeps_any_json(raw):
    whole = accepts_or_refuses(NumberInput("N", 1, min=-5, max=5), raw, None)
    assert whole is None or (type(whole) is int and -5 <= whole <= 5)
    fraction = accepts_or_refuses(NumberInput("N", 1.5), raw, None)
    assert fraction is None or (type(fraction) is float and math.isfinite(fraction))


@given(raw=st.integers(-(10**6), 10**6) | st.floats(-1e6, 1e6), low=st.integers(-9, 0), high=st.integers(1, 9))
def test_adapted_number_is_always_one_that_the_new_bounds_accept(raw, low, high):
    widget = NumberInput("N", low, min=low, max=high)
    adapted, note = widget.adapt(raw, None)
    assert widget.accept(adapted, None) == adapted
    assert (note is None) == (adapted == raw)
