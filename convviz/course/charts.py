"""Curves, for what a curve tells better than a picture of cells. Drawn by matplotlib.

A `Chart` shows itself in a notebook, on white in a light and in a dark theme, without pyplot.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from convviz.arrays import Array
from convviz.course import quantization
from convviz.errors import ArgumentError
from convviz.language.catalogue import say
from convviz.network.run import ConvolutionRun
from convviz.network.values import DataType, check_scale
from convviz.scene import palette
from convviz.signatures import lists_parameters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SCALES_PER_DECADE = 12


class Chart:
    """A figure that a notebook shows.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    data : {name: array}
        What is drawn.
    """

    def __init__(self, figure: Figure, data: Mapping[str, Array]) -> None:
        self.figure = figure
        self.data = data

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        white = palette.THEMES["light"]["page"]
        self.figure.savefig(buffer, format="png", dpi=110, facecolor=white)
        return buffer.getvalue()


# Errors of int8


@lists_parameters
def quantization_error(
    *subject: object, least: float, most: float, input_scale: float | None = None, **named: object
) -> Chart:
    """How far an int8 layer is from the float32 one, over the scale of the weights.

    Parameters
    ----------
    subject, named : as for `explore`
    least, most : positive numbers
        The first and the last scale of the weights, drawn on a logarithmic axis.
    input_scale : positive number
        The input's own scale, the same for all; by default the layer's own, or 1 where it has none.
    """
    least, most = check_scale("least", least), check_scale("most", most)
    if least >= most:
        allowed = "0 < least < most"
        raise ArgumentError("least", f"{least} with most {most}", allowed, "Exchange the two.")
    if input_scale is not None:
        input_scale = check_scale("input_scale", input_scale)
    run = quantization.evaluate(subject, named)
    scales = np.geomspace(least, most, 1 + round(SCALES_PER_DECADE * np.log10(most / least)))
    if input_scale is None:
        input_scale = run.arrays["input_scale"] or 1.0
    errors = _errors(run, input_scale, scales)
    figure, axes = _figure()
    axes.plot(scales, errors, color=palette.CHART_CURVE, marker="o", markersize=3)
    lowest = quantization.scale_for(run.arrays["kernel"])
    if least <= lowest <= most:
        _mark_scale(axes, lowest)
    axes.set(xscale="log", yscale="log")
    axes.set_xlabel(say("course.quantization_error.scale"))
    axes.set_ylabel(say("course.quantization_error.error"))
    axes.set_title(say("course.quantization_error.title"), loc="left", fontsize=10)
    return Chart(figure, {"scale": scales, "error": errors})


def _errors(run: ConvolutionRun, input_scale: float, scales: Array) -> Array:
    """The mean error of the layer in int8 at each scale of the weights."""
    exact = quantization.output_without_int8(run)
    outputs = (quantization.output_in_int8(run, input_scale, float(scale)) for scale in scales)
    return np.array([quantization.mean_error(output, exact) for output in outputs])


def _mark_scale(axes: Axes, scale: float) -> None:
    """A line at the smallest scale at which no weight saturates."""
    _, most = DataType.INT8.limits
    axes.axvline(scale, color=palette.CHART_WARNING, linestyle="--")
    axes.annotate(
        " " + say("course.quantization_error.no_saturation", most=most, scale=f"{scale:.3g}"),
        (scale, 0.96),
        xycoords=("data", "axes fraction"),
        color=palette.CHART_WARNING,
        va="top",
    )


def _figure() -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure  # heavy, and not needed by who only asks for `paths`

    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
