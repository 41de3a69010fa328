"""An `image_input`: values from the wire, and what its author gives."""

import os
from concurrent.futures import ThreadPoolExecutor

import modelapp as ma
import numpy as np
import pytest
from hypothesis import given
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets.image_input import ImageInput
from picture_files import file_of, opened, photo, png_header
from PIL import Image
from wire import accepts_or_refuses, any_json

UNKNOWN = "0" * 64


# ---------------------------------------------------------------- values from the wire


@pytest.fixture
def raw(blobs):
    return ImageInput("Image").encode(photo(), blobs)


def test_accept_keeps_a_picture_of_this_session_and_corrects_its_size(blobs, raw):
    widget = ImageInput("Image")
    assert widget.accept(raw, blobs) == raw
    assert widget.accept(raw | {"width": 1, "height": -5, "size_bytes": 99}, blobs) == raw
    assert widget.accept({"blob": raw["blob"], "name": "picture.png"}, blobs) == raw


@pytest.mark.parametrize(
    "change",
    [
        {"blob": UNKNOWN},
        {"blob": "../../etc/passwd"},
        {"blob": None},
        {"preview": UNKNOWN},
        {"preview": 5},
        {"name": 5},
        {"edits": [{"op": "flip"}]},
        {"edits": None},
        {"extra": 1},
    ],
)
def test_accept_refuses_what_is_no_picture_of_this_session(blobs, raw, change):
    with pytest.raises(InvalidValue, match="“Image”"):
        ImageInput("Image").accept(raw | change, blobs)


def test_accept_refuses_a_blob_that_is_no_picture_or_a_bomb(blobs, raw):
    for content in (b"name,age\n", png_header(60_000, 60_000)):
        with pytest.raises(InvalidValue):
            ImageInput("Image").accept(raw | {"blob": blobs.put(content)}, blobs)


@given(raw=any_json)
def test_image_input_refuses_or_keeps_any_json(raw):
    assert accepts_or_refuses(ImageInput("Image"), raw, None) is None


def test_picture_that_is_gone_falls_back_to_the_default_with_a_note(page):
    page.values["image"] = {"blob": UNKNOWN, "name": "a.png", "width": 1, "height": 1, "preview": None, "edits": []}
    page.run(lambda: ma.image_input("Image"))
    assert page.waiting_for == ("image",)
    assert "no longer here" in page.props("image").note


# ---------------------------------------------------------------- what the author gives


@pytest.mark.parametrize(
    "given_value",
    [
        photo(),
        np.asarray(photo()),
        np.asarray(photo()) / 255.0,
        file_of(photo(), "PNG"),
        np.asarray(photo()).transpose(2, 0, 1) / np.float32(255),
    ],
    ids=["pil", "uint8", "float", "bytes", "channels first"],
)
def test_value_may_be_given_in_any_form(page, given_value):
    picture = page.run(lambda: ma.image_input("Image", value=given_value))
    assert np.array_equal(np.asarray(picture), np.asarray(photo()))


def test_bool_and_sixteen_bit_arrays_can_be_given(blobs):
    widget = ImageInput("Image", type="numpy", mode="L")
    for array in (np.eye(8, dtype=bool), np.eye(8, dtype=np.uint16) * 65535):
        assert np.array_equal(widget.parse(widget.encode(array, blobs), blobs), np.eye(8) * 255)


def test_array_whose_range_is_not_told_by_its_type_is_refused_with_the_way_to_scale_it(page):
    with pytest.raises(ScriptError, match="values from 0 to 16") as caught:
        page.run(lambda: ma.image_input("Digit", value=np.arange(64.0).reshape(8, 8) % 17))
    assert caught.value.hint == "If white is 16: array / 16."
    with pytest.raises(ScriptError) as caught:
        page.run(lambda: ma.image_input("Digit", value=np.full((8, 8), 200)))
    assert 'astype("uint8")' in caught.value.hint


@pytest.mark.parametrize("value", [5, [1, 2], np.zeros((2, 3, 4, 5)), np.zeros(5), "nowhere.png"])
def test_value_that_is_no_picture_is_the_scripts_fault(page, value):
    with pytest.raises(ScriptError, match="image_input"):
        page.run(lambda: ma.image_input("Image", value=value))


def test_first_example_is_the_picture_before_anybody_chooses(page, tmp_path):
    for name, colour in (("b.png", "blue"), ("a.jpg", "red"), ("notes.txt", None)):
        if colour:
            Image.new("RGB", (300, 400), colour).save(tmp_path / name)
        else:
            (tmp_path / name).write_text("no picture")
    picture = page.run(lambda: ma.image_input("Image", examples=tmp_path))
    assert picture.getpixel((5, 5))[0] > 250
    examples = page.props("image").examples
    assert [example.label for example in examples] == ["a", "b"]
    assert opened(page.blobs.path(examples[0].thumbnail)).size == (120, 160)
    assert page.blobs.path(examples[1].value["blob"]).exists()


def test_examples_may_be_an_array_of_pictures_or_a_mapping(page):
    digits = np.zeros((3, 8, 8))
    page.run(lambda: ma.image_input("Digit", examples=digits))
    assert [example.label for example in page.props("digit").examples] == ["Example 1", "Example 2", "Example 3"]
    page.run(lambda: ma.image_input("Cat", examples={"A cat": photo()}))
    assert page.props("cat").examples[0].label == "A cat"


def test_empty_folder_of_examples_is_named(page, tmp_path):
    with pytest.raises(ScriptError, match="has none of the files"):
        page.run(lambda: ma.image_input("Image", examples=str(tmp_path)))


def test_example_files_are_read_once_for_all_sessions_until_they_change(blobs, other_blobs, tmp_path):
    path = tmp_path / "cat.png"
    photo().save(path)
    widget = ImageInput("Image")
    first = widget.encode(path, blobs)
    facts = path.stat()
    path.write_bytes(b"x" * facts.st_size)  # unreadable now, but nobody can tell by its time and size
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert widget.encode(path, other_blobs) == first
    assert other_blobs.path(first["blob"]).exists()
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 10**9))
    with pytest.raises(InvalidValue):
        widget.encode(path, blobs)


def test_many_threads_can_encode_and_decode_at_once(blobs, tmp_path):
    path = tmp_path / "cat.jpg"
    photo(400, 300).save(path)
    widget = ImageInput("Image", type="numpy", size=(32, 32))

    def work(number):
        return widget.parse(widget.encode(path, blobs), blobs).sum()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(work, range(32)))) == 1


@pytest.mark.parametrize(
    ("size", "board"), [(None, (280, 280)), ((28, 28), (280, 280)), ((8, 8), (280, 280)), ((224, 112), (224, 112))]
)
def test_sketch_board_is_a_multiple_of_the_models_pixels(page, size, board):
    page.run(lambda: ma.image_input("Image", size=size))
    assert (page.props("image").sketch.width, page.props("image").sketch.height) == board


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        ({"sources": ["upload", "web cam"]}, "Did you mean 'webcam'?"),
        ({"tools": ["crops"]}, "Did you mean 'crop'?"),
        ({"type": "nunpy"}, "Did you mean 'numpy'?"),
        ({"mode": "RBG"}, "Did you mean 'RGB'?"),
        ({"size": 224}, "For example image_input(size=(224, 224))."),
        ({"size": (0, 5)}, "For example image_input(size=(224, 224))."),
    ],
)
def test_image_input_rejects_unknown_options_and_suggests_known_ones(page, options, hint):
    with pytest.raises(ScriptError, match="image_input") as caught:
        page.run(lambda: ma.image_input("Image", **options))
    assert caught.value.hint == hint
