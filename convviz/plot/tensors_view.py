"""Input, kernel and output: what is common to the views that show these tensors.

The kernel is where the sum is made: over each weight stands what it multiplies, and beside the
kernel what the products add up to. A subclass says which panels there are, and draws what takes the
place of a tensor's panels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from matplotlib.patches import PathPatch
from matplotlib.text import Text

from convviz.geometry import Kind, Tap
from convviz.language.catalogue import say
from convviz.plot import layout, shapes
from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import BASELINE, CellArtist
from convviz.plot.facts import Facts
from convviz.plot.layout import CELLS, TENSORS, Area, Layout, Shape, TensorSize
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import GAP_TEXT, empty_style, plain_style
from convviz.plot.sum import Sum
from convviz.plot.sum_text import SumText
from convviz.plot.view import Page, View
from convviz.scene import palette
from convviz.scene.metrics import METRICS
from convviz.scene.panels import Panel
from convviz.scene.scene import Scene
from convviz.scene.step import Key, Product, Step

# Where a panel goes: values before quantization go with those after.
TENSOR_OF = {"source": "input", "weights": "kernel"}
HEADING_BASELINE = 1.0  # below the heading's top
PANEL_TITLE_RISE = 0.5  # of the title's baseline above the grid
BAND_ROOM = METRICS.band_width + METRICS.band_padding  # left of a panel
BIAS_GAP, BIAS_PADDING = 0.5, 0.3  # over the bias, and before its value
FACTS_WIDTH = 14.0  # of the legend and the notes under a narrow input
UPPER, LOWER = (METRICS.cell_corner, 0.0), (0.0, METRICS.cell_corner)  # corners that are round


@dataclass(frozen=True)
class PlacedPanel:
    """A panel, the upper left corner of its grid, the width of its cells, and its scale."""

    panel: Panel
    x: float
    y: float
    cell_width: float
    scale: float = 1.0

    @property
    def is_summed(self) -> bool:
        """Whether a value stands over each cell."""
        return self.panel.tensor == "kernel"

    @property
    def size(self) -> Area:
        """Of the grid."""
        place = self.rectangle(0, 0, len(self.panel.rows), len(self.panel.columns))
        return Area(place.width, place.height)

    def rectangle(self, row: float, column: float, rows: int = 1, columns: int = 1) -> Rectangle:
        """The place of rows × columns cells, of which the first is at (row, column) of the grid."""
        height = 2 * METRICS.tile_height if self.is_summed else METRICS.cell_height
        gap_down = METRICS.tile_gap if self.is_summed else METRICS.cell_gap
        across, down = self.cell_width + METRICS.cell_gap, height + gap_down
        return Rectangle(
            self.x + column * across * self.scale,
            self.y + row * down * self.scale,
            (columns * across - METRICS.cell_gap) * self.scale,
            (rows * down - gap_down) * self.scale,
        )


class TensorsView(View):
    """The three tensors, each with a heading over its panels, and the sum.

    Attributes
    ----------
    layout : Layout
    panels : list of Panel
    placed : {(tensor, channel, depth): PlacedPanel}
    headings : {tensor: matplotlib's text}
    values : list of CellArtist
        What stands over the weights, in the order of the sum.
    sum : Sum or None
    facts : Facts
        The legend and the notes, under the input.
    bias : CellArtist or None
    """

    has_facts = True
    shapes: Sequence[tuple[Shape, bool]] = CELLS

    def __init__(self, scene: Scene, page: Page) -> None:
        super().__init__(scene, page)
        self.panels = scene.panels
        self.sum: Sum | None = None
        self._sum_text = SumText(scene, slow=page.slow) if page.captions else None
        self.layout, self.facts = self._lay_out()
        self.width, self.height = self.layout.width, self.layout.height
        self.placed = {
            (each.panel.tensor, each.panel.channel, each.panel.depth): each
            for tensor in TENSORS
            for each in self._place(tensor)
        }
        self.headings: dict[str, Text] = {}
        self.values: list[CellArtist] = []
        self.bias: CellArtist | None = None
        self._kernel_bands: list[PathPatch] = []
        self._lit: dict[Key, tuple[str, ...]] = {}
        self._map = -1  # whose weights are on show

    # Layout

    def _lay_out(self) -> tuple[Layout, Facts]:
        """Where all stands, and what is said under the input, which is as wide as there is room."""
        tensors = [self.measure(tensor) for tensor in TENSORS]
        total = self._sum_text.area if self._sum_text else Area(0.0, 0.0)
        scene = self.scene
        legend, notes = (scene.legend, scene.notes) if self.page.captions else ((), ())
        if legend or notes:
            tensors[0] = replace(tensors[0], heading=max(tensors[0].heading, FACTS_WIDTH))
        arrangement = layout.arrange(tensors, total, self.page.room, self.shapes)
        width = tensors[0].in_columns(arrangement.columns[0]).width
        facts = Facts(width, legend=legend, notes=notes)
        tensors[0] = replace(tensors[0], under=facts.height)
        return layout.lay_out(tensors, total, arrangement), facts

    def measure(self, tensor: str) -> TensorSize:
        """What a tensor takes; here as panels of cells."""
        return self.measure_panels(tensor, self.kernel_scale if tensor == "kernel" else 1.0)

    def measure_panels(self, tensor: str, scale: float) -> TensorSize:
        """The size of a tensor that is shown as panels of cells."""
        width, panels = self._cell_width(tensor), self.panels_of(tensor)
        grids = [PlacedPanel(panel, 0, 0, width, scale).size for panel in panels]
        under = BIAS_GAP + METRICS.cell_height if self.scene.bias_texts else 0.0
        return TensorSize(
            len(panels),
            max(grid.width for grid in grids) + self._band_room,
            max(grid.height for grid in grids) + self.title_height(tensor),
            self.heading_width(tensor),
            under if tensor == "kernel" else 0.0,
        )

    @cached_property
    def kernel_scale(self) -> float:
        """How large the kernel's letters are."""
        return 1.0

    def panels_of(self, tensor: str) -> list[Panel]:
        """The panels that go with one of the three tensors."""
        return [
            panel for panel in self.panels if TENSOR_OF.get(panel.tensor, panel.tensor) == tensor
        ]

    def heading_width(self, tensor: str) -> float:
        """The width of a tensor's heading; the kernel's leaves room for the number of any map."""
        characters, maps = len(self.scene.titles[tensor]), self.scene.geometry.maps
        if tensor == "kernel" and maps > 1:
            last = self.scene.step(self.scene.steps - 1)
            characters = len(last.kernel_title) + (maps <= 10)  # as if it had two digits at least
        return METRICS.heading_character_width * characters

    @cached_property
    def value_texts(self) -> Sequence[str]:
        """Texts as wide as those over the weights can be."""
        return self.scene.value_texts

    def _cell_width(self, tensor: str) -> float:
        if tensor != "kernel":
            texts = [text for panel in self.panels_of(tensor) for text in panel.texts]
            return layout.cell_width(texts)
        maps = (weights for by_map in self.scene.kernel_texts.values() for weights in by_map)
        texts = [*self.value_texts, *(text for weights in maps for text in weights)]
        return max(METRICS.least_tile_width, layout.cell_width(texts))

    def _place(self, tensor: str) -> list[PlacedPanel]:
        panels = self.panels_of(tensor)
        if not panels:
            return []
        width, top = self._cell_width(tensor), self.title_height(tensor)
        scale = self.kernel_scale if tensor == "kernel" else 1.0
        return [
            PlacedPanel(panel, x + self._band_room, y + top, width, scale)
            for panel, (x, y) in zip(panels, self.layout.panels[tensor], strict=True)
        ]

    def title_height(self, tensor: str) -> float:
        """The height of the titles over a tensor's panels."""
        return METRICS.panel_title_height if self.has_titles(tensor) else 0.0

    def has_titles(self, tensor: str) -> bool:
        """Whether the panels of a tensor have titles."""
        return any(panel.title for panel in self.panels_of(tensor))

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
        if self._sum_text:
            self.sum = Sum(canvas, self._sum_text, *self.layout.sum)
        self.facts.draw(canvas, *self.layout.under["input"])

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
            artist = self._draw_cell(placed, place, cell.kind)
            artist.flag = panel.flags[n].strip() if panel.flags else ""
            artist.resting_classes = ("is-unread",) if cell.unread else ()
            text = GAP_TEXT if cell.kind is Kind.GAP else cell.text
            artist.light(artist.resting_classes, text)
            self.cells[panel.tensor, panel.channel, panel.depth, cell.row, cell.column] = artist

    def _draw_cell(self, placed: PlacedPanel, place: Rectangle, kind: Kind) -> CellArtist:
        """A cell; in the kernel the lower half of one, and the value on the upper half."""
        canvas, tensor, scale = self.canvas, placed.panel.tensor, placed.scale
        if not placed.is_summed:
            return CellArtist(canvas, place, tensor, kind, font_size=scale)
        upper, lower = place.halves()
        if kind is Kind.GAP:
            return CellArtist(canvas, lower, tensor, kind, font_size=scale)
        self.values.append(CellArtist(canvas, upper, font_size=scale, corners=UPPER))
        return CellArtist(canvas, lower, tensor, kind, font_size=scale, corners=LOWER)

    def _draw_band(self, placed: PlacedPanel) -> None:
        """A band in the colour of the panel's group; the kernel's goes by the current map."""
        panel = placed.panel
        top = METRICS.panel_title_height - 0.1 if panel.title else 0.0
        height = placed.size.height + top
        place = Rectangle(placed.x - BAND_ROOM, placed.y - top, METRICS.band_width, height)
        band = self.canvas.patch(shapes.outline(place))
        if panel.group is None:
            self._kernel_bands.append(band)
        else:
            band.set_facecolor(palette.GROUPS[panel.group])

    def _draw_bias(self, texts: Sequence[str]) -> CellArtist:
        x, y = self.layout.under["kernel"]
        sign = "+ " if self.scene.adds_bias and not self.scene.quantization else ""
        label, middle = sign + say("plot.bias"), y + BIAS_GAP + METRICS.cell_height / 2
        self.canvas.text(x, middle + BASELINE, label, colour=self.canvas.theme["quiet"])
        x += METRICS.heading_character_width * len(label) + BIAS_PADDING
        width = layout.cell_width(texts)
        return CellArtist(self.canvas, Rectangle(x, y + BIAS_GAP, width, METRICS.cell_height))

    # Steps

    def show(self, step: Step) -> None:
        """Show the weights of a step's map, what they multiply, and what that adds up to."""
        self.show_map(step)
        for n, (cell, tap, product) in enumerate(
            zip(self.values, step.taps, step.products, strict=True)
        ):
            if n < step.landed:
                self.show_value(cell, tap, product)
            else:
                cell.show(empty_style(self.canvas.theme), "")
        if self.sum:
            self.sum.show(step)

    def show_value(self, cell: CellArtist, _tap: Tap, product: Product) -> None:
        """Show a value over the weight that it is multiplied by."""
        cell.show(plain_style(self.canvas.theme), product.value)

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
