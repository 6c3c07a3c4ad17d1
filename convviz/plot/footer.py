"""The captions below a view: the sum of the step, the size formulas, the legend, the notes.

The scene has the sentences; here they are broken into lines and placed.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from convviz.geometry import Kind
from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import GAP_TEXT, cell_style
from convviz.plot.sum_line import SumLine
from convviz.plot.view import View
from convviz.scene.int8 import SATURATED, VANISHED
from convviz.scene.scene import Scene
from convviz.scene.step import Step

TOP = 1.2  # below the view
FIRST_BASELINE = 6.6  # of the lines below the sum, from there
SUM_ROOM = 6.4  # height of the sum, with the space around it
LINE_HEIGHT = 1.35
FONT_SIZE = 0.92
MONO_WIDTH = 0.64 * FONT_SIZE  # of a character, where small ones snap to whole pixels
TEXT_WIDTH = 0.55 * FONT_SIZE  # of a character, on average
LEAST_WIDTH = 30.0
FORMULA_GAP = 4 * "\N{NO-BREAK SPACE}"  # SVG makes one of several plain spaces
SWATCH = Rectangle(0.0, -0.9, 1.3, 1.1)  # from a legend entry's baseline
SWATCH_GAP = 1.7  # from a swatch's left edge to its text
ENTRY_PADDING, ENTRY_GAP = 1.9, 1.2
FLAG_OF = {"saturated": SATURATED, "vanished": VANISHED}


@dataclass(frozen=True)
class LegendEntry:
    """What one kind of cell means, and its x in the line."""

    x: float
    kind: str
    text: str


class Footer:
    """The captions of a picture: laid out first, then drawn, then shown step by step.

    Attributes
    ----------
    width, height : in em, below the view
    sum : SumLine or None
        None where the view shows the sum itself.
    formulas : list of str
        A line each.
    """

    def __init__(self, scene: Scene, view: View) -> None:
        self._top = view.height + TOP
        self.sum: SumLine | None = None
        if not view.sums_itself:
            self.sum = SumLine(scene, view.value_characters, view.width)
        room = max(self.sum.room if self.sum else view.width, LEAST_WIDTH)
        self.formulas = _formula_lines(scene.formulas, room)
        self._legend = _legend_lines(scene.legend, room)
        most = int(room / (0.5 * FONT_SIZE))
        self._notes = [line for note in scene.notes for line in textwrap.wrap(note, most)]
        self.width = max(
            [
                self.sum.width if self.sum else 0.0,
                *(MONO_WIDTH * len(line) for line in self.formulas),
            ]
        )
        lines = len(self.formulas) + len(self._legend) + len(self._notes)
        self._sum_room = SUM_ROOM if self.sum else 0.0
        self.height = self._sum_room + LINE_HEIGHT * lines

    def draw(self, canvas: Canvas) -> None:
        """Make the artists."""
        if self.sum:
            self.sum.draw(canvas, self._top)
        quiet = canvas.theme["quiet"]
        y = self._top + FIRST_BASELINE - (0.0 if self.sum else SUM_ROOM)
        for line in self.formulas:
            canvas.text(0, y, line, size=FONT_SIZE, mono=True, colour=quiet)
            y += LINE_HEIGHT
        for entries in self._legend:
            for entry in entries:
                _draw_legend_entry(canvas, entry, y)
            y += LINE_HEIGHT
        for line in self._notes:
            canvas.text(0, y, line, size=FONT_SIZE)
            y += LINE_HEIGHT

    def show(self, step: Step) -> None:
        """Show the sum of this step."""
        if self.sum:
            self.sum.show(step)


def _formula_lines(formulas: Sequence[str], room: float) -> list[str]:
    """The formulas, several in a line if there is room."""
    lines: list[str] = []
    for formula in formulas:
        joined = f"{lines[-1]}{FORMULA_GAP}{formula}" if lines else formula
        if lines and MONO_WIDTH * len(joined) <= room:
            lines[-1] = joined
        else:
            lines.append(formula)
    return lines


def _legend_lines(legend: Sequence[tuple[str, str]], room: float) -> list[list[LegendEntry]]:
    """The entries of the legend, several in a line if there is room."""
    lines: list[list[LegendEntry]] = []
    x = room
    for kind, text in legend:
        width = ENTRY_PADDING + TEXT_WIDTH * len(text)
        if x + width > room:
            lines.append([])
            x = 0.0
        lines[-1].append(LegendEntry(x, kind, text))
        x += width + ENTRY_GAP
    return lines


def _draw_legend_entry(canvas: Canvas, entry: LegendEntry, y: float) -> None:
    """Draw a small cell of one kind, and what it means."""
    theme = canvas.theme
    kind = Kind(entry.kind) if entry.kind in set(Kind) else Kind.DATA
    classes = ("is-unread",) if entry.kind == "unread" else ()
    place = Rectangle(entry.x + SWATCH.x, y + SWATCH.y, SWATCH.width, SWATCH.height)
    swatch = CellArtist(canvas, place, "legend", kind, font_size=0.7)
    style = cell_style(theme, "input", kind, classes, FLAG_OF.get(entry.kind, ""))
    swatch.show(style, GAP_TEXT if kind is Kind.GAP else "")
    canvas.text(entry.x + SWATCH_GAP, y, entry.text, size=FONT_SIZE, colour=theme["quiet"])
