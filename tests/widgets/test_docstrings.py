"""The examples in the docstrings are scripts, and they run."""

from doctest import DocTestParser

import modelapp as ma
import pytest
from PIL import Image

FUNCTIONS = sorted(name for name in ma.__all__ if ma._MODULE_OF[name].startswith("modelapp.widgets."))
VALUES = {
    "text_input": {"review": "Good."},
    "text_output": {"name": "Ada"},
    "choice_input": {"views": ["side"]},
}
WAITS_FOR_A_FILE_OR_A_PRESS = ("columns", "file_input", "image_output", "inputs")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_example_of_the_docstring_runs_to_its_end(hosts, tmp_path, name):
    for animal in ("cat", "dog"):
        Image.new("RGB", (40, 30), "red").save(tmp_path / f"{animal}.jpg")
    examples = DocTestParser().get_examples(getattr(ma, name).__doc__)
    script = "".join(example.source for example in examples)
    assert script.startswith("import"), "an example can be pasted into a file"
    user = hosts(script).user().settle()
    if name in VALUES:
        user.set(**VALUES[name])
        user.wait(lambda: user.phase == "done")
    assert user.phase == ("waiting" if name in WAITS_FOR_A_FILE_OR_A_PRESS else "done"), user.failure
