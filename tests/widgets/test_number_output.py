import math

import modelapp as ma
import numpy as np
import pytest
import torch
from modelapp.core.errors import ScriptError
from modelapp.widgets.number_output import readable


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (7, "7"),
        (-1234567, "−1,234,567"),
        (10**18, "1 × 10¹⁸"),
        (3.0, "3"),
        (-0.0, "0"),
        (0.5, "0.5"),
        (0.98765, "0.9877"),
        (0.00123456, "0.001235"),
        (12.3456, "12.35"),
        (123.456, "123.5"),
        (1234.56, "1,234.6"),
        (99999.96, "100,000"),
        (1234567.8, "1,234,568"),
        (1.5e-7, "1.5 × 10⁻⁷"),
        (-6.02214e23, "−6.022 × 10²³"),
        (math.nan, "not a number"),
        (math.inf, "infinity"),
        (-math.inf, "−infinity"),
    ],
)
def test_numbers_are_written_for_reading(number, text):
    assert readable(number) == text


def test_number_output_shows_unit_and_signed_delta(page):
    page.run(lambda: ma.number_output(5.5, unit="mg/l", delta=-0.25))
    props = page.props("output.number")
    assert (props.text, props.unit, props.delta, props.delta_sign) == ("5.5", "mg/l", "−0.25", -1)
    page.run(lambda: ma.number_output(5.5, delta=3))
    assert (page.props("output.number").delta, page.props("output.number").delta_sign) == ("+3", 1)
    page.run(lambda: ma.number_output(5.5, delta=0))
    assert (page.props("output.number").delta, page.props("output.number").delta_sign) == ("0", 0)


@pytest.mark.parametrize(
    "value", [np.float32(2.5), np.array([2.5]), torch.tensor(2.5, requires_grad=True), torch.tensor([[2.5]])]
)
def test_one_number_of_any_library_is_taken(page, value):
    page.run(lambda: ma.number_output(value))
    assert page.result("number") == 2.5


@pytest.mark.parametrize("value", ["5", None, True, [1], np.zeros(3), 1j])
def test_what_is_not_one_number_is_the_scripts_fault(page, value):
    with pytest.raises(ScriptError, match="one number is expected"):
        page.run(lambda: ma.number_output(value))
