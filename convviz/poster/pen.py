"""Draws cells, texts, frames and pixels into a PNG, with Pillow alone.

matplotlib would take longer to import than a widget takes to appear. Lengths are in em, as
elsewhere; how a cell looks is plot/style.py's.
"""

from __future__ import annotations

import io
import math
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from convviz import matplotlib_data
from convviz.geometry import Kind
from convviz.plot.colours import Pixels
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import CellStyle
from convviz.plot.theme import Theme
from convviz.scene import palette
from convviz.scene.metrics import METRICS

Face: TypeAlias = Literal["Sans", "Sans-Bold", "SansMono", "SansMono-Bold"]
Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont

DENSITY = 1.5  # pixels of the file to a pixel of the page, for screens that have more
MOST_BYTES, LEAST_SIDE = 100_000, 400  # of the file, and pixels that it keeps at least
HAIR = 1  # pixels of the file
COLOURS = 128  # of the file; letters blend a few with each other
STROKE_DISTANCE, DOT_DISTANCE, DOT = 0.6, 0.5, 0.15  # of a padding cell's hatching, as in plot
HATCH = 0.38  # how much of its colour the hatching has
INSET = 0.2  # from a padding cell's edge to its inner fill
DASH, SPACE = 0.3, 0.22


class Pen:
    """What draws one picture.

    Parameters
    ----------
    width, height : of the picture, in em
    em : pixels of the page
    """

    def __init__(self, width: float, height: float, em: float) -> None:
        self.theme = Theme.of("light")
        self.em = em * DENSITY
        size = math.ceil(width * self.em), math.ceil(height * self.em)
        self.image = Image.new("RGB", size, self.theme["page"])
        self._draw = ImageDraw.Draw(self.image)
        self._cells: dict[object, Image.Image] = {}  # those that look alike are drawn once

    def png(self, alt: str) -> bytes:
        """The picture as a file, with the words for those who cannot see it."""
        words = PngInfo()
        words.add_itxt("Description", alt)
        image, found = self.image, b""
        while not found or (len(found) > MOST_BYTES and min(image.size) > LEAST_SIDE):
            if found:  # noise, which does not get smaller otherwise
                image = image.reduce(2)
            few = image.quantize(COLOURS, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
            file = io.BytesIO()
            few.save(file, "png", pnginfo=words, compress_level=6)
            found = file.getvalue()
        return found

    # Texts

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 1.0,
        colour: str | None = None,
        face: Face = "Sans",
        anchor: Literal["ls", "mm"] = "ls",
    ) -> None:
        """A line of text on a baseline from (x, y), or centred there."""
        at = (x * self.em, y * self.em)
        ink = colour or self.theme["ink"]
        self._draw.text(at, text, fill=ink, font=_font(face, size * self.em), anchor=anchor)

    # Cells and frames

    def cell(
        self,
        place: Rectangle,
        style: CellStyle,
        text: str = "",
        *,
        size: float = 1.0,
        corner: float = METRICS.cell_corner,
    ) -> None:
        """A cell with its text in the middle."""
        left, top, right, bottom = self._pixels(place)
        key = (style, text, size, right - left, bottom - top)
        if key not in self._cells:
            self._cells[key] = self._tile(style, text, size, corner, (right - left, bottom - top))
        self.image.paste(self._cells[key], (left, top))

    def frame(self, place: Rectangle, colour: str, width: float, *, dashed: bool = False) -> None:
        """The outline of a rectangle."""
        left, top, right, bottom = self._pixels(place)
        thick = max(1, round(width * self.em))
        if not dashed:
            radius = METRICS.frame_corner * self.em
            self._draw.rounded_rectangle(
                (left, top, right, bottom), radius, outline=colour, width=thick
            )
            return
        for start, end in (
            ((left, top), (right, top)),
            ((left, bottom), (right, bottom)),
            ((left, top), (left, bottom)),
            ((right, top), (right, bottom)),
        ):
            self._dashes(start, end, colour, thick)

    def fill(self, place: Rectangle, colour: str, corner: float = 0.0) -> None:
        """A plain rectangle."""
        self._draw.rounded_rectangle(self._pixels(place), corner * self.em, fill=colour)

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str,
        width: float,
    ) -> None:
        """A straight line."""
        ends = [(x * self.em, y * self.em) for x, y in (start, end)]
        self._draw.line(ends, fill=colour, width=max(1, round(width * self.em)))

    def dot(self, x: float, y: float, radius: float, colour: str) -> None:
        """A disc."""
        box = [(at + side * radius) * self.em for side in (-1, 1) for at in (x, y)]
        self._draw.ellipse(box, fill=colour)

    def picture(self, place: Rectangle, pixels: Pixels, *, smooth: bool = False) -> None:
        """Pixels (H, W, 3), scaled to fill a place; a pixel stays a square where it is enlarged."""
        left, top, right, bottom = self._pixels(place)
        size = max(1, right - left), max(1, bottom - top)
        method = Image.Resampling.BOX if smooth or size[0] < pixels.shape[1] else None
        scaled = Image.fromarray(pixels).resize(size, method or Image.Resampling.NEAREST)
        self.image.paste(scaled, (left, top))

    def _pixels(self, place: Rectangle) -> tuple[int, int, int, int]:
        left, top = round(place.x * self.em), round(place.y * self.em)
        return left, top, left + round(place.width * self.em), top + round(place.height * self.em)

    def _tile(
        self, style: CellStyle, text: str, size: float, corner: float, pixels: tuple[int, int]
    ) -> Image.Image:
        page = self.theme["page"]

        def faded(colour: str) -> str:
            return palette.mix(page, colour, style.alpha)

        width, height = pixels
        tile = Image.new("RGB", pixels, page)
        draw = ImageDraw.Draw(tile)
        box, radius = (0, 0, width - 1, height - 1), corner * self.em
        if style.fill:
            draw.rounded_rectangle(box, radius, fill=faded(style.fill))
        if style.hatch and style.edge:
            self._hatch(draw, style.hatch, palette.mix(page, faded(style.edge), HATCH), pixels)
        if style.inset_fill:
            inset = round(INSET * self.em)
            inner = (inset, inset, width - 1 - inset, height - 1 - inset)
            draw.rounded_rectangle(inner, radius / 2, fill=style.inset_fill)
        if style.edge:
            thick = max(1, round(style.edge_width * self.em))
            draw.rounded_rectangle(box, radius, outline=faded(style.edge), width=thick)
        if text and style.ink:
            face: Face = "SansMono-Bold" if style.bold else "SansMono"
            font, middle = _font(face, size * self.em), (width / 2, height / 2)
            draw.text(middle, text, fill=faded(style.ink), font=font, anchor="mm")
        if style.strike and style.ink:
            draw.line((0, height // 2, width, height // 2), fill=faded(style.ink), width=HAIR)
        return tile

    def _hatch(
        self, draw: ImageDraw.ImageDraw, kind: Kind, colour: str, size: tuple[int, int]
    ) -> None:
        """Strokes that rise before the data and fall after it; dots beyond both."""
        width, height = size
        if kind is Kind.BEYOND:
            step, side = DOT_DISTANCE * self.em, DOT * self.em
            for x in np.arange(step / 2, width, step):
                for y in np.arange(step / 2, height, step):
                    draw.rectangle((x, y, x + side, y + side), fill=colour)
            return
        step = STROKE_DISTANCE * self.em
        for n in range(1, int((width + height) / step) + 1):
            start, end = (n * step, 0), (n * step - height, height)
            if kind is Kind.POST:
                start, end = (start[0], height), (end[0], 0)
            draw.line((*start, *end), fill=colour, width=HAIR)

    def _dashes(
        self, start: tuple[int, int], end: tuple[int, int], colour: str, thick: int
    ) -> None:
        (x, y), across = start, end[0] > start[0]
        length = max(end[0] - x, end[1] - y)
        for at in np.arange(0, length, (DASH + SPACE) * self.em):
            stop = min(at + DASH * self.em, length)
            line = (x + at, y, x + stop, y) if across else (x, y + at, x, y + stop)
            self._draw.line(line, fill=colour, width=thick)


@cache
def _font(face: Face, size: float) -> Font:
    """DejaVu as it comes with matplotlib, which need not be imported for that."""
    path = matplotlib_data.place(f"fonts/ttf/DejaVu{face}.ttf")
    if path.exists():
        return ImageFont.truetype(str(path), round(size))
    return ImageFont.load_default(round(size))
