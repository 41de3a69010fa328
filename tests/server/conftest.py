"""What tests of servers share."""

import pytest
from api_calls import SCRIPT, Api
from pairs import PAIR, Pair


@pytest.fixture
def api(serve):
    """Serve a script to be called."""
    return lambda script=SCRIPT, *options: Api(serve(script, *options))


@pytest.fixture
def pair(request, serve, postgres, tmp_path, monkeypatch):
    """Serve one script by two hosts, which share the store and the files."""
    monkeypatch.setenv("MODELAPP_STORE", postgres)
    monkeypatch.setenv("MODELAPP_BLOBS", (tmp_path / "shared").as_uri())
    made = Pair(tmp_path, getattr(request, "param", PAIR), serve, postgres)
    yield made
    made.stop()
