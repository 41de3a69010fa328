"""`modelapp check`: each fault that it looks for, found at its line with a fix; and nothing found where nothing is."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

EXAMPLES = sorted(
    path for path in (Path(__file__).parents[2] / "examples").glob("*.py") if "import modelapp" in path.read_text()
)
PATIENCE_SECONDS = 300
SLEEPS = "import time\nimport modelapp as ma\n"


@pytest.fixture
def check(tmp_path):
    """Check a script with the command; return the exit status and the findings of all kinds but slow imports."""

    def from_text(script, *options):
        path = tmp_path / "demo.py"
        path.write_text(textwrap.dedent(script))
        done = command(path, "--json", *options)
        report = json.loads(done.stdout)
        return done.returncode, [one for one in report["findings"] if one["kind"] != "slow import"]

    return from_text


def command(path, *options):
    arguments = [sys.executable, "-m", "modelapp", "check", path.name, *options]
    return subprocess.run(arguments, cwd=path.parent, capture_output=True, text=True, timeout=PATIENCE_SECONDS)


FAULTS = {
    "an edge value that the script allows": (
        """
        import modelapp as ma
        n = ma.slider_input(min=0, max=10, value=5)
        ma.number_output(1 / n)
        """,
        ("error", "fails", 4, "ZeroDivisionError", "n = 0"),
    ),
    "an example": (
        """
        import modelapp as ma
        word = ma.text_input(examples=["cat", "dog"])
        if word == "dog":
            raise KeyError(word)
        """,
        ("error", "fails", 5, "KeyError: 'dog'", "word = dog"),
    ),
    "an example of a group": (
        """
        import modelapp as ma
        with ma.inputs(examples=[{"a": 1, "b": 2}, {"a": 3, "b": 0}], submit=True):
            a = ma.number_input()
            b = ma.number_input(min=-1, max=3)
        ma.number_output(a / b if b != -1 and a != 0 else 0)
        """,
        ("error", "fails", 6, "ZeroDivisionError", "the example"),
    ),
    "a choice": (
        """
        import modelapp as ma
        view = ma.choice_input(options=["front", "side"])
        ma.label_output([0.2, 0.8], labels=["x", "y"] if view == "front" else ["x", "y", "z"])
        """,
        ("error", "fails", 4, "2 probabilities, but there are 3 labels", "view = side"),
    ),
    "a picture of one pixel, which only a careless visitor gives": (
        """
        import modelapp as ma
        picture = ma.image_input(type="numpy", examples=["given.png"])
        ma.number_output(float(picture[5, 5].mean()))
        """,
        ("warning", "fails", 4, "IndexError", "one pixel"),
    ),
    "a figure that is none": (
        """
        import math
        import modelapp as ma
        n = ma.slider_input(min=1, max=2)
        ma.number_output(math.nan if n == 2 else 1)
        """,
        ("error", "not a number", 5, "not a number", "n = 2"),
    ),
    "scores for probabilities": (
        """
        import modelapp as ma
        ma.label_output([0.5, 0.9, 0.1], labels=["x", "y", "z"])
        """,
        ("warning", "probabilities do not sum to 1", 3, "sum to 1.5", ""),
    ),
    "an answer that is not the same twice": (
        """
        import random
        import modelapp as ma
        ma.number_output(random.random())
        """,
        ("warning", "not the same twice", 4, "'number'", ""),
    ),
    "work that no input changes": (
        SLEEPS
        + """
def read():
    time.sleep(0.3)
    return {"cat": 0.9, "dog": 0.1}
weights = read()
bias = ma.slider_input(min=0, max=1)
ma.number_output(weights["cat"] + bias)
        """,
        ("warning", "not cached", 7, "weights = read()", ""),
    ),
    "an input that nothing reads": (
        """
        import modelapp as ma
        used = ma.slider_input()
        unused = ma.slider_input(key="spare")
        ma.number_output(used)
        """,
        ("warning", "input not read", 4, "'unused'", ""),
    ),
    "an input that is nowhere assigned": (
        """
        import modelapp as ma
        ma.checkbox_input("Colour")
        ma.number_output(1)
        """,
        ("warning", "input not read", 3, "'Colour'", ""),
    ),
    "a model in training mode": (
        """
        import modelapp as ma
        import torch
        torch.manual_seed(0)
        @ma.cache
        def net():
            return torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2), torch.nn.Softmax(dim=1))
        ma.label_output(net()(torch.zeros(4, 2))[0], labels=["x", "y"])
        """,
        ("error", "training mode", 5, "'net()'", ""),
    ),
    "a model that is read in every run": (
        """
        import modelapp as ma
        import torch
        torch.save({"weight": torch.ones(1)}, "weights.pt")
        weights = torch.load("weights.pt")
        ma.number_output(float(weights["weight"]))
        """,
        ("warning", "not cached", 5, "load()", ""),
    ),
    "a picture of another shape than the model takes": (
        """
        import modelapp as ma
        import torch
        net = torch.nn.Conv2d(1, 2, 3).eval()
        picture = ma.image_input(size=(8, 8), examples=["given.png"])
        ma.predict(net, picture)
        """,
        ("error", "fails", 6, "channels", "begins with"),
    ),
    "nothing to begin with": (
        """
        import modelapp as ma
        notes = ma.file_input()
        ma.text_output(notes.name)
        """,
        ("note", "starts empty", 3, "'notes'", ""),
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_at_its_line_with_a_fix(check, tmp_path, fault):
    from PIL import Image

    Image.new("RGB", (40, 30), "red").save(tmp_path / "given.png")
    script, (severity, kind, line, words, case) = FAULTS[fault]
    status, findings = check(script)
    (found,) = findings
    assert (found["severity"], found["kind"], found["line"], found["file"]) == (severity, kind, line, "demo.py")
    assert words in found["message"] and found["fix"] and case in found["case"]
    assert status == (1 if severity == "error" else 0)


@pytest.mark.parametrize(
    "script",
    [
        "import modelapp as ma\nn = ma.slider_input(min=1, max=9)\nma.number_output(1 / n)",
        "import modelapp as ma\nma.state.n = ma.state.get('n', 0) + 1\nma.number_output(ma.state.n)",
        SLEEPS + "@ma.cache\ndef read():\n    time.sleep(0.3)\n    return 7\nma.number_output(read())",
        SLEEPS + "n = ma.slider_input()\ntime.sleep(0.3 + 0 * n)\nma.number_output(n)",
        SLEEPS + "if ma.button('Slowly'):\n    time.sleep(9)\nma.number_output(1)",
        "import modelapp as ma\na = ma.slider_input()\nb = ma.slider_input()\nma.number_output(eval('a + b'))",
        "import modelapp as ma\nma.label_output({'x': 0.5, 'y': 0.5000001})",
        "import modelapp as ma\nname = ma.text_input()\nma.text_output(name.upper())",
        "import modelapp as ma\nnothing = ma.image_input(required=False)\nma.text_output(f'{nothing}')",
    ],
)
def test_nothing_is_found_where_nothing_is(check, script):
    assert check(script) == (0, [])


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_no_example_raises_an_alarm(path):
    done = command(path, "--json")
    report = json.loads(done.stdout)
    assert [one for one in report["findings"] if one["severity"] != "note"] == []
    assert done.returncode == 0 and report["runs"] >= 3


def test_report_reads_like_a_compilers(tmp_path):
    path = tmp_path / "demo.py"
    path.write_text("import modelapp as ma\nn = ma.slider_input(min=0, max=3)\nma.number_output(6 / n)\n")
    done = command(path)
    assert done.returncode == 1
    assert done.stdout.startswith(
        "demo.py:3: error: ZeroDivisionError: division by zero\n    with what it begins with\n"
    )
    assert done.stdout.splitlines()[-1].startswith("demo.py: 1 error (")


def test_loop_without_end_is_ended_and_told(tmp_path):
    from modelapp.model.check.runs import Check
    from modelapp.script.run import Script

    path = tmp_path / "demo.py"
    path.write_text("import modelapp as ma\nn = ma.slider_input(min=0, max=3)\nwhile n == 3:\n    pass\n")
    check = Check(Script(path), tmp_path / "blobs", case_limit=0.2)
    for _ in check.steps():
        pass
    (found,) = check.report().findings
    assert (found.kind, found.case) == ("does not end", "n = 3")


@pytest.mark.parametrize(("text", "fragment"), [("x = (", "SyntaxError"), (None, "no script")])
def test_script_that_cannot_be_run_is_an_error_in_words(tmp_path, text, fragment):
    if text is not None:
        (tmp_path / "demo.py").write_text(text)
    done = command(tmp_path / "demo.py")
    assert done.returncode == 1
    assert fragment in done.stderr and "Traceback" not in done.stderr
