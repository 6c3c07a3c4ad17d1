"""Frames of a picture as pixels, many times faster than matplotlib draws a figure.

What stays is drawn once. A step then lays down the cells that it changes, from stamps: matplotlib
draws each sort of cell and each word the first time it is met, on whole pixels, and its pixels are
used from then on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.colors import to_rgba
from matplotlib.transforms import Affine2D

from convviz.plot.artists import CellArtist, Part, Shape, body, inner
from convviz.plot.layout import Rectangle
from convviz.plot.still import Still
from convviz.plot.style import CellStyle

ROOM = 3  # pixels around a stamp of letters


@dataclass(frozen=True)
class _Stamp:
    """A word's coverage, 0 … 255, and where its baseline begins in it."""

    mask: np.ndarray
    width: float
    baseline: int


class Rasterizer:
    """A picture on a canvas of its own.

    Attributes
    ----------
    size : (width, height) in pixels
    """

    def __init__(self, picture: Still) -> None:
        self.picture = picture
        self._canvas = FigureCanvasAgg(picture.figure)
        self._renderer = self._canvas.get_renderer()
        self._pixels = np.asarray(self._canvas.buffer_rgba())
        height, width = self._pixels.shape[:2]
        self.size = width, height
        self._page = _bytes(picture.figure.get_facecolor())
        self._words: dict[tuple[str, float, bool], _Stamp] = {}
        self._bodies: dict[tuple[CellStyle, float, int, int], np.ndarray] = {}
        self._places: dict[Part, tuple[slice, slice]] = {}
        self._fresh = True

    @classmethod
    @contextmanager
    def on(cls, picture: Still, dpi: float | None = None) -> Iterator[Rasterizer]:
        """A reel at this many pixels an inch; figure and picture are left as they were found."""
        figure, step = picture.figure, picture.step
        canvas, before, page = figure.canvas, figure.dpi, figure.get_facecolor()
        setting = mpl.rcParams["savefig.dpi"] if dpi is None else dpi
        figure.dpi = before if setting == "figure" else setting
        red, green, blue, alpha = to_rgba(page)
        figure.set_facecolor([1 + alpha * (part - 1) for part in (red, green, blue)])  # on white
        try:
            yield cls(picture)
        finally:
            figure.set_facecolor(page)
            figure.dpi = before
            figure.set_canvas(canvas)
            picture.show(step)

    def frame(self, step: int) -> np.ndarray:
        """The picture at a step: an array (height, width, 4) of RGBA bytes."""
        picture = self.picture
        picture.move(step)
        if self._fresh or picture.moved:
            self._draw_all()
        else:
            for part in picture.changed:
                self._draw(part)
        overlays = picture.overlays
        if not overlays:
            return self._pixels.copy()
        below = self._pixels.copy()
        for artist in overlays:
            artist.draw(self._renderer)
        frame = self._pixels.copy()
        self._pixels[:] = below
        return frame

    def _draw_all(self) -> None:
        """Let matplotlib draw what stays, then lay down all that moves."""
        picture = self.picture
        picture.sync()
        moving = [artist for part in picture.parts for artist in part.artists] + picture.overlays
        for artist in moving:
            artist.set_animated(True)
        self._canvas.draw()
        for artist in moving:
            artist.set_animated(False)
        (across, _, x), (_, down, y), _ = picture.ax.transData.get_matrix()
        self._scale, self._origin = (across, -down), (x, self.size[1] - y)
        self._places.clear()
        for part in picture.parts:
            self._draw(part)
        self._fresh = False

    def _draw(self, part: Part) -> None:
        """Draw one part where it stands."""
        rows, columns = self._place(part)
        if not isinstance(part, CellArtist) or part.look.strike:
            part.sync()
            self._pixels[rows, columns] = self._page
            for artist in part.artists:
                artist.draw(self._renderer)
            return
        self._pixels[rows, columns] = self._body(part, rows, columns)
        if part.words:
            self._stamp(part)

    def _pixel(self, x: float, y: float) -> tuple[float, float]:
        """From em to pixels, to the right and down."""
        return self._origin[0] + x * self._scale[0], self._origin[1] + y * self._scale[1]

    def _place(self, part: Part) -> tuple[slice, slice]:
        """The rows and columns of pixels that a part covers."""
        if part not in self._places:
            box, (width, height) = part.box, self.size
            left, top = self._pixel(box.x, box.y)
            right, bottom = self._pixel(box.x + box.width, box.y + box.height)
            # On whole pixels, so that neighbours never share one.
            rows = slice(max(0, _nearest(top)), min(height, _nearest(bottom)))
            self._places[part] = rows, slice(max(0, _nearest(left)), min(width, _nearest(right)))
        return self._places[part]

    def _body(self, tile: CellArtist, rows: slice, columns: slice) -> np.ndarray:
        """The pixels of a cell without its words."""
        look = replace(tile.look, ink="", bold=False)
        height, width = rows.stop - rows.start, columns.stop - columns.start
        key = (look, tile.corner, height, width)
        if key not in self._bodies:
            self._bodies[key] = self._paint(look, tile.corner, height, width)
        return self._bodies[key]

    def _paint(self, look: CellStyle, corner: float, height: int, width: int) -> np.ndarray:
        """Let matplotlib draw a cell's shapes on a piece of the page."""
        renderer = RendererAgg(width, height, self.picture.figure.dpi)
        pixels = np.asarray(renderer.buffer_rgba())
        pixels[:] = self._page
        em = self._scale[0]
        box = Rectangle(0, 0, width / em, height / em)
        transform = Affine2D().scale(em, -em).translate(0, height)
        for shape in (body(look, box, corner), inner(look, box)):
            if shape is not None:
                self._draw_shape(renderer, shape, transform)
        return pixels.copy()

    def _draw_shape(self, renderer: RendererAgg, shape: Shape, transform: Affine2D) -> None:
        context = renderer.new_gc()
        context.set_snap(False)
        points = shape.width * self._scale[0] * 72 / self.picture.figure.dpi
        context.set_linewidth(points if shape.edge else 0)
        context.set_foreground(shape.edge or "none", isRGBA=bool(shape.edge))
        if shape.dash != "-":
            offset, lengths = shape.dash
            context.set_dashes(offset, [length * points for length in lengths])
        renderer.draw_path(context, shape.path, transform, shape.face)
        context.restore()

    def _stamp(self, tile: CellArtist) -> None:
        """Lay a cell's words over its body."""
        stamp = self._word(tile)
        x, y = self._pixel(*tile.at)
        left = round(x - (stamp.width / 2 if tile.align == "center" else 0)) - ROOM
        top = round(y) - stamp.baseline
        high, wide = stamp.mask.shape
        part = self._pixels[max(0, top) : top + high, max(0, left) : left + wide, :3]
        mask = stamp.mask[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1], None]
        ink = np.array(_bytes(tile.look.ink)[:3], np.float32)
        part += np.rint((ink - part) * (mask * np.float32(tile.look.alpha / 255))).astype(np.uint8)

    def _word(self, tile: CellArtist) -> _Stamp:
        size = tile.text.get_fontsize()
        key = (tile.words, size, tile.look.bold)
        if key not in self._words:
            font = tile.text.get_fontproperties().copy()
            font.set_weight("bold" if tile.look.bold else "normal")
            self._words[key] = self._print(tile.words, font)
        return self._words[key]

    def _print(self, words: str, font: object) -> _Stamp:
        """Let matplotlib write the words, and keep how much of each pixel they cover."""
        width, height, descent = self._renderer.get_text_width_height_descent(words, font, False)
        baseline = int(np.ceil(height - descent)) + ROOM
        size = int(np.ceil(width)) + 2 * ROOM, baseline + int(np.ceil(descent)) + ROOM
        renderer = RendererAgg(*size, self.picture.figure.dpi)
        context = renderer.new_gc()
        context.set_foreground("white")
        renderer.draw_text(context, ROOM, baseline, words, font, 0)
        return _Stamp(np.asarray(renderer.buffer_rgba())[..., 3].copy(), width, baseline)


def _nearest(pixel: float) -> int:
    return math.floor(pixel + 0.5)


def _bytes(colour: object) -> tuple[int, ...]:
    return tuple(round(255 * part) for part in to_rgba(colour))
