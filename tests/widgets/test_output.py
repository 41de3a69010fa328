from pathlib import Path

import modelapp as ma
import numpy as np
import pandas as pd
import plotly.graph_objects as plotly
import pytest
import torch
from matplotlib.figure import Figure
from modelapp.widgets.json_output import JsonOutput
from PIL import Image


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("text", "text_output"),
        (None, "text_output"),
        (True, "text_output"),
        (object(), "text_output"),
        (5, "number_output"),
        (0.5, "number_output"),
        (np.float32(0.5), "number_output"),
        (torch.tensor(0.5), "number_output"),
        ({"cat": 0.75, "dog": 0.25}, "label_output"),
        ({"cat": 3.5, "dog": 0.25}, "json_output"),
        ({"cat": 1}, "json_output"),
        ({}, "json_output"),
        ([1, 2], "json_output"),
        (Image.new("L", (4, 4)), "image_output"),
        (np.zeros((20, 30, 3)), "image_output"),
        (torch.zeros(3, 20, 30), "image_output"),
        (np.zeros((28, 28)), "image_output"),
        (np.zeros(5), "table_output"),
        (np.zeros((5, 2)), "table_output"),
        (pd.DataFrame({"a": [1]}), "table_output"),
        (pd.Series([1]), "table_output"),
        (Figure(), "plot_output"),
        (plotly.Figure(), "plot_output"),
        (JsonOutput("kept"), "json_output"),
        (Path(__file__), "file_output"),
        (b"bytes", "file_output"),
    ],
)
def test_output_picks_by_type(page, value, kind):
    page.run(lambda: ma.output(value))
    (identity,) = page.ids
    assert page.props(identity).__struct_config__.tag == kind


def test_path_of_a_picture_is_shown_as_one(page, tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    page.run(lambda: ma.output(tmp_path / "a.png"))
    assert page.ids == ["output.image"]


def test_generator_streams(page):
    page.run(lambda: ma.output((word for word in ("a", "b")), label="Answer"))
    assert page.props("output.answer").text == "ab"
