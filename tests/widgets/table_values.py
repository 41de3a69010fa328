"""Tables as an input keeps them, for tests of it."""

import datetime

import numpy as np
import pandas as pd
from modelapp.widgets._tables import StoredTable, Table, free_columns, stored


def sample() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [30, 41, 70],
            "weight": [60.5, np.nan, np.inf],
            "visits": pd.array([1, None, 3], dtype="Int64"),
            "stage": pd.Categorical(["II", None, "II"], categories=["I", "II", "III"], ordered=True),
            "grade": pd.Categorical([2, 1, 2]),
            "smoker": [True, False, True],
            "maybe": pd.array([True, None, False], dtype="boolean"),
            "note": ["a", None, "NA"],
            "text": pd.array(["a", None, "c"], dtype="string"),
            "seen": pd.to_datetime(["2026-01-02", None, "2026-01-03"]),
            "at": pd.to_datetime(["2026-01-02 10:30:00.123456789", "2026-01-04", None], format="ISO8601"),
            "there": pd.to_datetime(["2026-01-02 10:30", "2026-06-04 00:00", None]).tz_localize("Europe/Berlin"),
            "birth": pd.Series([datetime.date(1990, 1, 2), None, datetime.date(1991, 2, 3)], dtype=object),
            "odd": pd.Series([True, None, False], dtype=object),
            "small": np.array([1, 2, 3], dtype=np.int8),
            "large": np.array([1, 2, 2**64 - 1], dtype=np.uint64),
            "half": np.array([0.1, 1.5, 2.5], dtype=np.float32),
        }
    )


def table_of(frame: pd.DataFrame) -> Table:
    import msgspec

    return Table(msgspec.json.decode(stored(frame, free_columns(frame)), type=StoredTable))


def raw_of(page, name: str):
    return page.context.inputs[name].raw
