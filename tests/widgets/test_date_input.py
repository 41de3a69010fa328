from datetime import date, datetime

import modelapp as ma
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.date_input import DateInput
from wire import accepts_or_refuses, any_json


def test_date_input_gives_a_date_and_waits_while_it_is_empty(page):
    page.run(lambda: ma.date_input("Admitted"))
    assert page.waiting_for == ("admitted",)
    page.values["admitted"] = "2024-02-29"
    assert page.run(lambda: ma.date_input("Admitted")) == date(2024, 2, 29)


@pytest.mark.parametrize(
    "value", ["2024-02-29", date(2024, 2, 29), datetime(2024, 2, 29, 13, 30), pd.Timestamp(2024, 2, 29)]
)
def test_date_input_takes_its_default_in_any_form(page, value):
    day = page.run(lambda: ma.date_input("Admitted", value, min="2024-01-01", max=date(2024, 12, 31)))
    assert (day, type(day)) == (date(2024, 2, 29), date)
    assert (page.props("admitted").min, page.props("admitted").max) == ("2024-01-01", "2024-12-31")


@pytest.mark.parametrize("raw", ["2023-02-29", "20240229", "2024-W09-4", "29.2.2024", "2023-12-31", 5, True, "", []])
def test_date_input_refuses_what_is_no_day_within_bounds(blobs, raw):
    with pytest.raises(InvalidValue, match=r"“Admitted” cannot be .*YYYY-MM-DD from 2024-01-01"):
        DateInput("Admitted", min="2024-01-01").accept(raw, blobs)


def test_date_is_clamped_with_a_note_when_bounds_changed(page):
    page.values["day"] = "2023-05-01"
    assert page.run(lambda: ma.date_input("Day", min="2024-01-01")) == date(2024, 1, 1)
    assert page.props("day").note == "2023-05-01 is before the new first day: set to 2024-01-01."
    assert page.run(lambda: ma.date_input("Day", max="2022-01-01")) == date(2022, 1, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value": "yesterday"}, "YYYY-MM-DD"),
        ({"value": 20240101}, "YYYY-MM-DD"),
        ({"min": "2024-02-01", "max": "2024-01-01"}, "must not be after"),
        ({"value": "2024-02-01", "max": "2024-01-01"}, "out of bounds"),
    ],
)
def test_date_input_rejects_options_of_the_script_that_cannot_work(page, options, message):
    with pytest.raises(ScriptError, match=message) as caught:
        page.run(lambda: ma.date_input("Day", **options))
    assert caught.value.hint


@given(raw=any_json | st.dates().map(str))
def test_date_input_refuses_or_keeps_any_json(raw):
    widget = DateInput("Day", max="2100-01-01")
    accepted = accepts_or_refuses(widget, raw, None)
    assert accepted is None or isinstance(widget.parse(accepted, None), date)
