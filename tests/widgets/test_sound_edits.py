"""Edits of a sound against known answers, and what must be true of them whatever the sound."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.widgets._noise import normal_noise
from modelapp.widgets._sound_edits import Gain, Reverse, SoundNoise, SoundTrim, Speed, applied, edited
from sounds import pitch, tones

RATE = 1000
KNOWN = Path(__file__).parents[2] / "frontend" / "tests" / "sound-edits.json"
"""Answers that the page's own edits are held against too."""
samples_of_any_kind = st.lists(st.tuples(*[st.floats(-1, 1, width=32)] * 2), min_size=2, max_size=60).map(
    lambda rows: np.array(rows, np.float32)
)
places = st.integers(0, 60)


def decibels(one, other):
    return 20 * np.log10(np.sqrt((one.astype(float) ** 2).mean()) / np.sqrt((other.astype(float) ** 2).mean()))


@given(samples_of_any_kind, places, places)
def test_trim_keeps_exactly_the_frames_between_two_times(samples, first, last):
    first, last = sorted((first, last))
    kept = applied(RATE, samples, SoundTrim(first / RATE, last / RATE))
    exact = samples[first:last]
    if len(exact):
        assert np.array_equal(kept, exact)
    else:
        assert len(kept) == 1


@given(samples_of_any_kind, places, places, places, places)
def test_trims_add_up(samples, a, b, c, d):
    (a, b), (c, d) = sorted((a, b)), sorted((c, d))
    twice = edited(RATE, samples, [SoundTrim(a / RATE, b / RATE), SoundTrim(c / RATE, d / RATE)])
    if a + c < min(a + d, b, len(samples)):
        once = edited(RATE, samples, [SoundTrim((a + c) / RATE, min(a + d, b) / RATE)])
        assert np.array_equal(twice, once)
    else:
        assert len(twice) == 1


@given(samples_of_any_kind)
def test_twice_backwards_is_forwards(samples):
    assert np.array_equal(edited(RATE, samples, [Reverse()]), samples[::-1])
    assert np.array_equal(edited(RATE, samples, [Reverse(), Reverse()]), samples)


@given(samples_of_any_kind, st.floats(-60, 60))
def test_gain_is_cut_only_after_the_last_edit(samples, level):
    assert np.abs(edited(RATE, samples, [Gain(level)])).max() <= 1
    there_and_back = edited(RATE, samples, [Gain(level), Gain(-level)])
    assert np.allclose(there_and_back, samples, atol=1e-6)


def test_gain_is_in_decibels():
    tone = tones(16000, 1, level=0.1)
    assert decibels(edited(16000, tone, [Gain(12.0)]), tone) == pytest.approx(12, abs=1e-3)
    assert np.abs(edited(16000, tone, [Gain(40.0)])).max() == 1


@given(samples_of_any_kind, st.floats(-20, 60), st.integers(0, 2**32 - 1))
def test_noise_meets_its_ratio_and_repeats_with_its_seed(samples, snr, seed):
    samples = np.concatenate([samples, np.full((40, 2), 0.25, np.float32)])
    noisy = applied(RATE, samples, SoundNoise(snr, seed))
    noise = noisy - samples
    # What is lost in rounding to float32 is far below the noise at these ratios.
    assert decibels(samples, noise) == pytest.approx(snr, abs=0.1)
    assert np.array_equal(noisy, applied(RATE, samples, SoundNoise(snr, seed)))
    assert not np.array_equal(noisy, applied(RATE, samples, SoundNoise(snr, seed ^ 1)))


def test_noise_leaves_silence_silent():
    silence = np.zeros((100, 2), np.float32)
    assert np.array_equal(edited(RATE, silence, [SoundNoise(0.0)]), silence)


@pytest.mark.parametrize("factor", [0.25, 0.5, 0.8, 1.25, 1.414, 2.0, 4.0])
def test_speed_takes_the_pitch_along(factor):
    tone = tones(16000, 1)
    fast = edited(16000, tone, [Speed(factor)])
    assert len(fast) == pytest.approx(16000 / factor, abs=0.5)
    assert pitch(fast[:, 0], 16000) == pytest.approx(440 * factor, abs=2 * factor)
    assert np.sqrt((fast[200:-200] ** 2).mean()) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


@given(samples_of_any_kind, st.floats(0.25, 4))
def test_any_speed_leaves_a_sound(samples, factor):
    fast = edited(RATE, samples, [Speed(factor)])
    assert len(fast) == max(1, int(len(samples) / factor + 0.5)) or abs(len(fast) - len(samples) / factor) <= 0.51
    assert np.isfinite(fast).all()


def test_edits_do_not_change_the_original():
    samples = tones(RATE, 2)
    before = samples.copy()
    samples.flags.writeable = False
    edited(RATE, samples, [SoundTrim(0.1, 0.9), Gain(6.0), SoundNoise(3.0, 1), Reverse(), Speed(2.0)])
    assert np.array_equal(samples, before)


def test_known_answers_hold():
    known = json.loads(KNOWN.read_text())
    assert np.allclose(normal_noise(0, 8, 7), known["noise of seed 7"], atol=1e-6)
    for case in known["cases"]:
        sound = np.array(case["before"], np.float32).T
        edits = [record(edit) for edit in case["edits"]]
        assert np.allclose(edited(case["rate"], sound, edits).T, case["after"], atol=1e-5), case["edits"]


def record(edit):
    kinds = {"trim": SoundTrim, "gain": Gain, "noise": SoundNoise, "reverse": Reverse, "speed": Speed}
    return kinds[edit["op"]](**{name: value for name, value in edit.items() if name != "op"})
