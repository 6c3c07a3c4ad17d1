"""Where the tensors of a scene and their panels go, in em. Draws nothing.

The stage in the browser is laid out alike: the three tensors in a row, or the output below the
others, each with its panels in so many columns that the font can be largest. The view that draws a
panel says how large it is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from convviz.plot.rectangle import Point
from convviz.scene.metrics import METRICS

OUTPUT_GAP = 0.8  # over an output that stands below the others
BIAS_GAP = 0.5  # between the kernel and its bias


class Area(NamedTuple):
    """A width and a height."""

    width: float
    height: float


@dataclass(frozen=True)
class TensorSize:
    """What one tensor takes.

    Attributes
    ----------
    count : panels
    width, height : of one panel
    heading : width of the heading over them
    """

    count: int
    width: float
    height: float
    heading: float

    def in_columns(self, columns: int) -> Area:
        """The area of all its panels, with so many of them side by side."""
        columns = min(columns, self.count)
        rows = math.ceil(self.count / columns)
        width = columns * (self.width + METRICS.panel_gap_across) - METRICS.panel_gap_across
        height = (
            METRICS.heading_height
            + rows * (self.height + METRICS.panel_gap_down)
            - METRICS.panel_gap_down
        )
        return Area(max(self.heading, width), height)


@dataclass(frozen=True, eq=False)
class Layout:
    """Where everything goes.

    Attributes
    ----------
    width, height : of all
    headings : by tensor, the upper left corner of its heading
    panels : by tensor, the upper left corner of each panel
    bias : upper left corner of the bias, below the kernel
    """

    width: float
    height: float
    headings: dict[str, Point]
    panels: dict[str, list[Point]]
    bias: Point


@dataclass(frozen=True)
class Arrangement:
    """How many panels of each tensor are side by side, and whether the output is below."""

    columns: tuple[int, ...]
    stacked: bool


def lay_out(
    tensors: Mapping[str, TensorSize], shape: tuple[float, float], *, has_bias: bool
) -> Layout:
    """Place the input, the kernel and the output so as to fill a page of this shape.

    Parameters
    ----------
    tensors : "input", "kernel" and "output", in this order
    shape : (width, height) of the page, in any unit
    """
    sizes = list(tensors.values())
    arrangement = arrange(sizes, shape)
    areas = _areas(sizes, arrangement)
    bias_top = areas[1].height + BIAS_GAP
    kernel_bottom = bias_top + METRICS.cell_height if has_bias else areas[1].height
    corners = _corners(areas, kernel_bottom, stacked=arrangement.stacked)
    places = list(zip(corners, areas, strict=True))
    rows = zip(tensors, sizes, corners, arrangement.columns, strict=True)
    return Layout(
        width=max(x + area.width for (x, _), area in places),
        height=max(kernel_bottom, *(y + area.height for (_, y), area in places)),
        headings=dict(zip(tensors, corners, strict=True)),
        panels={
            tensor: list(_panel_corners(size, corner, columns))
            for tensor, size, corner, columns in rows
        },
        bias=(corners[1][0], bias_top),
    )


def arrange(tensors: Sequence[TensorSize], shape: tuple[float, float]) -> Arrangement:
    """The arrangement with the largest font; of several about as large, the first."""
    choices = [sorted({min(n, tensor.count) for n in METRICS.column_counts}) for tensor in tensors]
    arrangements = [
        Arrangement(columns, stacked)
        for stacked in (False, True)
        for columns in itertools.product(*choices)
    ]
    best, best_font = arrangements[0], 0.0
    for arrangement in arrangements:
        total = _total(_areas(tensors, arrangement), stacked=arrangement.stacked)
        font = min(shape[0] / total.width, shape[1] / total.height)
        if font > best_font * METRICS.arrangement_gain:
            best, best_font = arrangement, font
    return best


def max_characters(texts: Sequence[str]) -> int:
    """The length of the longest text."""
    return max(map(len, texts), default=0)


def cell_width(texts: Sequence[str]) -> float:
    """The width of a cell that holds each of ``texts``."""
    text_width = METRICS.character_width * max_characters(texts)
    return max(METRICS.least_cell_width, round(text_width + METRICS.cell_padding, 1))


def _areas(tensors: Sequence[TensorSize], arrangement: Arrangement) -> list[Area]:
    pairs = zip(tensors, arrangement.columns, strict=True)
    return [tensor.in_columns(columns) for tensor, columns in pairs]


def _total(areas: Sequence[Area], *, stacked: bool) -> Area:
    """The area of all three tensors, without the bias, which is small."""
    input_area, kernel, output = areas
    width = input_area.width + METRICS.tensor_gap_across + kernel.width
    height = max(input_area.height, kernel.height)
    if stacked:
        return Area(max(width, output.width), height + OUTPUT_GAP + output.height)
    return Area(width + METRICS.tensor_gap_across + output.width, max(height, output.height))


def _corners(areas: Sequence[Area], kernel_bottom: float, *, stacked: bool) -> list[Point]:
    """The upper left corner of each tensor."""
    input_area, kernel, _ = areas
    kernel_left = input_area.width + METRICS.tensor_gap_across
    below = (0.0, max(input_area.height, kernel_bottom) + OUTPUT_GAP)
    right = (kernel_left + kernel.width + METRICS.tensor_gap_across, 0.0)
    return [(0.0, 0.0), (kernel_left, 0.0), below if stacked else right]


def _panel_corners(tensor: TensorSize, corner: Point, columns: int) -> Iterator[Point]:
    x, y = corner
    for n in range(tensor.count):
        row, column = divmod(n, columns)
        yield (
            x + column * (tensor.width + METRICS.panel_gap_across),
            y + METRICS.heading_height + row * (tensor.height + METRICS.panel_gap_down),
        )
