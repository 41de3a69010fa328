"""Two scripts compared on what was flagged: another file, and an earlier revision of git."""

import io
import json
import subprocess
import textwrap

import numpy as np
import pytest
from kept_flags import App
from PIL import Image

TODAY = """
    import modelapp as ma
    from rule import odd
    a = ma.number_input(value=1)
    ma.label_output({"odd": odd(a), "even": 1 - odd(a)})
"""


@pytest.fixture
def app(tmp_path):
    app = App(tmp_path)
    app.save(TODAY)
    (tmp_path / "rule.py").write_text("def odd(a):\n    return float(a % 2)\n")
    return app


def flagged(app, *pairs):
    for a, right in pairs:
        app.flag({"a": a}, {"label": {"label": "odd", "confidences": {"odd": 1.0, "even": 0.0}}}, right=right)


def git(app, *words):
    identity = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *words], cwd=app.path.parent, check=True, capture_output=True, timeout=60)


def verdicts(app, *words, status):
    said = json.loads(app("replay", "--json", *words, status=status))
    return [(one["then"], one["now"], one["verdict"]) for one in said["flags"]]


def test_another_script_whose_module_has_the_same_name(app):
    other = app.path.parent / "other"
    other.mkdir()
    (other / "demo.py").write_text(textwrap.dedent(TODAY))
    (other / "rule.py").write_text("def odd(a):\n    return float(a % 2 == 0)\n")
    flagged(app, (1, "odd"), (2, "odd"), (3, ""))
    expected = [("even", "odd", "fixed"), ("odd", "even", "newly wrong"), ("even", "odd", "changed")]
    assert verdicts(app, "--against", "other/demo.py", status=1) == expected
    said = app("replay", "--against", "other/demo.py", status=1)
    assert "other/demo.py" in said.splitlines()[0] and "1 fixed, 1 newly wrong, 1 changed." in said


def test_still_wrong_is_no_worse_than_before(app):
    flagged(app, (1, "even"), (2, "even"))
    (app.path.parent / "same.py").write_text(app.path.read_text())
    assert verdicts(app, "--against", "same.py", status=0) == [
        ("odd", "odd", "still wrong"),
        ("even", "even", "right"),
    ]


def test_revision_has_its_own_modules_and_the_weights_that_git_does_not_know(app):
    folder = app.path.parent
    app.save("""
        import modelapp as ma
        from rule import odd
        from pathlib import Path
        a = ma.number_input(value=1)
        weight = float(Path(__file__).with_name("weights.txt").read_text())
        ma.number_output(odd(a) * weight, key="score")
    """)
    (folder / "weights.txt").write_text("10")
    (folder / ".gitignore").write_text("weights.txt\n.modelapp\n")
    git(app, "init", "-q")
    git(app, "add", ".")
    git(app, "commit", "-q", "-m", "first")
    (folder / "rule.py").write_text("def odd(a):\n    return 3.0\n")
    app.flag({"a": 1}, {"score": 0.0}, right="30")
    app.flag({"a": 2}, {"score": 0.0})
    assert verdicts(app, "--against", "HEAD", status=0) == [(10.0, 30.0, "fixed"), (0.0, 30.0, "changed")]
    git(app, "commit", "-q", "-am", "second")
    assert verdicts(app, "--against", "HEAD~1", status=0) == [(10.0, 30.0, "fixed"), (0.0, 30.0, "changed")]
    assert verdicts(app, "--against", "HEAD", status=0) == [(30.0, 30.0, "right"), (30.0, 30.0, "same")]
    for wrong in ("HEAD~7", "no-such-branch", "--output=x"):
        said = app("replay", f"--against={wrong}", status=1)
        assert "neither a file nor a revision" in said and "Traceback" not in said


def test_pictures_reach_the_other_script_and_equal_pictures_are_the_same(app):
    app.save("""
        import modelapp as ma
        scan = ma.image_input(mode="L")
        ma.image_output(scan.transpose(0), key="mirrored")
    """)
    file = io.BytesIO()
    Image.fromarray(np.arange(600, dtype=np.uint8).reshape(20, 30)).save(file, "PNG")
    raw = {"blob": app.blob(file.getvalue()), "name": "scan.png", "width": 30, "height": 20, "preview": None}
    app.flag({"scan": {**raw, "edits": []}}, {"mirrored": None})
    script = app.path.read_text()
    (app.path.parent / "same.py").write_text(script)
    (app.path.parent / "not.py").write_text(script.replace(".transpose(0)", ""))
    assert verdicts(app, "--against", "same.py", status=0) == [(None, None, "same")]
    assert verdicts(app, "--against", "not.py", status=0) == [(None, None, "changed")]


def test_script_that_fails_or_takes_something_else_is_said(app):
    flagged(app, (1, "odd"))
    folder = app.path.parent
    (folder / "fails.py").write_text("import modelapp as ma\na = ma.number_input(value=1)\n1 / 0\n")
    (folder / "takes.py").write_text("import modelapp as ma\nb = ma.number_input(value=1)\nma.text_output(f'{b}')\n")
    for other, reason in (("fails.py", "division by zero"), ("takes.py", "does not read the input a")):
        said = json.loads(app("replay", "--json", "--against", other, status=0))["flags"][0]
        assert said["verdict"] == "not run" and said["reason"].startswith("The other script: ")
        assert reason in said["reason"]
    (folder / "broken.py").write_text("import modelapp as ma\n(\n")
    assert "broken.py cannot be run" in app("replay", "--against", "broken.py", status=1)


def test_outside_a_repository_a_revision_is_none(app):
    flagged(app, (1, "odd"))
    assert "is in no git repository" in app("replay", "--against", "HEAD~1", status=1)
