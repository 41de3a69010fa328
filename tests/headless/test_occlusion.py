"""The occlusion map, on models that look at one known place."""

import json
import subprocess
import sys
import textwrap

import modelapp as ma
import numpy as np
import pytest
from modelapp.core.errors import InvalidValue
from modelapp.model.explain.occlusion import Occlusion
from PIL import Image

LOOKS = """
    import modelapp as ma
    import numpy as np
    scan = ma.image_input({options})
    pixels = np.asarray(scan.convert("L")).astype(float) / 255
    left, top, right, bottom = {box}
    lit = float(pixels[top:bottom, left:right].mean())
    ma.label_output({{"lit": lit, "dark": 1 - lit}})
    ma.number_output(lit, label="Level")
"""
SIDE = 112  # seven cells of 16 pixels, in parts of 4


@pytest.fixture
def explain(tmp_path):
    def run(box, picture, options="", **choices):
        path = tmp_path / "demo.py"
        path.write_text(textwrap.dedent(LOOKS.format(box=box, options=options)))
        model = ma.load(path)
        occlusion = Occlusion(model.version, model.call({"scan": picture}, {}, "explain")[0], **choices)
        for _ in occlusion.steps():
            pass
        return occlusion.report()

    return run


def noise_with(box, level=255, seed=0):
    """A picture of dark noise with one square."""
    pixels = np.random.default_rng(seed).integers(0, 90, (SIDE, SIDE, 3), np.uint8)
    left, top, right, bottom = box
    pixels[top:bottom, left:right] = level
    return Image.fromarray(pixels)


@pytest.mark.parametrize(("left", "top"), [(0, 0), (40, 40), (74, 10), (13, 61), (33, 74)])
def test_peak_is_inside_the_square_that_the_model_looks_at(explain, left, top):
    box = (left, top, left + 22, top + 22)
    found = explain(box, noise_with(box))
    x, y = found.peak[0] * SIDE, found.peak[1] * SIDE
    assert left <= x <= left + 22 and top <= y <= top + 22
    assert (found.input, found.answer, found.decision) == ("scan", "label", "lit")
    values = np.array(found.values)
    assert values.shape == (28, 28)
    assert values[int(found.peak[1] * 28), int(found.peak[0] * 28)] == pytest.approx(values.max())
    # What is nowhere near the square takes nothing away.
    far = np.ones_like(values, bool)
    cell = SIDE / 7
    far[
        int(top // cell) * 4 : (int((top + 21) // cell) + 1) * 4,
        int(left // cell) * 4 : (int((left + 21) // cell) + 1) * 4,
    ] = False
    assert np.abs(values[far]).max() < values.max() / 20


def test_cells_keep_their_sum_when_they_are_divided(explain):
    box = (30, 30, 52, 52)
    coarse = explain(box, noise_with(box), levels=0)
    fine = explain(box, noise_with(box), levels=2)
    assert np.array(coarse.values).shape == (7, 7)
    assert np.sum(fine.values) == pytest.approx(np.sum(coarse.values))
    assert fine.runs > coarse.runs == 2 * 49


def test_hiding_that_adds_to_the_answer_is_below_zero(explain):
    box = (30, 30, 52, 52)
    found = explain(box, noise_with(box, level=0), answer="level")  # dark where the model looks for light
    assert np.min(found.values) < 0
    assert abs(np.min(found.values)) > np.max(found.values)


def test_picture_that_the_script_lets_nobody_cover_is_told_in_a_sentence(explain):
    with pytest.raises(InvalidValue, match="parts can be hidden"):
        explain((0, 0, 9, 9), noise_with((0, 0, 9, 9)), options='tools=["flip"]')


def test_command_draws_the_map_and_prints_json(tmp_path):
    box = (64, 16, 96, 48)
    (tmp_path / "demo.py").write_text(textwrap.dedent(LOOKS.format(box=box, options="")))
    noise_with(box).save(tmp_path / "scan.png")

    def command(*words):
        whole = [sys.executable, "-m", "modelapp", "explain", "demo.py", "scan=scan.png", *words]
        return subprocess.run(whole, cwd=tmp_path, capture_output=True, text=True, timeout=100)

    done = command()
    assert done.returncode == 0, done.stderr
    rows = done.stdout.splitlines()[:28]
    assert all("█" in row for row in rows[4:12]) and not any("█" in row for row in rows[:4] + rows[12:])
    assert "“lit” rests most on what is" in done.stdout
    report = json.loads(command("--json").stdout)
    x, y = (place * SIDE for place in report["peak"])
    assert 64 <= x <= 96 and 16 <= y <= 48
    assert "Zeiler" in report["method"]
