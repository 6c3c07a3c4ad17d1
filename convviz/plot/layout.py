"""Where the tensors of a scene and their panels stand, in em. Draws nothing.

The same plan as the stage makes in the browser: the three tensors in a row, or the output below,
each with its panels in as many columns as let the font be largest. How large a panel is, the view
says that draws it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convviz.plot.shapes import Point
from convviz.scene.metrics import METRICS

OUTPUT_GAP = 0.8  # over an output that stands below the others
BIAS_GAP = 0.5  # between the kernel and its bias


@dataclass(frozen=True)
class TensorSize:
    """What is to be laid out of one tensor.

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

    def in_columns(self, columns: int) -> tuple[float, float]:
        """Width and height of all, with so many panels side by side."""
        columns = min(columns, self.count)
        rows = math.ceil(self.count / columns)
        width = columns * (self.width + METRICS.panel_gap_across) - METRICS.panel_gap_across
        height = (
            METRICS.heading_height
            + rows * (self.height + METRICS.panel_gap_down)
            - METRICS.panel_gap_down
        )
        return max(self.heading, width), height


@dataclass(frozen=True)
class Layout:
    """Where everything stands.

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
    """How many panels of each tensor stand side by side, and whether the output stands below."""

    columns: tuple[int, ...]
    stacked: bool


def lay_out(
    tensors: Mapping[str, TensorSize], shape: tuple[float, float], *, has_bias: bool
) -> Layout:
    """Place the input, the kernel and the output so that they fill a page of this shape.

    Parameters
    ----------
    tensors : "input", "kernel" and "output", in this order
    shape : (width, height) of the page, in any unit
    """
    sizes = list(tensors.values())
    arrangement = arrange(sizes, shape)
    areas = _areas(sizes, arrangement)
    corners = _corners(areas, stacked=arrangement.stacked)
    kernel_x, kernel_y = corners[1]
    bias = (kernel_x, kernel_y + areas[1][1] + BIAS_GAP)
    right = [x + width for (x, _), (width, _) in zip(corners, areas, strict=True)]
    bottom = [y + height for (_, y), (_, height) in zip(corners, areas, strict=True)]
    if has_bias:
        bottom.append(bias[1] + METRICS.cell_height)
    return Layout(
        max(right),
        max(bottom),
        dict(zip(tensors, corners, strict=True)),
        {
            tensor: list(_panel_corners(size, corner, columns))
            for (tensor, size), corner, columns in zip(
                tensors.items(), corners, arrangement.columns, strict=True
            )
        },
        bias,
    )


def arrange(tensors: Sequence[TensorSize], shape: tuple[float, float]) -> Arrangement:
    """The arrangement with the largest font; the first of several that are about as large."""
    choices = [sorted({min(n, tensor.count) for n in METRICS.column_counts}) for tensor in tensors]
    arrangements = [
        Arrangement(columns, stacked)
        for stacked in (False, True)
        for columns in itertools.product(*choices)
    ]
    best, best_font = arrangements[0], 0.0
    for arrangement in arrangements:
        width, height = _total(_areas(tensors, arrangement), stacked=arrangement.stacked)
        font = min(shape[0] / width, shape[1] / height)
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


def _areas(tensors: Sequence[TensorSize], arrangement: Arrangement) -> list[tuple[float, float]]:
    """Width and height of each tensor."""
    pairs = zip(tensors, arrangement.columns, strict=True)
    return [tensor.in_columns(columns) for tensor, columns in pairs]


def _total(areas: Sequence[tuple[float, float]], *, stacked: bool) -> tuple[float, float]:
    """Width and height of all, without the bias."""
    (first, second, third), heights = zip(*areas, strict=True)
    width, height = first + METRICS.tensor_gap_across + second, max(heights[:2])
    if stacked:
        return max(width, third), height + OUTPUT_GAP + heights[2]
    return width + METRICS.tensor_gap_across + third, max(heights)


def _corners(areas: Sequence[tuple[float, float]], *, stacked: bool) -> list[Point]:
    """The upper left corner of each tensor."""
    kernel = areas[0][0] + METRICS.tensor_gap_across
    below = max(areas[0][1], areas[1][1]) + OUTPUT_GAP
    beside = kernel + areas[1][0] + METRICS.tensor_gap_across
    return [(0.0, 0.0), (kernel, 0.0), (0.0, below) if stacked else (beside, 0.0)]


def _panel_corners(tensor: TensorSize, corner: Point, columns: int) -> Iterator[Point]:
    x, y = corner
    for n in range(tensor.count):
        row, column = divmod(n, columns)
        yield (
            x + column * (tensor.width + METRICS.panel_gap_across),
            y + METRICS.heading_height + row * (tensor.height + METRICS.panel_gap_down),
        )
