"""Curves, for what a curve tells better than a picture of cells. Drawn by matplotlib.

A `Plot` shows itself in a notebook, on white in a light and in a dark theme, without pyplot.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from convviz.errors import ArgumentError
from convviz.geometry import make_axis
from convviz.network.build import build_layer
from convviz.parameters import PaddingMode, check_integer

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE = "#1b62c4", "#b45309"
SCALES_A_DECADE = 12


class Plot:
    """A figure that a notebook shows.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    data : {name: array}
        What is drawn.
    """

    def __init__(self, figure: Figure, data: dict[str, np.ndarray]) -> None:
        self.figure = figure
        self.data = data

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", dpi=110, facecolor="white")
        return buffer.getvalue()


def paths(kernel: int, dilations: Sequence[int]) -> np.ndarray:
    """In how many ways each input cell reaches one output through a stack of layers.

    Parameters
    ----------
    kernel : int
        Every layer's kernel size; strides are 1.
    dilations : one an layer, the first layer's first

    Returns
    -------
    int array
        One number for each cell of the receptive field.
    """
    check_integer("kernel", kernel, least=1)
    reach = 1 + sum(check_integer("dilations", d, least=1) * (kernel - 1) for d in dilations)
    counts = np.ones(1, np.int64)
    size = 1
    for dilation in reversed(dilations):  # from the output back to the input
        size += dilation * (kernel - 1)
        axis = make_axis("axis", size, kernel, 1, dilation, 0, 0, PaddingMode.EXPLICIT_ROUND_DOWN)
        spread = np.zeros(size, np.int64)
        for output, count in enumerate(counts):
            spread[axis.table[output]] += count
        counts = spread
    assert len(counts) == reach
    return counts


def receptive_field(kernel: int, dilations: Sequence[int]) -> Plot:
    """Which input cells one output of a stack of layers can see, and in how many ways.

    Parameters are those of `paths`.
    """
    counts = paths(kernel, dilations)
    figure, axes = _figure()
    places = np.arange(len(counts)) - (len(counts) - 1) // 2
    axes.bar(places, counts, color=[BLUE if count else ORANGE for count in counts], width=0.85)
    axes.plot(places[counts == 0], np.zeros((counts == 0).sum()), "x", color=ORANGE, clip_on=False)
    never = int((counts == 0).sum())
    axes.set_title(
        f"{len(dilations)} layers, kernel {kernel}, dilations {', '.join(map(str, dilations))}: "
        f"{len(counts)} cells wide, {never} never read",
        loc="left",
        fontsize=10,
    )
    axes.set_xlabel("input cell, seen from the output")
    axes.set_ylabel("ways to the output")
    axes.yaxis.get_major_locator().set_params(integer=True)
    return Plot(figure, {"cell": places, "ways": counts})


def quantization_error(
    data: np.ndarray, kernel: np.ndarray, *, least: float, most: float, input_scale: float = 1.0
) -> Plot:
    """How far an int8 layer is from the float32 one, over the scale of the weights.

    Parameters
    ----------
    data, kernel : as for `explore`
    least, most : positive numbers
        The first and the last scale of the weights, drawn on a logarithmic axis.
    input_scale : positive number
        The input's own scale, which stays.
    """
    if not 0 < least < most:
        allowed = "0 < least < most"
        raise ArgumentError("least", f"{least} with most {most}", allowed, "Exchange the two.")
    from convviz.compute.convolve import convolve

    steps = 1 + round(SCALES_A_DECADE * np.log10(most / least))
    scales = np.geomspace(least, most, steps)
    exact = convolve(data, kernel, device="cpu")
    errors = [
        np.abs(convolve_int8(data, kernel, input_scale, scale) - exact).mean() for scale in scales
    ]
    relative = np.array(errors) / np.abs(exact).mean()
    figure, axes = _figure()
    axes.plot(scales, relative, color=BLUE, marker="o", markersize=3)
    lowest = float(np.abs(kernel).max()) / 127
    if least <= lowest <= most:
        axes.axvline(lowest, color=ORANGE, linestyle="--")
        axes.annotate(
            f" largest weight / 127 = {lowest:.3g}",
            (lowest, 0.96),
            xycoords=("data", "axes fraction"),
            color=ORANGE,
            va="top",
        )
    axes.set(xscale="log", yscale="log", xlabel="scale of the weights", ylabel="mean error")
    axes.set_title("mean error, as a part of the mean output", loc="left", fontsize=10)
    return Plot(figure, {"scale": scales, "error": relative})


def convolve_int8(
    data: np.ndarray, kernel: np.ndarray, input_scale: float, kernel_scale: float
) -> np.ndarray:
    """The layer on data and weights that went through int8, back in float32."""
    layer, values = build_layer(data, kernel, input_scale=input_scale, kernel_scale=kernel_scale)
    network = layer.network
    [output] = network.run(network.feeds(values), "cpu").values()
    return output


def _figure() -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes
