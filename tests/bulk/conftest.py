"""What tests of bulk runs share."""

import textwrap

import pytest
from bulk_cases import picture


@pytest.fixture
def script(tmp_path):
    """Write a script beside the test's files."""

    def write(text, name="demo.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write


@pytest.fixture
def pictures(tmp_path):
    """A folder of pictures, sorted by what they are."""
    folder = tmp_path / "pictures"
    for name, level in [("bright/a.png", 250), ("bright/b.png", 20), ("dark/c.png", 10), ("dark/deep/d.png", 5)]:
        picture(folder / name, level)
    (folder / "dark" / "notes.txt").write_text("no picture")
    (folder / ".hidden.png").write_text("no picture either")
    return folder
