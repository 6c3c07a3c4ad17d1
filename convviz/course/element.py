"""One element of a layer's output: what exercises ask about, and which window makes it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias

from convviz.arrays import Array
from convviz.course import wording
from convviz.errors import ArgumentError, short
from convviz.geometry import Geometry
from convviz.language.catalogue import say
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.network.run import ConvolutionRun
from convviz.parameters import as_integers
from convviz.scene import captions, decimals
from convviz.scene.scene import check_size

Cell: TypeAlias = tuple[int, ...]  # channel and spatial indices of an input cell


@dataclasses.dataclass(frozen=True, eq=False)
class Element:
    """One output element of the first item of the batch.

    Attributes
    ----------
    run : ConvolutionRun
    layer : str
        The layer in words: its kernel, and how it differs from a plain one.
    at : tuple of int
        (map, [depth,] row, column)
    """

    run: ConvolutionRun
    layer: str
    at: tuple[int, ...]

    @property
    def geometry(self) -> Geometry:
        """The layer's sizes and index rules."""
        return self.run.geometry

    @property
    def name(self) -> str:
        """``y[row, column]``, and of which map where there are several."""
        name = f"y{list(self.at[1:])}"
        if self.geometry.maps == 1:
            return name
        return say("course.element_of_map", element=name, map=self.at[0])

    @cached_property
    def output(self) -> Array:
        """The output that it is an element of: (K, [D,] H, W)."""
        return self.run.item(self.run.output, 0)

    def sibling(self, at: Sequence[int]) -> Element:
        """Another element of the same output."""
        return dataclasses.replace(self, at=tuple(map(int, at)))

    @cached_property
    def window(self) -> frozenset[Cell]:
        """The cells that it reads, padding included."""
        return self.window_under(self.geometry)

    def window_under(self, geometry: Geometry) -> frozenset[Cell]:
        """The cells that it would read, were the layer's axes as in ``geometry``."""
        taps = geometry.taps(self.at[0], self.at[1:])
        return frozenset((tap.channel, *tap.cell) for tap in taps)

    @property
    def window_reason(self) -> str:
        """Where the window begins, and how far apart its cells are."""
        lines = []
        for axis, place in zip(self.geometry.axes, self.at[1:], strict=True):
            values = {
                "axis": captions.axis_name(axis),
                "place": place,
                "stride": axis.stride,
                "padding": axis.pre,
                "cell": wording.minus(axis.index(place, 0)),
            }
            terms = wording.begin_key(axis.stride, axis.pre)
            line = say(f"course.window.first_cell.{terms}", **values)
            if axis.dilation > 1:
                line = say("course.window.dilated", first_cell=line, dilation=axis.dilation)
            lines.append(line)
        return say("course.window.begins", first_cells="; ".join(lines))


def resolve_element(
    subject: tuple[object, ...], named: dict[str, object], at: Sequence[int]
) -> Element:
    """The element at ``at`` of the layer that `build.resolve` finds, computed.

    Parameters
    ----------
    at : (row, column), or (map, row, column), with the depth before the row in 3-D

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    layer, data = build.resolve(subject, named, check_size)
    run = layer.network.evaluate(layer, layer.network.feeds(data))
    geometry = run.geometry
    given = as_integers(at) or ()
    place = given if len(given) > len(geometry.axes) else (0, *given)
    sizes = geometry.output_shape[len(geometry.batch) :]
    if len(place) != len(sizes) or not all(0 <= i < n for i, n in zip(place, sizes, strict=True)):
        allowed = f"a position inside {sizes}"
        raise ArgumentError("at", short(at), allowed, "Positions count from 0.")
    return Element(run, _in_words(layer, run), place)


def _in_words(layer: ConvolutionLayer, run: ConvolutionRun) -> str:
    kernel = captions.shape(layer.kernel_size_nd)
    parameters = wording.settings(layer.changed_settings)
    quantization = run.quantization
    if quantization is None:
        return ", ".join([say("exercises.layer.kernel", kernel=kernel), *parameters])
    dtype = quantization.dtype.name.lower()
    scales = decimals.texts(quantization.kernel_scales)
    kernel_scale = scales[0] if len(scales) == 1 else f"({', '.join(scales)})"
    return ", ".join(
        [
            say("exercises.layer.quantized_kernel", kernel=kernel, dtype=dtype),
            *parameters,
            f"input_scale = {decimals.text(quantization.input_scale)}",
            f"kernel_scale = {kernel_scale}",
        ]
    )
