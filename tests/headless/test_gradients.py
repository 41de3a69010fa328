"""Integrated gradients on models of which they are known, and where on a picture they are laid."""

import textwrap

import modelapp as ma
import numpy as np
import pytest
from modelapp.core.errors import InvalidValue
from modelapp.model.explain.gradients import integrated_gradients, prediction_of
from modelapp.model.explain.runs import Explaining
from PIL import Image

SIDE = 112
TORCH = """
    import modelapp as ma
    import numpy as np
    import torch
    torch.manual_seed(0)
    SIZE = {size}
    left, top, right, bottom = {box}

    class Looks(torch.nn.Module):
        def __init__(self):
            super().__init__()
            weights = torch.zeros(1, 1, SIZE, SIZE)
            weights[..., top:bottom, left:right] = 1 / ((right - left) * (bottom - top))
            self.weights = torch.nn.Parameter(weights)

        def forward(self, x):
            lit = (x.mean(dim=1, keepdim=True) * self.weights).sum(dim=(1, 2, 3))
            return torch.stack([lit, 1 - lit], dim=1)

    @ma.cache
    def load():
        return Looks().eval()

    def as_input(picture):
        {preprocess}

    scan = ma.image_input()
    ma.label_output(ma.predict(load(), scan, preprocess=as_input, labels=["lit", "dark"]))
"""
WHOLE = "return picture.resize((SIZE, SIZE))"


def lit(box, width=SIDE, height=SIDE, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 90, (height, width, 3), np.uint8)
    left, top, right, bottom = box
    pixels[top:bottom, left:right] = 255
    return Image.fromarray(pixels)


@pytest.fixture
def explaining(tmp_path):
    kept = []

    def begin(script, method="gradients", tested=False, **values):
        path = tmp_path / "demo.py"
        path.write_text(textwrap.dedent(script))
        model = ma.load(path)
        kept.append(model)  # with it go the pictures
        base, _ = model.call(values, {}, "explain")
        return Explaining(model.version, base, method=method, tested=tested)

    return begin


@pytest.fixture
def explain(explaining):
    def run(script, tested=False, **values):
        work = explaining(script, tested=tested, **values)
        for _ in work.steps():
            pass
        (found,) = work.reports()
        return found

    return run


@pytest.mark.parametrize("seed", range(5))
def test_peak_is_inside_the_square_that_the_model_looks_at(explain, seed):
    left, top = np.random.default_rng(seed).integers(0, SIDE - 24, 2).tolist()
    box = (left, top, left + 24, top + 24)
    found = explain(TORCH.format(size=SIDE, box=box, preprocess=WHOLE), scan=lit(box, seed=seed))
    assert left <= found.peak[0] * SIDE <= left + 24 and top <= found.peak[1] * SIDE <= top + 24
    assert "captum" in found.method and "Sundararajan" in found.method
    values = np.array(found.values)
    assert values.shape == (14, 14)
    cell = SIDE / 14
    far = values.copy()
    far[int(top // cell) : int((top + 23) // cell) + 1, int(left // cell) : int((left + 23) // cell) + 1] = 0
    assert np.abs(far).max() < 1e-6


def test_sum_is_the_output_less_that_of_the_mean_colour(explain):
    box = (20, 30, 60, 70)
    picture = lit(box)
    found = explain(TORCH.format(size=SIDE, box=box, preprocess=WHOLE), scan=picture)
    pixels = np.asarray(picture) / 255
    inside = pixels[30:70, 20:60].mean()
    assert sum(each.weight for each in found.weights) == pytest.approx(inside - pixels.mean(), abs=1e-4)


def test_map_lies_where_the_script_cut_the_picture(explain):
    # The middle square of a wide picture, without its margin: as networks for ImageNet are given it.
    cut = """side = min(picture.size) * 0.875
        left, top = (picture.width - side) / 2, (picture.height - side) / 2
        return picture.resize((SIZE, SIZE), box=(left, top, left + side, top + side))"""
    width, height = 240, 160
    side, corner = 140, (50, 10)
    box = (130, 100, 160, 130)
    scale = 64 / side
    seen = tuple(round((edge - corner[at % 2]) * scale) for at, edge in enumerate(box))
    found = explain(TORCH.format(size=64, box=seen, preprocess=cut), scan=lit(box, width, height))
    assert 130 <= found.peak[0] * width <= 160 and 100 <= found.peak[1] * height <= 130
    outside = [each.weight for each in found.weights if each.at[2] * width <= 50 or each.at[0] * width >= 190]
    assert set(outside) == {0}


def test_map_is_laid_on_a_black_picture_with_one_bright_spot(explain):
    box = (70, 20, 94, 44)
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[20:44, 70:94] = 255
    found = explain(TORCH.format(size=SIDE, box=box, preprocess=WHOLE), scan=Image.fromarray(pixels))
    assert 70 <= found.peak[0] * SIDE <= 94 and 20 <= found.peak[1] * SIDE <= 44


def test_input_that_is_no_plain_cut_is_told_in_a_sentence(explaining):
    for preprocess in (
        "return picture.resize((SIZE, SIZE)).transpose(0)",  # mirrored
        "return picture.resize((SIZE, SIZE)).transpose(2)",  # turned by a quarter
        "return torch.fft.fft2(torch.tensor(np.asarray(picture, np.float32)).permute(2, 0, 1)).abs()",
    ):
        work = explaining(TORCH.format(size=SIDE, box=(0, 0, 24, 24), preprocess=preprocess), scan=lit((0, 0, 24, 24)))
        with pytest.raises(InvalidValue, match="no plain cut"):
            list(work.steps())


def test_label_that_is_the_other_of_one_output_has_the_other_sign(explain):
    script = TORCH.format(size=SIDE, box=(0, 0, 24, 24), preprocess=WHOLE)
    script = script.replace("return torch.stack([lit, 1 - lit], dim=1)", "return lit[:, None]").replace(
        'labels=["lit", "dark"]', 'labels=["dark", "lit"]'
    )
    bright, dark = explain(script, scan=lit((0, 0, 24, 24))), explain(script, scan=lit((60, 60, 90, 90)))
    assert (bright.decision, dark.decision) == ("lit", "dark")
    # Both are darker or brighter there than the mean, and that is for what was said of them.
    assert np.sum(bright.values) > 0 and np.sum(dark.values) > 0


def test_map_is_tested_as_any(explain):
    box = (30, 50, 54, 74)
    found = explain(TORCH.format(size=SIDE, box=box, preprocess=WHOLE), tested=True, scan=lit(box))
    assert found.faithfulness.score > 0.9


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("scan = ma.image_input()\nma.number_output(scan.width)", "calls by ma.predict"),
        ("scan = ma.image_input()\nma.number_output(ma.predict(lambda x: x.width, scan))", "PyTorch or Keras"),
        ("a = ma.number_input()\nma.number_output(a)", "calls by ma.predict"),
    ],
)
def test_without_gradients_it_says_why(explaining, script, why):
    script = f"import modelapp as ma\n{script}\n"
    values = {"scan": lit((0, 0, 9, 9))} if "scan" in script else {}
    assert explaining(script, method="occlusion", **values).methods == ("occlusion",)
    with pytest.raises(InvalidValue, match=f"{why}|there is none"):
        explaining(script, **values)


def test_keras_gradients_of_a_linear_model_are_weight_times_difference(explaining):
    script = """
        import keras
        import modelapp as ma
        import numpy as np

        @ma.cache
        def load():
            keras.utils.set_random_seed(1)
            return keras.Sequential([keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])

        scan = ma.image_input(mode="L", size=(28, 28))
        ma.label_output(ma.predict(load(), scan, labels=["a", "b", "c"]))
    """
    work = explaining(script, scan=lit((4, 8, 12, 16), 28, 28))
    prediction = prediction_of(work.probe.base)
    steps = integrated_gradients(prediction, work.probe.decision)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found = done.value
            break
    weights = np.asarray(prediction.model.layers[-1].kernel)
    index = ["a", "b", "c"].index(work.probe.decision)
    pixels = np.asarray(prediction.arrays[0])[0, ..., 0]
    assert found == pytest.approx((pixels - pixels.mean()) * weights[:, index].reshape(28, 28), abs=1e-5)
    for _ in work.steps():
        pass
    (report,) = work.reports()
    assert "TensorFlow" in report.method and np.array(report.values).shape == (14, 14)
    assert np.sum(report.values) == pytest.approx(found.sum(), abs=1e-4)
