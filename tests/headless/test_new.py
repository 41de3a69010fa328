"""`modelapp new`: what it writes runs as it is, and nothing is ever overwritten."""

import json
import subprocess
import sys

import modelapp as ma
import numpy as np
import pytest
from modelapp.cli.new import FRAMEWORKS, KINDS, STARTERS, starter
from modelapp.model.headless import load
from PIL import Image
from sklearn.datasets import load_digits


def command(folder, *words):
    return subprocess.run(
        [sys.executable, "-m", "modelapp", *words], cwd=folder, capture_output=True, text=True, timeout=120
    )


def given(kind):
    low = ma.Audio(8000, np.sin(np.arange(8000) * 2 * np.pi * 250 / 8000).astype("float32"))
    return {"image": {"image": Image.new("RGB", (60, 40), "white")}, "text": {"text": "cold food, we hated it"}}.get(
        kind, {"sound": low} if kind == "sound" else {}
    )


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_starter_answers_as_it_is(tmp_path, kind, framework):
    path = tmp_path / "demo.py"
    path.write_text(starter(kind, framework))
    answer = load(path)(**given(kind))["label"]
    assert sum(answer["confidences"].values()) == pytest.approx(1, abs=1e-5)


def test_there_is_one_for_each_kind_and_framework():
    assert len(list(STARTERS.iterdir())) == len(KINDS) * len(FRAMEWORKS)


@pytest.mark.parametrize(
    ("kind", "name"), [("sound", "low"), ("text", "bad"), ("table", "versicolor"), ("image", None)]
)
def test_trained_stand_ins_are_right(tmp_path, kind, name):
    path = tmp_path / "demo.py"
    path.write_text(starter(kind, "sklearn"))
    if kind == "image":  # one of the digits that it was trained on
        digits = load_digits()
        picture = Image.fromarray((digits.images[3] * 15.9375).astype("uint8"))
        assert load(path)(image=picture)["label"]["label"] == str(digits.target[3])
    else:
        assert load(path)(**given(kind))["label"]["label"] == name


def test_command_writes_one_that_passes_the_check(tmp_path):
    done = command(tmp_path, "new", "sound", "voice.py")
    assert done.returncode == 0 and "modelapp run voice.py" in done.stdout and "pip install" not in done.stdout
    report = json.loads(command(tmp_path, "check", "voice.py", "--json").stdout)
    assert [one for one in report["findings"] if one["level"] != "note"] == []


def test_nothing_is_overwritten_and_names_are_checked(tmp_path):
    (tmp_path / "demo.py").write_text("mine")
    done = command(tmp_path, "new", "text")
    assert done.returncode == 1 and "nothing was written" in done.stderr
    assert (tmp_path / "demo.py").read_text() == "mine"
    wrong = command(tmp_path, "new", "text", "demo")
    assert wrong.returncode == 1 and "demo.py" in wrong.stderr
    missing = command(tmp_path, "new", "text", "none/demo.py")
    assert missing.returncode == 1 and "cannot be written" in missing.stderr
    unknown = command(tmp_path, "new", "smell")
    assert unknown.returncode == 2 and "image" in unknown.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["demo.py"]
