"""The places of a dive: of its pictures, the window, the grids of numbers and the total."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from convviz.geometry import Tap
from convviz.scene import palette
from convviz.scene.dive import Dive, PictureMessage
from convviz.scene.timeline import HEIGHT, WIDTH, Box

WIDEST = 1.7  # cells, in their own heights
MOST_READ = 121  # weights of a plane, 11×11, whose numbers can be read


class Layout:
    """The places of a dive: of the pictures, the window, the grids of numbers and the total."""

    def __init__(self, dive: Dive) -> None:
        self.dive = dive
        self.step = dive.step
        self.planes = [dive.planes[n] for n in dive.shown]
        *_, self.rows, self.columns = dive.scene.geometry.kernel_shape
        *_, self.high, self.wide = dive.scene.geometry.axes
        *_, self.top, self.left = dive.main.taps[0].cell
        sizes = dive.pictures["input"]
        self.picture = fitted(sizes, Box(0, 0, WIDTH, HEIGHT))
        self.picture_at_end = fitted(sizes, Box(0, 0, WIDTH / 2 - 12, HEIGHT))
        self.zoomed = self._zoomed(sizes)
        self._levels = self._weight_levels()
        self._grids()

    def _weight_levels(self) -> list[list[float]]:
        """Each weight as a part of the largest, by plane."""
        weights = np.nan_to_num(self.dive.weights.astype(np.float64), posinf=0.0, neginf=0.0)
        levels = weights / (np.abs(weights).max() or 1)
        by_plane = levels.reshape(len(self.dive.planes), -1)
        return [[float(level) for level in by_plane[plane.number]] for plane in self.planes]

    def _zoomed(self, sizes: PictureMessage) -> Box:
        """The input so large that the window fills the stage."""
        rows, columns = self.high.effective_kernel, self.wide.effective_kernel
        pixel = min((HEIGHT - 50) / rows, (WIDTH - 120) / columns, 140)
        x = WIDTH / 2 - (self.left + columns / 2) * pixel
        y = HEIGHT / 2 - (self.top + rows / 2) * pixel
        return Box(x, y, sizes["width"] * pixel, sizes["height"] * pixel)

    def _grids(self) -> None:
        """Where the values and the weights stand, and where the total is made."""
        count = len(self.planes)
        stacked = count > 1
        room = (HEIGHT - 44) / 2 if stacked else HEIGHT - 40
        width = WIDTH / count - 36 if stacked else WIDTH / 2 - 50
        high = min(room / self.rows, width / self.columns, 110)
        side = min(width / self.columns, WIDEST * high), high
        self.values, self.weights = [], []
        for n in range(count):
            x = WIDTH * (n + 0.5) / count
            over, under = (x, HEIGHT * 0.25), (x, HEIGHT * 0.75)
            if not stacked:
                over, under = (WIDTH * 0.26, HEIGHT / 2), (WIDTH * 0.74, HEIGHT / 2)
            self.values.append(self._grid(*over, side))
            self.weights.append(self._grid(*under, side))
        self.total = Box.around(WIDTH * 0.26, HEIGHT / 2, 300, 76)
        if stacked:
            self.total = Box.around(WIDTH / 2, HEIGHT * 0.75, 300, 76)
        self.subtotals = [Box.around(*middle_of(grid), 150, 52) for grid in self.values]

    def _grid(self, x: float, y: float, side: tuple[float, float]) -> list[Box]:
        wide, high = side
        left, top = x - wide * self.columns / 2, y - high * self.rows / 2
        gap = max(1.0, high * 0.05)
        return [
            Box(left + column * wide, top + row * high, wide - gap, high - gap)
            for row in range(self.rows)
            for column in range(self.columns)
        ]

    def pixels_of(self, tap: Tap, picture: Box) -> Box:
        """Where the pixel that a tap reads lies on the input drawn at ``picture``."""
        *_, row, column = tap.cell
        return part_of(self.dive.pictures["input"], picture, row, column, 1, 1)

    def window_on(self, picture: Box) -> Box:
        """Where the window lies on it."""
        size = (self.high.effective_kernel, self.wide.effective_kernel)
        return part_of(self.dive.pictures["input"], picture, self.top, self.left, *size)

    def weight_paint(self, n: int, tap: int) -> str:
        """The colour of a weight of the n-th plane; among very many, by its sign and size."""
        row, column = divmod(tap, self.columns)
        if self.rows * self.columns > MOST_READ:
            return palette.signed_colour(self._levels[n][tap])
        if max(self.rows, self.columns) > palette.MOST_HUES:
            return palette.WINDOW_HUE
        return palette.weight_colour(row, column)


def fitted(sizes: PictureMessage, room: Box) -> Box:
    """A picture as large as a room holds, in its middle."""
    scale = min(room.width / sizes["width"], room.height / sizes["height"])
    return Box.around(*room.middle, sizes["width"] * scale, sizes["height"] * scale)


def part_of(
    sizes: PictureMessage, picture: Box, row: int, column: int, rows: int, columns: int
) -> Box:
    """Some pixels of a picture that is drawn at ``picture``."""
    across, down = picture.width / sizes["width"], picture.height / sizes["height"]
    x, y = picture.x + column * across, picture.y + row * down
    return Box(x, y, columns * across, rows * down)


def middle_of(boxes: Iterable[Box]) -> tuple[float, float]:
    """The centre of a grid."""
    found = list(boxes)
    first, last = found[0], found[-1]
    return (first.x + last.x + last.width) / 2, (first.y + last.y + last.height) / 2
