import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from modelapp.core.errors import ScriptError


def test_app_comes_first_and_once(page):
    page.run(lambda: ma.app("Digits", "Draw one."))
    assert page.ids == ["layout.app"]
    assert (page.props("layout.app").title, page.props("layout.app").description) == ("Digits", "Draw one.")

    def late():
        ma.text_output("first")
        ma.app("Digits")

    with pytest.raises(ScriptError, match="must come first"):
        page.run(late)


def test_columns_hold_what_is_added_in_them_and_can_be_entered_again(page):
    def script():
        with ma.columns([2, 1]) as (left, right):
            with left:
                ma.text_output("a", key="a")
            with right:
                ma.text_output("b", key="b")
            with left:
                ma.text_output("c", key="c")
        ma.text_output("d", key="d")

    page.run(script)
    assert page.props("layout.columns").weights == (2.0, 1.0)
    assert page.parent("layout.column") == page.parent("layout.column_2") == "layout.columns"
    assert [page.parent(f"output.{name}") for name in "abcd"] == [
        "layout.column",
        "layout.column_2",
        "layout.column",
        "",
    ]


def test_columns_can_be_unpacked_without_a_block(page):
    def script():
        _left, right = ma.columns(2)
        with right:
            ma.text_output("b")

    page.run(script)
    assert page.parent("output.text") == "layout.column_2"
    assert page.props("layout.columns").weights == (1.0, 1.0)


@pytest.mark.parametrize("spec", [0, -1, [], [1, 0], [1, -2], ["wide"], 1.5, [float("nan")], True, None])
def test_columns_without_width_are_refused(page, spec):
    with pytest.raises(ScriptError, match="columns"):
        page.run(lambda: ma.columns(spec))
    assert page.ids == []


def test_tabs_and_sections_nest(page):
    def script():
        with ma.section("Patient"), ma.tabs("Answer", "Details") as (answer, details):
            with answer:
                ma.text_output("a", key="a")
            with details:
                ma.text_output("b", key="b")

    page.run(script)
    assert page.props("layout.section.patient").title == "Patient"
    assert page.parent("layout.tabs") == "layout.section.patient"
    assert [page.props(page.parent(f"output.{name}")).title for name in "ab"] == ["Answer", "Details"]


@pytest.mark.parametrize("names", [(), ("a", "a"), ("",), (5,)])
def test_tabs_need_distinct_titles(page, names):
    with pytest.raises(ScriptError, match="tabs"):
        page.run(lambda: ma.tabs(*names))


def test_block_that_fails_does_not_change_where_later_things_stand(page):
    def script():
        try:
            with ma.section("A"):
                raise ValueError
        except ValueError:
            ma.text_output("after")

    page.run(script)
    assert page.parent("output.text") == ""


# ---------------------------------------------------------------- groups


def group_script(**options):
    def script():
        with ma.inputs(**options):
            age = ma.number_input("Age", None)
            name = ma.text_input("Name")
        return age, name

    return script


def test_group_shows_all_inputs_and_waits_for_all_at_its_end(page):
    assert page.run(group_script(title="Patient")) is None
    assert page.ids == ["layout.inputs.patient", "age", "name"]
    assert page.parent("age") == "layout.inputs.patient"
    assert page.waiting_for == ("age", "name")
    assert page.props("layout.inputs.patient").title == "Patient"
    page.values.update(age=40, name="Ada")
    assert page.run(group_script()) == (40, "Ada")


def test_group_with_a_button_waits_for_it_and_uses_the_submitted_values(page):
    page.values.update(age=40, name="Ada")
    script = group_script(submit=True)
    page.run(script)
    assert page.props("layout.inputs.run").submit == "Run"
    assert page.waiting_for == ("layout.inputs.run",)
    page.submitted["layout.inputs.run"] = {"age": 40, "name": "Ada"}
    page.values["age"] = 50
    assert page.run(script) == (40, "Ada")
    assert page.run(group_script(submit="Diagnose"), mode="api") == (50, "Ada")
    assert page.props("layout.inputs.diagnose").submit == "Diagnose"


def test_first_example_of_a_group_fills_its_inputs_at_the_start(page):
    assert page.run(group_script(examples=[{"age": 70, "name": "Ada"}, {"age": 3}])) == (70, "Ada")


def test_value_of_the_script_goes_before_the_first_example_of_the_group(page):
    def script():
        with ma.inputs(examples=[{"age": 70, "smoker": True, "dose": 5}]):
            return ma.number_input("Age", 40), ma.checkbox_input("Smoker"), ma.slider_input("Dose", 0, 10)

    assert page.run(script) == (40, True, 5)


def test_examples_of_a_group_may_be_the_rows_of_a_frame(page):
    frame = pd.DataFrame({"age": [70, 3], "name": ["Ada", None]})
    assert page.run(group_script(examples=frame)) == (70, "Ada")
    assert [example.value for example in page.props("layout.inputs").examples] == [
        {"age": 70, "name": "Ada"},
        {"age": 3, "name": ""},
    ]


def test_example_of_a_group_shows_the_thumbnail_of_its_picture(page):
    def script():
        with ma.inputs(examples=[{"age": 3, "digit": np.zeros((8, 8))}]):
            ma.number_input("Age")
            ma.image_input("Digit")

    page.run(script)
    assert page.props("layout.inputs").examples[0].thumbnail is not None


@pytest.mark.parametrize("examples", ["ages.csv", [70], {"age": 70}, 5])
def test_examples_of_a_group_that_are_no_list_of_cases_are_refused(page, examples):
    with pytest.raises(ScriptError, match="case"):
        page.run(group_script(examples=examples))


def test_examples_of_a_group_are_there_while_it_waits(page):
    def script():
        ma.app("Ages", start="empty")
        return group_script(examples=[{"age": 70, "name": "Ada"}, {"age": np.int64(3)}])()

    page.run(script)
    assert page.waiting_for == ("age", "name")
    examples = page.props("layout.inputs").examples
    assert [example.value for example in examples] == [{"age": 70, "name": "Ada"}, {"age": 3}]
    assert [example.label for example in examples] == ["70, Ada", "Example 2"]


def test_examples_of_a_group_are_encoded_once_while_nothing_changed(page):
    def script(array):
        with ma.inputs(examples=[{"digit": array}]):
            ma.image_input("Digit", required=False)

    page.run(lambda: script(np.zeros((8, 8))))
    first = page.props("layout.inputs").examples
    page.run(lambda: script(np.zeros((8, 8))))
    assert page.props("layout.inputs").examples is first
    page.run(lambda: script(np.ones((8, 8))))
    assert page.props("layout.inputs").examples != first


def test_example_that_names_no_input_of_the_group_is_refused(page):
    with pytest.raises(ScriptError, match="names 'agee'") as caught:
        page.run(group_script(examples=[{"agee": 70}]))
    assert caught.value.hint == "Did you mean 'age'?"


def test_example_whose_value_does_not_fit_is_refused(page):
    with pytest.raises(ScriptError, match=r"does not fit.*“Age”"):
        page.run(group_script(examples=[{"age": "old"}]))


def test_code_between_the_inputs_of_a_group_may_meet_an_empty_one(page):
    def script():
        ma.app("Ages", start="empty")
        with ma.inputs(examples=[{"age": 3, "name": "Ada"}]):
            age = ma.number_input("Age", None)
            ma.text_input("Name", value="x" * age)

    page.run(script)
    assert page.waiting_for == ("age",)
    assert page.props("layout.inputs").examples[0].value == {"age": 3}
