"""The view of every window along each axis: a column a cell, a row an output, dots for weights.

Of several scenes that are compared, each has its matrices, on one scale and under its heading.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.patches import PathPatch
from matplotlib.path import Path

from convviz.geometry import Kind
from convviz.language.catalogue import say
from convviz.plot import shapes
from convviz.plot.canvas import BORDER, FILLING, Canvas
from convviz.plot.cell_artist import BASELINE, CellArtist
from convviz.plot.rectangle import Rectangle
from convviz.plot.view import Page, View
from convviz.scene import palette
from convviz.scene.axis_view import AxisView, Window
from convviz.scene.metrics import METRICS
from convviz.scene.scene import Scene
from convviz.scene.step import Step

MOST_WIDTH = 82.0  # em of matrices side by side
GAP_ACROSS, GAP_DOWN = 3.0, 1.6  # between two matrices
TITLE_BASELINE, TITLE_HEIGHT = 1.0, 1.7
INDEX_HEIGHT = 1.3  # of the indices over values
CELL_GAP = 0.15
AFTER_CELLS = 0.25
VALUE_GAP = 0.8  # left of an output's value
LABEL_GAP = 0.7  # right of a row's name
LABEL_CHARACTER, TITLE_CHARACTER = 0.6, 0.56  # widths on average
DOT_EDGE = 0.07


class AxesView(View):
    """A matrix for each axis of the scene, or of each scene that is compared.

    Parameters
    ----------
    compared : pairs of a heading and a scene; none where the scene is alone

    Attributes
    ----------
    matrices : list of Matrix
    """

    has_captions = False  # its titles say what the captions would

    def __init__(
        self,
        scene: Scene,
        page: Page,
        compared: Sequence[tuple[str, Scene]] = (),
    ) -> None:
        super().__init__(scene, page)
        blocks = [(heading, each.axis_views) for heading, each in compared or [("", scene)]]
        every = [view for _, views in blocks for view in views] if compared else []
        pitch = max(map(_pitch, every), default=None)  # one for all, or each its own
        room = max(map(_columns_before, every), default=0)
        self.matrices = [
            Matrix(view, _title(heading, view, len(views)), pitch or _pitch(view), room)
            for heading, views in blocks
            for view in views
        ]
        self._arrange(max(len(views) for _, views in blocks))

    def _arrange(self, block: int) -> None:
        """Put as many side by side as there is room for, those of one scene in one line."""
        count = len(self.matrices)
        choices = [block] if block > 1 else range(count, 1, -1)
        across = next((n for n in choices if self._widths(n)[-1] <= MOST_WIDTH), 1)
        across = math.ceil(count / math.ceil(count / across))  # lines of one length
        lefts = self._widths(across)
        y = 0.0
        for start in range(0, count, across):
            line = self.matrices[start : start + across]
            for matrix, x in zip(line, lefts, strict=False):
                matrix.x, matrix.y = x, y
            y += max(matrix.height for matrix in line) + GAP_DOWN
        self.width, self.height = lefts[-1], y - GAP_DOWN

    def _widths(self, across: int) -> list[float]:
        """Where so many columns of matrices begin, and where the last one ends."""
        widths = [max(each.width for each in self.matrices[n::across]) for n in range(across)]
        starts = [sum(widths[:n]) + GAP_ACROSS * n for n in range(across)]
        return [*starts, starts[-1] + widths[-1]]

    def alt(self, step: Step) -> str:
        """Every matrix by its title and its words."""
        return " ".join(f"{each.title}: {each.view.words}." for each in self.matrices)

    def draw(self, canvas: Canvas) -> None:
        """Make the artists."""
        for matrix in self.matrices:
            matrix.draw(canvas)

    def show(self, step: Step) -> None:
        """Frame the rows of the step's output element."""
        for matrix in self.matrices:
            matrix.frame(step.position[matrix.view.number])


@dataclass(frozen=True, eq=False)
class Row:
    """A window as drawn: its bars and its dots by the weight, with where they stand."""

    window: Window
    place: Rectangle
    dots: dict[int, Rectangle]


class Matrix:
    """The artists of one axis.

    Parameters
    ----------
    room : columns that are kept for padding before the data

    Attributes
    ----------
    view : AxisView
    title : str
    pitch : the width of a column
    x, y, width, height : in em, where it is laid out
    cells : the cells by their index
    counts : the texts under them, likewise
    rows : list of Row
    framed : int or None
        The output whose row is framed; None where it is not among those shown.
    """

    def __init__(self, view: AxisView, title: str, pitch: float, room: int) -> None:
        self.view, self.title, self.pitch = view, title, pitch
        self.x = self.y = 0.0
        self.indent = pitch * max(0, room - _columns_before(view))
        self.width, self.height = self._measure()
        self.cells: dict[int, CellArtist] = {}
        self.counts: dict[int, str] = {}
        self.rows: list[Row] = []
        self.framed: int | None = None
        self._frame: PathPatch | None = None

    def draw(self, canvas: Canvas) -> None:
        """Make the artists."""
        self.canvas = canvas
        self._draw_title()
        y = self.y + TITLE_HEIGHT + (INDEX_HEIGHT if self.view.texts else 0.0)
        self._draw_cells(y)
        y += METRICS.axis_cell_height + AFTER_CELLS
        for n, window in enumerate(self.view.windows):
            if window is None:
                self._label(y, say("browser.axes.more", count=self._hidden(n)))
            else:
                self._draw_row(window, y)
            y += METRICS.axis_row_height
        self._draw_counts(y)
        if self.view.note:
            y += METRICS.axis_row_height
            self._text(self.x, y, self.view.note)
        self._frame = canvas.overlay(METRICS.frame_width)
        self._frame.set_edgecolor(canvas.theme["accent"])

    def frame(self, output: int) -> None:
        """Frame the row of an output, where it is shown."""
        assert self._frame is not None
        row = next((each for each in self.rows if each.window.output == output), None)
        self.framed = None if row is None else row.window.output
        self._frame.set_visible(row is not None)
        if row is not None:
            path = shapes.rounded_outline(row.place.expanded(-0.02), METRICS.axis_row_height / 2)
            self._frame.set_path(path)

    # Places

    def _measure(self) -> tuple[float, float]:
        """Width and height in em."""
        view = self.view
        values = max((len(window.text) for window in view.windows if window), default=0)
        values_width = VALUE_GAP + METRICS.character_width * values if values else 0.0
        title = METRICS.character_width * (len(self.title) + 1) + TITLE_CHARACTER * len(view.words)
        columns = self.columns_left - self.x + len(view.columns) * self.pitch + values_width
        rows = len(view.windows) + 1 + bool(view.note)
        cells = METRICS.axis_cell_height + AFTER_CELLS + (INDEX_HEIGHT if view.texts else 0.0)
        width = max(title, columns, TITLE_CHARACTER * len(view.note))
        return width, TITLE_HEIGHT + cells + rows * METRICS.axis_row_height

    @property
    def columns_left(self) -> float:
        """The left edge of the first column."""
        return self.x + METRICS.axis_label_width + self.indent

    def left(self, cell: int) -> float:
        """The left edge of a cell's column; cells that are not shown are at the break."""
        columns = self.view.columns
        n = columns.index(cell) if cell in columns else columns.index(None)
        return self.columns_left + n * self.pitch

    def _hidden(self, n: int) -> int:
        """How many outputs the break in the n-th row stands for."""
        above, below = self.view.windows[n - 1], self.view.windows[n + 1 : n + 2]
        first = 0 if above is None else above.output + 1
        last = below[0].output if below and below[0] else self.view.axis.output
        return last - first

    # Parts

    def _draw_title(self) -> None:
        label = self.canvas.text(self.x, self.y + TITLE_BASELINE, self.title, mono=True)
        label.set_fontweight("bold")
        x = self.x + METRICS.character_width * (len(self.title) + 1)
        self._text(x, self.y, self.view.words, TITLE_BASELINE)

    def _draw_cells(self, y: float) -> None:
        view = self.view
        for n, (index, kind) in enumerate(zip(view.columns, view.kinds, strict=True)):
            x = self.columns_left + n * self.pitch
            if index is None:
                self._centred(x, y, METRICS.axis_cell_height, "…")
                continue
            width = self.pitch - CELL_GAP
            place = Rectangle(x + CELL_GAP / 2, y, width, METRICS.axis_cell_height)
            cell = self.cells[index] = CellArtist(self.canvas, place, "input", kind, font_size=0.92)
            number = str(index).replace("-", "−")
            own = view.texts[n] if view.texts else number if kind is Kind.DATA else ""
            cell.light((), own)
            if view.texts:
                self._centred(x, y - INDEX_HEIGHT, INDEX_HEIGHT, number)

    def _draw_row(self, window: Window, y: float) -> None:
        canvas, theme = self.canvas, self.canvas.theme
        height = METRICS.axis_row_height
        self._label(y, say("browser.axes.output", output=window.output))
        x, end = self.left(window.first), self.left(window.last) + self.pitch
        place = Rectangle(x, y, end - x, height)
        dots = {}
        gaps = self.view.axis.dilation > 1 and self.view.axis.kernel > 1
        thick = METRICS.axis_gap_height if gaps else METRICS.axis_bar_height
        self._draw_bar(place, thick)
        for tap, cell in window.taps:
            dot = Rectangle(self.left(cell), y, self.pitch, height)
            dots[tap] = dot
            if gaps:
                self._draw_bar(dot, METRICS.axis_bar_height)
            centre = dot.x + dot.width / 2, dot.y + dot.height / 2
            radius = min(METRICS.axis_dot, 0.9 * self.pitch) / 2
            patch = canvas.patch(Path.circle(centre, radius), DOT_EDGE, BORDER)
            fill = theme.weight_fill(self.view.classes[tap])
            patch.set(facecolor=fill, edgecolor=palette.mix(fill, theme["ink"], 0.35), snap=False)
        if window.text:
            right = self.columns_left + len(self.view.columns) * self.pitch
            baseline = y + height / 2 + BASELINE
            canvas.text(right + VALUE_GAP, baseline, window.text, mono=True)
        self.rows.append(Row(window, place, dots))

    def _draw_bar(self, place: Rectangle, height: float) -> None:
        """A bar of this height in the middle of a place."""
        y = place.y + (place.height - height) / 2
        bar = Rectangle(place.x + CELL_GAP / 2, y, place.width - CELL_GAP, height)
        patch = self.canvas.patch(shapes.rounded_outline(bar, height / 2), zorder=FILLING)
        patch.set_facecolor(self.canvas.theme["bar"])

    def _draw_counts(self, y: float) -> None:
        self._label(y, say("browser.axes.reads"))
        for index, count in zip(self.view.columns, self.view.counts, strict=True):
            if index is None:
                continue
            self.counts[index] = str(count)
            colour = None if count else self.canvas.theme["alert"]
            self._centred(self.left(index), y, METRICS.axis_row_height, str(count), colour)

    # Texts

    def _text(self, x: float, y: float, text: str, baseline: float = 1.0) -> None:
        self.canvas.text(x, y + baseline, text, colour=self.canvas.theme["quiet"])

    def _label(self, y: float, text: str) -> None:
        """A row's name, which ends before the cells."""
        width = LABEL_CHARACTER * len(text)
        x = self.x + max(0.0, METRICS.axis_label_width - LABEL_GAP - width)
        self._text(x, y, text, METRICS.axis_row_height / 2 + BASELINE)

    def _centred(
        self, x: float, y: float, height: float, text: str, colour: str | None = None
    ) -> None:
        """A text in the middle of a column; one with a colour of its own is bold."""
        artist = self.canvas.text(
            x + self.pitch / 2,
            y + height / 2 + BASELINE,
            text,
            size=0.92,
            mono=True,
            align="center",
            colour=colour or self.canvas.theme["quiet"],
        )
        artist.set_fontweight("bold" if colour else "normal")


def _pitch(view: AxisView) -> float:
    """The width of a column that holds its text."""
    characters = max(map(len, view.texts), default=0)
    return max(METRICS.axis_pitch, METRICS.character_width * characters + METRICS.cell_padding)


def _columns_before(view: AxisView) -> int:
    """How many columns of padding stand before the data."""
    return sum(kind is Kind.PRE for kind in view.kinds)


def _title(heading: str, view: AxisView, axes: int) -> str:
    """A matrix's title: what is different in its scene, and the axis where there are several."""
    return " · ".join(filter(None, (heading, view.label if axes > 1 or not heading else "")))
