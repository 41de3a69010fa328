"""Uploaded pictures: what is kept of them, and what is refused."""

import io

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue
from modelapp.widgets._intake import clean
from modelapp.widgets.image_input import ImageInput
from picture_files import exif, file_of, opened, parsed, photo, png_header, raw_of, uploaded
from PIL import Image
from PIL.PngImagePlugin import PngInfo


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


def test_no_global_setting_of_pillow_is_changed(blobs, tmp_path):
    before = Image.MAX_IMAGE_PIXELS
    uploaded(blobs, file_of(photo(), "PNG"), "a.png", tmp_path)
    assert before == Image.MAX_IMAGE_PIXELS
