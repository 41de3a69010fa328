"""A function as a script: inputs named by its variables, failures at its own lines, and no reload."""

from pathlib import Path

import modelapp as ma
import pytest
from modelapp.model.check.runs import Check
from modelapp.model.headless import Model
from modelapp.script.live import function_script

FACTOR = 3


def demo():
    weight = ma.number_input(value=70.0)
    height = 1.5
    if ma.checkbox_input("Tall", key="tall"):
        height = ma.number_input(value=2.0)
    ma.number_output(FACTOR * weight / height**2)


def decorated(function):
    return function


@decorated
def with_decorator():
    weight = ma.number_input(value=1.0)
    ma.number_output(weight)


def fails():
    weight = ma.number_input(value=0)
    ma.number_output(1 / weight)


def script_of(function, tmp_path):
    return function_script(function, tmp_path / "train_demo")


def test_inputs_are_named_by_the_variables_of_the_function(tmp_path):
    model = Model(script_of(demo, tmp_path))
    assert model(weight=75)["number"] == 100
    assert model(weight=40, height=1, tall=True)["number"] == 120
    assert list(model.inputs) == ["weight", "tall", "height"]


def test_a_decorated_one_too(tmp_path):
    assert list(Model(script_of(with_decorator, tmp_path)).inputs) == ["weight"]


def test_function_inside_of_another_sees_what_is_around_it(tmp_path):
    offset = 5

    def inner():
        amount = ma.number_input(value=1)
        ma.number_output(amount + offset)

    assert Model(script_of(inner, tmp_path))(amount=2)["number"] == 7


def test_function_without_a_source_names_inputs_by_their_labels(tmp_path):
    names = {"ma": ma}
    exec("def made():\n    amount = ma.number_input('How many', value=2)\n    ma.number_output(amount)", names)
    model = Model(script_of(names["made"], tmp_path))
    assert model(how_many=3)["number"] == 3


def test_failure_is_told_with_the_line_of_the_function(tmp_path):
    with pytest.raises(ma.RunFailed) as caught:
        Model(script_of(fails, tmp_path))()
    line = fails.__code__.co_firstlineno + 2
    assert f"{Path(__file__).name}:{line} in fails" in str(caught.value)


def test_check_finds_what_fails_in_its_line(tmp_path):
    folder = tmp_path / "blobs"
    folder.mkdir()
    checking = Check(script_of(fails, tmp_path), folder)
    for _ in checking.steps():
        pass
    (finding,) = [one for one in checking.report().findings if one.severity == "error"]
    assert finding.line == fails.__code__.co_firstlineno + 2


def test_two_of_the_same_text_are_not_taken_for_each_other(tmp_path):
    one, other = script_of(demo, tmp_path), script_of(demo, tmp_path)
    assert one.code_digest(one.version) == one.code_digest(one.version)
    assert one.code_digest(one.version) != other.code_digest(other.version)


def test_it_is_never_reloaded_and_leaves_the_main_program(tmp_path):
    script = script_of(demo, tmp_path)
    version = script.version
    assert script.reload({Path(__file__)})
    assert script.load()
    assert not script.changed()
    assert script.version is version
    assert script.again() is script


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda needed: None, "is called without arguments"),
        (3, "is no function"),
        (print, "is no function"),
    ],
)
def test_what_is_no_script(tmp_path, function, said):
    with pytest.raises(ma.ScriptError, match=said):
        script_of(function, tmp_path)


def test_generators_and_coroutines_are_refused(tmp_path):
    async def coroutine():
        pass

    def generator():
        yield

    for function in (coroutine, generator):
        with pytest.raises(ma.ScriptError, match="calling it runs none of it"):
            script_of(function, tmp_path)
