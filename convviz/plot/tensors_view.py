"""Input, kernel and output side by side: what is common to the views that show these tensors.

Draws panels of cells, lights cells, and shows the weights of the current output map. A subclass
says which panels there are, and draws what takes the place of a tensor's panels.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.patches import PathPatch
from matplotlib.text import Text

from convviz.geometry import Kind
from convviz.language.catalogue import say
from convviz.plot import layout, shapes
from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import BASELINE, CellArtist
from convviz.plot.layout import TensorSize, lay_out
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import GAP_TEXT, plain_style
from convviz.plot.view import View
from convviz.scene import palette
from convviz.scene.metrics import METRICS
from convviz.scene.panels import Panel
from convviz.scene.scene import Scene
from convviz.scene.step import Key, Step

TENSORS = ("input", "kernel", "output")
# Where a panel goes: values before quantization go with those after.
TENSOR_OF = {
    "source": "input",
    "input": "input",
    "window": "kernel",
    "weights": "kernel",
    "kernel": "kernel",
    "output": "output",
}
HEADING_CHARACTER_WIDTH = 0.6  # in matplotlib's font
HEADING_BASELINE = 1.0  # below the heading's top
PANEL_TITLE_RISE = 0.5  # of the title's baseline above the grid
BAND_ROOM = METRICS.band_width + METRICS.band_padding  # left of a panel
BIAS_LABEL_WIDTH = 2.6
BIAS_PADDING = 0.8  # left and right of its text, together


@dataclass(frozen=True)
class PlacedPanel:
    """A panel, the upper left corner of its grid, and the width of its cells."""

    panel: Panel
    x: float
    y: float
    cell_width: float

    def rectangle(self, row: float, column: float, rows: int = 1, columns: int = 1) -> Rectangle:
        """The place of rows × columns cells, of which the first is at (row, column) of the grid."""
        gap = METRICS.cell_gap
        across, down = self.cell_width + gap, METRICS.cell_height + gap
        return Rectangle(
            self.x + column * across,
            self.y + row * down,
            columns * across - gap,
            rows * down - gap,
        )


class TensorsView(View):
    """The three tensors side by side, each with a heading over its panels.

    Attributes
    ----------
    layout : Layout
    panels : list of Panel
    placed : {(tensor, channel, depth): PlacedPanel}
    headings : {tensor: matplotlib's text}
    bias : CellArtist or None
    """

    def __init__(self, scene: Scene, shape: tuple[float, float]) -> None:
        super().__init__(scene, shape)
        self.panels = self.list_panels()
        sizes = {tensor: self.measure(tensor) for tensor in TENSORS}
        self.layout = lay_out(sizes, shape, has_bias=bool(scene.bias_texts))
        self.width, self.height = self.layout.width, self.layout.height
        self.placed = {
            (each.panel.tensor, each.panel.channel, each.panel.depth): each
            for tensor in TENSORS
            for each in self._place(tensor)
        }
        self.headings: dict[str, Text] = {}
        self.bias: CellArtist | None = None
        self._kernel_bands: list[PathPatch] = []
        self._lit: dict[Key, tuple[str, ...]] = {}
        self._map = -1  # whose weights are on show

    # For subclasses

    @abstractmethod
    def list_panels(self) -> list[Panel]:
        """Every panel of cells, in the order in which a tensor's stand."""

    @abstractmethod
    def measure(self, tensor: str) -> TensorSize:
        """What a tensor takes: `measure_panels`, unless something else is drawn."""

    # Layout

    def panels_of(self, tensor: str) -> list[Panel]:
        """The panels that go with one of the three tensors."""
        return [panel for panel in self.panels if TENSOR_OF[panel.tensor] == tensor]

    def measure_panels(self, tensor: str) -> TensorSize:
        """The size of a tensor that is shown as panels of cells."""
        panels, gap = self.panels_of(tensor), METRICS.cell_gap
        across, down = self._cell_width(tensor) + gap, METRICS.cell_height + gap
        width = max(len(panel.columns) for panel in panels) * across - gap
        height = max(len(panel.rows) for panel in panels) * down - gap
        return TensorSize(
            len(panels),
            width + self._band_room,
            height + self._title_height(tensor),
            self.heading_width(tensor),
        )

    def heading_width(self, tensor: str) -> float:
        """The width of a tensor's heading; the kernel's leaves room for the number of any map."""
        characters, maps = len(self.scene.titles[tensor]), self.scene.geometry.maps
        if tensor == "kernel" and maps > 1:
            last = self.scene.step(self.scene.steps - 1)
            characters = len(last.kernel_title) + (maps <= 10)  # as if it had two digits at least
        return HEADING_CHARACTER_WIDTH * characters

    def cell_texts(self, tensor: str) -> list[str]:
        """Every text that a cell of the tensor can have; of the kernel, those of each map."""
        texts = [text for panel in self.panels_of(tensor) for text in panel.texts]
        if tensor == "kernel":
            maps = (weights for by_map in self.scene.kernel_texts.values() for weights in by_map)
            texts += [text for weights in maps for text in weights]
        return texts

    def _place(self, tensor: str) -> list[PlacedPanel]:
        panels = self.panels_of(tensor)
        if not panels:
            return []
        width, top = self._cell_width(tensor), self._title_height(tensor)
        return [
            PlacedPanel(panel, x + self._band_room, y + top, width)
            for panel, (x, y) in zip(panels, self.layout.panels[tensor], strict=True)
        ]

    def _cell_width(self, tensor: str) -> float:
        return layout.cell_width(self.cell_texts(tensor))

    def _title_height(self, tensor: str) -> float:
        has_title = any(panel.title for panel in self.panels_of(tensor))
        return METRICS.panel_title_height if has_title else 0.0

    @property
    def _band_room(self) -> float:
        return BAND_ROOM if self.scene.geometry.groups > 1 else 0.0

    # Drawing

    def draw(self, canvas: Canvas) -> None:
        """Make the artists."""
        self.canvas = canvas
        quiet = canvas.theme["quiet"]
        self.headings = {
            tensor: canvas.text(x, y + HEADING_BASELINE, self.scene.titles[tensor], colour=quiet)
            for tensor, (x, y) in self.layout.headings.items()
        }
        self.draw_tensors()
        if self.scene.bias_texts:
            self.bias = self._draw_bias(self.scene.bias_texts)

    def draw_tensors(self) -> None:
        """Make the artists under the headings."""
        for placed in self.placed.values():
            self._draw_panel(placed)

    def _draw_panel(self, placed: PlacedPanel) -> None:
        panel, canvas = placed.panel, self.canvas
        if panel.title:
            y = placed.y - PANEL_TITLE_RISE
            canvas.text(placed.x, y, panel.title, colour=canvas.theme["quiet"])
        if self.scene.geometry.groups > 1:
            self._draw_band(placed)
        for n, cell in enumerate(panel.cells):
            place = placed.rectangle(*divmod(n, len(panel.columns)))
            artist = CellArtist(canvas, place, panel.tensor, cell.kind)
            artist.flag = panel.flags[n].strip() if panel.flags else ""
            artist.resting_classes = ("is-unread",) if cell.unread else ()
            text = GAP_TEXT if cell.kind is Kind.GAP else cell.text
            artist.light(artist.resting_classes, text)
            self.cells[panel.tensor, panel.channel, panel.depth, cell.row, cell.column] = artist

    def _draw_band(self, placed: PlacedPanel) -> None:
        """A band in the colour of the panel's group; the kernel's goes by the current map."""
        panel = placed.panel
        height = placed.rectangle(0, 0, len(panel.rows)).height
        top = METRICS.panel_title_height - 0.1 if panel.title else 0.0
        place = Rectangle(placed.x - BAND_ROOM, placed.y - top, METRICS.band_width, height + top)
        band = self.canvas.patch(shapes.outline(place))
        if panel.group is None:
            self._kernel_bands.append(band)
        else:
            band.set_facecolor(palette.GROUPS[panel.group])

    def _draw_bias(self, texts: Sequence[str]) -> CellArtist:
        x, y = self.layout.bias
        baseline = y + METRICS.cell_height / 2 + BASELINE
        self.canvas.text(x, baseline, say("plot.bias"), colour=self.canvas.theme["quiet"])
        width = METRICS.character_width * layout.max_characters(texts) + BIAS_PADDING
        place = Rectangle(x + BIAS_LABEL_WIDTH, y, width, METRICS.cell_height)
        return CellArtist(self.canvas, place)

    # Steps

    def show_map(self, step: Step) -> None:
        """Show the weights and the bias of the step's output map."""
        if step.output_map == self._map:
            return
        self._map = step.output_map
        self.canvas.static_changed = True
        self.headings["kernel"].set_text(step.kernel_title)
        for tensor in self.scene.kernel_texts:
            self._show_weights(tensor, step)
        if step.band is not None:
            for band in self._kernel_bands:
                band.set_facecolor(palette.GROUPS[step.band])
        if self.bias:
            self.bias.show(plain_style(self.canvas.theme), step.bias)

    def _show_weights(self, tensor: str, step: Step) -> None:
        flags = step.weight_flags()
        weights = [
            cell for key, cell in self.cells.items() if key[0] == tensor and cell.kind is Kind.DATA
        ]
        for n, (cell, text) in enumerate(zip(weights, step.weights(tensor), strict=True)):
            cell.flag = flags[n].strip() if flags else ""
            cell.light(cell.classes, text)

    def light(self, lit: dict[Key, tuple[str, ...]]) -> None:
        """Give cells their classes for this step; those that the last step lit go back to rest."""
        for key in self._lit:
            if key not in lit and (cell := self.cells.get(key)):
                cell.rest()
        for key, classes in lit.items():
            if cell := self.cells.get(key):
                cell.light(classes)
        self._lit = lit
