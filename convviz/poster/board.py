"""Input, kernel and output of a scene as a still: numbers in cells, or images."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from convviz.geometry import Kind
from convviz.plot.colours import Pixels, signed
from convviz.plot.layout import (
    CELLS,
    IMAGES,
    TENSORS,
    Area,
    TensorSize,
    arrange,
    cell_width,
    lay_out,
)
from convviz.plot.rectangle import Point, Rectangle
from convviz.plot.style import GAP_TEXT, cell_style
from convviz.plot.sum_text import SumText
from convviz.poster.hidden import Hidden
from convviz.poster.parts import Line, Part, Placed
from convviz.poster.pen import Pen
from convviz.poster.sum import QUESTION, Bias, Sum
from convviz.scene import images, palette
from convviz.scene.images import Image
from convviz.scene.metrics import METRICS
from convviz.scene.panels import Panel
from convviz.scene.scene import Scene
from convviz.scene.step import Key, Step, Window

TENSOR_OF = {"source": "input", "weights": "kernel"}
IMAGE_SIDE = 20.0  # the longer one; half of it where a tensor has several
MOST_PIXELS = 600  # along an image; of more values some are shown
KERNEL_SIDE, MOST_KERNEL = 8.0, 49  # of a kernel of more weights than that, which is an image
LEAST_WINDOW = 0.5
BIAS_GAP = 0.5  # over the bias

Value = tuple[str, Kind, tuple[str, ...]]  # its text, its cell's kind and classes


@dataclass(frozen=True, eq=False)
class Grid:
    """A panel's cells under its title, with the window's frames."""

    panel: Panel
    cell_width: float
    lit: Mapping[Key, Sequence[str]]
    values: Mapping[tuple[float, float], Value] = field(default_factory=dict)  # on the weights
    texts: Sequence[str] = ()  # where they are not the panel's
    frames: Sequence[Window] = ()
    empty_from: int | None = None  # of the panel's cells
    band: int | None = None

    @property
    def _down(self) -> float:
        """From one row to the next; a weight has what it multiplies above it."""
        if self.values:
            return 2 * METRICS.tile_height + METRICS.tile_gap
        return METRICS.cell_height + METRICS.cell_gap

    @property
    def _top(self) -> float:
        return METRICS.panel_title_height if self.panel.title else 0.0

    @property
    def _left(self) -> float:
        return 0.0 if self.band is None else METRICS.band_width + METRICS.band_padding

    @property
    def width(self) -> float:
        """With its band."""
        return self._left + len(self.panel.columns) * (self.cell_width + METRICS.cell_gap)

    @property
    def height(self) -> float:
        """With its title."""
        return self._top + len(self.panel.rows) * self._down

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw it."""
        if self.band is not None:
            place = Rectangle(x, y, METRICS.band_width, self.height - METRICS.cell_gap)
            pen.fill(place, palette.GROUPS[self.band])
        if self.panel.title:
            pen.text(x + self._left, y + 1.0, self.panel.title, colour=pen.theme["quiet"])
        for n in range(len(self.panel.kinds)):
            self._draw_cell(pen, n, x + self._left, y + self._top)
        for window in reversed(self.frames):
            self._draw_frame(pen, window, x + self._left, y + self._top)

    def _draw_cell(self, pen: Pen, n: int, x: float, y: float) -> None:
        panel = self.panel
        row, column = divmod(n, len(panel.columns))
        at = panel.rows[row], panel.columns[column]
        kind, text = panel.kinds[n], (self.texts or panel.texts)[n]
        classes = (*self.lit.get((panel.tensor, panel.channel, panel.depth, *at), ()),)
        if panel.reads and not panel.reads[n]:
            classes = ("is-unread", *classes)
        if self.empty_from is not None and n >= self.empty_from:
            classes, text = tuple(c for c in classes if c == "is-current"), ""
        left, top = x + column * (self.cell_width + METRICS.cell_gap), y + row * self._down
        height = METRICS.tile_height if self.values else METRICS.cell_height
        flag = panel.flags[n].strip() if panel.flags else ""
        style = cell_style(pen.theme, panel.tensor, kind, classes, flag)
        if at in self.values:
            value, value_kind, tint = self.values[at]
            upper = Rectangle(left, top, self.cell_width, height)
            pen.cell(upper, cell_style(pen.theme, "input", value_kind, tint), value)
        place = Rectangle(left, top + height * bool(self.values), self.cell_width, height)
        pen.cell(place, style, GAP_TEXT if kind is Kind.GAP else text)

    def _draw_frame(self, pen: Pen, window: Window, x: float, y: float) -> None:
        across = self.cell_width + METRICS.cell_gap
        down = METRICS.cell_height + METRICS.cell_gap
        column = window.column - self.panel.columns[0]
        row = window.row - self.panel.rows[0]
        place = Rectangle(
            x + column * across,
            y + row * down,
            window.columns * across - METRICS.cell_gap,
            window.rows * down - METRICS.cell_gap,
        ).expanded(METRICS.frame_overhang)
        is_next = window.style == "is-next"
        width = METRICS.next_frame_width if is_next else METRICS.frame_width
        pen.frame(place, pen.theme["accent"], width, dashed=is_next)


@dataclass(frozen=True, eq=False)
class TensorPicture:
    """An image of some channels, with the window on it; ``values`` are its rows and columns."""

    title: str
    pixels: Pixels
    side: float
    window: tuple[float, float, float, float] | None = None  # row, column, rows, columns
    values: tuple[int, int] | None = None  # where they are more than the pixels

    @property
    def _shape(self) -> tuple[int, int]:
        height, width, _ = self.pixels.shape
        return self.values or (height, width)

    @property
    def _scale(self) -> float:
        return self.side / max(self._shape)

    @property
    def width(self) -> float:
        """Of the image."""
        return self._shape[1] * self._scale

    @property
    def height(self) -> float:
        """With its title."""
        return self._shape[0] * self._scale + self._top

    @property
    def _top(self) -> float:
        return METRICS.panel_title_height if self.title else 0.0

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw it."""
        pen.text(x, y + 1.0, self.title, colour=pen.theme["quiet"])
        top = y + self._top
        place = Rectangle(x, top, self.width, self.height - self._top)
        pen.picture(place, self.pixels)
        pen.frame(place.expanded(0.05), pen.theme["line"], 0.05)
        if self.window is None:
            return
        row, column, rows, columns = (each * self._scale for each in self.window)
        missing = max(0.0, LEAST_WINDOW - min(rows, columns)) / 2
        frame = Rectangle(x + column, top + row, columns, rows).expanded(missing)
        pen.frame(frame.expanded(0.08), palette.HALO, 0.3)
        pen.frame(frame, pen.theme["accent"], 0.14)


def board(scene: Scene, step: Step, hidden: Hidden) -> Part:
    """The three tensors and the sum, arranged as in matplotlib and on the stage."""
    tensors = {tensor: _panels(scene, step, hidden, tensor) for tensor in TENSORS}
    headings = [Line(_heading(scene, step, hidden, tensor), quiet=True) for tensor in TENSORS]
    text = SumText(scene)
    total = Sum(step, text, hidden.total)
    sizes = [_size(*each) for each in zip(tensors.values(), headings, strict=True)]
    if scene.bias_texts:
        sizes[1] = replace(sizes[1], under=BIAS_GAP + METRICS.cell_height)
    room = Area(METRICS.board_width, METRICS.board_height)
    shapes = CELLS if scene.readable else IMAGES
    layout = lay_out(sizes, text.area, arrange(sizes, text.area, room, shapes))
    if hidden.size:
        tensors["output"] = []
    if hidden.kernel:
        tensors["kernel"], headings[1] = (
            [],
            Line(QUESTION, size=METRICS.total_size, face="Sans-Bold"),
        )
    parts: list[tuple[Point, Part]] = [(layout.sum, total)]
    parts += zip(layout.headings.values(), headings, strict=True)
    for tensor, panels in tensors.items():
        parts += zip(layout.panels[tensor], panels, strict=False)
    if scene.bias_texts and not hidden.kernel:
        x, y = layout.under["kernel"]
        parts.append(((x, y + BIAS_GAP), Bias(step)))
    return Placed(layout.width, layout.height, parts)


def _size(parts: Sequence[Part], heading: Line) -> TensorSize:
    """What the panels of a tensor take under its heading."""
    return TensorSize(
        len(parts),
        max(part.width for part in parts),
        max(part.height for part in parts),
        METRICS.heading_character_width * len(heading.text),
    )


def _heading(scene: Scene, step: Step, hidden: Hidden, tensor: str) -> str:
    if tensor == "kernel":
        return step.kernel_title
    title = scene.titles[tensor]
    return title.split(" ")[0] if hidden.size and tensor == "output" else title


# The panels of a tensor


def _panels(scene: Scene, step: Step, hidden: Hidden, tensor: str) -> list[Part]:
    if not scene.readable and tensor != "kernel":
        return [_picture(scene, step, image) for image in scene.images if image.tensor == tensor]
    if tensor == "kernel" and math.prod(scene.kernel.shape[-2:]) > MOST_KERNEL:
        return [_kernel_picture(scene, step)]
    panels = [
        panel for panel in scene.panels if TENSOR_OF.get(panel.tensor, panel.tensor) == tensor
    ]
    if tensor == "kernel":
        return _kernel(scene, step, panels, hidden)
    width = cell_width([text for panel in panels for text in panel.texts])
    if tensor == "input":
        return [_input_grid(panel, step, width, hidden) for panel in panels]
    area = len(panels[0].kinds)
    grids: list[Part] = []
    for n, panel in enumerate(panels):
        start = n * area
        empty = None if hidden.outputs_from is None else max(0, hidden.outputs_from - start)
        grids.append(Grid(panel, width, _done(step, panel), empty_from=empty, band=panel.group))
    return grids


def _input_grid(panel: Panel, step: Step, width: float, hidden: Hidden) -> Grid:
    frames = [
        window
        for window in step.windows
        if (window.channel, window.depth) == (panel.channel, panel.depth)
        and not (hidden.next_window and window.style == "is-next")
    ]
    return Grid(panel, width, step.lit, frames=frames, band=panel.group)


def _done(step: Step, panel: Panel) -> dict[Key, Sequence[str]]:
    """Which outputs of a panel are done, and which is at work."""
    *deep, _, _ = step.scene.geometry.axes
    found: dict[Key, Sequence[str]] = {}
    for row in panel.rows:
        for column in panel.columns:
            place = (panel.channel, *([panel.depth] if deep else []), row, column)
            index = int(np.ravel_multi_index([int(i or 0) for i in place], step.scene.output.shape))
            if index < step.index:
                found[panel.tensor, panel.channel, panel.depth, row, column] = ("is-done",)
    return {**found, **step.lit}


def _kernel(scene: Scene, step: Step, panels: Sequence[Panel], hidden: Hidden) -> list[Part]:
    """Each weight under what it multiplies."""
    landed: dict[tuple[int, int | None], dict[tuple[float, float], Value]] = {}
    for tap, product in zip(step.taps, step.products, strict=True):
        channel, *deep, row, column = tap.weight
        value = "" if hidden.total else product.value
        tint = () if scene.readable else ("cv-tint", product.colour)
        kind = Kind.DATA if scene.readable else tap.kind
        landed.setdefault((channel, deep[0] if deep else None), {})[row, column] = value, kind, tint
    grids: list[Part] = []
    texts = {name: iter(step.weights(name)) for name in scene.kernel_texts}
    shown: list[tuple[Panel, list[str]]] = []
    for panel in panels:
        own = [next(texts[panel.tensor]) if kind is Kind.DATA else "" for kind in panel.kinds]
        shown.append((panel, own))
    values = [value for by_cell in landed.values() for value, *_ in by_cell.values()]
    width = cell_width([*values, *(text for _, own in shown for text in own)])
    width = max(METRICS.least_tile_width, width)
    for panel, own in shown:
        values_of = landed[panel.channel, panel.depth] if panel.tensor == "kernel" else {}
        grids.append(Grid(panel, width, step.lit, values_of, texts=own, band=step.band))
    return grids


# Images


def _picture(scene: Scene, step: Step, image: Image) -> TensorPicture:
    is_input = image.tensor == "input"
    *deep, high, wide = scene.geometry.axes
    *at, row, column = step.position
    depth = (deep[0].table[at[0]][deep[0].kernel // 2] if is_input else at[0]) if deep else None
    values = scene.values if is_input else scene.output
    planes = []
    skip = math.ceil(max(image.height, image.width) / MOST_PIXELS)
    for channel in image.channels:
        plane = values[channel, ..., ::skip, ::skip]
        if depth is not None:
            plane = plane[depth] if 0 <= depth < len(plane) else np.zeros_like(plane[0])
        planes.append(images.shades(plane, scene.value_ranges[image.tensor]))
    pixels = np.stack(planes * (3 // len(planes)), axis=-1)
    window: tuple[float, float, float, float] | None = None
    if is_input:
        first = high.table[row][0], wide.table[column][0]
        window = (*first, high.effective_kernel, wide.effective_kernel)
    else:
        pixels = _reached(pixels, step, image, skip)
        if step.output_map in image.channels:
            window = (row, column, 1, 1)
    several = sum(each.tensor == image.tensor for each in scene.images) > 1
    side, shape = IMAGE_SIDE / (2 if several else 1), (image.height, image.width)
    return TensorPicture(image.title, pixels, side, window, shape)


def _reached(pixels: Pixels, step: Step, image: Image, skip: int) -> Pixels:
    """An output as far as the steps have come; the rest is the page."""
    *deep, high, wide = step.scene.geometry.axes
    area = high.output * wide.output
    *at, _, _ = step.position
    depths = deep[0].output if deep else 1
    page = [round(255 * part) for part in palette.channels(palette.THEMES["light"]["cell"])]
    rows, columns = (np.arange(0, axis.output, skip) for axis in (high, wide))
    places = rows[:, None] * wide.output + columns
    starts = (np.array(image.channels) * depths + (at[0] if deep else 0)) * area
    shown = places[..., None] + starts <= step.index  # by channel, as they come one after the other
    return np.where(shown.any(axis=-1, keepdims=True), pixels * shown, np.array(page, np.uint8))


def _kernel_picture(scene: Scene, step: Step) -> TensorPicture:
    """A kernel of too many weights to read."""
    weights = scene.kernel[step.output_map, 0].astype(np.float64)
    plane = weights[len(weights) // 2] if weights.ndim == 3 else weights
    size = float(np.abs(plane[np.isfinite(plane)]).max(initial=0))
    return TensorPicture("", signed(plane, size), KERNEL_SIDE)
