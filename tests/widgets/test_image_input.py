import io
import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import modelapp as ma
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets._intake import clean
from modelapp.widgets.image_input import ImageInput
from picture_files import exif, file_of, opened, parsed, photo, raw_of, uploaded
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from wire import accepts_or_refuses, any_json

UNKNOWN = "0" * 64


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    data = b"IDAT" + zlib.compress(b"\0" * 1000)
    parts = [struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body)) for body in (chunk, data)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


# ---------------------------------------------------------------- uploads


def test_uploaded_jpeg_loses_its_metadata_and_keeps_every_pixel_and_its_orientation(blobs, tmp_path):
    comment = b"taken at home"
    content = file_of(photo(), "JPEG", exif=exif(6), comment=comment, quality=90)
    upload = uploaded(blobs, content + b"trailing secret", "IMG 1.jpg", tmp_path)
    kept = blobs.path(upload.blob).read_bytes()
    for secret in (b"SecretCamera", comment, b"trailing secret"):
        assert secret not in kept
    with Image.open(io.BytesIO(kept)) as after, Image.open(io.BytesIO(content)) as before:
        assert after.getexif()[0x0112] == 6
        assert len(after.getexif()) == 1
        assert np.array_equal(np.asarray(after), np.asarray(before))
    assert (upload.name, upload.width, upload.height, upload.preview) == ("IMG 1.jpg", 20, 40, None)
    assert upload.size_bytes == len(kept)


def test_progressive_jpeg_with_restart_markers_keeps_every_pixel(blobs, tmp_path):
    content = file_of(photo(400, 300), "JPEG", progressive=True, restart_marker_blocks=4, exif=exif(1))
    upload = uploaded(blobs, content, "a.jpg", tmp_path)
    kept = blobs.path(upload.blob)
    assert np.array_equal(np.asarray(opened(kept)), np.asarray(Image.open(io.BytesIO(content))))
    assert b"SecretCamera" not in kept.read_bytes()
    assert b"Exif" not in kept.read_bytes()


def test_jpeg_keeps_its_colour_profile(blobs, tmp_path):
    profile = b"a colour profile of some kind" * 10
    upload = uploaded(blobs, file_of(photo(), "JPEG", icc_profile=profile), "a.jpg", tmp_path)
    assert opened(blobs.path(upload.blob)).info["icc_profile"] == profile


def test_uploaded_png_loses_its_text_and_keeps_every_pixel(blobs, tmp_path):
    notes = PngInfo()
    notes.add_text("Author", "Ada")
    notes.add_itxt("Place", "home", zip=True)
    content = file_of(photo(), "PNG", pnginfo=notes, exif=exif(1))
    upload = uploaded(blobs, content, "a.png", tmp_path)
    kept = blobs.path(upload.blob).read_bytes()
    for secret in (b"Ada", b"Place", b"SecretCamera", b"tEXt", b"iTXt", b"eXIf"):
        assert secret not in kept
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(kept))), np.asarray(photo()))


def test_png_with_an_orientation_is_turned_upright(blobs, tmp_path):
    upload = uploaded(blobs, file_of(photo(), "PNG", exif=exif(6)), "a.png", tmp_path)
    assert (upload.width, upload.height) == (20, 40)
    kept = opened(blobs.path(upload.blob))
    assert kept.size == (20, 40)
    assert kept.getpixel((10, 1))[0] > 200  # turned by 90 degrees clockwise: left is now on top


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "TIFF", "BMP", "PPM", "JPEG2000", "ICO", "AVIF"])
def test_other_formats_become_png_without_metadata(blobs, tmp_path, format_name):
    options = {"exif": exif(1)} if format_name in ("WEBP", "TIFF", "AVIF") else {}
    options |= {"lossless": True} if format_name == "WEBP" else {}
    upload = uploaded(blobs, file_of(photo(), format_name, **options), "a.any", tmp_path)
    kept = opened(blobs.path(upload.blob))
    assert kept.format == "PNG"
    assert kept.convert("RGB").getpixel((1, 1))[0] > 200
    assert b"SecretCamera" not in blobs.path(upload.blob).read_bytes()


def test_animation_gives_its_first_frame(blobs, tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "green")]
    content = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert parsed(blobs, content, tmp_path).getpixel((4, 4)) == (255, 0, 0)
    content = file_of(frames[0], "PNG", save_all=True, append_images=frames[1:])
    upload = uploaded(blobs, content, "a.png", tmp_path)
    assert not getattr(opened(blobs.path(upload.blob)), "is_animated", False)


def test_float_tiff_keeps_its_depth_and_gets_a_preview(blobs, tmp_path):
    depth = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    upload = uploaded(blobs, file_of(Image.fromarray(depth), "TIFF"), "depth.tif", tmp_path)
    assert np.array_equal(np.asarray(opened(blobs.path(upload.blob))), depth)
    preview = opened(blobs.path(upload.preview))
    assert (preview.format, preview.getpixel((7, 7))) == ("PNG", 255)


def test_sixteen_bit_tiff_becomes_a_png_of_sixteen_bits(blobs, tmp_path):
    deep = np.arange(64, dtype=np.uint16).reshape(8, 8) * 1000
    upload = uploaded(blobs, file_of(Image.fromarray(deep), "TIFF"), "deep.tif", tmp_path)
    kept = opened(blobs.path(upload.blob))
    assert (kept.format, upload.preview) == ("PNG", None)
    assert np.array_equal(np.asarray(kept), deep)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (png_header(60_000, 60_000), "bomb.png", "60,000 × 60,000 pixels, 3,600 megapixels. At most 100 megapixels"),
        (png_header(12_000, 9_000), "big.png", "108 megapixels"),
        (png_header(10_000, 9_500), "short.png", "“short.png” cannot be read"),  # Pillow would warn at this size
        (file_of(photo(400, 300), "JPEG")[:-900], "cut.jpg", "“cut.jpg” cannot be read: it ends before the picture"),
        (file_of(photo(400, 300), "PNG")[:-200], "cut.png", "“cut.png” cannot be read"),
        (b"just words", "words.png", "“words.png” is not a picture that can be read. PNG, JPEG"),
        (b"", "nothing.png", "“nothing.png” is empty"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "a.eps", "not a picture that can be read"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a.svg", "not a picture that can be read"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "odd.jpg", "odd.jpg"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "odd.png", "odd.png"),
        (b"BM" + b"\xff" * 60, "odd.bmp", "odd.bmp"),
        (b"II*\0" + b"\xff" * 60, "odd.tif", "odd.tif"),
        (b"GIF89a" + b"\xff" * 60, "odd.gif", "odd.gif"),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value and " " not in value else "",
)
def test_bad_upload_is_refused_with_a_sentence_that_names_the_file(blobs, tmp_path, content, name, sentence):
    with pytest.raises(InvalidValue) as caught:
        uploaded(blobs, content, name, tmp_path)
    assert sentence in caught.value.message
    assert not blobs.seen


def test_upload_name_cannot_lead_out_of_its_folder(blobs, tmp_path):
    upload = uploaded(blobs, file_of(photo(), "PNG"), "../../etc/.passwd\n.png", tmp_path)
    assert upload.name == "_.._etc_.passwd_.png"
    path = ImageInput("Image", type="path").parse(raw_of(upload), blobs)
    assert path.parent.parent == blobs.folder


@example(noise=b"", cut=5, place=5)  # the length of a JPEG's segment becomes zero
@given(noise=st.binary(max_size=80), cut=st.integers(0, 700), place=st.integers(0, 700))
def test_damaged_pictures_are_read_or_refused_in_words(noise, cut, place):
    for content in (
        file_of(photo(), "JPEG"),
        file_of(photo(), "PNG"),
        file_of(photo(), "GIF"),
        file_of(photo(), "TIFF"),
    ):
        damaged = content[:place] + noise + content[place + cut :]
        try:
            picture = clean(damaged, "a.png")
        except InvalidValue:
            continue
        assert clean(picture.content, "again").width == picture.width


# ---------------------------------------------------------------- what the script gets


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_upright(blobs, tmp_path, orientation):
    upright = np.zeros((16, 24), np.uint8)
    upright[:8, :8] = 255  # the top left corner is white
    turn = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.T,
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].T,
        8: lambda a: np.rot90(a, -1),
    }[orientation]
    stored = Image.fromarray(np.ascontiguousarray(turn(upright)))
    content = file_of(stored, "JPEG", exif=exif(orientation), quality=100)
    pixels = parsed(blobs, content, tmp_path, "a.jpg", type="numpy", mode="L")
    assert pixels.shape == (16, 24)
    assert np.abs(pixels.astype(int) - upright).max() < 20


@pytest.mark.parametrize(
    ("picture", "format_name", "expected"),
    [
        (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", (255, 0, 0)),
        (Image.fromarray(np.full((8, 8), 65535, np.uint16)), "PNG", (255, 255, 255)),
        (Image.fromarray(np.full((8, 8), 257 * 100, np.uint16)), "PNG", (100, 100, 100)),
        (Image.fromarray(np.full((8, 8), 257 * 100, np.uint16)), "TIFF", (100, 100, 100)),
        (Image.fromarray(np.full((8, 8), 257 * 100, np.int32)), "TIFF", (100, 100, 100)),
        (Image.fromarray(np.full((8, 8), 0.4, np.float32)), "TIFF", (102, 102, 102)),
        (Image.new("LA", (8, 8), (0, 0)), "PNG", (255, 255, 255)),
        (Image.new("RGBA", (8, 8), (255, 0, 0, 0)), "PNG", (255, 255, 255)),
        (Image.new("RGBA", (8, 8), (0, 0, 0, 51)), "PNG", (204, 204, 204)),
        (Image.new("1", (8, 8), 1), "PNG", (255, 255, 255)),
        (Image.new("L", (8, 8), 77), "PNG", (77, 77, 77)),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else "",
)
def test_every_kind_of_pixel_arrives_as_rgb_in_the_right_range(blobs, tmp_path, picture, format_name, expected):
    pixel = parsed(blobs, file_of(picture, format_name), tmp_path).getpixel((4, 4))
    assert max(abs(got - wanted) for got, wanted in zip(pixel, expected, strict=True)) <= 2


def test_palette_with_transparency_is_laid_on_white(blobs, tmp_path):
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.putpixel((0, 0), 1)
    content = file_of(palette, "PNG", transparency=0)
    picture = parsed(blobs, content, tmp_path)
    assert (picture.getpixel((4, 4)), picture.getpixel((0, 0))) == ((255, 255, 255), (0, 255, 0))
    assert parsed(blobs, content, tmp_path, mode="RGBA").getpixel((4, 4))[3] == 0


def test_floats_beyond_one_are_stretched_from_lowest_to_highest(blobs, tmp_path):
    depth = np.linspace(-100, 300, 64, dtype=np.float32).reshape(8, 8)
    pixels = parsed(blobs, file_of(Image.fromarray(depth), "TIFF"), tmp_path, type="numpy", mode="L")
    assert (pixels.min(), pixels.max()) == (0, 255)


@pytest.mark.parametrize("depth", [[0, np.nan], [-3e38, 3e38], [np.inf, 0.5], [5, 5]])
def test_odd_floats_are_no_fault(blobs, tmp_path, depth):
    picture = Image.fromarray(np.array([depth] * 4, np.float32))
    pixels = parsed(blobs, file_of(picture, "TIFF"), tmp_path, type="numpy", mode="L")
    assert pixels.shape == (4, 2)


def test_large_jpeg_made_small_is_within_a_few_levels_of_the_slow_way(blobs, tmp_path):
    waves = np.add.outer(np.sin(np.arange(1200) / 9), np.cos(np.arange(1600) / 7)) * 60 + 128
    picture = Image.merge("RGB", [Image.fromarray(np.roll(waves, 99 * n).astype(np.uint8)) for n in range(3)])
    content = file_of(picture, "JPEG", quality=92)
    slow = np.asarray(Image.open(io.BytesIO(content)).resize((120, 90), Image.Resampling.LANCZOS)).astype(int)
    fast = parsed(blobs, content, tmp_path, type="numpy", size=(120, 90))
    assert np.abs(fast - slow).max() <= 4


@pytest.mark.parametrize(("mode", "shape"), [("RGB", (20, 40, 3)), ("RGBA", (20, 40, 4)), ("L", (20, 40))])
def test_numpy_arrays_have_the_shape_of_their_mode(blobs, tmp_path, mode, shape):
    pixels = parsed(blobs, file_of(photo(), "PNG"), tmp_path, type="numpy", mode=mode)
    assert (pixels.shape, pixels.dtype) == (shape, np.uint8)
    pixels[0, 0] = 0  # the script may write to it


def test_size_stretches_the_picture(blobs, tmp_path):
    picture = parsed(blobs, file_of(photo(), "PNG"), tmp_path, size=(28, 30))
    assert picture.size == (28, 30)
    assert picture.getpixel((2, 2))[0] > 180


def test_path_type_gives_the_file_under_its_name_or_a_png_made_to_size(blobs, tmp_path):
    content = file_of(photo(), "JPEG")
    path = parsed(blobs, content, tmp_path, "my photo.jpg", type="path")
    assert (path.name, opened(path).format) == ("my photo.jpg", "JPEG")
    path = parsed(blobs, content, tmp_path, "my photo.jpg", type="path", size=(8, 8))
    assert (path.name, opened(path).size) == ("my photo.png", (8, 8))


def test_painting_on_the_picture_does_not_change_the_next_run(page):
    script = lambda: ma.image_input("Image", value=photo())  # noqa: E731
    page.run(script).paste("white", (0, 0, 40, 20))
    assert page.run(script).getpixel((1, 1))[0] == 220


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


def test_no_global_setting_of_pillow_is_changed(blobs, tmp_path):
    before = Image.MAX_IMAGE_PIXELS
    uploaded(blobs, file_of(photo(), "PNG"), "a.png", tmp_path)
    assert before == Image.MAX_IMAGE_PIXELS
