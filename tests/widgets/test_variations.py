"""What inputs say that their values could have been as well: always something that they take."""

import io
import textwrap

import modelapp as ma
import numpy as np
import pytest
from modelapp.model.sweep.cases import cases
from modelapp.widgets._media_variations import seconds_after
from modelapp.widgets._sound_edits import Gain, SoundTrim, Speed
from modelapp.widgets._text_variations import text_variations
from PIL import Image

SCRIPT = """
    import modelapp as ma
    scan = ma.image_input(required=False)
    clip = ma.audio_input(required=False)
    note = ma.text_input(max_chars=40)
    age = ma.number_input(value=3.5, min=0, max=3.6, step=0.1)
    dose = ma.slider_input(min=0, max=1, step=0.3, value=0.9)
    span = ma.slider_input(value=(2, 3))
    sick = ma.checkbox_input()
    view = ma.choice_input(options=["front", "side", "top"])
    views = ma.choice_input(options=["front", "side"], multiple=True, required=False)
    still = ma.number_input(value=1, disabled=True)
    row = ma.row_input({"n": (0, 9), "when": __import__("datetime").date(2024, 2, 29)})
    ma.button("Go")
"""


@pytest.fixture
def met(tmp_path):
    """Run the script on a case; return the run."""
    path = tmp_path / "demo.py"
    path.write_text(textwrap.dedent(SCRIPT))
    model = ma.load(path)
    return lambda **case: model.call({"note": "Take two pills now", **case}, {}, "explain")[0]


def names(run, name):
    return [case.name for case in cases(run) if case.input == name]


def test_each_variation_is_one_that_its_input_takes_and_differs_from_the_value(met):
    sound = (8000, np.linspace(-0.5, 0.5, 8000, dtype=np.float32))
    run = met(scan=Image.new("RGB", (20, 10), "red"), clip=sound)
    found = cases(run)
    assert [case.number for case in found] == list(range(1, len(found) + 1))
    for case in found:
        declared = run.inputs[case.input]
        assert declared.input.accept(case.raw, run.blobs) == case.raw != declared.raw
    assert {case.input for case in found} == {"scan", "clip", "note", "age", "dose", "sick", "view", "row"}


def test_steps_stay_within_bounds_and_options_are_the_others(met):
    run = met()
    assert names(run, "age") == ["one step up to 3.6", "one step down to 3.4"]
    assert names(run, "dose") == ["one step down to 0.6"]  # 1.2 is beyond the end
    assert (names(run, "sick"), names(run, "view")) == (["ticked"], ["side", "top"])
    assert names(run, "row")[-2:] == ["when a day later", "when a day earlier"]


def test_typos_exchange_two_letters_of_a_word_and_are_the_same_each_time():
    text = "Pneumonia is unlikely, effusion absent."
    found = dict(text_variations(text))
    typos = [changed for name, changed in found.items() if name.startswith("typo")]
    assert len(typos) == 3 and dict(text_variations(text)) == found
    for changed in typos:
        assert changed != text and sorted(changed) == sorted(text)
    assert found["without “is”"] == "Pneumonia unlikely, effusion absent."
    assert len([name for name in dict(text_variations("word " * 400 + "end")) if name.startswith("without “")]) <= 12


def test_tenth_that_is_cut_off_is_of_what_the_edits_before_have_left(met):
    assert seconds_after(10, [SoundTrim(2, 20), Gain(3), Speed(2)]) == 4
    run = met(clip=(8000, np.ones(8000, np.float32) / 2))
    last = next(case.raw for case in cases(run) if case.name == "last tenth cut off")
    assert last["edits"] == [{"op": "trim", "start": 0, "end": 0.9}]


@pytest.mark.parametrize(
    ("picture", "format_name"),
    [(Image.new("RGB", (40, 20), "red"), "JPEG"), (Image.new("RGBA", (40, 20), (255, 0, 0, 90)), "PNG")],
)
def test_picture_of_a_variation_is_small_and_has_its_edits(met, picture, format_name):
    run = met(scan=picture)
    declared = run.inputs["scan"]
    turned = next(case.raw for case in cases(run) if case.name == "turned by 90°")
    small = Image.open(io.BytesIO(declared.input.picture_of(turned, run.blobs)))
    assert (small.format, small.size) == (format_name, (20, 40))
