"""An Interface of a plain Python program, opened in a browser: it answers, and Ctrl-C ends the program."""

import os
import re
import signal
import subprocess
import sys
import textwrap

import pytest
from chromium import barriers
from playwright.sync_api import expect

PATIENCE_SECONDS = 60
PROGRAM = """
    import modelapp as ma

    def bmi(weight, height):
        return weight / height**2

    ma.Interface(
        inputs=[("number", {"value": 80.0}), ("slider", {"min": 1.0, "max": 2.5, "value": 2.0})],
        outputs="number", model_type="pyfunc", model=bmi, title="Body mass",
        examples=[(80.0, 2.0), (45.0, 1.5)],
    ).launch(port=0)
    print("ended")
"""


@pytest.fixture
def program(tmp_path):
    """Start the program; end it as Ctrl-C does."""
    path = tmp_path / "body.py"
    path.write_text(textwrap.dedent(PROGRAM))
    started = subprocess.Popen(
        [sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    yield started
    if started.poll() is None:
        started.kill()
    started.communicate(timeout=PATIENCE_SECONDS)


def test_page_of_a_program_answers_until_ctrl_c(program, context):
    told = []
    for line in program.stdout:
        told.append(line)
        if "visitors" in line:
            break
    text = "".join(told)
    assert "nothing to mend" in text, text
    page = context.new_page()
    page.goto(re.search(r"you\s+(\S+)", text)[1])
    expect(page.get_by_role("heading", name="Body mass")).to_be_visible()
    expect(page.locator("[data-kind=number_output]")).to_contain_text("20")
    page.get_by_label("Weight").first.fill("40")
    page.get_by_label("Weight").first.press("Enter")
    expect(page.locator("[data-kind=number_output]")).to_contain_text("10")
    assert barriers(page) == []
    page.close()
    program.send_signal(signal.SIGINT)
    out, problems = program.communicate(timeout=PATIENCE_SECONDS)
    assert "ended" in out
    assert "Traceback" not in problems
    assert program.returncode == 0
