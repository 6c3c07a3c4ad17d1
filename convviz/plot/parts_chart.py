"""What each channel adds to an output: bars in memory order, bias last, and the running total."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from convviz.arrays import Array
from convviz.language.catalogue import say
from convviz.plot import shapes
from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import HAIRLINE, CellStyle
from convviz.plot.tiles import outlines
from convviz.scene.channels import SUM_DIGITS, plain_text, signed_text
from convviz.scene.metrics import METRICS
from convviz.scene.parts import gross

WIDEST_STEP = 3.2  # em from one bar to the next
BAR = 0.7  # of a step
LABEL_ROOM = 1.2  # over the highest point
LINE_WIDTH = 0.13
NUMBER_CHARACTERS = 9  # of a number with its sign
CHARACTER = METRICS.character_width


class PartsChart:
    """The chart, with the sum in words over it.

    Attributes
    ----------
    place : Rectangle
        Of the bars; without height where they would compare nothing.
    words : list of CellArtist
        The sum, number by number.
    """

    def __init__(
        self, canvas: Canvas, place: Rectangle, name_characters: int, *, has_bias: bool
    ) -> None:
        self.canvas, self.place = canvas, place
        theme = canvas.theme
        zero = canvas.overlay(HAIRLINE)
        zero.set_edgecolor(theme["line"])
        self._bars = {name: canvas.overlay() for name in ("adds", "takes", "quiet")}
        for name, patch in self._bars.items():
            patch.set_facecolor(theme[name])
            patch.set_snap(False)
        line = canvas.overlay(LINE_WIDTH)
        line.set_edgecolor(theme["ink"])
        line.set_snap(False)
        self._zero, self._line = zero, line
        self.words = list(self._make_words(name_characters - 2, has_bias=has_bias))

    def _make_words(self, name_characters: int, *, has_bias: bool) -> Iterator[CellArtist]:
        """Cells for the name, what is added, what is taken away, the bias, and the total."""
        x, number = self.place.x, NUMBER_CHARACTERS
        bias = number + 7 if has_bias else 0
        for characters in (name_characters, number, number, bias, number + 2):
            width = CHARACTER * (characters + 1)
            place = Rectangle(x, self.place.y - 1.8, width, 1.5)
            yield CellArtist(self.canvas, place, align="left")
            x += width

    def show(self, heading: str, parts: Array, result: float) -> None:
        """Show what the channels, and last the bias, add to an output."""
        self._show_words(heading, parts, result)
        if self.place.height:
            self._show_bars(parts, result)

    def _show_bars(self, parts: Array, result: float) -> None:
        totals = np.append(np.cumsum(parts[:-1]), result)
        low, high = min(0.0, parts.min(), totals.min()), max(0.0, parts.max(), totals.max())
        scale = (self.place.height - LABEL_ROOM) / (high - low) if high > low else 0.0
        top = self.place.y + LABEL_ROOM

        def y(values: Array) -> Array:
            places: Array = top + (high - values) * scale
            return places

        step = min(WIDEST_STEP, self.place.width / len(parts))
        middles = self.place.x + (np.arange(len(parts)) + 0.5) * step
        kinds = np.where(parts < 0, "takes", "adds")
        kinds[-1] = "quiet"
        for kind, patch in self._bars.items():
            chosen = np.flatnonzero((kinds == kind) & (parts != 0))
            self._draw_bars(patch, middles[chosen], y(np.zeros(1)).item(), y(parts[chosen]), step)
        base = y(np.zeros(1)).item()
        self._zero.set_path(Path([(self.place.x, base), (self.place.x + self.place.width, base)]))
        self._line.set_path(Path(np.stack([middles, y(totals)], axis=1)))

    def _draw_bars(
        self, patch: PathPatch, middles: Array, base: float, ends: Array, step: float
    ) -> None:
        bars = [
            Rectangle(x - BAR * step / 2, min(base, end), BAR * step, abs(end - base))
            for x, end in zip(middles.tolist(), ends.tolist(), strict=True)
        ]
        patch.set_path(outlines(bars) if bars else shapes.EMPTY)

    def _show_words(self, heading: str, parts: Array, result: float) -> None:
        theme = self.canvas.theme
        adds, takes = gross(parts[:-1])
        bias = say("browser.channels.bias", bias=plain_text(parts[-1], SUM_DIGITS))
        texts = [
            (heading, "quiet"),
            (signed_text(adds, SUM_DIGITS) if adds else "", "adds"),
            (signed_text(takes, SUM_DIGITS) if takes else "", "takes"),
            (bias if parts[-1] else "", "quiet"),
            (f"= {plain_text(result, SUM_DIGITS)}", "ink"),
        ]
        for cell, (text, colour) in zip(self.words, texts, strict=True):
            cell.show(CellStyle(ink=theme[colour], bold=colour != "quiet"), text)
