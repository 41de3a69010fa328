import io

import modelapp as ma
import numpy as np
import pytest
import torch
from modelapp.core.errors import ScriptError
from PIL import Image

RED = np.zeros((6, 8, 3), np.uint8)
RED[..., 0] = 255


def shown(page, name="image"):
    return Image.open(io.BytesIO(page.blobs.path(page.props(f"output.{name}").blob).read_bytes()))


@pytest.mark.parametrize(
    "image",
    [
        RED,
        RED / 255.0,
        (RED / 255).astype(np.float16),
        RED.astype(np.uint16) * 257,
        Image.fromarray(RED),
        torch.tensor(RED / 255.0).permute(2, 0, 1).requires_grad_(),
        torch.tensor(RED / 255.0, dtype=torch.bfloat16).permute(2, 0, 1)[None],
        RED.transpose(2, 0, 1),
        Image.fromarray(RED).convert("CMYK"),
        Image.fromarray(RED).convert("P"),
    ],
)
def test_picture_of_any_kind_is_shown_in_its_colours(page, image):
    page.run(lambda: ma.image_output(image, caption="red"))
    props = page.props("output.image")
    assert (props.width, props.height, props.caption) == (8, 6, "red")
    pixel = shown(page).convert("RGB").getpixel((3, 3))
    assert max(abs(got - wanted) for got, wanted in zip(pixel, (255, 0, 0), strict=True)) <= 1


def test_grey_bool_and_deep_arrays_are_shown(page):
    for image in (np.eye(4, dtype=bool), np.eye(4), np.eye(4, dtype=np.uint16) * 65535, np.eye(4)[..., None]):
        page.run(lambda image=image: ma.image_output(image))
        assert np.array_equal(np.asarray(shown(page).convert("L")), np.eye(4) * 255)


def test_path_is_shown_without_metadata(page, tmp_path):
    tags = Image.Exif()
    tags[0x010F] = "SecretCamera"
    Image.fromarray(RED).save(tmp_path / "a.jpg", exif=tags)
    page.run(lambda: ma.image_output(tmp_path / "a.jpg"))
    assert b"SecretCamera" not in page.blobs.path(page.props("output.image").blob).read_bytes()
    assert page.result("image").size == (8, 6)


def test_large_photo_is_jpeg_and_large_transparent_picture_is_png(page):
    page.run(lambda: ma.image_output(np.zeros((1300, 1300, 3), np.uint8)))
    assert shown(page).format == "JPEG"
    page.run(lambda: ma.image_output(np.zeros((1300, 1300, 4), np.uint8)))
    assert shown(page).format == "PNG"


@pytest.mark.parametrize(
    "box",
    [
        (2, 3, 6, 6, "cat"),
        [2, 3, 6, 6, "cat"],
        {"x0": 2, "y0": 3, "x1": 6, "y1": 6, "label": "cat"},
        {"box": (2, 3, 6, 6), "label": "cat"},
        {"box": {"xmin": 2, "ymin": 3, "xmax": 6, "ymax": 6}, "label": "cat"},
    ],
)
def test_boxes_become_fractions_of_the_picture(page, box):
    page.run(lambda: ma.image_output(RED, boxes=[box]))
    (drawn,) = page.props("output.image").boxes
    assert (drawn.x0, drawn.y0, drawn.x1, drawn.y1, drawn.label) == (0.25, 0.5, 0.75, 1.0, "cat")


def test_boxes_of_detectors_and_arrays_are_taken_and_cut_to_the_picture(page):
    page.run(lambda: ma.image_output(RED, boxes=torch.tensor([[-4.0, 0, 4, 60]])))
    (box,) = page.props("output.image").boxes
    assert (box.x0, box.y0, box.x1, box.y1, box.label) == (0, 0, 0.5, 1, None)
    page.run(lambda: ma.image_output(RED, boxes=[{"box": [0, 0, 8, 6], "label": "cat", "score": 0.987}]))
    assert page.props("output.image").boxes[0].label == "cat 0.99"


def test_boxes_and_masks_of_one_label_share_a_colour(page):
    mask = np.zeros((6, 8), bool)
    mask[0, 0] = True
    boxes = [(0, 0, 1, 1, "cat"), (0, 0, 1, 1, "dog"), (0, 0, 1, 1, "cat")]
    page.run(lambda: ma.image_output(RED, boxes=boxes, masks={"dog": mask}))
    props = page.props("output.image")
    assert [box.colour for box in props.boxes] == [0, 1, 0]
    assert props.masks[0].colour == 1


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int64, np.float32])
def test_mask_becomes_the_alpha_of_a_png(page, kind):
    mask = np.zeros((6, 8), kind)
    mask[2, 5] = 1
    page.run(lambda: ma.image_output(RED, masks=[mask]))
    alpha = Image.open(io.BytesIO(page.blobs.path(page.props("output.image").masks[0].blob).read_bytes()))
    assert np.array_equal(np.asarray(alpha.getchannel("A")), (mask * 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"boxes": [(50, 60, 20, 30)]}, "left of or above"),
        ({"boxes": [(1, 2, 3)]}, "four numbers"),
        ({"boxes": [("a", 2, 3, 4)]}, "four numbers"),
        ({"boxes": [(float("nan"), 2, 3, 4)]}, "finite"),
        ({"boxes": 5}, "a list is expected"),
        ({"masks": [np.zeros((3, 3), bool)]}, r"shape \(3, 3\), the picture has \(height, width\) = \(6, 8\)"),
    ],
)
def test_boxes_and_masks_that_do_not_fit_are_explained(page, options, message):
    with pytest.raises(ScriptError, match=message):
        page.run(lambda: ma.image_output(RED, **options))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.full((4, 4), 7.5), "values from 7.5 to 7.5"),
        (np.full((4, 4), np.nan), "nan"),
        (np.zeros((5, 6, 2)), "is no picture"),
        (np.zeros((0, 4)), "is no picture"),
        (np.zeros(4), "is no picture"),
        ("nowhere.png", "no file"),
        (5, "a PIL image, an array"),
    ],
)
def test_what_is_no_picture_is_explained(page, image, message):
    with pytest.raises(ScriptError, match=message):
        page.run(lambda: ma.image_output(image))
