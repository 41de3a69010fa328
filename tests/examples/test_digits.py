"""Draw a digit, see its name."""

import sys

import numpy as np
from answers import choose_example, label, shown
from drawing import HANDS, SHAPES, draw, drawings
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.utils import Bunch


def test_every_example_picture_gets_its_own_digit(example):
    user = example("digits.py")
    titles = [one.label for one in user.elements["digit"].props.examples]
    assert titles == [str(digit) for digit in range(10)]
    for title in titles:
        choose_example(user, "digit", title)
        assert label(user)[0] == title


def test_seven_drawn_by_any_hand_is_a_seven(example, give):
    user = example("digits.py")
    for hand, options in HANDS.items():
        for strokes in SHAPES[7]:
            give(user, "digit", draw(strokes, **options))
            top, confidences = label(user)
            assert top == "7", hand
            assert confidences["7"] > 0.8, hand


def test_clean_sheet_says_that_nothing_is_drawn(example, give):
    user = example("digits.py")
    give(user, "digit", Image.new("RGB", (280, 280), "white"))
    assert user.phase == "done"
    assert [message.text for message in shown(user, "message")] == ["Nothing is drawn yet."]
    assert not shown(user, "label_output")


def test_dot_and_full_sheet_get_some_answer(example, give):
    user = example("digits.py")
    dot = Image.new("RGB", (280, 280), "white")
    dot.paste("#111", (140, 140, 142, 142))
    for picture in (dot, Image.new("RGB", (280, 280), "black"), Image.new("RGB", (7, 3000), "black")):
        give(user, "digit", picture)
        assert label(user)[0].isdigit()


def test_nearly_every_digit_drawn_in_any_way_is_recognised(example):
    example("digits.py")
    script = sys.modules["__main__"]
    cases = list(drawings())
    scans = [script.as_scan(script.upright(1 - np.asarray(picture.convert("L")) / 255)) for _, _, picture in cases]
    found = script.load_model().predict(scans)
    missed = [words for (digit, words, _), answer in zip(cases, found, strict=True) if answer != digit]
    assert len(missed) / len(cases) < 0.05, missed


def test_scans_that_the_model_has_not_seen_are_recognised(example, monkeypatch):
    example("digits.py")
    script = sys.modules["__main__"]
    digits = load_digits()
    seen, unseen, seen_answers, answers = train_test_split(digits.images, digits.target, test_size=0.25, random_state=0)
    # Train the script's own way, on three quarters of the data.
    train = script.load_model.__wrapped__
    monkeypatch.setitem(train.__globals__, "load_digits", lambda: Bunch(images=seen, target=seen_answers))
    scans = [script.as_scan(script.upright(image / 16)) for image in unseen]
    assert train().score(scans, answers) > 0.97
