"""Every edit of a picture against a known answer, and the laws that all pictures must keep."""

from statistics import NormalDist

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue
from modelapp.widgets._edits import MOST_EDITS, as_raw, checked_edits
from modelapp.widgets._noise import normal_noise
from modelapp.widgets._picture_edits import (
    AnyPictureEdit,
    Blur,
    Brightness,
    Contrast,
    Crop,
    Flip,
    Noise,
    Occlude,
    Rotate,
)
from modelapp.widgets._picture_pixels import edited, mean_colour, pixel_box
from PIL import Image
from scipy import ndimage
from skimage import data


def numbered(width: int, height: int, channels: int = 3) -> Image.Image:
    """A picture in which no two neighbouring pixels are alike."""
    count = width * height * channels
    levels = (np.arange(count, dtype=np.uint32) * 2654435761 >> 13).astype(np.uint8)
    return Image.fromarray(levels.reshape(height, width, channels))


def pixels(picture: Image.Image) -> np.ndarray:
    return np.asarray(picture).astype(int)


def after(picture: Image.Image, *edits: AnyPictureEdit) -> np.ndarray:
    return pixels(edited(picture, edits))


pictures = st.builds(numbered, st.integers(1, 24), st.integers(1, 24), st.sampled_from([3, 4]))
fractions = st.floats(0, 1, allow_nan=False)


@st.composite
def boxes(draw):
    left, right = sorted(draw(st.tuples(fractions, fractions).filter(lambda pair: pair[0] != pair[1])))
    top, bottom = sorted(draw(st.tuples(fractions, fractions).filter(lambda pair: pair[0] != pair[1])))
    return left, top, right, bottom


paths = st.lists(st.tuples(st.floats(-1, 2), st.floats(-1, 2)), min_size=1, max_size=6)
single_edits = st.one_of(
    st.builds(Crop, box=boxes()),
    st.builds(Flip, axis=st.sampled_from(["horizontal", "vertical"])),
    st.builds(Rotate, degrees=st.one_of(st.floats(-360, 360), st.sampled_from([-90.0, 90.0, 180.0, 270.0]))),
    st.builds(Brightness, amount=st.floats(-1, 1)),
    st.builds(Contrast, factor=st.floats(0, 4)),
    st.builds(Noise, sigma=fractions, seed=st.integers(0, 2**32 - 1)),
    st.builds(Blur, sigma=st.floats(0, 0.25)),
    st.builds(Occlude, colour=st.sampled_from(["#336699", "mean", "blur"]), box=boxes()),
    st.builds(Occlude, colour=st.sampled_from(["#336699", "mean", "blur"]), path=paths, width=st.floats(0.01, 2)),
)


# ---------------------------------------------------------------- laws


@given(pictures, single_edits)
def test_an_edit_leaves_its_picture_alone_and_gives_the_same_each_time(picture, edit):
    before = pixels(picture).copy()
    once, again = edited(picture, [edit]), edited(picture, [edit])
    assert (pixels(picture) == before).all()
    assert once is not picture
    assert once.mode == picture.mode
    assert (pixels(once) == pixels(again)).all()


@given(st.lists(single_edits, max_size=5))
def test_a_list_of_edits_comes_back_from_json_as_it_was(edits):
    raw = msgspec.json.decode(msgspec.json.encode(as_raw(edits)))
    assert checked_edits("Image", raw, AnyPictureEdit) == edits


@given(pictures, st.sampled_from(["horizontal", "vertical"]))
def test_flipping_twice_is_the_identity(picture, axis):
    assert (after(picture, Flip(axis), Flip(axis)) == pixels(picture)).all()


@given(pictures)
def test_four_quarter_turns_are_the_identity(picture):
    assert (after(picture, *[Rotate(90)] * 4) == pixels(picture)).all()


@given(pictures)
def test_a_turn_to_the_left_undoes_one_to_the_right(picture):
    assert (after(picture, Rotate(90), Rotate(-90)) == pixels(picture)).all()


@given(st.data())
def test_cropping_twice_is_cropping_to_the_composed_box(data):
    width, height = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 30))
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    wide, high = right - left, bottom - top
    x0, y0 = data.draw(st.integers(0, wide - 1)), data.draw(st.integers(0, high - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, wide)), data.draw(st.integers(y0 + 1, high))
    picture = numbered(width, height)
    twice = after(
        picture,
        Crop((left / width, top / height, right / width, bottom / height)),
        Crop((x0 / wide, y0 / high, x1 / wide, y1 / high)),
    )
    box = ((left + x0) / width, (top + y0) / height, (left + x1) / width, (top + y1) / height)
    assert (twice == after(picture, Crop(box))).all()
    assert (twice == pixels(picture)[top + y0 : top + y1, left + x0 : left + x1]).all()


@given(pictures, boxes(), st.sampled_from(["#000000", "#ff8800", "mean", "blur"]))
def test_occluding_a_box_changes_nothing_outside_it(picture, box, colour):
    left, top, right, bottom = pixel_box(box, picture.size)
    changed = after(picture, Occlude(colour, box=box))
    changed[top:bottom, left:right] = pixels(picture)[top:bottom, left:right]
    assert (changed == pixels(picture)).all()


@given(pictures, paths, st.floats(0.01, 0.5), st.sampled_from(["#000000", "mean", "blur"]))
def test_a_brush_changes_no_pixel_further_from_its_path_than_its_radius(picture, path, width, colour):
    changed = after(picture, Occlude(colour, path=path, width=width))
    radius = max(width * max(picture.size), 2**0.5) / 2
    distance = distance_to(path, picture.size)
    outside = distance > radius + 1e-2
    assert (changed[outside] == pixels(picture)[outside]).all()
    if colour == "#000000":
        inside = distance < radius - 1e-2
        assert (changed[inside][:, :3] == 0).all()


def distance_to(path, size) -> np.ndarray:
    """Distance of each pixel's centre from a line, found the slow way: in 2,000 steps along each of its parts."""
    width, height = size
    points = np.array(path) * [width, height]
    y, x = np.mgrid[0:height, 0:width] + 0.5
    best = np.full((height, width), np.inf)
    for start, end in zip(points, points[1:] if len(points) > 1 else points, strict=False):
        steps = start + (end - start) * np.linspace(0, 1, 2000)[:, None]
        far = np.hypot(x[..., None] - steps[:, 0], y[..., None] - steps[:, 1]).min(axis=-1)
        best = np.minimum(best, far)
    return best


@given(pictures, fractions, st.integers(0, 2**32 - 1))
def test_noise_with_a_seed_repeats_and_keeps_the_opacity(picture, sigma, seed):
    once = after(picture, Noise(sigma, seed))
    assert (once == after(picture, Noise(sigma, seed))).all()
    assert (once[..., 3:] == pixels(picture)[..., 3:]).all()


@given(pictures)
def test_edits_of_no_strength_change_nothing(picture):
    for edit in (Brightness(0), Contrast(1), Noise(0), Blur(0), Rotate(0), Rotate(360), Crop((0, 0, 1, 1))):
        assert (after(picture, edit) == pixels(picture)).all(), edit


# ---------------------------------------------------------------- known answers


def test_half_of_a_photo_is_half_of_its_width():
    assert edited(Image.new("RGB", (4000, 3000)), [Crop((0, 0, 0.5, 1))]).size == (2000, 3000)


@pytest.mark.parametrize(
    ("box", "size", "expected"),
    [
        ((0, 0, 1, 1), (1, 5000), (0, 0, 1, 5000)),
        ((0.25, 0.25, 0.75, 0.75), (4001, 2999), (1000, 750, 3001, 2249)),
        ((0.1, 0.1, 0.2, 0.2), (1, 1), (0, 0, 1, 1)),
        ((0.999, 0.999, 1, 1), (10, 10), (9, 9, 10, 10)),
    ],
)
def test_box_in_pixels(box, size, expected):
    assert pixel_box(box, size) == expected


def test_quarter_turn_goes_clockwise():
    picture = Image.fromarray(np.array([[[1] * 3, [2] * 3], [[3] * 3, [4] * 3], [[5] * 3, [6] * 3]], dtype=np.uint8))
    assert after(picture, Rotate(90))[..., 0].tolist() == [[5, 3, 1], [6, 4, 2]]
    assert after(picture, Rotate(270))[..., 0].tolist() == [[2, 4, 6], [1, 3, 5]]


def test_free_angle_keeps_the_size_turns_clockwise_and_fills_with_the_mean_colour():
    picture = Image.new("RGB", (101, 101), (10, 20, 30))
    picture.paste((250, 250, 250), (90, 45, 101, 56))  # at three o'clock
    turned = after(picture, Rotate(45))
    assert turned.shape == (101, 101, 3)
    assert (turned[0, 0] == mean_colour(picture)).all()
    row, column = np.argwhere(turned[..., 0] > 240).mean(axis=0)
    assert row - 50 == pytest.approx(45 * np.sin(np.pi / 4), abs=1)
    assert column - 50 == pytest.approx(45 * np.cos(np.pi / 4), abs=1)


def test_brightness_adds_and_clips():
    levels = Image.fromarray(np.array([[[0] * 3, [100] * 3, [250] * 3]], dtype=np.uint8))
    assert after(levels, Brightness(0.1))[0, :, 0].tolist() == [26, 126, 255]  # 25.5 and 125.5, rounded half up
    assert after(levels, Brightness(-1))[0, :, 0].tolist() == [0, 0, 0]


def test_contrast_spreads_from_the_middle():
    levels = Image.fromarray(np.array([[[0] * 3, [100] * 3, [127] * 3, [128] * 3, [200] * 3]], dtype=np.uint8))
    assert after(levels, Contrast(2))[0, :, 0].tolist() == [0, 73, 127, 129, 255]
    assert after(levels, Contrast(0))[0, :, 0].tolist() == [128] * 5


@pytest.mark.parametrize("sigma", [0.5, 2, 6, 20])
def test_blur_is_the_gaussian_of_an_independent_library(sigma):
    """Within 2 of 255 levels on average: a wide one is made on a smaller copy."""
    photo = data.coffee()
    ours = after(Image.fromarray(photo), Blur(sigma / 600))
    theirs = np.stack(
        [ndimage.gaussian_filter(photo[..., c].astype(float), sigma, mode="nearest") for c in range(3)], -1
    )
    assert np.abs(ours - theirs).mean() < 2


def test_blur_keeps_colours_of_transparent_pixels_out():
    picture = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    picture.paste((0, 0, 255, 255), (20, 0, 40, 40))
    blurred = after(picture, Blur(0.05))
    visible = blurred[..., 3] > 20
    assert blurred[visible][:, 0].max() <= 12


def test_noise_has_the_standard_deviation_that_was_asked_for_and_no_colour_on_grey():
    grey = after(Image.new("RGB", (300, 200), (128, 128, 128)), Noise(0.05, 7))
    assert (grey == grey[..., :1]).all()
    assert grey[..., 0].std() == pytest.approx(0.05 * 255, rel=0.02)
    assert grey.mean() == pytest.approx(128, abs=0.2)
    colour = after(Image.new("RGB", (300, 200), (128, 128, 127)), Noise(0.05, 7))
    assert np.corrcoef(colour.reshape(-1, 3).T)[0, 1] == pytest.approx(0, abs=0.02)


def test_noise_of_two_seeds_is_unrelated():
    one, other = normal_noise(0, 100_000, 1), normal_noise(0, 100_000, 2)
    assert np.corrcoef(one, other)[0, 1] == pytest.approx(0, abs=0.02)


def test_normal_noise_is_what_its_documentation_says():
    def hashed(number: int) -> int:
        for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
            number ^= number >> shift
            number = number * factor % 2**32
        return number ^ number >> 16

    for place, seed in [(0, 0), (1, 0), (12345, 99), (2**32 + 5, 2**32 - 1)]:
        level = hashed((place + hashed(seed)) % 2**32) >> 16
        expected = NormalDist().inv_cdf((level + 0.5) / 65536)
        assert normal_noise(place, 1, seed)[0] == pytest.approx(expected, abs=1e-6)
    assert normal_noise(5, 4, 3, step=3).tolist() == normal_noise(5, 10, 3)[::3].tolist()


def test_noise_is_normal():
    numbers = normal_noise(0, 200_000, 5)
    assert numbers.mean() == pytest.approx(0, abs=0.01)
    assert numbers.std() == pytest.approx(1, abs=0.01)
    assert (np.abs(numbers) < 1.96).mean() == pytest.approx(0.95, abs=0.003)


def test_mean_colour_weighs_by_opacity():
    picture = Image.new("RGBA", (2, 1), (200, 100, 0, 255))
    picture.putpixel((1, 0), (0, 0, 255, 0))
    assert mean_colour(picture) == (200, 100, 0, 255)
    assert mean_colour(picture.convert("RGB")) == (100, 50, 128)


def test_occluding_with_the_mean_covers_with_it():
    picture = numbered(20, 10)
    covered = after(picture, Occlude("mean", box=(0.5, 0, 1, 1)))
    assert (covered[:, 10:] == mean_colour(picture)).all()


def test_occluding_with_blur_gives_what_blurring_the_whole_gives_there():
    photo = Image.fromarray(data.chelsea())
    covered = after(photo, Occlude("blur", box=(0.3, 0.3, 0.6, 0.7)))
    left, top, right, bottom = pixel_box((0.3, 0.3, 0.6, 0.7), photo.size)
    whole = after(photo, Blur(0.04))
    assert np.abs(covered - whole)[top:bottom, left:right].mean() < 1


def test_a_stroke_never_slips_between_the_pixels():
    for x in np.linspace(0, 1, 21):
        assert (
            after(Image.new("RGB", (10, 10), "white"), Occlude("#000000", path=[(x, 0.5)], width=0.0001)) == 0
        ).any()


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"op": "crop"}, "Edit 1 of “Image” (crop)"),
        ({"op": "crop", "box": [0.5, 0, 0.5, 1]}, "from left to right"),
        ({"op": "crop", "box": [0, 0, 1, 1.5]}, "<= 1"),
        ({"op": "crop", "box": [0, 0, 1]}, "length 4"),
        ({"op": "crop", "box": [0, 0, float("nan"), 1]}, "null"),
        ({"op": "crop", "box": [0, 0, 1, 1], "more": 1}, "more"),
        ({"op": "occlude", "colour": "#000000"}, "a box or a path"),
        ({"op": "occlude", "colour": "#000000", "box": [0, 0, 1, 1], "path": [[0, 0]]}, "not both"),
        ({"op": "occlude", "colour": "red", "box": [0, 0, 1, 1]}, "colour"),
        ({"op": "occlude", "colour": "mean", "path": [[0, 0]] * 5001}, "5000"),
        ({"op": "rotate", "degrees": "12"}, "float"),
        ({"op": "noise", "sigma": 0.1, "seed": 2**32}, "seed"),
        ({"op": "explode"}, "none that can be made"),
        ({"op": ["crop"]}, "none that can be made"),
        ("crop", "none that can be made"),
    ],
)
def test_edits_that_cannot_be_made_are_refused_with_their_place_and_reason(raw, said):
    with pytest.raises(InvalidValue) as refused:
        checked_edits("Image", [raw], AnyPictureEdit)
    assert said in refused.value.message


def test_edits_that_are_not_offered_too_many_or_no_list_are_refused():
    flip = {"op": "flip", "axis": "vertical"}
    with pytest.raises(InvalidValue, match="does not offer"):
        checked_edits("Image", [flip], AnyPictureEdit, ["crop"])
    with pytest.raises(InvalidValue, match="at most 500"):
        checked_edits("Image", [flip] * (MOST_EDITS + 1), AnyPictureEdit)
    with pytest.raises(InvalidValue, match="must be a list"):
        checked_edits("Image", flip, AnyPictureEdit)
