"""Where the tensors of a scene, their panels and the sum go, in em. Draws nothing.

browser/layout.js lays out the stage alike: of all arrangements the one whose letters come out
largest, up to their full size; of several about as large, the first. The view that draws a panel
says how large it is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from convviz.plot.rectangle import Point
from convviz.scene.metrics import METRICS

# `side`: the output beside the input, and under it the kernel with the sum; `stacked`: the output
# below both; `row`: side by side; `tall`: under one another.
Shape: TypeAlias = Literal["side", "stacked", "row", "tall"]
SHAPES: tuple[Shape, ...] = ("side", "stacked", "row", "tall")
# To choose among: a shape, and whether the sum is under the kernel, not beside it.
CELLS = tuple(itertools.product(SHAPES, (False, True)))
IMAGES: tuple[tuple[Shape, bool], ...] = (("row", True), ("stacked", True), ("tall", True))
TENSORS = ("input", "kernel", "output")


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
    under : height of what else stands under them
    """

    count: int
    width: float
    height: float
    heading: float
    under: float = 0.0

    def in_columns(self, columns: int) -> Area:
        """The area of all of it, with so many panels side by side."""
        columns = min(columns, self.count)
        width = columns * (self.width + METRICS.panel_gap_across) - METRICS.panel_gap_across
        return Area(max(self.heading, width), self.under_panels(columns) + self.under)

    def under_panels(self, columns: int) -> float:
        """How far below the heading's top the panels end."""
        rows = math.ceil(self.count / columns)
        height = rows * (self.height + METRICS.panel_gap_down) - METRICS.panel_gap_down
        return METRICS.heading_height + height


@dataclass(frozen=True)
class Arrangement:
    """How many panels of each tensor are side by side, and how all stand to one another."""

    columns: tuple[int, ...]
    shape: Shape
    sum_below: bool


@dataclass(frozen=True, eq=False)
class Layout:
    """Where everything goes.

    Attributes
    ----------
    width, height : of all
    headings : by tensor, the upper left corner of its heading
    panels : by tensor, the upper left corner of each panel
    under : by tensor, the upper left corner of what stands under its panels
    sum : upper left corner of the sum
    """

    width: float
    height: float
    headings: dict[str, Point]
    panels: dict[str, list[Point]]
    under: dict[str, Point]
    sum: Point


def arrange(
    tensors: Sequence[TensorSize],
    total: Area,
    room: Area,
    shapes: Sequence[tuple[Shape, bool]] = CELLS,
) -> Arrangement:
    """The arrangement with the largest letters.

    Parameters
    ----------
    tensors : the input, the kernel and the output
    total : what the sum takes; nothing where there is none
    room : what there is
    shapes : those to choose among
    """
    choices = [sorted({min(n, tensor.count) for n in METRICS.column_counts}) for tensor in tensors]
    best, best_font = Arrangement((1, 1, 1), *shapes[0]), 0.0
    for shape, columns in itertools.product(shapes, itertools.product(*choices)):
        arrangement = Arrangement(columns, *shape)
        block = _blocks(tensors, total, arrangement)
        font = min(1.0, room.width / block.width, room.height / block.height)
        if font > best_font * METRICS.arrangement_gain:
            best, best_font = arrangement, font
    return best


def lay_out(tensors: Sequence[TensorSize], total: Area, arrangement: Arrangement) -> Layout:
    """Place the tensors and the sum; parameters are as in `arrange`."""
    block = _blocks(tensors, total, arrangement)
    rows = list(zip(TENSORS, tensors, arrangement.columns, strict=True))
    return Layout(
        width=block.width,
        height=block.height,
        headings={name: block.places[name] for name in TENSORS},
        panels={
            name: _panel_corners(size, block.places[name], columns) for name, size, columns in rows
        },
        under={
            name: (block.places[name][0], block.places[name][1] + size.under_panels(columns))
            for name, size, columns in rows
        },
        sum=block.places["sum"],
    )


def max_characters(texts: Sequence[str]) -> int:
    """The length of the longest text."""
    return max(map(len, texts), default=0)


def cell_width(texts: Sequence[str]) -> float:
    """The width of a cell that holds each of ``texts``."""
    text_width = METRICS.character_width * max_characters(texts)
    return max(METRICS.least_cell_width, round(text_width + METRICS.cell_padding, 1))


@dataclass(frozen=True, eq=False)
class _Block:
    """Parts that stand together, each by its upper left corner within the block."""

    width: float
    height: float
    places: Mapping[str, Point]

    def beside(self, right: _Block) -> _Block:
        """The two side by side."""
        x = self.width + (METRICS.tensor_gap_across if right.width else 0.0)
        return self._with(right, x, 0.0, x + right.width, max(self.height, right.height))

    def above(self, lower: _Block) -> _Block:
        """The two under one another."""
        y = self.height + (METRICS.tensor_gap_down if lower.width else 0.0)
        return self._with(lower, 0.0, y, max(self.width, lower.width), y + lower.height)

    def _with(self, other: _Block, x: float, y: float, width: float, height: float) -> _Block:
        moved = {name: (x + left, y + top) for name, (left, top) in other.places.items()}
        return _Block(width, height, {**self.places, **moved})


def _blocks(tensors: Sequence[TensorSize], total: Area, arrangement: Arrangement) -> _Block:
    """All of a picture, arranged so."""
    kept, kernel, output = (
        _Block(*tensor.in_columns(columns), {name: (0.0, 0.0)})
        for name, tensor, columns in zip(TENSORS, tensors, arrangement.columns, strict=True)
    )
    if arrangement.sum_below:
        work = kernel.above(_Block(*total, {"sum": (0.0, 0.0)}))
    else:  # the sum begins where the kernel's panels do
        top = METRICS.heading_height if total.width else 0.0
        work = kernel.beside(_Block(total.width, total.height + top, {"sum": (0.0, top)}))
    match arrangement.shape:
        case "side":
            return kept.beside(output.above(work))
        case "stacked":
            return kept.beside(work).above(output)
        case "row":
            return kept.beside(work).beside(output)
        case "tall":
            return kept.above(work).above(output)


def _panel_corners(tensor: TensorSize, corner: Point, columns: int) -> list[Point]:
    x, y = corner
    return [
        (
            x + column * (tensor.width + METRICS.panel_gap_across),
            y + METRICS.heading_height + row * (tensor.height + METRICS.panel_gap_down),
        )
        for row, column in (divmod(n, columns) for n in range(tensor.count))
    ]
