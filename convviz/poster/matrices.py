"""The axis view as a still: a column for each cell, a row for each output, dots for weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convviz.geometry import Kind
from convviz.language.catalogue import say
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import cell_style
from convviz.poster.parts import CHARACTER, Beside, Part, Under
from convviz.poster.pen import Pen
from convviz.scene.axis_view import AxisView, Window
from convviz.scene.metrics import METRICS

TITLE = 1.7
PITCH = 2.0
GAP = 0.15
ACROSS = 72.0  # em that matrices side by side may take


@dataclass(frozen=True, eq=False)
class Matrix:
    """One axis."""

    view: AxisView

    @property
    def width(self) -> float:
        """With the names of its rows and the value at their ends."""
        texts = [window.text for window in self.view.windows if window]
        values = METRICS.character_width * max(map(len, texts), default=0)
        cells = METRICS.axis_label_width + PITCH * len(self.view.columns) + values + 1
        return max(cells, CHARACTER * (len(self.view.words) + len(self.view.label) + 2))

    @property
    def height(self) -> float:
        """With its title and the counts under the cells."""
        rows = len(self.view.windows) + 1
        return TITLE + METRICS.axis_cell_height + METRICS.axis_row_height * rows + 0.4

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw it."""
        view, quiet = self.view, pen.theme["quiet"]
        pen.text(x, y + 1.0, view.label, face="SansMono-Bold")
        after = x + METRICS.character_width * (len(view.label) + 1)
        pen.text(after, y + 1.0, view.words, colour=quiet)
        top = y + TITLE
        self._draw_cells(pen, x, top)
        top += METRICS.axis_cell_height + 0.25
        for window in view.windows:
            if window is None:
                pen.text(x, top + 1.1, "…", colour=quiet)
            else:
                self._draw_row(pen, window, x, top)
            top += METRICS.axis_row_height
        self._draw_counts(pen, x, top)

    def _left(self, x: float, cell: int) -> float:
        columns = self.view.columns
        n = columns.index(cell) if cell in columns else columns.index(None)
        return x + METRICS.axis_label_width + n * PITCH

    def _draw_cells(self, pen: Pen, x: float, top: float) -> None:
        view = self.view
        for n, (index, kind) in enumerate(zip(view.columns, view.kinds, strict=True)):
            left = x + METRICS.axis_label_width + n * PITCH
            place = Rectangle(left + GAP / 2, top, PITCH - GAP, METRICS.axis_cell_height)
            number = str(index).replace("-", "−") if kind is Kind.DATA else ""
            text = "…" if index is None else view.texts[n] if view.texts else number
            size = min(0.92, (PITCH - GAP) / (METRICS.character_width * max(1, len(text)) + 0.2))
            pen.cell(place, cell_style(pen.theme, "input", kind), text, size=size)

    def _draw_row(self, pen: Pen, window: Window, x: float, top: float) -> None:
        quiet = pen.theme["quiet"]
        words = say("browser.axes.output", output=window.output)
        pen.text(x, top + 1.1, words, colour=quiet, size=0.92)
        left, right = self._left(x, window.first), self._left(x, window.last) + PITCH
        middle, bar = top + METRICS.axis_row_height / 2, METRICS.axis_bar_height
        place = Rectangle(left, middle - bar / 2, right - left, bar)
        pen.fill(place, pen.theme["bar"], bar / 2)
        for tap, cell in window.taps:
            at = self._left(x, cell) + PITCH / 2
            colour = pen.theme.weight_fill(self.view.classes[tap])
            pen.dot(at, middle, METRICS.axis_dot / 2, colour)
        if window.text:
            end = x + METRICS.axis_label_width + PITCH * len(self.view.columns) + 0.5
            pen.text(end, top + 1.1, window.text, face="SansMono")

    def _draw_counts(self, pen: Pen, x: float, top: float) -> None:
        """How often each cell is read."""
        view = self.view
        pen.text(x, top + 1.1, say("browser.axes.reads"), colour=pen.theme["quiet"], size=0.92)
        for n, (index, count) in enumerate(zip(view.columns, view.counts, strict=True)):
            if index is None:
                continue
            at = x + METRICS.axis_label_width + (n + 0.5) * PITCH
            colour = None if count else pen.theme["alert"]
            middle = top + METRICS.axis_row_height / 2
            pen.text(at, middle, str(count), colour=colour, face="SansMono", anchor="mm", size=0.9)


def matrices(views: Sequence[AxisView]) -> Part:
    """A matrix for each axis, side by side where there is room."""
    found = [Matrix(view) for view in views]
    row = Beside(found, 3.0)
    return row if row.width <= ACROSS else Under(found, 1.2)
