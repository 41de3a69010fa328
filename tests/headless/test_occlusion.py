"""What answers rest on, for models of which it is known: one square, one stretch, weights of words and columns."""

import json
import subprocess
import sys
import textwrap

import modelapp as ma
import numpy as np
import pytest
from modelapp.core.errors import InvalidValue, WrongInput
from modelapp.model.explain.occlusion import Occlusion
from modelapp.model.explain.probe import Probe
from modelapp.model.explain.runs import Explaining
from modelapp.model.explain.subjects import subjects
from PIL import Image

LOOKS = """
    import modelapp as ma
    import numpy as np
    scan = ma.image_input({options})
    pixels = np.asarray(scan.convert("L")).astype(float) / 255
    left, top, right, bottom = {box}
    lit = float(pixels[top:bottom, left:right].mean())
    ma.label_output({{"lit": lit, "dark": 1 - lit}})
    ma.number_output(lit, label="Level")
"""
SIDE = 112  # seven cells of 16 pixels, in parts of 4
HEARS = """
    import modelapp as ma
    import numpy as np
    rate, samples = ma.audio_input("Sound", rate=8000)
    heard = samples[int({start} * rate):int({end} * rate)]
    ma.number_output(float(np.abs(heard - np.roll(heard, 2)).mean()) if len(heard) else 0.0)
"""
READS = """
    import modelapp as ma
    weights = {weights}
    text = ma.text_input("Text", required=False)
    ma.number_output(sum(weights.get(word, 0.0) for word in text.split()))
"""
ROW = """
    import modelapp as ma
    row = ma.row_input({like})
    weights = {weights}
    ma.number_output(sum(weights[name] * row[name] for name in weights))
"""


@pytest.fixture
def model(tmp_path):
    def load(script):
        path = tmp_path / "demo.py"
        path.write_text(textwrap.dedent(script))
        return ma.load(path)

    return load


@pytest.fixture
def explain(model):
    """Explain the first subject of a script's answer for some values."""

    def run(script, answer=None, grid=None, levels=None, edits=None, tested=False, **values):
        loaded = model(script)
        base, _ = loaded.call(values, edits or {}, "explain")
        probe = Probe(loaded.version, base, answer)
        choices = {"grid": grid} if grid else {}
        occlusion = Occlusion(probe, subjects(base)[0], levels=levels, tested=tested, **choices)
        for _ in occlusion.steps():
            pass
        return occlusion.report()

    return run


def looks(box, options=""):
    return LOOKS.format(box=box, options=options)


def noise_with(box, level=255, seed=0):
    """A picture of dark noise with one square."""
    pixels = np.random.default_rng(seed).integers(0, 90, (SIDE, SIDE, 3), np.uint8)
    left, top, right, bottom = box
    pixels[top:bottom, left:right] = level
    return Image.fromarray(pixels)


PLACES = np.random.default_rng(7).integers(0, SIDE - 22, (20, 2)).tolist()


@pytest.mark.parametrize(("left", "top"), PLACES)
def test_peak_is_inside_the_square_that_the_model_looks_at(explain, left, top):
    box = (left, top, left + 22, top + 22)
    found = explain(looks(box), scan=noise_with(box, seed=left))
    x, y = found.peak[0] * SIDE, found.peak[1] * SIDE
    assert left <= x <= left + 22 and top <= y <= top + 22
    assert (found.kind, found.inputs, found.answer, found.decision) == ("picture", ("scan",), "label", "lit")
    values = np.array(found.values)
    assert values.shape == (28, 28)
    assert values[int(found.peak[1] * 28), int(found.peak[0] * 28)] == pytest.approx(values.max())
    # What is nowhere near the square takes nothing away.
    far = np.ones_like(values, bool)
    cell = SIDE / 7
    far[
        int(top // cell) * 4 : (int((top + 21) // cell) + 1) * 4,
        int(left // cell) * 4 : (int((left + 21) // cell) + 1) * 4,
    ] = False
    assert np.abs(values[far]).max() < values.max() / 20


def test_cells_keep_their_sum_when_they_are_divided(explain):
    box = (30, 30, 52, 52)
    coarse = explain(looks(box), scan=noise_with(box), levels=0)
    fine = explain(looks(box), scan=noise_with(box), levels=2)
    assert np.array(coarse.values).shape == (7, 7)
    assert np.sum(fine.values) == pytest.approx(np.sum(coarse.values))
    assert sum(each.weight for each in fine.weights) == pytest.approx(np.sum(coarse.values))
    assert fine.runs > coarse.runs == 2 * 49


def test_hiding_that_adds_to_the_answer_is_below_zero(explain):
    box = (30, 30, 52, 52)
    found = explain(looks(box), scan=noise_with(box, level=0), answer="level")  # dark where the model looks for light
    assert np.min(found.values) < 0
    assert abs(np.min(found.values)) > np.max(found.values)


def test_map_is_of_the_picture_as_it_was_edited(explain):
    box = (0, 0, 22, 22)
    flip = {"scan": [{"op": "flip", "axis": "horizontal"}]}
    found = explain(looks(box), scan=noise_with((90, 0, 112, 22)), edits=flip)
    assert found.peak[0] * SIDE < 22 and found.peak[1] * SIDE < 22


def test_picture_that_the_script_lets_nobody_cover_is_told_in_a_sentence(explain):
    with pytest.raises(InvalidValue, match="parts can be hidden"):
        explain(looks((0, 0, 9, 9), options='tools=["flip"]'), scan=noise_with((0, 0, 9, 9)))


@pytest.mark.parametrize("window", range(0, 16, 3))
def test_sound_model_that_hears_one_window_rests_on_that_window(explain, window):
    rate, seconds = 8000, 4
    samples = np.random.default_rng(window).normal(0, 0.05, rate * seconds).astype(np.float32)
    start, end = window * 0.25, (window + 1) * 0.25
    samples[int(start * rate) : int(end * rate)] = np.sin(np.arange(int(0.25 * rate)) * 2.0) * 0.9
    found = explain(HEARS.format(start=start, end=end), sound=(rate, samples))
    assert found.kind == "sound"
    assert start <= found.peak[0] <= end
    outside = [each.weight for each in found.weights if each.at[1] <= start or each.at[0] >= end]
    assert max(map(abs, outside)) < 1e-6
    assert [each.at[0] for each in found.weights] == sorted(each.at[0] for each in found.weights)


@pytest.mark.parametrize("seed", range(5))
def test_order_of_words_is_that_of_their_weights(explain, seed):
    rule = np.random.default_rng(seed)
    words = [f"word{number}" for number in range(12)]
    weights = dict(zip(words, rule.normal(0, 1, 12).round(3).tolist(), strict=True))
    found = explain(READS.format(weights=weights), text="  ".join(words))
    assert found.kind == "words"
    assert [each.name for each in found.weights] == words
    for each in found.weights:
        assert each.weight == pytest.approx(weights[each.name])
        assert "  ".join(words)[int(each.at[0]) : int(each.at[1])] == each.name


def test_one_word_of_a_long_text_is_found(explain):
    words = [f"w{number}" for number in range(300)]
    found = explain(READS.format(weights={"w211": 2.0, "w40": -1.0}), text=" ".join(words))
    assert len(found.weights) == 300
    assert found.runs < 100
    by_name = {each.name: each.weight for each in found.weights}
    assert by_name["w211"] == pytest.approx(2) and by_name["w40"] == pytest.approx(-1)
    assert sum(map(abs, by_name.values())) == pytest.approx(3)


@pytest.mark.parametrize("seed", range(5))
def test_order_of_columns_is_that_of_weight_times_value(explain, seed):
    rule = np.random.default_rng(seed)
    names = [f"c{number}" for number in range(8)]
    like = dict.fromkeys(names, 0.5)
    values = dict(zip(names, rule.uniform(-5, 5, 8).round(2).tolist(), strict=True))
    weights = dict(zip(names, rule.normal(0, 2, 8).round(2).tolist(), strict=True))
    found = explain(ROW.format(like=like, weights=weights), row=values)
    assert found.kind == "columns"
    sizes = {name: abs(weights[name] * values[name]) for name in names}
    told = sorted(found.weights, key=lambda each: -abs(each.weight))
    assert [each.name for each in told] == sorted(names, key=lambda name: -sizes[name])
    assert told[0].weight == pytest.approx(weights[told[0].name] * values[told[0].name])


def test_columns_of_every_kind_change_to_what_they_can_be(explain):
    script = """
        import modelapp as ma
        row = ma.row_input({"age": (20, 80), "sex": ["f", "m", "x"], "smoker": False, "name": "Ann", "dose": [1, None]})
        dose = row["dose"] or 0
        ma.number_output(
            row["age"] / 10 + 3 * (row["sex"] == "f") - 2 * row["smoker"] + 5 * (row["name"] == "Ann") + dose
        )
    """
    found = explain(script, row={"age": 70, "sex": "f", "smoker": True, "name": "Ann", "dose": 1})
    told = {each.name: each.weight for each in found.weights}
    # 0 is out of bounds, so that age goes back to 50, where it begins.
    assert told == {"age": pytest.approx(2), "sex": 3, "smoker": -2, "name": 5, "dose": 1}


def test_figure_that_cannot_be_0_and_is_where_it_begins_goes_to_the_nearest_bound(explain):
    script = "import modelapp as ma\nsize = ma.slider_input(min=2, max=9, value=5)\nma.number_output(3 * size)\n"
    assert [each.weight for each in explain(script).weights] == [9]


def test_single_controls_are_columns_together(explain):
    script = """
        import modelapp as ma
        dose = ma.number_input(value=4)
        level = ma.slider_input(min=2, max=9, value=5)
        twice = ma.checkbox_input()
        kind = ma.choice_input(options=["a", "b"])
        ma.number_output(dose * (2 if twice else 1) - level + (10 if kind == "a" else 0))
    """
    found = explain(script, level=7)
    told = {each.name: each.weight for each in found.weights}
    assert told == {"Dose": 4, "Level": -2, "Twice": -4, "Kind": 10}
    assert found.inputs == ("dose", "level", "twice", "kind")


def test_all_inputs_are_explained_one_after_the_other(model):
    loaded = model("""
        import modelapp as ma
        bonus = ma.number_input(value=3)
        text = ma.text_input(value="one two")
        ma.number_output(len(text.split()) + bonus)
    """)
    base, _ = loaded.call({}, {}, "explain")
    explaining = Explaining(loaded.version, base)
    assert list(explaining.steps()) == list(range(1, explaining.probe.runs + 1))
    assert [(found.kind, found.label) for found in explaining.reports()] == [("words", "Text"), ("columns", "Bonus")]


def test_visitor_cannot_hide_parts_by_the_hosts_own_edit(model):
    loaded = model(looks((0, 0, 9, 9)))
    hide = {"op": "hide", "boxes": [[0, 0, 1, 1]], "fill": "mean"}
    with pytest.raises(WrongInput, match="does not offer"):
        loaded(scan=noise_with((0, 0, 9, 9)), edits={"scan": [hide]})


def test_command_draws_the_map_and_prints_json(tmp_path):
    box = (64, 16, 96, 48)
    (tmp_path / "demo.py").write_text(textwrap.dedent(looks(box)))
    noise_with(box).save(tmp_path / "scan.png")

    def command(*words):
        whole = [sys.executable, "-m", "modelapp", "explain", "demo.py", "scan=scan.png", *words]
        return subprocess.run(whole, cwd=tmp_path, capture_output=True, text=True, timeout=100)

    done = command()
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()[:28]
    assert all("█" in row for row in rows[4:12]) and not any("█" in row for row in rows[:4] + rows[12:])
    assert "“lit” rests most on what is" in done.stdout
    assert "Faithfulness" in done.stdout and "at random" in done.stdout
    (report,) = json.loads(command("--json", "--no-test").stdout)["maps"]
    x, y = (place * SIDE for place in report["peak"])
    assert 64 <= x <= 96 and 16 <= y <= 48
    assert report["kind"] == "picture" and report["faithfulness"] is None
    assert "Zeiler" in report["method"]


def test_command_draws_words_columns_and_sounds_each_in_its_way(tmp_path):
    (tmp_path / "demo.py").write_text(
        textwrap.dedent("""
        import modelapp as ma
        import numpy as np
        tone = np.zeros(8000, np.float32)
        tone[2000:2500] = np.sin(np.arange(500))
        rate, samples = ma.audio_input("Sound", value=(8000, tone))
        text = ma.text_input(value="a very good film")
        row = ma.row_input({"age": 30.0, "smoker": True})
        bonus = 2 * ("good" in text.split()) + row["age"] / 10 - row["smoker"]
        ma.number_output(float(np.abs(samples[2000:2400]).mean()) + bonus)
    """)
    )
    whole = [sys.executable, "-m", "modelapp", "explain", "demo.py"]
    done = subprocess.run(whole, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    sound, words, columns = done.stdout.split("\n\n\n")
    assert sound.splitlines()[0].startswith("················███····")
    assert "number rests most on 0.25 to 0.27 s of Sound." in sound
    assert "good  +2.000  ████████████████████" in words.splitlines()
    assert columns.splitlines()[:2] == [
        "age = 30      +3.000  ████████████████████",
        "smoker = yes  -1.000  ░░░░░░░",
    ]
    for told in (sound, words, columns):
        assert "at random" in told and "20" in told
