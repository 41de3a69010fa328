"""Parts of inputs that are hidden: where they are, and what stands in their place."""

import numpy as np
import pytest
from modelapp.widgets._hidden_cells import baseline, together
from modelapp.widgets._picture_edits import HidePicture, Occlude
from modelapp.widgets._picture_pixels import edited_once
from modelapp.widgets._sound_edits import HideSound, edited
from PIL import Image


def noise():
    return Image.fromarray(np.random.default_rng(3).integers(0, 256, (60, 90, 3), np.uint8))


@pytest.mark.parametrize("fill", ["mean", "blur"])
def test_hidden_box_is_one_that_is_covered(fill):
    box = (0.2, 0.1, 0.5, 0.7)
    hidden, covered = edited_once(noise(), HidePicture([box], fill)), edited_once(noise(), Occlude(fill, box))
    assert np.array_equal(np.asarray(hidden), np.asarray(covered))


@pytest.mark.parametrize("fill", ["mean", "blur"])
def test_several_boxes_are_filled_from_the_picture_before(fill):
    picture = noise()
    boxes = [(0.0, 0.0, 0.5, 1.0), (0.5, 0.0, 1.0, 0.5)]
    pixels = np.asarray(edited_once(picture, HidePicture(boxes, fill)))
    assert np.array_equal(pixels[30:, 45:], np.asarray(picture)[30:, 45:])  # what no box covers
    if fill == "mean":
        assert np.unique(pixels[:, :45].reshape(-1, 3), axis=0).tolist() == [pixels[0, 0].tolist()]
        assert pixels[0, 0].tolist() == pixels[0, 89].tolist()
    else:
        alone = np.asarray(edited_once(picture, HidePicture(boxes[1:], fill)))
        assert np.abs(pixels[:30, 45:].astype(int) - alone[:30, 45:]).max() <= 2


def test_stretches_of_a_sound_are_silent_or_as_loud_as_the_sound():
    samples = np.random.default_rng(1).normal(0, 0.1, (8000, 2)).astype(np.float32)
    spans = [(0.25, 0.5), (0.75, 1.0)]
    silent = edited(8000, samples, [HideSound(spans, "silence")])
    assert not silent[2000:4000].any() and not silent[6000:].any()
    assert np.array_equal(silent[:2000], samples[:2000]) and np.array_equal(silent[4000:6000], samples[4000:6000])
    noisy = edited(8000, samples, [HideSound(spans, "noise")])
    assert np.array_equal(noisy[:2000], samples[:2000])
    assert not np.allclose(noisy[2000:4000], samples[2000:4000])
    assert np.sqrt((noisy[2000:4000] ** 2).mean()) == pytest.approx(np.sqrt((samples**2).mean()), rel=0.05)


@pytest.mark.parametrize(
    ("figure", "low", "high", "initial", "replaced"),
    [
        (4, None, None, 7, 0),
        (4, -1, 9, 7, 0),
        (0, None, None, 7, 0),
        (4, 2, 9, 7, 7),
        (7, 2, 9, 7, 2),
        (2, 2, 9, 2, 9),
        (-3, -9, -2, None, -2),
        (5, 5, 5, 5, 5),
    ],
)
def test_figure_is_replaced_by_0_or_what_is_nearest_to_it(figure, low, high, initial, replaced):
    assert baseline(figure, low, high, initial) == replaced


def test_cells_that_change_together_each_take_all_their_alternatives():
    assert list(together({"a": [1], "b": [2, 3], "c": []})) == [{"a": 1, "b": 2}, {"a": 1, "b": 3}]
