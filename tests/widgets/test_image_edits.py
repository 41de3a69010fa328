"""Edited pictures as the script of an `image_input` gets them."""

import numpy as np
import pytest
from modelapp.core.errors import InvalidValue
from modelapp.widgets import _edited_pictures
from modelapp.widgets.image_input import ImageInput, image_input
from picture_files import exif, file_of, opened, photo, raw_of, uploaded
from PIL import Image

LEFT_HALF = {"op": "crop", "box": [0.0, 0.0, 0.5, 1.0]}
MIRROR = {"op": "flip", "axis": "horizontal"}


def edited(blobs, tmp_path, picture, edits, format_name="PNG", save=None, **options):
    widget = ImageInput("Image", **options)
    content = file_of(picture, format_name, **(save or {}))
    raw = raw_of(uploaded(blobs, content, "picture.png", tmp_path, widget)) | {"edits": edits}
    return widget.parse(widget.accept(raw, blobs), blobs)


def test_edits_are_done_at_full_size_and_before_the_size_that_the_script_asks_for(blobs, tmp_path):
    picture = photo(4000, 3000)
    assert edited(blobs, tmp_path, picture, [LEFT_HALF]).size == (2000, 3000)
    small = edited(blobs, tmp_path, picture, [LEFT_HALF], size=(20, 20))
    assert small.size == (20, 20)
    assert (np.asarray(small)[..., 2] < 40).all()  # nothing of the blue half


def test_edits_are_done_after_the_picture_is_turned_upright(blobs, tmp_path):
    whole = photo(64, 32)
    content = whole.transpose(Image.Transpose.ROTATE_90)  # lies on its side, and its tag says so
    got = edited(blobs, tmp_path, content, [LEFT_HALF], "JPEG", {"exif": exif(6), "quality": 95})
    assert got.size == (32, 32)
    assert np.abs(np.asarray(got).astype(int) - np.asarray(whole.crop((0, 0, 32, 32)))).mean() < 8


def test_transparency_lasts_through_the_edits_and_is_laid_on_white_for_rgb(blobs, tmp_path):
    picture = Image.new("RGBA", (4, 2), (255, 0, 0, 255))
    picture.paste((0, 0, 255, 0), (2, 0, 4, 2))
    clear = edited(blobs, tmp_path, picture, [MIRROR], mode="RGBA")
    assert np.asarray(clear)[0].tolist() == [[0, 0, 255, 0]] * 2 + [[255, 0, 0, 255]] * 2
    flat = edited(blobs, tmp_path, picture, [MIRROR])
    assert np.asarray(flat)[0].tolist() == [[255, 255, 255]] * 2 + [[255, 0, 0]] * 2


def test_mode_applies_after_the_edits(blobs, tmp_path):
    picture = Image.fromarray(np.array([[0, 50], [100, 200]], dtype=np.uint8))
    grey = edited(blobs, tmp_path, picture, [MIRROR], mode="L", type="numpy")
    assert grey.tolist() == [[50, 0], [200, 100]]


def test_an_edited_picture_as_a_path_is_a_png_of_what_was_edited(blobs, tmp_path):
    path = edited(blobs, tmp_path, photo(40, 20), [LEFT_HALF], type="path")
    assert path.name == "picture.png"
    assert opened(path).size == (20, 20)


def test_each_step_of_a_drag_starts_from_the_original(blobs, tmp_path):
    picture = photo(40, 20)
    steps = [edited(blobs, tmp_path, picture, [MIRROR, {"op": "brightness", "amount": n / 10}]) for n in range(4)]
    expected = np.asarray(picture)[:, ::-1].astype(int)
    for number, step in enumerate(steps):
        assert np.array_equal(np.asarray(step), np.clip(np.floor(expected + 25.5 * number + 0.5), 0, 255))


def test_what_is_remembered_of_edited_pictures_is_bounded(blobs, tmp_path, monkeypatch):
    monkeypatch.setattr(_edited_pictures, "BYTES_KEPT", 10_000)
    for shade in range(20):
        edited(blobs, tmp_path, Image.new("RGB", (40, 20), (shade, 0, 0)), [MIRROR])
    kept = sum(picture.width * picture.height * 3 for picture in _edited_pictures._kept.values())
    assert kept <= 10_000


def test_the_script_may_paint_on_an_edited_picture(blobs, tmp_path):
    first = edited(blobs, tmp_path, photo(), [MIRROR, MIRROR])
    first.paste((0, 0, 0), (0, 0, 40, 20))
    assert np.asarray(edited(blobs, tmp_path, photo(), [MIRROR, MIRROR])).any()


def test_edits_that_the_script_does_not_offer_are_refused(blobs, tmp_path):
    with pytest.raises(InvalidValue, match="“Image” is a flip, which the script does not offer"):
        edited(blobs, tmp_path, photo(), [MIRROR], tools=["crop"])


def test_edits_that_the_script_stops_offering_are_taken_back_with_a_note(page, blobs, tmp_path):
    raw = raw_of(uploaded(blobs, file_of(photo(40, 20), "PNG"), "a.png", tmp_path)) | {"frames": []}
    page.values["image"] = raw | {"edits": [LEFT_HALF, MIRROR]}
    assert page.run(lambda: image_input("Image").size) == (20, 20)
    assert page.run(lambda: image_input("Image", tools=["flip"]).size) == (40, 20)
    assert page.props("image").note == "Edits that are no longer offered were left out: crop."
    assert page.props("image").tools == ("flip",)


def test_no_tools_are_none(page):
    page.run(lambda: image_input("Image", tools=(), required=False))
    assert page.props("image").tools == ()
