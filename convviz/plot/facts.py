"""What is said of a scene: its size formulas, its legend, its notes.

The scene has the sentences; here they are broken into lines.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convviz.geometry import Kind
from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import GAP_TEXT, CellStyle, cell_style
from convviz.scene.int8 import SATURATED, VANISHED

TOP = 0.4  # over the lines
LINE_HEIGHT = 1.35
BASELINE = 0.95  # below a line's top
FONT_SIZE = 0.92
MONO_WIDTH = 0.64 * FONT_SIZE  # of a character, where small ones snap to whole pixels
TEXT_WIDTH = 0.55 * FONT_SIZE  # of a character, on average
FORMULA_GAP = 4 * "\N{NO-BREAK SPACE}"  # SVG makes one of several plain spaces
SWATCH = Rectangle(0.0, -0.9, 1.3, 1.1)  # from a legend entry's baseline
SWATCH_GAP = 1.7  # from a swatch's left edge to its text
ENTRY_PADDING, ENTRY_GAP = 1.9, 1.2
FLAG_OF = {"saturated": SATURATED, "vanished": VANISHED}
NOTHING_PAINTED: Mapping[str, str] = {}


@dataclass(frozen=True)
class LegendEntry:
    """What one kind of cell means, and its x in the line."""

    x: float
    kind: str
    text: str


class Facts:
    """Lines in a room of this width: laid out first, then drawn.

    Attributes
    ----------
    width, height : in em
    formulas : list of str
        A line each.
    """

    def __init__(
        self,
        room: float,
        formulas: Sequence[str] = (),
        legend: Sequence[tuple[str, str]] = (),
        notes: Sequence[str] = (),
        painted: Mapping[str, str] = NOTHING_PAINTED,
    ) -> None:
        self.formulas = _formula_lines(formulas, room)
        self._legend = _legend_lines(legend, room)
        self._painted = painted
        most = int(room / (0.5 * FONT_SIZE))
        self._notes = [line for note in notes for line in textwrap.wrap(note, most)]
        self.width = max((MONO_WIDTH * len(line) for line in self.formulas), default=0.0)
        lines = len(self.formulas) + len(self._legend) + len(self._notes)
        self.height = TOP + LINE_HEIGHT * lines if lines else 0.0

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Make the artists, from (x, y) downwards."""
        quiet = canvas.theme["quiet"]
        y += TOP + BASELINE
        for line in self.formulas:
            canvas.text(x, y, line, size=FONT_SIZE, mono=True, colour=quiet)
            y += LINE_HEIGHT
        for entries in self._legend:
            for entry in entries:
                _draw_legend_entry(canvas, entry, x + entry.x, y, self._painted.get(entry.kind))
            y += LINE_HEIGHT
        for line in self._notes:
            canvas.text(x, y, line, size=FONT_SIZE)
            y += LINE_HEIGHT


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


def _draw_legend_entry(
    canvas: Canvas, entry: LegendEntry, x: float, y: float, paint: str | None
) -> None:
    """Draw a small cell of one kind, or its paint, and what it means."""
    theme = canvas.theme
    kind = Kind(entry.kind) if entry.kind in set(Kind) else Kind.DATA
    classes = ("is-unread",) if entry.kind == "unread" else ()
    place = Rectangle(x + SWATCH.x, y + SWATCH.y, SWATCH.width, SWATCH.height)
    swatch = CellArtist(canvas, place, "legend", kind, font_size=0.7)
    flag = FLAG_OF.get(entry.kind, "")
    style = CellStyle(paint) if paint else cell_style(theme, "input", kind, classes, flag)
    swatch.show(style, GAP_TEXT if kind is Kind.GAP else "")
    canvas.text(x + SWATCH_GAP, y, entry.text, size=FONT_SIZE, colour=theme["quiet"])
