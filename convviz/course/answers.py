"""The places for an answer: a line to type into, and a grid of cells to click on.

Each tells the browser (browser/exercise.js) what it is, and takes what a reader left in it.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol, TypeAlias, TypedDict

from convviz.arrays import Array
from convviz.course.element import Cell
from convviz.errors import ArgumentError, short
from convviz.geometry import Axis, Geometry, Kind
from convviz.language.catalogue import say

MOST_CELLS = 400

# What was typed, or the channel, row and column of each cell that is down.
Given: TypeAlias = str | Sequence[Sequence[int]]


class LineMessage(TypedDict):
    """A line to type into."""

    kind: Literal["line"]
    placeholder: str
    above: str  # HTML that belongs to the question


class GridMessage(TypedDict):
    """Cells to click on, a grid for each channel."""

    kind: Literal["cells"]
    rows: list[int]
    columns: list[int]
    channels: list[ChannelMessage]


class ChannelMessage(TypedDict):
    """The cells of one channel, row by row."""

    name: str
    texts: list[str]
    padding: str  # a letter a cell: p in the padding, d in the data


class Field(Protocol):
    """A place for an answer."""

    @property
    def handout(self) -> str:
        """The HTML that belongs to the question, for paper."""
        ...

    def message(self) -> LineMessage | GridMessage:
        """What the browser draws."""
        ...

    def given(self) -> Given:
        """The answer as it stands."""
        ...

    def take(self, given: Given) -> None:
        """Keep what a reader left there.

        Raises
        ------
        ArgumentError
            For what cannot stand there.
        """
        ...


class Line:
    """A line to type an answer into, under the HTML that belongs to the question.

    Attributes
    ----------
    text : str
        What was typed.
    """

    def __init__(self, placeholder: str, above: str = "") -> None:
        self.text = ""
        self.handout = above
        self._placeholder = placeholder

    def message(self) -> LineMessage:
        """What the browser draws."""
        return {"kind": "line", "placeholder": self._placeholder, "above": self.handout}

    def given(self) -> Given:
        """The answer as it stands."""
        return self.text

    def take(self, given: Given) -> None:
        """Keep what was typed."""
        if not isinstance(given, str):
            raise ArgumentError("given", short(given), "a text", "Send what stands in the field.")
        self.text = given


class CellGrid:
    """Every cell of the padded input, to be marked.

    Parameters
    ----------
    geometry : Geometry
    values : array (C, H, W)
    even : bool
        Whether there is as much padding on either side as on the other, so that the grid does not
        say on which of them the layer puts the odd zero.

    Attributes
    ----------
    chosen : frozenset of Cell
        Those that are down.

    Raises
    ------
    ArgumentError
        In 3-D, and for more cells than anybody clicks on.
    """

    def __init__(self, geometry: Geometry, values: Array, *, even: bool = False) -> None:
        height, width = _two_axes(geometry)
        self.chosen: frozenset[Cell] = frozenset()
        self._geometry, self._values = geometry, values
        self._rows, self._columns = _indices(height, even), _indices(width, even)
        count = geometry.channels * len(self._rows) * len(self._columns)
        if count > MOST_CELLS:
            got, allowed = f"{count} cells to click on", f"at most {MOST_CELLS} cells"
            raise ArgumentError("data", got, allowed, "Use a smaller input.")

    @property
    def handout(self) -> str:
        """The grids as HTML tables; cells of the padding have a class of their own."""
        return "".join(self._table(channel) for channel in range(self._geometry.channels))

    def message(self) -> GridMessage:
        """What the browser draws."""
        channels = range(self._geometry.channels)
        return {
            "kind": "cells",
            "rows": [*self._rows],
            "columns": [*self._columns],
            "channels": [self._channel(channel) for channel in channels],
        }

    def given(self) -> Given:
        """The answer as it stands."""
        return [list(cell) for cell in sorted(self.chosen)]

    def take(self, given: Given) -> None:
        """Keep the cells that are down."""
        chosen = frozenset() if isinstance(given, str) else frozenset(map(tuple, given))
        if isinstance(given, str) or not chosen <= set(self._cells()):
            remedy = "Send the channel, row and column of each."
            raise ArgumentError("given", short(given), "cells of the grid", remedy)
        self.chosen = chosen

    def choose(self, cells: frozenset[Cell]) -> None:
        """Mark these and no others."""
        self.chosen = cells

    def _cells(self) -> Iterator[Cell]:
        for channel in range(self._geometry.channels):
            for row in self._rows:
                for column in self._columns:
                    yield channel, row, column

    def _channel(self, channel: int) -> ChannelMessage:
        cells = [cell for cell in self._cells() if cell[0] == channel]
        return {
            "name": self._name(channel),
            "texts": [self._text(cell) for cell in cells],
            "padding": "".join("d" if self._is_data(cell) else "p" for cell in cells),
        }

    def _name(self, channel: int) -> str:
        """What stands over a grid where there are several."""
        return (
            say("exercises.cells.channel", channel=channel) if self._geometry.channels > 1 else ""
        )

    def _text(self, cell: Cell) -> str:
        return f"{self._values[cell]:g}" if self._is_data(cell) else "0"

    def _is_data(self, cell: Cell) -> bool:
        return self._geometry.kind(cell[1:]) is Kind.DATA

    def _table(self, channel: int) -> str:
        rows = ""
        for row in self._rows:
            cells = [self._table_cell((channel, row, column)) for column in self._columns]
            rows += f"<tr>{''.join(cells)}</tr>"
        name = self._name(channel)
        caption = f"<caption>{html.escape(name)}</caption>" if name else ""
        return f'<table class="cells">{caption}{rows}</table>'

    def _table_cell(self, cell: Cell) -> str:
        kind = "" if self._is_data(cell) else ' class="padding"'
        return f"<td{kind}>{self._text(cell)}</td>"


def _two_axes(geometry: Geometry) -> tuple[Axis, Axis]:
    """Height and width, where all cells can be clicked on."""
    if len(geometry.axes) != 2:
        got, allowed = f"{len(geometry.axes)} axes", "a kernel of two axes"
        raise ArgumentError("kernel", got, allowed, "Click in 2-D only.")
    height, width = geometry.axes
    return height, width


def _indices(axis: Axis, even: bool) -> Sequence[int]:
    """The cells of the grid along one axis."""
    if not even:
        return axis.cells
    around = max(-axis.cells[0], axis.cells[-1] - axis.size + 1)
    return range(-around, axis.size + around)
