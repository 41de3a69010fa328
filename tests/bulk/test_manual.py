"""The manual's page on bulk runs: its script, its table, its command and its piece of Python."""

import contextlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd

PAGE = Path(__file__).parents[2] / "docs" / "bulk.md"


def block(kind, beginning):
    found = re.findall(rf"^```{kind}\n({re.escape(beginning)}.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return found[0]


def test_command_and_python_of_the_manual_do_what_it_says(tmp_path, monkeypatch):
    (tmp_path / "bmi.py").write_text(block("python", "import modelapp as ma"))
    (tmp_path / "cases.csv").write_text(block("csv", "id,"))
    command = shlex.split(block("sh", "modelapp bulk"))
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1, done.stderr
    results = pd.read_csv(tmp_path / "results.csv")
    assert list(results.columns) == ["case", "id", "weight", "height", "kind", "bmi", "label", "seconds", "error"]
    assert list(results["bmi"].round(2))[:2] == [30.86, 20.90]
    assert list(results["label"])[:2] == ["over", "normal"]
    assert results["error"][2].startswith("WrongInput: weight=")
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(block("python", "from modelapp import bulk"), {})
    assert printed.getvalue().splitlines()[-1] == "1.0"
