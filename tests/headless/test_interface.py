"""The paper's form: known answers for each kind of model, the same from its script, and nothing left at the end."""

import csv
import doctest
import functools
import re

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from modelapp.core.input import Input
from modelapp.core.output import Output
from modelapp.model.explain.runs import Explaining
from modelapp.model.sweep.runs import Sweep
from modelapp.widgets.number_input import NumberInput
from modelapp.widgets.text_output import TextOutput
from PIL import Image

PATIENCE_SECONDS = 90


class TestModels:
    def test_function_of_two_numbers_names_them(self, zoo, as_file):
        interface = ma.Interface(["number", "number"], "number", "pyfunc", model=zoo().bmi)
        assert interface(weight=80, height=2)["number"] == 20
        assert as_file(interface)(weight=80, height=2)["number"] == 20

    def test_sklearn(self, zoo, as_file):
        made = zoo("sklearn()").made
        row = ("row", {"like": {"a": (0.0, 5.0), "b": (0.0, 5.0)}})
        interface = ma.Interface(row, "label", "sklearn", model=made)
        (low,) = made.predict_proba(pd.DataFrame([[1.0, 1.0]], columns=["a", "b"]))[:, list(made.classes_).index("low")]
        answer = interface(row={"a": 1, "b": 1})["label"]
        assert answer["label"] == "low"
        assert answer["confidences"]["low"] == pytest.approx(low)
        assert as_file(interface)(row={"a": 1, "b": 1})["label"] == answer

    @pytest.mark.parametrize(("kind", "model_type"), [("torch", "pytorch"), ("keras", "keras")])
    def test_network(self, zoo, as_file, kind, model_type):
        options = {"size": (4, 4), "mode": "L"}
        made = zoo(f"{kind}()").made
        interface = ma.Interface(("image", options), "label", model_type, model=made, labels=["bright", "dark"])
        picture = Image.new("L", (4, 4), 51)  # 16 pixels of 0.2: 3.2 against -3.2
        answer = interface(image=picture)["label"]
        assert answer["label"] == "bright"
        assert answer["confidences"]["bright"] == pytest.approx(1 / (1 + np.exp(-6.4)), rel=1e-4)
        assert as_file(interface)(image=picture)["label"] == answer

    def test_what_comes_before_and_after_the_model(self, zoo, as_file):
        models = zoo()
        interface = ma.Interface(
            ("number", {"key": "grams"}), "number", model=models.halved, preprocess=models.halved,
            postprocess=models.rounded,
        )  # fmt: skip
        assert interface(grams=5)["number"] == 1.2
        assert as_file(interface)(grams=5)["number"] == 1.2

    def test_answers_in_order(self, zoo, as_file):
        interface = ma.Interface("number", ["number", "text"], model=zoo().both)
        expected = {"number": 3, "text": "it was 3"}
        assert dict(interface(number=3)) == expected
        assert dict(as_file(interface)(number=3)) == expected

    def test_answers_by_name(self, zoo, as_file):
        interface = ma.Interface("number", {"twice": "number", "text": "text"}, model=zoo().by_name)
        expected = {"twice": 6, "text": "it was 3"}
        assert dict(interface(number=3)) == expected
        assert dict(as_file(interface)(number=3)) == expected

    def test_one_answer_by_name(self):
        interface = ma.Interface(
            {"number_answer": "number"}, {"number": "number"}, model=lambda value: {"number": value}
        )
        assert interface(number_answer=3)["number"] == 3

    def test_names_that_are_no_variables(self):
        interface = ma.Interface(
            "number", {"2 times": "number", "%": "text"}, model=lambda x: {"2 times": x, "%": "no"}
        )
        assert list(interface(number=3).values()) == [3, "no"]

    def test_inputs_by_name(self):
        interface = ma.Interface({"width": "number", "class": "number"}, "number", model=lambda *sides: sides[0] * 2)
        assert list(interface.model().inputs) == ["width", "class_input"]

    def test_names_of_inputs_that_the_text_uses_itself(self):
        interface = ma.Interface(
            {"model": "number", "answer": "number", "ma": "number"}, "number", model=lambda *x: sum(x)
        )
        assert interface(model=1, answer_input=2, ma_input=3)["number"] == 6


class TestWidgets:
    class Dose(NumberInput):
        """An input of the author's own."""

    class Shout(TextOutput):
        """An output of the author's own, with an option."""

        def __init__(self, value, label=None, *, times=1, key=None):
            super().__init__(str(value).upper() + "!" * times, label, key=key)

    def test_pairs_partials_and_functions(self):
        for number in (
            ("number", {"min": 1}),
            ("number_input", {"min": 1}),
            functools.partial(ma.number_input, min=1),
            (ma.number_input, {"min": 1}),
        ):
            interface = ma.Interface(number, "number", model=lambda value: value)
            assert interface(number=2)["number"] == 2
            with pytest.raises(ma.InvalidValue):
                interface(number=0)

    @pytest.mark.parametrize("ready", [True, False])
    def test_authors_own_input(self, ready):
        dose = self.Dose(min=0, value=3) if ready else (self.Dose, {"min": 0, "value": 3})
        interface = ma.Interface(dose, "number", model=lambda value: value * 2)
        assert isinstance(self.Dose(), Input)
        assert interface()["number"] == 6
        assert interface(**{next(iter(interface.model().inputs)): 4})["number"] == 8
        assert interface()["number"] == 6, "a run changed the author's input"

    def test_authors_own_output(self):
        assert issubclass(self.Shout, Output)
        assert ma.Interface("text", self.Shout, model=str.strip)(text="no")["text"] == "NO!"
        interface = ma.Interface("text", functools.partial(self.Shout, times=3), model=str.strip)
        assert interface(text="no")["text"] == "NO!!!"

    def test_examples_of_one_input_and_of_several(self):
        one = ma.Interface("number", "number", model=lambda value: value, examples=[1, 2])
        assert "examples=[1, 2]" in one.to_script()
        two = ma.Interface(["number", "text"], "text", model=lambda number, text: text * number, examples=[(2, "a")])
        assert '{"number": 2, "text": "a"}' in two.to_script()
        with pytest.raises(ma.ScriptError, match="no value for each of the 2 inputs"):
            ma.Interface(["number", "text"], "text", model=lambda number, text: text, examples=[(2,)])


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("imge", "label"), "Did you mean 'image'?"),
            (("image", "labl"), "Did you mean 'label'?"),
            ((("image", {"sze": 3}), "label"), "Did you mean 'size'?"),
            (("row", "label"), "missing a required argument: 'like'"),
            (([], "label"), "there is not one"),
            ((3, "label"), "the name of an input is expected"),
            (("text", "text", "kears"), "Did you mean 'keras'?"),
            (("text", TextOutput("ready")), "has its value already"),
        ],
    )
    def test_declaration(self, arguments, said):
        with pytest.raises(ma.ScriptError, match=re.escape(said)):
            ma.Interface(*arguments, model=str.upper)

    def test_model_that_cannot_be_called(self):
        with pytest.raises(ma.ScriptError, match="cannot be called"):
            ma.Interface("text", "text", model=3)

    @pytest.mark.parametrize(
        ("answer", "outputs", "said"),
        [
            (3, ["number", "text"], "The model gave one answer, 3, but there are 2 outputs"),
            ("ab", ["text", "text"], "The model gave one answer"),
            ((1, 2, 3), ["number", "text"], "The model gave 3 answers, but there are 2 outputs"),
            ({"a": 1}, {"b": "number"}, "The model's answer has no 'b'. It has: 'a'"),
        ],
    )
    def test_answers_that_do_not_fit_the_outputs(self, answer, outputs, said):
        with pytest.raises(ma.RunFailed, match=re.escape(said)):
            ma.Interface("text", outputs, model=lambda text: answer)(text="x")

    def test_failure_shows_the_line_of_the_script(self):
        with pytest.raises(ma.RunFailed, match=r"answer = ma.predict\(model, text\)"):
            ma.Interface("text", "text", model=lambda text: text.no_such)(text="x")


class TestScript:
    def test_what_cannot_be_imported_is_a_line_to_fill_in(self):
        text = ma.Interface("text", "text", model=lambda text: text, title="Say").to_script()
        assert "model = ...  # Fill in: the model, which was a function." in text
        assert 'ma.app("Say")' in text

    def test_a_model_of_a_module_is_imported(self, zoo):
        models = zoo("sklearn()")
        made = models.made
        text = ma.Interface(("row", {"like": {"a": (0, 1)}}), "label", model=made).to_script()
        assert "from zoo_of_models import made\n" in text
        assert "..." not in text


class TestTools:
    @pytest.fixture
    def interface(self, zoo):
        return ma.Interface(["number", "number"], "number", model=zoo().bmi)

    def test_check(self, interface):
        lines = interface.check()
        assert any("division by zero" in line for line in lines)

    def test_bulk(self, interface, tmp_path):
        with (tmp_path / "cases.csv").open("w", newline="") as file:
            csv.writer(file).writerows([("weight", "height"), (80, 2), (45, 1.5)])
        with ma.bulk(interface.script, tmp_path / "cases.csv", out=tmp_path / "out.csv") as run:
            assert [row.outputs for row in run] == [{"number": 20}, {"number": 20}]
        with pytest.raises(ma.ScriptError, match="other processes do not have"):
            ma.bulk(interface.script, tmp_path / "cases.csv", workers=2)

    def test_sweep_and_explanation(self, zoo):
        made = zoo("sklearn()").made
        interface = ma.Interface(("row", {"like": {"a": (0.0, 5.0), "b": (0.0, 5.0)}}), "label", model=made)
        model = interface.model()
        base, _ = model.call({"row": {"a": 1, "b": 1}}, {}, "explain")
        sweeping = Sweep(model.version, base, None)
        for _ in sweeping.steps():
            pass
        assert sweeping.rows
        explaining = Explaining(model.version, base, None, None, method="occlusion", tested=False)
        for _ in explaining.steps():
            pass
        assert explaining.reports()


def test_examples_of_the_docstrings_are_true():
    from modelapp.interface import interface

    assert doctest.testmod(interface).failed == 0
