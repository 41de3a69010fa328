"""The pixels of an `image_input` as the script gets them, whatever the file had."""

import io

import modelapp as ma
import numpy as np
import pytest
from picture_files import exif, file_of, opened, parsed, photo
from PIL import Image


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
