"""What tests of servers share."""

import pytest
from api_calls import SCRIPT, Api


@pytest.fixture
def api(serve):
    """Serve a script to be called."""
    return lambda script=SCRIPT, *options: Api(serve(script, *options))
