"""Where speech is in the example's clip, which is known: it was put together of silence and two voices."""

import shutil
from pathlib import Path

import pytest
from answers import choose_example, shown

CLIP = Path(__file__).parents[2] / "examples" / "voice.opus"
VOICES = ((1.0, 2.48), (3.68, 6.565))
"""Seconds between which each voice was put, with its own silence at both ends."""


@pytest.fixture
def voice(example, tmp_path):
    shutil.copy(CLIP, tmp_path)
    return example("voice.py")


def spans(user):
    assert user.phase == "done", user.failure
    text = user.texts[-1].removeprefix("Speech: ").removesuffix(".")
    if text == "nowhere":
        return []
    return [tuple(float(place) for place in span.removesuffix(" s").split(" to ")) for span in text.split(", ")]


def change(user, **fields):
    value = user.elements["recording"].props.examples[0].value
    user.set(recording={**value, **fields})
    return user.settle()


def test_both_voices_are_found_where_they_are(voice):
    found = spans(voice)
    assert len(found) == 2
    for (start, end), (earliest, latest) in zip(found, VOICES, strict=True):
        assert earliest <= start < earliest + 0.4
        assert latest - 0.4 < end <= latest
    (heat,) = shown(voice, "saliency_output")
    strengths = heat.sound.strengths
    assert strengths[len(strengths) * 2 // 7] > 0.9  # in the first voice
    assert strengths[len(strengths) * 3 // 7] < 0.2  # between the two


def test_hum_is_no_speech(voice):
    choose_example(voice, "recording", "A hum")
    assert spans(voice) == []


def test_trimming_one_voice_away_leaves_the_other(voice):
    change(voice, edits=[{"op": "trim", "start": 3.0, "end": 7.5}])
    ((start, end),) = spans(voice)
    assert 3.68 - 3 <= start < end <= 6.565 - 3


def test_noise_far_above_the_voices_hides_them(voice):
    change(voice, edits=[{"op": "noise", "snr_decibels": -30.0, "seed": 1}])
    assert spans(voice) == []
