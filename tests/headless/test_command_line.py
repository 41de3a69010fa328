"""`modelapp call`: as a person or another program would use it, in a process of its own."""

import json
import subprocess
import sys
import textwrap
import wave

import numpy as np
import pytest
from PIL import Image

SCRIPT = """
    import modelapp as ma
    import numpy as np
    n = ma.number_input(value=3, min=0, max=9)
    text = ma.text_input(value="a")
    view = ma.choice_input(options=["front", "side"], multiple=True, required=False)
    picture = ma.image_input(required=False)
    ma.label_output({"cat": n / 10, "dog": 1 - n / 10})
    ma.text_output(f"{text} {view}")
    if picture is not None:
        ma.image_output(picture)
        ma.audio_output((8000, np.zeros(80)))
        ma.table_output({"a": [1, 2], "b": [None, "x"]})
"""


@pytest.fixture
def call(tmp_path):
    (tmp_path / "demo.py").write_text(textwrap.dedent(SCRIPT))

    def run(*arguments):
        command = [sys.executable, "-m", "modelapp", "call", "demo.py", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return run


def test_json_has_the_outputs_and_the_seconds(call):
    done = call("n=7", "text=good film", "view=front,side", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["outputs"] == {
        "label": {"label": "cat", "confidences": {"cat": 0.7, "dog": pytest.approx(0.3)}},
        "text": "good film ['front', 'side']",
    }
    assert report["seconds"] > 0


def test_a_person_gets_a_line_for_each_output(call):
    done = call("n=7")
    assert done.stdout.splitlines() == ["label: cat (cat 0.70, dog 0.30)", "text: a []"]


def test_pictures_and_sounds_go_into_the_folder_and_edits_are_done(call, tmp_path):
    pixels = np.zeros((2, 4, 3), np.uint8)
    pixels[:, :2] = 200
    Image.fromarray(pixels).save(tmp_path / "p.png")
    edits = json.dumps({"picture": [{"op": "flip", "axis": "horizontal"}]})
    done = call("picture=p.png", "--edits", edits, "--out", "made", "--json")
    assert done.returncode == 0, done.stderr
    outputs = json.loads(done.stdout)["outputs"]
    assert outputs["table"] == [{"a": 1, "b": None}, {"a": 2, "b": "x"}]
    assert (np.asarray(Image.open(tmp_path / outputs["image"]["file"])) == pixels[:, ::-1]).all()
    with wave.open(str(tmp_path / outputs["audio"]["file"])) as file:
        assert (file.getframerate(), file.getnframes()) == (8000, 80)


def test_text_may_come_from_a_file(call, tmp_path):
    (tmp_path / "review.txt").write_text("from a file")
    assert "text: from a file []" in call("text=@review.txt").stdout


@pytest.mark.parametrize(
    ("arguments", "said", "status"),
    [
        (["n=70"], "n=70: “N” cannot be 70: it takes a whole number from 0 to 9.", 1),
        (["m=1"], "There is no input 'm'", 1),
        (["n"], "'n' is no input: NAME=VALUE is expected.", 1),
        (["--edits", "[]"], "--edits is no JSON object", 1),
        (["picture=nothing.png"], "There is no file 'nothing.png'", 1),
        (["--no-such-option"], "No such option", 2),
    ],
)
def test_faults_are_one_sentence_and_a_status(call, arguments, said, status):
    done = call(*arguments)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == status


def test_what_the_script_prints_does_not_stand_among_its_outputs(tmp_path):
    (tmp_path / "demo.py").write_text("import modelapp as ma\nprint('loaded')\nma.number_output(7)\n")
    command = [sys.executable, "-m", "modelapp", "call", "demo.py", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert json.loads(done.stdout)["outputs"] == {"number": 7}
    assert "loaded" in done.stderr
