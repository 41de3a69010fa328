"""What tests of bulk runs share."""

import textwrap

import pytest


@pytest.fixture
def script(tmp_path):
    """Write a script beside the test's files."""

    def write(text, name="demo.py"):
        path = tmp_path / name
        path.write_text(textwrap.dedent(text))
        return path

    return write
