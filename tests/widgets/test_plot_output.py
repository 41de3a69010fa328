import io
from concurrent.futures import ThreadPoolExecutor

import altair
import matplotlib
import modelapp as ma
import plotly.graph_objects as plotly
import pytest
from matplotlib.figure import Figure
from modelapp.core.errors import ScriptError
from PIL import Image

matplotlib.use("Agg")
from matplotlib import pyplot


def figure_of_matplotlib(title="A peak"):
    figure = Figure(figsize=(4, 3), dpi=100)
    axes = figure.subplots()
    axes.plot([1, 3, 2])
    axes.set_title(title)
    return figure


def test_matplotlib_figure_is_a_picture_of_twice_its_size(page):
    page.run(lambda: ma.plot_output(figure_of_matplotlib()))
    props = page.props("output.plot")
    assert (props.engine, props.width, props.height, props.alt, props.spec) == ("image", 400, 300, "A peak", None)
    assert Image.open(io.BytesIO(page.blobs.path(props.blob).read_bytes())).size == (800, 600)


def test_axes_stand_for_their_figure_and_alt_can_be_given(page):
    figure = figure_of_matplotlib()
    page.run(lambda: ma.plot_output(figure.axes[0], alt="Up and down"))
    assert page.props("output.plot").alt == "Up and down"
    assert page.result("plot") is figure


def test_pyplot_figures_do_not_pile_up_and_can_be_shown_again(page):
    figure, axes = pyplot.subplots()
    axes.plot([1, 2])
    page.run(lambda: ma.plot_output(figure))
    first = page.props("output.plot").blob
    assert pyplot.get_fignums() == []
    page.run(lambda: ma.plot_output(figure))
    assert page.props("output.plot").blob == first


def test_figures_can_be_drawn_in_many_threads(blobs):
    from modelapp.widgets.plot_output import PlotOutput

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: PlotOutput(figure_of_matplotlib()).props(blobs).blob, range(8)))
    assert len(set(results)) == 1


def test_plotly_figure_is_sent_as_its_json(page):
    figure = plotly.Figure(plotly.Scatter(x=[1, 2], y=[3, 4]), layout={"title": "Growth"})
    page.run(lambda: ma.plot_output(figure))
    props = page.props("output.plot")
    assert (props.engine, props.alt, props.blob) == ("plotly", "Growth", None)
    assert props.spec["data"][0]["type"] == "scatter"


def test_altair_chart_is_sent_as_its_specification(page):
    chart = altair.Chart(altair.Data(values=[{"x": 1}]), title="Ages").mark_bar().encode(x="x:Q")
    page.run(lambda: ma.plot_output(chart))
    props = page.props("output.plot")
    assert (props.engine, props.alt) == ("vega", "Ages")
    assert props.spec["mark"]["type"] == "bar"


@pytest.mark.parametrize("value", [5, "figure", [1], None])
def test_what_is_no_figure_is_explained(page, value):
    with pytest.raises(ScriptError, match="matplotlib, plotly or altair"):
        page.run(lambda: ma.plot_output(value))
