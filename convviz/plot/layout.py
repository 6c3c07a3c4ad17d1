"""Where everything stands in a still picture, in em: panels, headings, pictures. Draws nothing.

The same plan as the stage makes in the browser: the three tensors in a row, or the output below,
each with its panels in as many columns as let the letters be largest. A page grows downwards, so x
goes right and y goes down.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from convviz.geometry import Kind
from convviz.scene.panels import Panel
from convviz.scene.scene import Scene

CELL = 2.0  # a cell's height
GAP = 0.14  # between cells
HEADING = 1.9  # room over a tensor's panels
TITLE = 1.5  # room over one panel
BETWEEN_PANELS = (1.2, 0.6)  # across, down
BETWEEN_TENSORS = 2.2
BAND = 0.8  # room left of a panel for its group's colour
LETTER = 0.61  # a monospaced letter's width
IMAGE = 20.0  # the longer side of a picture of many values
SHAPE = (16, 7)  # width and height that an arrangement should come near to

TENSORS = ("input", "kernel", "output")
HOME = {"source": "input", "weights": "kernel", "window": "kernel"}


@dataclass(frozen=True)
class Rectangle:
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class PlacedPanel:
    """A panel and the upper left corner of its grid."""

    panel: Panel
    x: float
    y: float
    cell: float  # a cell's width

    def box(self, row: int, column: int, rows: int = 1, columns: int = 1) -> Rectangle:
        """The place of ``rows`` × ``columns`` cells from the ``row``-th and ``column``-th on."""
        across, down = self.cell + GAP, CELL + GAP
        return Rectangle(
            self.x + column * across,
            self.y + row * down,
            columns * across - GAP,
            rows * down - GAP,
        )


@dataclass
class Layout:
    """The plan of one scene's picture.

    Attributes
    ----------
    headings : upper left corner of each tensor's heading
    spots : every panel's place
    images : the scene's pictures (`Scene.pictures`) and their places
    bias : upper left corner of the bias, below the kernel
    """

    width: float = 0.0
    height: float = 0.0
    headings: dict[str, tuple[float, float]] = field(default_factory=dict)
    spots: list[PlacedPanel] = field(default_factory=list)
    images: list[tuple[dict[str, object], Rectangle]] = field(default_factory=list)
    bias: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class _Tensor:
    """What has to be placed for one tensor: its panels or images, all of one size."""

    name: str
    items: Sequence[object]
    width: float
    height: float
    heading: float
    cell: float = 0.0

    def size(self, columns: int) -> tuple[float, float]:
        columns = min(columns, len(self.items))
        across, down = BETWEEN_PANELS
        rows = math.ceil(len(self.items) / columns)
        width = columns * (self.width + across) - across
        return max(self.heading, width), HEADING + rows * (self.height + down) - down


def plan(scene: Scene, shape: tuple[float, float] = SHAPE) -> Layout:
    """Place everything, so that it fills a box of this shape as well as it can."""
    tensors = [_measure(scene, name) for name in TENSORS]
    columns, stacked = _arrange(tensors, shape)
    sizes = [tensor.size(count) for tensor, count in zip(tensors, columns, strict=True)]
    below = max(sizes[0][1], sizes[1][1]) + 0.8
    right = sizes[0][0] + BETWEEN_TENSORS
    corners = [(0.0, 0.0), (right, 0.0), (right + sizes[1][0] + BETWEEN_TENSORS, 0.0)]
    if stacked:
        corners[2] = (0.0, below)
    board = Layout()
    for tensor, count, corner, size in zip(tensors, columns, corners, sizes, strict=True):
        _place(board, scene, tensor, count, corner)
        extra = CELL + 0.5 if tensor.name == "kernel" and scene.bias_texts else 0.0
        if tensor.name == "kernel":
            board.bias = (corner[0], corner[1] + size[1] + 0.5)
        board.width = max(board.width, corner[0] + size[0])
        board.height = max(board.height, corner[1] + size[1] + extra)
    return board


def letters(texts: Sequence[str]) -> int:
    """The longest text's count of letters."""
    return max(map(len, texts), default=0)


def cell_width(texts: Sequence[str]) -> float:
    """The width of a cell that holds each of ``texts``."""
    return max(2.1, round(LETTER * letters(texts) + 0.55, 1))


def _measure(scene: Scene, name: str) -> _Tensor:
    several = scene.geometry.maps > 1 and name == "kernel"
    heading = 0.6 * (len(scene.titles[name]) + (len(", map 00") if several else 0))
    if not scene.readable and name != "kernel":
        return _measure_images(scene, name, heading)
    panels = [panel for panel in _panels(scene) if HOME.get(panel.tensor, panel.tensor) == name]
    texts = [text for panel in panels for text in panel.texts]
    if name == "kernel":
        texts += [text for maps in scene.kernel_texts.values() for map_ in maps for text in map_]
    if not scene.readable:
        texts.append("-12345")  # numbers under the window have five digits
    cell = cell_width(texts)
    most_rows = max(len(panel.rows) for panel in panels)
    most_columns = max(len(panel.columns) for panel in panels)
    band = BAND if scene.geometry.groups > 1 else 0.0
    title = TITLE if any(panel.title for panel in panels) else 0.0
    width = most_columns * (cell + GAP) - GAP + band
    return _Tensor(name, panels, width, most_rows * (CELL + GAP) - GAP + title, heading, cell)


def _measure_images(scene: Scene, name: str, heading: float) -> _Tensor:
    images = [image for image in scene.images if image.tensor == name]
    longest = max(images[0].width, images[0].height)
    scale = IMAGE / longest / (1 if len(images) == 1 else 2)
    size = images[0].width * scale, images[0].height * scale
    return _Tensor(name, images, size[0], size[1] + TITLE, heading)


def _panels(scene: Scene) -> Iterator[Panel]:
    """The scene's panels; beside pictures, first a magnified window for each kernel slice."""
    if not scene.readable:
        high, wide = scene.geometry.axes[-2:]
        kinds = [Kind.DATA] * (high.kernel * wide.kernel)
        texts = [""] * len(kinds)
        for panel in scene.panels:
            rows, columns = range(high.kernel), range(wide.kernel)
            place = (panel.channel, panel.depth, None, "window")
            yield Panel("window", *place, rows, columns, kinds, texts)
    yield from scene.panels


def _arrange(
    tensors: Sequence[_Tensor], shape: tuple[float, float]
) -> tuple[tuple[int, ...], bool]:
    """The columns of each tensor, and whether the output stands below: what makes letters large."""
    choices = [
        sorted({min(count, len(tensor.items)) for count in (1, 2, 3, 4, 6, 8, 12, 16)})
        for tensor in tensors
    ]
    best, best_scale = (tuple(choice[0] for choice in choices), False), 0.0
    for stacked, columns in itertools.product((False, True), itertools.product(*choices)):
        sizes = [tensor.size(count) for tensor, count in zip(tensors, columns, strict=True)]
        (first, second, third), heights = zip(*sizes, strict=True)
        width, height = first + BETWEEN_TENSORS + second, max(heights[:2])
        if stacked:
            width, height = max(width, third), height + 0.8 + heights[2]
        else:
            width, height = width + BETWEEN_TENSORS + third, max(heights)
        scale = min(shape[0] / width, shape[1] / height)
        if scale > best_scale * 1.04:
            best, best_scale = (columns, stacked), scale
    return best


def _place(
    board: Layout, scene: Scene, tensor: _Tensor, columns: int, corner: tuple[float, float]
) -> None:
    x, y = corner
    board.headings[tensor.name] = corner
    for n, item in enumerate(tensor.items):
        row, column = divmod(n, columns)
        left = x + column * (tensor.width + BETWEEN_PANELS[0])
        top = y + HEADING + row * (tensor.height + BETWEEN_PANELS[1])
        if isinstance(item, Panel):
            grid = tensor.height - max(
                len(panel.rows) * (CELL + GAP) - GAP for panel in tensor.items
            )
            band = BAND if scene.geometry.groups > 1 else 0.0
            board.spots.append(PlacedPanel(item, left + band, top + grid, tensor.cell))
        else:
            box = Rectangle(left, top + TITLE, tensor.width, tensor.height - TITLE)
            board.images.append((item, box))
