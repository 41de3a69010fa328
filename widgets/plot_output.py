"""A figure of matplotlib, plotly or altair."""

import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import msgspec
from modelapp.core.blobs import Blobs
from modelapp.core.current import current_run
from modelapp.core.describe import describe
from modelapp.core.errors import ScriptError
from modelapp.core.json_schema import Schema
from modelapp.core.output import Output
from modelapp.core.protocol import Json, OutputProps

Engine = Literal["image", "plotly", "vega"]

# Matplotlib shares font caches and settings between figures and is not safe to draw with from two threads.
_drawing = Lock()


class PlotOutputProps(OutputProps, frozen=True, kw_only=True, tag="plot_output"):
    """A figure: a picture, or data that a plotting library of the page draws."""

    engine: Engine
    alt: str
    """What it shows, for those who cannot see it."""
    blob: str | None = None
    """With "image": a PNG of twice the width and height."""
    width: int | None = None
    height: int | None = None
    spec: Json = None
    """With "plotly" its figure, with "vega" a Vega-Lite specification."""


class PlotOutput(Output):
    """A figure. See `plot_output`."""

    kind = "plot_output"

    def __init__(
        self, figure: Any, label: str | None = None, *, alt: str | None = None, key: str | None = None
    ) -> None:
        super().__init__(label, key=key)
        library = library_of(figure)
        if library == "matplotlib" and not hasattr(figure, "savefig"):  # axes, or an artist on them
            figure = getattr(figure, "figure", None) or figure
        if library is None or (library == "matplotlib" and not hasattr(figure, "savefig")):
            raise ScriptError(
                f"plot_output({describe(figure)}): a figure of matplotlib, plotly or altair is expected.",
                hint="For example: figure, axes = matplotlib.pyplot.subplots(); …; plot_output(figure).",
            )
        self.figure = figure
        self.library = library
        self.alt = alt

    def props(self, blobs: Blobs) -> PlotOutputProps:
        if self.library == "matplotlib":
            content, width, height = _drawn(self.figure)
            alt = self.alt or _matplotlib_title(self.figure)
            return PlotOutputProps(
                label=self.label, engine="image", alt=alt, blob=blobs.put(content), width=width, height=height
            )
        spec = msgspec.json.decode(self.figure.to_json())
        if self.library == "plotly":
            alt = self.alt or _title_in(spec.get("layout"))
            return PlotOutputProps(label=self.label, engine="plotly", alt=alt, spec=spec)
        return PlotOutputProps(label=self.label, engine="vega", alt=self.alt or _title_in(spec), spec=spec)

    @classmethod
    def schema(cls) -> Schema:
        return {"type": "object", "description": "A picture as a file, or the figure's own JSON."}

    def result(self) -> Any:
        return self.figure

    def portable(self, keep: Callable[[str, bytes | Path], Json]) -> Json:
        if self.library == "matplotlib":
            return keep("plot.png", _drawn(self.figure)[0])
        return msgspec.json.decode(self.figure.to_json())


def library_of(figure: Any) -> Literal["matplotlib", "plotly", "altair"] | None:
    """Return which plotting library a figure is of, without importing any; None if of none."""
    for ancestor in type(figure).__mro__:
        root = ancestor.__module__.partition(".")[0]
        if root == "matplotlib" and (hasattr(figure, "savefig") or hasattr(figure, "figure")):
            return "matplotlib"
        if root in ("plotly", "altair") and hasattr(figure, "to_json"):
            return "plotly" if root == "plotly" else "altair"
    return None


def _drawn(figure: Any) -> tuple[bytes, int, int]:
    """Return a matplotlib figure as PNG at twice its size, and its width and height in pixels of the page."""
    while getattr(figure, "figure", figure) is not figure:  # a subfigure draws as part of its figure
        figure = figure.figure
    buffer = BytesIO()
    with _drawing:
        inches, dots_per_inch = figure.get_size_inches(), figure.get_dpi()
        figure.savefig(buffer, format="png", dpi=2 * dots_per_inch, bbox_inches=figure.bbox_inches)
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            # Pyplot keeps each figure until it is closed, and a script makes one in every run. It can still be drawn.
            pyplot.close(figure)
    return buffer.getvalue(), round(inches[0] * dots_per_inch), round(inches[1] * dots_per_inch)


def _matplotlib_title(figure: Any) -> str:
    titles = [figure.get_suptitle()] if hasattr(figure, "get_suptitle") else []
    titles += [axes.get_title() for axes in figure.get_axes()]
    return next((title for title in titles if title), "Plot")


def _title_in(spec: Any) -> str:
    title = spec.get("title") if isinstance(spec, dict) else None
    text = title.get("text") if isinstance(title, dict) else title
    return text if isinstance(text, str) and text else "Plot"


def plot_output(figure: Any, *, alt: str | None = None, label: str | None = None, key: str | None = None) -> None:
    """Show a figure. One of matplotlib is a picture; those of plotly and altair can be moved and hovered.

    Args:
        figure: matplotlib Figure or Axes, plotly Figure, or altair Chart. A matplotlib figure is closed in pyplot, so
            that figures do not pile up from run to run.
        alt: What it shows, for those who cannot see it; None takes the figure's title.
        label: Heading above it, or None for none.
        key: Name of the output; None takes the label's slug, else "plot".

    Raises:
        ScriptError: If it is no such figure.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> import modelapp as ma
        >>> figure, axes = plt.subplots()
        >>> axes.plot([1, 3, 2])
        >>> ma.plot_output(figure, alt="A peak in the middle")
    """
    current_run().show(PlotOutput(figure, label, alt=alt, key=key))
