"""The places for an answer: a line to type into, and a grid of cells to click on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets
from ipywidgets.widgets.widget_bool import ToggleButtonStyle

from convviz.arrays import Array
from convviz.course.element import Cell
from convviz.errors import ArgumentError
from convviz.geometry import Axis, Geometry, Kind
from convviz.language.catalogue import say

MOST_BUTTONS = 400


class TextField(widgets.VBox):
    """A line to type an answer into, under the HTML that belongs to the question."""

    def __init__(self, placeholder: str, above: str = "") -> None:
        self.above = above
        self._line = widgets.Text(
            placeholder=placeholder, continuous_update=False, layout={"width": "22em"}
        )
        plain = widgets.Layout()
        parts = [widgets.HTML(above, layout=plain), self._line] if above else [self._line]
        super().__init__(parts, layout=plain)

    @property
    def text(self) -> str:
        """What was typed."""
        return str(self._line.value)

    def on_enter(self, action: Callable[[], None]) -> None:
        """Call ``action`` whenever another text has been entered."""
        self._line.observe(lambda _change: action(), names="value")


class CellGrid(widgets.HBox):
    """Every cell of the padded input as a button that stays down, one grid for each channel.

    Parameters
    ----------
    geometry : Geometry
    values : array (C, H, W)

    Raises
    ------
    ArgumentError
        In 3-D, and for more cells than anybody clicks on.
    """

    def __init__(self, geometry: Geometry, values: Array) -> None:
        height, width = _two_axes(geometry)
        self._buttons: dict[Cell, widgets.ToggleButton] = {}
        grids = []
        self._tables = [_table(geometry, channel, values) for channel in range(geometry.channels)]
        looks = _looks()
        for channel in range(geometry.channels):
            cells = [(channel, row, column) for row in height.cells for column in width.cells]
            buttons = [_cell_button(geometry, cell, values, looks) for cell in cells]
            self._buttons.update(zip(cells, buttons, strict=True))
            grid = _grid(buttons, len(width.cells))
            name = say("exercises.cells.channel", channel=channel)
            title = [widgets.Label(name)] if geometry.channels > 1 else []
            grids.append(widgets.VBox([*title, grid], layout={"margin": "0 24px 4px 0"}))
        super().__init__(grids, layout={"flex_flow": "row wrap"})

    @property
    def handout(self) -> str:
        """The grids as HTML tables, for paper."""
        return "".join(self._tables)

    @property
    def chosen(self) -> frozenset[Cell]:
        """The cells that are down."""
        return frozenset(cell for cell, button in self._buttons.items() if button.value)

    def choose(self, cells: frozenset[Cell]) -> None:
        """Press these and no others."""
        for cell, button in self._buttons.items():
            button.value = cell in cells


def _two_axes(geometry: Geometry) -> tuple[Axis, Axis]:
    """Height and width, where all cells can be clicked on."""
    if len(geometry.axes) != 2:
        got, allowed = f"{len(geometry.axes)} axes", "a kernel of two axes"
        raise ArgumentError("kernel", got, allowed, "Click in 2-D only.")
    height, width = geometry.axes
    count = geometry.channels * len(height.cells) * len(width.cells)
    if count > MOST_BUTTONS:
        got, allowed = f"{count} cells to click on", f"at most {MOST_BUTTONS} cells"
        raise ArgumentError("data", got, allowed, "Use a smaller input.")
    return height, width


def _grid(buttons: Sequence[widgets.ToggleButton], columns: int) -> widgets.GridBox:
    template = f"repeat({columns}, 34px)"
    return widgets.GridBox(buttons, layout={"grid_template_columns": template, "grid_gap": "2px"})


def _table(geometry: Geometry, channel: int, values: Array) -> str:
    """One channel as an HTML table; cells of the padding have a class of their own."""
    height, width = _two_axes(geometry)
    rows = "".join(
        "<tr>"
        + "".join(_table_cell(geometry, (channel, row, column), values) for column in width.cells)
        + "</tr>"
        for row in height.cells
    )
    name = say("exercises.cells.channel", channel=channel)
    caption = f"<caption>{name}</caption>" if geometry.channels > 1 else ""
    return f'<table class="cells">{caption}{rows}</table>'


def _table_cell(geometry: Geometry, cell: Cell, values: Array) -> str:
    inside = geometry.kind(cell[1:]) is Kind.DATA
    return f"<td>{values[cell]:g}</td>" if inside else '<td class="padding">0</td>'


def _looks() -> dict[bool, dict[str, widgets.Widget]]:
    """How cells of the data look, and those of the padding: two looks for hundreds of buttons."""
    sizes = {"width": "34px", "height": "28px", "margin": "0", "padding": "0"}
    style = ToggleButtonStyle()
    padding = widgets.Layout(border="1px dashed currentColor", **sizes)
    return {
        True: {"layout": widgets.Layout(**sizes), "style": style},
        False: {"layout": padding, "style": style},
    }


def _cell_button(
    geometry: Geometry, cell: Cell, values: Array, looks: dict[bool, dict[str, widgets.Widget]]
) -> widgets.ToggleButton:
    _, row, column = cell
    name = say("exercises.cells.cell", row=row, column=column)
    inside = geometry.kind((row, column)) is Kind.DATA
    button = widgets.ToggleButton(
        description=f"{values[cell]:g}" if inside else "0",
        tooltip=name if inside else say("exercises.cells.padding_cell", cell=name),
        **looks[inside],
    )
    button.observe(lambda _change: _mark(button), names="value")
    return button


def _mark(button: widgets.ToggleButton) -> None:
    button.button_style = "info" if button.value else ""
