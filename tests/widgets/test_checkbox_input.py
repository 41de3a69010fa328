import modelapp as ma
import numpy as np
import pytest
from hypothesis import given
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.checkbox_input import CheckboxInput
from wire import accepts_or_refuses, any_json


def test_checkbox_gives_what_was_ticked_and_never_waits(page):
    assert page.run(lambda: ma.checkbox_input("Smoker")) is False
    page.values["smoker"] = True
    assert page.run(lambda: ma.checkbox_input("Smoker")) is True


def test_cleared_checkbox_goes_back_to_its_default_without_a_note(page):
    page.values["smoker"] = None
    assert page.run(lambda: ma.checkbox_input("Smoker", True)) is True
    assert page.props("smoker").note is None


@pytest.mark.parametrize("raw", [0, 1, "true", None, []])
def test_checkbox_refuses_what_is_neither_true_nor_false(blobs, raw):
    with pytest.raises(InvalidValue, match=r"“Smoker” cannot be .*: it takes true or false"):
        CheckboxInput("Smoker").accept(raw, blobs)


@pytest.mark.parametrize(("given_value", "raw"), [("true", True), ("False", False), (np.True_, True)])
def test_checkbox_encodes_words_of_a_command_line_and_numpy_bools(blobs, given_value, raw):
    assert CheckboxInput("Smoker").encode(given_value, blobs) is raw


def test_checkbox_rejects_a_default_that_is_no_bool(page):
    with pytest.raises(ScriptError, match="True or False"):
        page.run(lambda: ma.checkbox_input("Smoker", 1))


@given(raw=any_json)
def test_checkbox_refuses_or_keeps_any_json(raw):
    assert accepts_or_refuses(CheckboxInput("Smoker"), raw, None) in (True, False, None)
