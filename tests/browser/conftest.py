"""What tests of the page share."""

import pytest
from editing import Editing


@pytest.fixture
def editing(open_page, context, tmp_path):
    """A page whose script takes a picture, not yet opened."""
    return Editing(open_page, context, tmp_path)
