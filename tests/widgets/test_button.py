import modelapp as ma
import pytest
from hypothesis import given
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.button import Button
from wire import accepts_or_refuses, any_json


def test_button_is_true_in_the_one_run_that_its_press_caused(page):
    assert page.run(lambda: ma.button("Again")) is False
    page.pressed = ["again"]
    assert page.run(lambda: ma.button("Again")) is True
    assert page.run(lambda: ma.button("Again")) is False


def test_button_is_never_pressed_when_the_script_runs_as_a_function(page):
    page.pressed = ["again"]
    assert page.run(lambda: ma.button("Again"), mode="api") is False


def test_button_says_its_style_and_refuses_an_unknown_one(page):
    page.run(lambda: ma.button("Again", style="quiet"))
    assert page.props("again").style == "quiet"
    with pytest.raises(ScriptError, match="quiett") as caught:
        page.run(lambda: ma.button("Again", style="quiett"))
    assert caught.value.hint == "Did you mean 'quiet'?"


def test_button_has_no_value_to_set(blobs):
    with pytest.raises(InvalidValue, match="it is pressed"):
        Button("Again").accept(True, blobs)


@given(raw=any_json)
def test_button_refuses_or_ignores_any_json(raw):
    assert accepts_or_refuses(Button("Again"), raw, None) is None
