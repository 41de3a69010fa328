"""What is in a photograph: known answers of the network to known pictures."""

import pytest
from answers import choose_example, label

TOLERANCE = 0.02


def test_each_ready_picture_gets_its_known_answer(example):
    user = example("photo.py")
    known = {
        "coffee": ("espresso", 0.951),
        "chelsea": ("tiger cat", 0.40),
        "motorcycle_left": ("moped", 0.50),
        "flower": ("daisy", 0.35),
        "palace": ("palace", 0.31),
    }
    assert [one.label for one in user.elements["photo"].props.examples] == list(known)
    for title, (name, confidence) in known.items():
        choose_example(user, "photo", title)
        top, confidences = label(user)
        assert top == name, (title, confidences)
        assert confidences[top] == pytest.approx(confidence, abs=TOLERANCE), title
        assert len(confidences) == 5
