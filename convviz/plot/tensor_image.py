"""A tensor with too many values to read, as an image; an output as far as the steps have come."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from convviz.language.catalogue import say
from convviz.plot import shapes
from convviz.plot.canvas import BORDER, FILLING, Canvas
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import HAIRLINE
from convviz.scene import palette
from convviz.scene.images import Image
from convviz.scene.scene import Scene
from convviz.scene.step import Step

TINTS = {"grey": [(1, 1, 1)], "rgb": [(1, 0, 0), (0, 1, 0), (0, 0, 1)]}
TITLE_RISE = 0.5  # of the title's baseline above the image
HALO_WIDTH, OUTLINE_WIDTH = 0.3, 0.12  # of the window's two outlines, one on the other
LEAST_WINDOW = 0.4  # side of an outline, since one pixel of a large photograph is hard to see

Pixels = NDArray[np.uint8]


class TensorImage:
    """An image of one tensor's channels on a canvas, with an outline where the window stands.

    Attributes
    ----------
    image : Image
        What is drawn.
    rectangle : Rectangle
    title : matplotlib's text over it
    axes_image : matplotlib's image
    """

    def __init__(self, canvas: Canvas, scene: Scene, image: Image, rectangle: Rectangle) -> None:
        self.canvas, self.scene, self.image, self.rectangle = canvas, scene, image, rectangle
        quiet = canvas.theme["quiet"]
        self.title = canvas.text(rectangle.x, rectangle.y - TITLE_RISE, "", colour=quiet)
        self._border = canvas.patch(shapes.outline(rectangle), HAIRLINE, BORDER)
        self._border.set_edgecolor(canvas.theme["line"])
        self.axes_image = self._add_image()
        halo, accent = canvas.overlay(HALO_WIDTH), canvas.overlay(OUTLINE_WIDTH)
        halo.set_edgecolor(palette.HALO)
        accent.set_edgecolor(canvas.theme["accent"])
        self._outlines = (halo, accent)
        canvas.composites.append(self)
        self._depth: int | None = None  # of the slice on show, and the pixels of its channels
        self._channels: list[Pixels] = []
        self._reached: list[int] = []

    def _add_image(self) -> AxesImage:
        place, ax = self.rectangle, self.canvas.ax
        extent = (place.x, place.x + place.width, place.y + place.height, place.y)
        image = AxesImage(ax, extent=extent, interpolation="nearest", origin="upper")
        ax.add_image(image)
        image.set_clip_path(None)
        image.set_zorder(FILLING)
        return image

    @property
    def artists(self) -> list[Artist]:
        """The artists, from the bottom up."""
        return [self.axes_image, self._border]

    def sync(self) -> None:
        """Nothing to do: the artists are always up to date."""

    # Steps

    def show(self, step: Step) -> None:
        """Show the slice under the window, as far as it has been reached, and the window."""
        depth = self._depth_at(step)
        reached = [self._count_reached(step, channel, depth) for channel in self.image.channels]
        if depth != self._depth:
            self.title.set_text(self._title(depth))
            self.canvas.static_changed = True
            self._channels = self._colour(depth)
        if (depth, reached) != (self._depth, self._reached):
            self.canvas.changed[self] = None
            self._reveal(reached)
        self._depth, self._reached = depth, reached
        self._outline_window(self._window(step))

    @property
    def _is_input(self) -> bool:
        return self.image.tensor == "input"

    def _depth_at(self, step: Step) -> int:
        """The depth of the slice to show; of the input, the one in the middle of the window."""
        *deep, _, _ = self.scene.geometry.axes
        if not deep:
            return 0
        output = step.position[0]
        return deep[0].table[output][deep[0].kernel // 2] if self._is_input else output

    def _title(self, depth: int) -> str:
        parts = [self.image.title] if self.image.title else []
        if len(self.scene.geometry.axes) == 3:
            parts.append(say("captions.panel.depth", number=depth))
        return ", ".join(parts)

    def _count_reached(self, step: Step, channel: int, depth: int) -> int:
        """How many values of a channel's slice are shown; of the input, all."""
        area = self.image.height * self.image.width
        if self._is_input:
            return area
        depths = self.scene.output.shape[1] if self.scene.output.ndim == 4 else 1
        start = (channel * depths + depth) * area
        return min(max(step.index + 1 - start, 0), area)

    def _window(self, step: Step) -> tuple[int, int, int, int] | None:
        """What to outline: first row and column, rows, columns; None on other output maps."""
        *_, height, width = self.scene.geometry.axes
        *_, row, column = step.position
        if self._is_input:
            first = height.table[row][0], width.table[column][0]
            return (*first, height.effective_kernel, width.effective_kernel)
        return (row, column, 1, 1) if step.output_map in self.image.channels else None

    # Pixels

    def _colour(self, depth: int) -> list[Pixels]:
        """The pixels (height, width, 3) that each channel adds to the image."""
        values = self.scene.values if self._is_input else self.scene.output
        low, high = self.scene.value_ranges[self.image.tensor]
        channels = []
        for channel, tint in zip(self.image.channels, TINTS[self.image.tint], strict=True):
            plane = values[channel]
            if plane.ndim == 3:  # its depth may lie in the padding
                zeros = np.zeros((self.image.height, self.image.width))
                plane = plane[depth] if 0 <= depth < len(plane) else zeros
            scaled = (plane.astype(np.float64) - low) / (high - low or 1)
            brightness = np.nan_to_num(np.clip(scaled, 0, 1), posinf=1)
            coloured = 255 * brightness[..., None] * np.array(tint)
            channels.append(np.rint(coloured).astype(np.uint8))
        return channels

    def _reveal(self, reached: Sequence[int]) -> None:
        height, width = self.image.height, self.image.width
        pixels = np.zeros((height * width, 4), np.uint8)
        for channel, count in zip(self._channels, reached, strict=True):
            pixels[:count, :3] += channel.reshape(-1, 3)[:count]
            pixels[:count, 3] = 255
        self.axes_image.set_data(pixels.reshape(height, width, 4))

    def _outline_window(self, window: tuple[int, int, int, int] | None) -> None:
        for patch in self._outlines:
            patch.set_visible(window is not None)
        if window is None:
            return
        row, column, rows, columns = window
        scale = self.rectangle.width / self.image.width
        left, top = self.rectangle.x + column * scale, self.rectangle.y + row * scale
        place = Rectangle(left, top, columns * scale, rows * scale)
        missing = max(0.0, LEAST_WINDOW - min(place.width, place.height))
        for patch in self._outlines:
            patch.set_path(shapes.outline(place.expanded(missing / 2)))
