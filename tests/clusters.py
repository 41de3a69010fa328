"""Clusters of Ray for tests: one of this machine that all of a session share."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def ray_here() -> Iterator[None]:
    """Keep this process connected to a cluster of its own: its start takes seconds."""
    from modelapp.model.engines.cluster import Cluster

    cluster = Cluster()
    yield
    cluster.close()
