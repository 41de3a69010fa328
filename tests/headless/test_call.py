"""A script called as a function: values in by name, outputs back by name, errors that name what is wrong."""

import textwrap
from concurrent.futures import ThreadPoolExecutor

import modelapp as ma
import numpy as np
import pandas as pd
import pytest
from PIL import Image


@pytest.fixture
def load(tmp_path):
    def from_text(script):
        path = tmp_path / "demo.py"
        path.write_text(textwrap.dedent(script))
        return ma.load(path)

    return from_text


SUM = """
    import modelapp as ma
    a = ma.number_input(value=1, min=0, max=10)
    b = ma.number_input(value=2)
    ma.number_output(a + b, label="Sum")
    ma.text_output(f"{a} and {b}")
"""


def test_inputs_go_in_by_name_and_outputs_come_back_by_name(load):
    model = load(SUM)
    result = model(a=3)
    assert dict(result) == {"sum": 5, "text": "3 and 2"}
    assert result.inputs == {"a": 3, "b": 2}
    assert model.outputs == ["sum", "text"]
    assert list(model.inputs) == ["a", "b"]
    assert result.seconds > 0


def test_every_kind_of_value_is_taken_as_on_the_page(load, tmp_path):
    model = load("""
        import modelapp as ma
        picture = ma.image_input(type="numpy")
        sound = ma.audio_input(rate=8000)
        text = ma.text_input()
        view = ma.choice_input(options={"Front": 1, "Side": 2})
        row = ma.row_input({"age": (0, 120), "sex": ["f", "m"]})
        ma.json_output([picture.shape, len(sound.samples), text, view, row["age"]])
    """)
    pixels = np.zeros((4, 6, 3), np.uint8)
    path = tmp_path / "p.png"
    Image.fromarray(pixels).save(path)
    sound = (8000, np.zeros(80, np.float32))
    for picture in (pixels, Image.fromarray(pixels), path, str(path), path.read_bytes()):
        result = model(picture=picture, sound=sound, text="a", view=2, row={"age": 7})
        assert result["json"] == [[4, 6, 3], 80, "a", 2, 7]


def test_changing_what_a_call_read_does_not_reach_the_next_call(load, tmp_path):
    Image.new("L", (1, 1), 7).save(tmp_path / "p.png")
    model = load("""
        import modelapp as ma
        picture = ma.image_input(type="numpy", mode="L", value="p.png")
        ma.json_output(picture.tolist())
    """)
    model().inputs["picture"][:] = 0
    assert model()["json"] == [[7]]


def test_edits_are_done_as_on_the_page(load):
    model = load("""
        import modelapp as ma
        picture = ma.image_input(type="numpy", mode="L")
        ma.json_output(picture.tolist())
    """)
    pixels = np.array([[1, 2], [3, 4]], np.uint8)
    edits = {"picture": [{"op": "flip", "axis": "horizontal"}, {"op": "rotate", "degrees": 90}]}
    assert model(picture=pixels)["json"] == [[1, 2], [3, 4]]
    assert model(picture=pixels, edits=edits)["json"] == np.rot90(pixels[:, ::-1], -1).tolist()


def test_inputs_that_appear_for_certain_values_are_reported_by_the_calls_that_read_them(load):
    model = load("""
        import modelapp as ma
        if ma.checkbox_input("Advanced"):
            level = ma.slider_input(min=0, max=5)
            ma.number_output(level)
        else:
            ma.number_output(-1)
    """)
    assert model(advanced=True, level=3)["number"] == 3
    unread = model(level=3)
    assert unread["number"] == -1
    assert list(unread.inputs) == ["advanced"]


@pytest.mark.parametrize(
    ("passed", "error", "said"),
    [
        ({"c": 1}, "UnknownInput", "There is no input 'c'. The script has: a, b."),
        ({"a": "x"}, "WrongInput", "a='x': “A” cannot be 'x': it takes a whole number from 0 to 10."),
        ({"a": 11}, "WrongInput", "from 0 to 10"),
        ({"a": None}, "MissingInput", "a is missing"),
        ({"edits": {"a": []}}, "WrongInput", "a: it cannot be edited"),
    ],
)
def test_bad_inputs_raise_errors_that_name_them_and_what_is_allowed(load, passed, error, said):
    with pytest.raises(ma.InvalidValue) as raised:
        load(SUM)(**passed)
    assert type(raised.value).__name__ == error
    assert said in raised.value.message


def test_missing_inputs_are_all_named_in_a_group(load):
    model = load("""
        import modelapp as ma
        with ma.inputs():
            name = ma.text_input()
            picture = ma.image_input(examples=[])
        ma.text_output(name)
    """)
    with pytest.raises(ma.InvalidValue, match="name, picture are missing"):
        model()


def test_examples_are_not_touched(load):
    model = load("""
        import modelapp as ma
        with ma.inputs(examples=[{"picture": "not there.png"}]):
            picture = ma.image_input(required=False, examples=["not there either.png"])
        ma.text_output(f"{picture}")
    """)
    assert model()["text"] == "None"


def test_an_example_is_no_default(load):
    model = load("""
        import modelapp as ma
        text = ma.text_input(examples=["ready"])
        ma.text_output(text)
    """)
    with pytest.raises(ma.InvalidValue, match="text is missing"):
        model()
    assert model(text="mine")["text"] == "mine"


def test_failing_script_raises_with_its_own_line_and_its_own_exception_as_cause(load):
    model = load("""
        import modelapp as ma
        n = ma.number_input(value=1)
        ma.number_output(1 / n)
    """)
    with pytest.raises(ma.RunFailed, match=r"demo.py:4\n    ma.number_output\(1 / n\)") as raised:
        model(n=0)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert model(n=2)["number"] == 0.5


def test_what_the_script_raises_itself_is_its_own_failure_and_ctrl_c_is_the_callers(load):
    model = load("""
        import modelapp as ma
        n = ma.number_input(value=1)
        if n == 2:
            raise ma.InvalidValue("not today")
        if n == 3:
            raise KeyboardInterrupt
    """)
    with pytest.raises(ma.RunFailed, match="not today"):
        model(n=2)
    with pytest.raises(KeyboardInterrupt):
        model(n=3)


def test_state_once_and_buttons_are_those_of_a_run_that_nobody_watches(load):
    model = load("""
        import modelapp as ma
        ma.state.count = ma.state.get("count", 0) + 1
        with ma.inputs(submit=True):
            n = ma.number_input(value=1)
        ma.json_output([ma.state.count, ma.once(lambda: 5), ma.button("Go"), ma.context.mode, n])
    """)
    assert [model(n=2)["json"] for _ in range(2)] == [[1, 5, False, "api", 2]] * 2


def test_map_streams_results_in_order(load):
    model = load(SUM)
    results = model.map({"a": number} for number in range(5))
    assert next(results)["sum"] == 2
    assert [result["sum"] for result in results] == [3, 4, 5, 6]
    frame = pd.DataFrame({"a": [1, 2], "b": [10, 20]})
    told = []
    assert [result["sum"] for result in model.map(frame, progress=lambda *far: told.append(far))] == [11, 22]
    assert told == [(1, 2), (2, 2)]


def test_many_threads_can_call_one_model(load):
    model = load(SUM)
    with ThreadPoolExecutor(8) as pool:
        sums = list(pool.map(lambda number: model(a=number % 11, b=number)["sum"], range(400)))
    assert sums == [number % 11 + number for number in range(400)]


def test_streamed_text_and_progress_are_whole_at_the_end(load):
    model = load("""
        import modelapp as ma
        text = ma.text_output(word for word in ma.progress(["a", "b"]))
        ma.output(text, label="Again")
    """)
    assert dict(model()) == {"text": "ab", "again": "ab"}


def test_no_such_output_is_named_with_those_that_there_are(load):
    with pytest.raises(KeyError, match=r"There is no output 'sums'; this call has: sum, text. Did you mean 'sum'"):
        load(SUM)()["sums"]


def test_scripts_that_cannot_be_compiled_or_are_not_there_are_told(load, tmp_path):
    with pytest.raises(ma.ScriptError, match="SyntaxError"):
        load("import modelapp as ma\nma.text_output(")
    with pytest.raises(ma.ScriptError, match="There is no script"):
        ma.load(tmp_path / "nothing.py")


def test_local_modules_beside_the_script_are_found(load, tmp_path):
    (tmp_path / "beside_the_script.py").write_text("def double(n):\n    return 2 * n\n")
    model = load("""
        import modelapp as ma
        from beside_the_script import double
        ma.number_output(double(ma.number_input("N", 1)))
    """)
    assert model(n=4)["number"] == 8
