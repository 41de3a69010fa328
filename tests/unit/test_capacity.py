"""The calculation of what a crowd needs, against figures worked out by hand."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2]))

from benchmarks.capacity import Cost, Crowd, needs


def test_needs_are_those_worked_out_by_hand():
    crowd = Crowd(visitors=3600, minutes=2, changes=10, model_seconds=0.3, rows=7200)
    assert crowd.changes_a_second == 10
    assert crowd.open_pages == 120
    cost = Cost(0.06, 0.012, 0.6, 4e7, 1e6, change_bytes=500, page_bytes=120_000, run_seconds=0.3)
    assert needs(crowd, cost) == pytest.approx(
        {
            "processors of hosts": 2.0,  # (10 x 0.06 + 1 x 0.6) / 0.6
            "processors of PostgreSQL": 0.2,
            "processors of the model, live": 10.0,
            "processors of the model, bulk": 2.0,
            "gigabytes of hosts": 0.12,
            "megabits a second": 1.0,  # (10 x 500 + 120,000) x 8
        }
    )
