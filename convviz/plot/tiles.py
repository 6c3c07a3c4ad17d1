"""Many channels or maps as the tiles of one image, in memory order.

A tile that would be too large shows means of neighbouring values.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.image import AxesImage
from matplotlib.path import Path

from convviz.arrays import Array
from convviz.plot.canvas import FILLING, Canvas
from convviz.plot.colours import Pixels
from convviz.plot.rectangle import Rectangle
from convviz.scene import palette

MOST_PIXELS = 1500  # of the longer side of all tiles
LEAST_TILE = 12  # pixels; smaller ones would make the gaps wide
FULL_ROWS = 1.1  # how much smaller tiles may be for the sake of rows of one length
LEAST_WINDOW = 0.12  # em


class Tiles:
    """Where the tiles of one tensor stand, and their image.

    Attributes
    ----------
    count : int
    height, width : values of one tile
    place : Rectangle
        Of all tiles.
    columns : int
    """

    def __init__(self, count: int, height: int, width: int, room: Rectangle) -> None:
        self.count, self.height, self.width = count, height, width
        self.columns = self._best_columns(room)
        self._factor = math.ceil(max(height, width) * self.columns / MOST_PIXELS)
        small = math.ceil(height / self._factor), math.ceil(width / self._factor)
        self._repeat = math.ceil(LEAST_TILE / max(small))
        self._pixels = small[0] * self._repeat, small[1] * self._repeat
        rows = math.ceil(count / self.columns)
        self._shape = rows * (self._pixels[0] + 1) - 1, self.columns * (self._pixels[1] + 1) - 1
        self.scale = min(room.width / self._shape[1], room.height / self._shape[0])
        self.place = Rectangle(
            room.x, room.y, self._shape[1] * self.scale, self._shape[0] * self.scale
        )

    def _best_columns(self, room: Rectangle) -> int:
        """How many tiles stand side by side, so that they are largest."""
        best, largest = 1, 0.0
        for columns in range(1, self.count + 1):
            rows = math.ceil(self.count / columns)
            size = min(room.width / columns / self.width, room.height / rows / self.height)
            size *= 1 if self.count % columns else FULL_ROWS
            if size > largest:
                best, largest = columns, size
        return best

    def box(self, n: int) -> Rectangle:
        """Where a tile stands."""
        row, column = divmod(n, self.columns)
        height, width = (side * self.scale for side in self._pixels)
        x = self.place.x + column * (width + self.scale)
        return Rectangle(x, self.place.y + row * (height + self.scale), width, height)

    def part(self, n: int, row: int, column: int, rows: int, columns: int) -> Rectangle:
        """Where some values of a tile stand, as far as they are in it."""
        box = self.box(n)
        x, width = _clipped(column / self.width, columns / self.width, box.width)
        y, height = _clipped(row / self.height, rows / self.height, box.height)
        return Rectangle(box.x + x, box.y + y, width, height)

    def image(self, tiles: Sequence[Pixels]) -> Pixels:
        """One image (H, W, 4) of all tiles, a line between them."""
        image = np.zeros((*self._shape, 4), np.uint8)
        down, across = self._pixels
        edge = [round(255 * part) for part in to_rgba(palette.EDGE)]
        places = [divmod(n, self.columns) for n in range(len(tiles))]
        corners = [(row * (down + 1), column * (across + 1)) for row, column in places]
        for top, left in corners:
            image[max(0, top - 1) : top + down + 1, max(0, left - 1) : left + across + 1] = edge
        for tile, (top, left) in zip(tiles, corners, strict=True):
            pixels = tile.repeat(self._repeat, 0).repeat(self._repeat, 1)
            image[top : top + down, left : left + across, :3] = pixels
            image[top : top + down, left : left + across, 3] = 255
        return image

    def means(self, plane: Array) -> Array:
        """The values of a channel (H, W), or their means where they are too many."""
        if self._factor == 1:
            return plane
        wide = plane.astype(np.float64)
        for axis in (0, 1):
            starts = np.arange(0, wide.shape[axis], self._factor)
            counts = np.diff(np.append(starts, wide.shape[axis]))
            wide = np.add.reduceat(wide, starts, axis=axis)
            wide = wide / counts.reshape((-1, 1) if axis == 0 else (1, -1))
        return wide


def add_image(canvas: Canvas, place: Rectangle) -> AxesImage:
    """An image in this place, without pixels yet."""
    extent = (place.x, place.x + place.width, place.y + place.height, place.y)
    image = AxesImage(canvas.ax, extent=extent, interpolation="auto", origin="upper")
    canvas.ax.add_image(image)
    image.set_clip_path(None)
    image.set_zorder(FILLING)
    return image


def outlines(rectangles: Sequence[Rectangle]) -> Path:
    """The outlines of several rectangles, as one path."""
    if not rectangles:
        return Path(np.zeros((1, 2)))
    sides = np.array([(r.x, r.y, r.x + r.width, r.y + r.height) for r in rectangles])
    corners = sides[:, [0, 1, 2, 1, 2, 3, 0, 3, 0, 1]].reshape(-1, 2)
    codes = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY] * len(rectangles)
    return Path(corners, codes)


def _clipped(start: float, size: float, length: float) -> tuple[float, float]:
    first = max(0.0, min(length - LEAST_WINDOW, start * length))
    return first, max(LEAST_WINDOW, min(length, (start + size) * length) - first)
