"""What tests of the script as a function share."""

from pathlib import Path

import pytest
from modelapp.session.blobs import FileBlobs, SessionBlobs


@pytest.fixture
def blobs(tmp_path: Path) -> SessionBlobs:
    """Return a store of large values in a folder."""
    return SessionBlobs(FileBlobs(tmp_path / "blobs"), set())
