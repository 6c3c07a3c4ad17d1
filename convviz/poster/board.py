"""Input, kernel and output of a scene as a still: numbers in cells, or images."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from convviz.geometry import Kind
from convviz.plot.colours import Pixels, signed
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import GAP_TEXT, cell_style, digit_style, plain_style
from convviz.poster.hidden import Hidden
from convviz.poster.parts import Beside, Line, Part, Under, in_columns
from convviz.poster.pen import Pen
from convviz.scene import images, palette
from convviz.scene.images import Image
from convviz.scene.metrics import METRICS
from convviz.scene.panels import Panel
from convviz.scene.scene import Scene
from convviz.scene.step import Key, Step, Window

ROOM = (72.0, 34.0)  # em that look well: wider and higher boards have smaller letters
TENSOR_OF = {"source": "input", "weights": "kernel"}
IMAGE_SIDE = 20.0  # the longer one; half of it where a tensor has several
MOST_PIXELS = 600  # along an image; of more values some are shown
KERNEL_SIDE, MOST_KERNEL = 8.0, 49  # of a kernel of more weights than that, which is an image
LEAST_WINDOW = 0.5
TILE = 2 * METRICS.tile_height  # a value on its weight
BIG = 1.7  # the exact sum's letters
QUESTION = "?"


@dataclass(frozen=True, eq=False)
class Grid:
    """A panel's cells under its title, with the window's frames."""

    panel: Panel
    cell_width: float
    lit: Mapping[Key, Sequence[str]]
    values: Mapping[tuple[float, float], tuple[str, bool]] = field(default_factory=dict)  # landed
    texts: Sequence[str] = ()  # where they are not the panel's
    frames: Sequence[Window] = ()
    empty_from: int | None = None  # of the panel's cells
    band: int | None = None

    @property
    def cell_height(self) -> float:
        """A weight has what it multiplies above it."""
        return TILE if self.values else METRICS.cell_height

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
        return self._top + len(self.panel.rows) * (self.cell_height + METRICS.cell_gap)

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
        across = self.cell_width + METRICS.cell_gap
        down = self.cell_height + METRICS.cell_gap
        place = Rectangle(x + column * across, y + row * down, self.cell_width, self.cell_height)
        flag = panel.flags[n].strip() if panel.flags else ""
        style = cell_style(pen.theme, panel.tensor, kind, classes, flag)
        if at in self.values:
            upper = Rectangle(place.x, place.y, place.width, TILE / 2)
            pen.cell(upper, plain_style(pen.theme), self.values[at][0])
            place = Rectangle(place.x, place.y + TILE / 2, place.width, TILE / 2)
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


@dataclass(frozen=True, eq=False)
class Total:
    """The sum of the step: its name, its exact digits in the weights' colours, the result."""

    step: Step
    hidden: bool
    height: float = 5.5

    @property
    def width(self) -> float:
        """Of the widest line."""
        big = BIG * len(self._exact)
        result = len(f"{self.step.sum_type} → {self._result}")
        return METRICS.character_width * max(big, result, len(self.step.name) + 2)

    @property
    def _exact(self) -> str:
        return QUESTION if self.hidden else self.step.exact or ""

    @property
    def _result(self) -> str:
        return "" if self.hidden else (self.step.note or self.step.result)

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw it."""
        quiet = pen.theme["quiet"]
        pen.text(x, y + 1.0, f"{self.step.name} =", colour=quiet, face="SansMono")
        at = x
        colours = self.step.digit_colours(self._exact) if not self.hidden else [None]
        for letter, weight_class in zip(self._exact, colours, strict=False):
            ink = digit_style(pen.theme, weight_class).ink
            pen.text(at, y + 3.2, letter, size=BIG, colour=ink, face="SansMono-Bold")
            at += BIG * METRICS.character_width
        if self.hidden:
            return
        words = f"{self.step.sum_type} → "
        low = y + (5.0 if self._exact else 3.0)
        pen.text(x, low, words, colour=quiet, face="SansMono")
        after = x + METRICS.character_width * len(words)
        pen.text(after, low, self._result, face="SansMono-Bold")


def board(scene: Scene, step: Step, hidden: Hidden) -> Part:
    """The three tensors and the sum, arranged so that the letters come out largest."""
    tensors = {
        tensor: _panels(scene, step, hidden, tensor) for tensor in ("input", "kernel", "output")
    }
    columns, below = _arranged(tensors)
    if hidden.size:
        tensors["output"] = []
    found = {
        tensor: Under(
            [
                Line(_heading(scene, step, hidden, tensor), quiet=True),
                in_columns(
                    parts, columns[tensor], METRICS.panel_gap_across, METRICS.panel_gap_down
                ),
            ],
            0.2,
        )
        for tensor, parts in tensors.items()
    }
    work: Part = found["kernel"]
    if hidden.kernel:
        work = Line(QUESTION, size=BIG, face="Sans-Bold")
    work = Beside([work, Total(step, hidden.total)])
    if below:
        return Under([Beside([found["input"], work]), found["output"]])
    return Beside([found["input"], Under([found["output"], work])])


def _heading(scene: Scene, step: Step, hidden: Hidden, tensor: str) -> str:
    if tensor == "kernel":
        return step.kernel_title
    title = scene.titles[tensor]
    return title.split(" ")[0] if hidden.size and tensor == "output" else title


def _arranged(tensors: Mapping[str, Sequence[Part]]) -> tuple[dict[str, int], bool]:
    """How many panels of each tensor are side by side, and whether the output stands below."""
    names = list(tensors)
    sizes = {
        name: {
            n: in_columns(parts, n, METRICS.panel_gap_across, METRICS.panel_gap_down)
            for n in {min(n, len(parts)) for n in METRICS.column_counts}
        }
        for name, parts in tensors.items()
    }
    areas = {
        name: {n: (part.width, part.height) for n, part in by_columns.items()}
        for name, by_columns in sizes.items()
    }
    best, largest = (dict.fromkeys(names, 1), False), 0.0
    for columns in itertools.product(*(sorted(areas[name]) for name in names)):
        (a, b), (c, d), (e, f) = (areas[name][n] for name, n in zip(names, columns, strict=True))
        c += METRICS.tensor_gap_across + METRICS.sum_width
        for below in (False, True):
            width, height = (max(a + 2 + c, e), max(b, d) + f) if below else (
                a + 2 + max(c, e), max(b, d + f),
            )  # fmt: skip
            font = min(1.0, ROOM[0] / width, ROOM[1] / height)
            if font > largest * METRICS.arrangement_gain:
                best, largest = (dict(zip(names, columns, strict=True)), below), font
    return best


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
    width = _cell_width([text for panel in panels for text in panel.texts])
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
    landed: dict[tuple[int, int | None], dict[tuple[float, float], tuple[str, bool]]] = {}
    for tap, product in zip(step.taps, step.products, strict=True):
        channel, *deep, row, column = tap.weight
        value = "" if hidden.total else product.value
        at = landed.setdefault((channel, deep[0] if deep else None), {})
        at[row, column] = (value, tap.kind is Kind.DATA)
    grids: list[Part] = []
    texts = {name: iter(step.weights(name)) for name in scene.kernel_texts}
    shown: list[tuple[Panel, list[str]]] = []
    for panel in panels:
        own = [next(texts[panel.tensor]) if kind is Kind.DATA else "" for kind in panel.kinds]
        shown.append((panel, own))
    values = [value for by_cell in landed.values() for value, _ in by_cell.values()]
    width = _cell_width([*values, *(text for _, own in shown for text in own)])
    for panel, own in shown:
        values_of = landed[panel.channel, panel.depth] if panel.tensor == "kernel" else {}
        grids.append(Grid(panel, width, step.lit, values_of, texts=own, band=step.band))
    return grids


def _cell_width(texts: Sequence[str]) -> float:
    longest = max(map(len, texts), default=0)
    width = METRICS.character_width * longest + METRICS.cell_padding
    return max(METRICS.least_cell_width, width)


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
    start = (image.channels[0] * depths + (at[0] if deep else 0)) * area
    rows, columns = (np.arange(0, axis.output, skip) for axis in (high, wide))
    places = start + rows[:, None] * wide.output + columns
    shown = (places <= step.index)[..., None]
    return np.where(shown, pixels, np.array(page, np.uint8))


def _kernel_picture(scene: Scene, step: Step) -> TensorPicture:
    """A kernel of too many weights to read."""
    weights = scene.kernel[step.output_map, 0].astype(np.float64)
    plane = weights[len(weights) // 2] if weights.ndim == 3 else weights
    size = float(np.abs(plane[np.isfinite(plane)]).max(initial=0))
    return TensorPicture("", signed(plane, size), KERNEL_SIDE)
