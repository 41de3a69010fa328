import json
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import PurePosixPath

import modelapp as ma
import numpy as np
import pytest
import torch
from modelapp.core.errors import ScriptError


@dataclass
class Case:
    name: str
    day: date


class Kind(Enum):
    MILD = "mild"


def test_data_of_any_library_becomes_plain_json(page):
    value = {
        "array": np.array([[1, 2]], np.int64),
        "number": np.float32(0.5),
        "tensor": torch.tensor([1.5], requires_grad=True),
        "case": Case("Ada", date(2024, 2, 29)),
        "kind": Kind.MILD,
        "set": {3, 1},
        "path": PurePosixPath("a/b"),
        5: (None, True),
    }
    page.run(lambda: ma.json_output(value))
    plain = {
        "array": [[1, 2]],
        "number": 0.5,
        "tensor": [1.5],
        "case": {"name": "Ada", "day": "2024-02-29"},
        "kind": "mild",
        "set": [1, 3],
        "path": "a/b",
        "5": [None, True],
    }
    assert page.result("json") == plain
    assert json.loads(page.props("output.json").text) == plain
    assert page.props("output.json").text.startswith('{\n  "array"')


def test_long_data_is_cut_and_says_so(page):
    page.run(lambda: ma.json_output(list(range(100_000))))
    props = page.props("output.json")
    assert (props.truncated, len(props.text)) == (True, 200_000)


def test_data_that_contains_itself_is_explained(page):
    loop = []
    loop.append(loop)
    with pytest.raises(ScriptError, match="contain itself"):
        page.run(lambda: ma.json_output(loop))
