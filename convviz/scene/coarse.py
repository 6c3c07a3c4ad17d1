"""Tensors of many channels in 8 bits, where float32 is more than a browser is sent at once.

A mosaic paints no more than that. The numbers themselves come in float32 with what each channel
adds, for the outputs that are looked at (parts.py).
"""

from __future__ import annotations

import math
from typing import TypedDict

import numpy as np

from convviz.arrays import Array
from convviz.geometry import Geometry

MOST_WHOLE = 180_000  # values of a tensor that go in float32, 720 kB
MOST_COARSE = 600_000  # bytes of all that do not
LEVELS = 254  # from black to white, or −size to size with an even number for zero in the middle
NOT_A_NUMBER = 255


class Grid(TypedDict):
    """Into how many rows and columns each slice of a channel is averaged."""

    rows: int
    columns: int


class CoarseMessage(TypedDict):
    """The grid of each tensor that goes in 8 bits; None of one that goes in float32."""

    input: Grid | None
    output: Grid | None


def coarse_message(geometry: Geometry) -> CoarseMessage:
    """Which tensors of a layer of many channels go in 8 bits, and how far averaged."""
    shapes = [
        (geometry.channels, *(axis.size for axis in geometry.axes)),
        (geometry.maps, *(axis.output for axis in geometry.axes)),
    ]
    large = [math.prod(shape) > MOST_WHOLE for shape in shapes]
    room = MOST_COARSE // max(1, sum(large))
    grids = [
        _grid(shape, room) if is_large else None
        for shape, is_large in zip(shapes, large, strict=True)
    ]
    return {"input": grids[0], "output": grids[1]}


def _grid(shape: tuple[int, ...], room: int) -> Grid:
    """The finest grid of which all slices of a tensor have room."""
    *many, height, width = shape
    slices = math.prod(many)
    factor = 1
    while True:
        rows, columns = -(-height // factor), -(-width // factor)
        if slices * rows * columns <= room or rows == columns == 1:
            return {"rows": rows, "columns": columns}
        factor += 1


def sent(values: Array, grid: Grid | None, span: tuple[float, float]) -> bytes:
    """A tensor's values as they go to a browser: in float32, or in 8 bits where there is a grid."""
    if grid is None:
        return np.ascontiguousarray(values, dtype="<f4").tobytes()
    return levels(averaged(values, grid), span).tobytes()


def levels(values: Array, span: tuple[float, float]) -> Array:
    """Values as uint8: 0 for the lower end of ``span``, `LEVELS` for the upper; NaN apart."""
    low, high = span
    scaled = np.clip((values - low) / ((high - low) or 1), 0, 1)
    found: Array = np.where(
        np.isnan(scaled), NOT_A_NUMBER, np.rint(LEVELS * np.nan_to_num(scaled))
    ).astype(np.uint8)
    return found


def averaged(values: Array, grid: Grid) -> Array:
    """The means over the cells of a grid that cuts each slice (…, H, W) as evenly as can be."""
    *_, height, width = values.shape
    found = values
    with np.errstate(invalid="ignore"):  # infinities of both signs
        for axis, size, count in ((-1, width, grid["columns"]), (-2, height, grid["rows"])):
            starts = np.arange(count) * size // count
            sums = np.add.reduceat(found, starts, axis=axis, dtype=np.float32)
            lengths = np.diff([*starts, size]).astype(np.float32)
            found = sums / (lengths if axis == -1 else lengths[:, np.newaxis])
    return found


def any_of(marks: Array, grid: Grid | None) -> Array:
    """Whether any value in each cell of a grid is marked; all as they are where there is none."""
    if grid is None:
        return marks
    found: Array = averaged(marks.astype(np.float32), grid) > 0
    return found
