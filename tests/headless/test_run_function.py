"""`ma.run`: a function of a running program as a page, which a second one of its name takes the place of."""

import threading

import modelapp as ma
import pytest

OFFSET = 32


def demo():
    celsius = ma.slider_input(min=-40, max=100)
    ma.number_output(celsius * 1.8 + OFFSET)


def called(page, **inputs):
    return ma.connect(page.url)(**inputs)["number"]


def test_function_is_served_and_gives_everything_back(capsys):
    before = {thread.name for thread in threading.enumerate()}
    with ma.run(demo, block=False, port=0) as page:
        assert called(page, celsius=100) == 212
        assert page.url in capsys.readouterr().out
    assert "modelapp-server" not in {thread.name for thread in threading.enumerate()} - before
    with pytest.raises(ma.ModelAppError, match="does not answer"):
        called(page, celsius=0)


def test_function_of_the_same_name_takes_its_place_at_the_same_address():
    first = ma.run(demo, block=False, port=0, validate=False)

    def another():
        kelvin = ma.slider_input(min=0, max=400)
        ma.number_output(kelvin - 273)

    another.__name__ = "demo"
    with ma.run(another, block=False, validate=False) as page:
        assert page.url == first.url
        assert called(page, kelvin=300) == 27


def test_file_that_runs_a_function_is_a_script_too(tmp_path):
    path = tmp_path / "page.py"
    path.write_text(
        "import modelapp as ma\n"
        "def demo():\n"
        "    celsius = ma.slider_input(min=-40, max=100)\n"
        "    ma.number_output(celsius * 1.8 + 32)\n"
        "ma.run(demo)\n"
        "raise AssertionError('the run ends above')\n"
    )
    model = ma.load(path)
    assert model(celsius=100)["number"] == 212
    assert list(model.inputs) == ["celsius"]


@pytest.mark.parametrize(("wrong", "said"), [(3, "is no function"), (lambda needed: needed, "without arguments")])
def test_what_cannot_be_served_is_said(wrong, said):
    with pytest.raises(ma.ScriptError, match=said):
        ma.run(wrong, block=False)


def test_pages_inside_of_a_cell_are_refused_where_there_is_none():
    with pytest.raises(ma.ScriptError, match=r"run\(inline=True\)"):
        ma.run(demo, inline=True)
