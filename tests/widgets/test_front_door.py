import subprocess
import sys

import modelapp as ma
import pytest

HEAVY = ("numpy", "pandas", "PIL", "matplotlib", "torch", "tensorflow", "tornado", "plotly", "altair", "av", "pydub")


def modules_after(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint(*sys.modules)"
    return set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )


def test_import_loads_nothing_heavy():
    assert not modules_after("import modelapp").intersection(HEAVY)


def test_a_slider_in_a_run_loads_nothing_heavy():
    code = """
import modelapp as ma
from modelapp.core.context import RunContext
from modelapp.core.current import running
from modelapp.core.declared import Given
run = RunContext(Given(), None, {}, lambda frame: None)
with running(run):
    age = ma.slider_input("Age")
    ma.number_output(age)
    ma.label_output([0.1, 0.9], ["no", "yes"])
    ma.text_output("done")
assert list(run.inputs) == ["age"]
"""
    assert not modules_after(code).intersection(HEAVY)


def test_unknown_name_suggests_the_one_that_was_meant():
    with pytest.raises(AttributeError, match=r"modelapp has no 'slider'\. Did you mean 'slider_input'\?"):
        ma.slider  # noqa: B018


def test_every_public_name_is_listed_and_documented():
    for name in ma.__all__:
        assert name in dir(ma)
        if ma._MODULE_OF[name].startswith("modelapp.widgets."):
            text = getattr(ma, name).__doc__
            assert "Example:" in text, name


def test_front_door_lists_the_same_names_everywhere():
    assert set(ma.__all__) == set(ma._MODULE_OF)
