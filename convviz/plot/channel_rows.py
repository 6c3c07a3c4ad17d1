"""The channels that add most to an output: window × weights = product, a row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from convviz.arrays import Array
from convviz.geometry import Kind, Tap
from convviz.language.catalogue import say
from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import CellStyle, cell_style
from convviz.scene import palette
from convviz.scene.channels import SUM_DIGITS, plain_text, signed_text
from convviz.scene.int8 import SATURATED, VANISHED
from convviz.scene.metrics import METRICS

SIGN_WIDTH = 1.6  # em
LABEL_WIDTH = 6.4
ROW_GAP = 0.45
LEAST_NUMBER = 2.6  # em of a cell that has room for its number
NUMBER_DIGITS = 2
FACTORS = ("input", "kernel", "product")
MARKS = {SATURATED: palette.SATURATED, VANISHED: palette.VANISHED}


@dataclass(frozen=True, eq=False)
class ChannelPart:
    """One channel's part in a sum, of one slice of the kernel.

    Attributes
    ----------
    channel : int
        Of the input.
    part : float
        What it adds.
    taps : tuple of Tap
    values, weights : float arrays, one a tap
    flags : {"input", "kernel": str}
        A letter for what int8 did to each value, and to each weight; "" without int8.
    """

    channel: int
    part: float
    taps: tuple[Tap, ...]
    values: Array
    weights: Array
    flags: Mapping[str, str]

    @property
    def products(self) -> Array:
        """What each tap adds, before any rounding."""
        products: Array = self.values * self.weights
        return products


@dataclass(frozen=True)
class Scales:
    """The values of black and white, and of the fullest colours."""

    black: float
    white: float
    weights: float
    products: float

    def colour(self, factor: str, value: float) -> str:
        """The colour of one value."""
        if factor != "input":
            size = self.weights if factor == "kernel" else self.products
            return palette.signed_colour(_level(value / size if size else 0.0))
        span = self.white - self.black
        level = max(0.0, _level((value - self.black) / span if span else 0.0))
        return palette.mix(palette.BLACK, palette.WHITE, level)


class ChannelRow:
    """One row, whose cells stay while its channel changes.

    Attributes
    ----------
    cells : {factor: list of CellArtist}
    name, label : CellArtist
    """

    def __init__(
        self, canvas: Canvas, x: float, y: float, side: float, shape: tuple[int, int]
    ) -> None:
        rows, columns = shape
        self.canvas, self._cell = canvas, side / max(rows, columns)
        self.cells: dict[str, list[CellArtist]] = {}
        self._signs = []
        for factor, sign in zip(FACTORS, ("×", "=", ""), strict=True):
            self.cells[factor] = [
                self._make_cell(x + column * self._cell, y + row * self._cell)
                for row in range(rows)
                for column in range(columns)
            ]
            place = Rectangle(x + columns * self._cell, y, SIGN_WIDTH, rows * self._cell)
            self._signs.append((CellArtist(canvas, place), sign))
            x += columns * self._cell + SIGN_WIDTH
        middle = y + rows * self._cell / 2
        self.name = CellArtist(
            canvas, Rectangle(x - 1, middle - 1.2, LABEL_WIDTH, 1.2), align="left"
        )
        self.label = CellArtist(canvas, Rectangle(x - 1, middle, LABEL_WIDTH, 1.2), align="left")

    def _make_cell(self, x: float, y: float) -> CellArtist:
        place = Rectangle(x, y, self._cell, self._cell)
        return CellArtist(self.canvas, place, "input", font_size=0.75, corners=(0.0, 0.0))

    def show(self, part: ChannelPart | None, scales: Scales) -> None:
        """Show a channel, or nothing."""
        theme = self.canvas.theme
        if part is None:
            for cell in (c for cells in self.cells.values() for c in cells):
                cell.show(CellStyle(), "")
            for cell in (self.name, self.label, *(sign for sign, _ in self._signs)):
                cell.show(CellStyle(), "")
            return
        for cell, sign in self._signs:
            cell.show(CellStyle(ink=theme["quiet"]), sign)
        for factor, values in zip(FACTORS, (part.values, part.weights, part.products), strict=True):
            flags = part.flags.get(factor) or " " * len(values)
            for cell, tap, value, flag in zip(
                self.cells[factor], part.taps, values, flags, strict=True
            ):
                cell.kind = Kind.DATA if factor == "kernel" else tap.kind
                self._show_cell(cell, float(value), scales.colour(factor, float(value)), flag)
        sign = "takes" if part.part < 0 else "adds"
        name = say("browser.channels.channel", number=part.channel)
        self.name.show(CellStyle(ink=theme["ink"]), name)
        self.label.show(CellStyle(ink=theme[sign], bold=True), signed_text(part.part, SUM_DIGITS))

    def _show_cell(self, cell: CellArtist, value: float, fill: str, flag: str) -> None:
        numbered = self._cell >= LEAST_NUMBER
        if cell.kind is not Kind.DATA:
            cell.show(cell_style(self.canvas.theme, "input", cell.kind), "0" if numbered else "")
            return
        text = plain_text(value, NUMBER_DIGITS) if numbered else ""
        edge = MARKS.get(flag)
        width = METRICS.ring_width if edge else 0.0
        cell.show(CellStyle(fill, palette.ink_on(fill) if text else None, edge, width), text)


def _level(value: float) -> float:
    return float(np.nan_to_num(np.clip(value, -1, 1)))
