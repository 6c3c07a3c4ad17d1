"""Frames of a still as pixels, many times faster than matplotlib draws a figure.

What stays is drawn once. After that, a step draws only the cells that it changes, from pixels that
are kept: matplotlib draws each style of cell, and each text, when it first occurs.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

import matplotlib as mpl
import numpy as np
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.font_manager import FontProperties
from matplotlib.transforms import Affine2D
from matplotlib.typing import ColorType
from numpy.typing import NDArray

from convviz.plot.canvas import Composite
from convviz.plot.cell_artist import CellArtist, Corners, Shape, background_shape, padding_shape
from convviz.plot.rectangle import Rectangle
from convviz.plot.still import Still
from convviz.plot.style import CellStyle

GLYPH_ROOM = 3  # pixels around a text, since glyphs may reach out of its bounding box

Pixels: TypeAlias = NDArray[np.uint8]  # (height, width, 4) of RGBA
Slices: TypeAlias = tuple[slice, slice]  # rows and columns of pixels


@dataclass(frozen=True, eq=False)
class _TextMask:
    """How much of each pixel a text covers, 0 … 255, and where its baseline is."""

    coverage: NDArray[np.uint8]
    width: float
    baseline: int


class Rasterizer:
    """Draws a still on a pixel canvas that no one else uses.

    Attributes
    ----------
    size : (width, height) in pixels
    """

    def __init__(self, still: Still) -> None:
        self.still = still
        self._canvas = FigureCanvasAgg(still.figure)
        self._renderer, self._pixels = _renderer_of(self._canvas)
        height, width = self._pixels.shape[:2]
        self.size = width, height
        self._page = _rgba_bytes(still.figure.get_facecolor())
        self._text_masks: dict[tuple[str, float, bool], _TextMask] = {}
        self._cell_pixels: dict[tuple[CellStyle, Corners, int, int], Pixels] = {}
        self._places: dict[Composite, Slices] = {}
        self._is_drawn = False

    @classmethod
    @contextmanager
    def on(cls, still: Still, dpi: float | None = None) -> Generator[Rasterizer]:
        """A rasterizer at so many pixels an inch; figure and still are left as they were found.

        Parameters
        ----------
        dpi : pixels per inch; None for matplotlib's setting
        """
        figure, step = still.figure, still.step
        canvas, dpi_before, page = figure.canvas, figure.dpi, figure.get_facecolor()
        setting = mpl.rcParams["savefig.dpi"] if dpi is None else dpi
        figure.dpi = dpi_before if setting == "figure" else setting
        figure.set_facecolor(_on_white(page))
        try:
            yield cls(still)
        finally:
            figure.set_facecolor(page)
            figure.dpi = dpi_before
            figure.set_canvas(canvas)
            still.show(step)

    def frame(self, step: int) -> Pixels:
        """The still at a step: an array (height, width, 4) of RGBA bytes."""
        canvas = self.still.canvas
        self.still.set_step(step)
        if canvas.static_changed or not self._is_drawn:
            self._draw_all()
        else:
            for composite in canvas.changed:
                self._draw(composite)
        overlays = canvas.overlays
        if not overlays:
            return self._pixels.copy()
        below = self._pixels.copy()
        for artist in overlays:
            artist.draw(self._renderer)
        frame = self._pixels.copy()
        self._pixels[:] = below
        return frame

    def draw_whole(self) -> Pixels:
        """The figure as it stands, drawn by matplotlib alone."""
        _draw_figure(self._canvas)
        return self._pixels.copy()

    def _draw_all(self) -> None:
        """Let matplotlib draw what stays, then draw every composite."""
        canvas = self.still.canvas
        canvas.sync()
        moving = [artist for each in canvas.composites for artist in each.artists]
        moving += canvas.overlays
        for artist in moving:
            artist.set_animated(True)
        _draw_figure(self._canvas)
        for artist in moving:
            artist.set_animated(False)
        (across, _, x), (_, down, y), _ = canvas.ax.transData.get_matrix()
        self._scale, self._origin = (across, -down), (x, self.size[1] - y)
        self._places.clear()
        for composite in canvas.composites:
            self._draw(composite)
        self._is_drawn = True

    def _draw(self, composite: Composite) -> None:
        """Draw a composite in its place."""
        rows, columns = self._place(composite)
        if not isinstance(composite, CellArtist) or composite.style.strike:
            composite.sync()
            self._pixels[rows, columns] = self._page
            for artist in composite.artists:
                artist.draw(self._renderer)
            return
        self._pixels[rows, columns] = self._without_text(composite, rows, columns)
        if composite.text:
            self._write_text(composite)

    # Places

    def _pixel(self, x: float, y: float) -> tuple[float, float]:
        """The pixel, from the left and from the top, at a point in em."""
        return self._origin[0] + x * self._scale[0], self._origin[1] + y * self._scale[1]

    def _place(self, composite: Composite) -> Slices:
        """The pixels of a composite, rounded to whole ones so that no two cells share any."""
        if composite not in self._places:
            rectangle, (width, height) = composite.rectangle, self.size
            left, top = self._pixel(rectangle.x, rectangle.y)
            right, bottom = self._pixel(
                rectangle.x + rectangle.width, rectangle.y + rectangle.height
            )
            rows = slice(max(0, _nearest(top)), min(height, _nearest(bottom)))
            columns = slice(max(0, _nearest(left)), min(width, _nearest(right)))
            self._places[composite] = rows, columns
        return self._places[composite]

    # Cells

    def _without_text(self, cell: CellArtist, rows: slice, columns: slice) -> Pixels:
        """The pixels of a cell under its text."""
        style = replace(cell.style, ink=None, bold=False)
        height, width = rows.stop - rows.start, columns.stop - columns.start
        key = (style, cell.corners, height, width)
        if key not in self._cell_pixels:
            self._cell_pixels[key] = self._draw_shapes(style, cell.corners, height, width)
        return self._cell_pixels[key]

    def _draw_shapes(self, style: CellStyle, corners: Corners, height: int, width: int) -> Pixels:
        """Let matplotlib draw a cell's shapes on the page's colour."""
        renderer, pixels = _new_renderer(width, height, self.still.figure.dpi)
        pixels[:] = self._page
        em = self._scale[0]
        place = Rectangle(0, 0, width / em, height / em)
        transform = Affine2D().scale(em, -em).translate(0, height)
        for shape in (background_shape(style, place, corners), padding_shape(style, place)):
            if shape is not None:
                self._draw_shape(renderer, shape, transform)
        return pixels.copy()

    def _draw_shape(self, renderer: RendererBase, shape: Shape, transform: Affine2D) -> None:
        context = renderer.new_gc()
        context.set_snap(False)
        points = shape.edge_width * self._scale[0] * 72 / self.still.figure.dpi
        context.set_linewidth(points if shape.edge else 0)
        context.set_foreground(shape.edge or "none", isRGBA=bool(shape.edge))
        if shape.dash != "-":
            offset, lengths = shape.dash
            context.set_dashes(offset, [length * points for length in lengths])
        renderer.draw_path(context, shape.path, transform, shape.fill)
        context.restore()

    # Text

    def _write_text(self, cell: CellArtist) -> None:
        """Blend a cell's text into its pixels."""
        mask = self._text_mask(cell)
        x, y = self._pixel(*cell.anchor)
        left = round(x - (mask.width / 2 if cell.align == "center" else 0)) - GLYPH_ROOM
        top = round(y) - mask.baseline
        height, width = mask.coverage.shape
        below = self._pixels[max(0, top) : top + height, max(0, left) : left + width, :3]
        coverage = mask.coverage[max(0, -top) :, max(0, -left) :]
        coverage = coverage[: below.shape[0], : below.shape[1]]
        weight = coverage[..., None] * np.float32(cell.style.alpha / 255)
        ink = np.array(_rgba_bytes(cell.style.ink or "none")[:3], np.float32)
        below[:] = below + np.rint((ink - below) * weight)

    def _text_mask(self, cell: CellArtist) -> _TextMask:
        font = cell.text_artist.get_fontproperties()
        key = (cell.text, font.get_size_in_points(), cell.style.bold)
        if key not in self._text_masks:
            font = font.copy()
            font.set_weight("bold" if cell.style.bold else "normal")
            self._text_masks[key] = self._draw_mask(cell.text, font)
        return self._text_masks[key]

    def _draw_mask(self, text: str, font: FontProperties) -> _TextMask:
        """Let matplotlib draw a text, and take its coverage of each pixel."""
        width, height, descent = self._renderer.get_text_width_height_descent(text, font, False)
        baseline = math.ceil(height - descent) + GLYPH_ROOM
        columns = math.ceil(width) + 2 * GLYPH_ROOM
        rows = baseline + math.ceil(descent) + GLYPH_ROOM
        renderer, pixels = _new_renderer(columns, rows, self.still.figure.dpi)
        context = renderer.new_gc()
        context.set_foreground("white")
        renderer.draw_text(context, GLYPH_ROOM, baseline, text, font, 0)
        return _TextMask(pixels[..., 3].copy(), width, baseline)


def _nearest(pixel: float) -> int:
    return math.floor(pixel + 0.5)


def _rgba_bytes(colour: ColorType) -> tuple[int, ...]:
    return tuple(round(255 * part) for part in to_rgba(colour))


def _on_white(colour: ColorType) -> tuple[float, float, float]:
    """A colour, which may be transparent, as it appears on white."""
    red, green, blue, alpha = to_rgba(colour)
    return 1 + alpha * (red - 1), 1 + alpha * (green - 1), 1 + alpha * (blue - 1)


# matplotlib's stubs leave out its Agg backend: of these calls mypy knows no types.


def _renderer_of(canvas: FigureCanvasAgg) -> tuple[RendererBase, Pixels]:
    """The renderer of a canvas and its pixels, to write to."""
    renderer = canvas.get_renderer()
    return renderer, np.asarray(canvas.buffer_rgba())


def _new_renderer(width: int, height: int, dpi: float) -> tuple[RendererBase, Pixels]:
    """A transparent renderer of its own and its pixels, to write to."""
    renderer = RendererAgg(width, height, dpi)
    return renderer, np.asarray(renderer.buffer_rgba())


def _draw_figure(canvas: FigureCanvasAgg) -> None:
    """Draw the figure with all its artists but the animated ones."""
    canvas.draw()
