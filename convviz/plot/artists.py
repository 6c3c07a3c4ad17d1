"""The artists of a picture: cells, pictures of many values, and what keeps them at their size.

Lengths are in em. A tile remembers what it shows and brings its artists up to it only when they are
drawn, so that a film need not touch artists at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.colors import to_rgba
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from convviz.geometry import Kind
from convviz.plot.layout import LETTER, Rectangle
from convviz.plot.style import CORNER, LINE, CellStyle
from convviz.scene.scene import Scene
from convviz.scene.step import Step

if TYPE_CHECKING:
    from convviz.plot.still import Still

TINTS = {"grey": [(1, 1, 1)], "rgb": [(1, 0, 0), (0, 1, 0), (0, 0, 1)]}


@dataclass(frozen=True)
class Shape:
    """A path in em with its colours, RGBA or None for none; ``snap`` moves it to whole pixels."""

    path: Path
    face: tuple[float, ...] | None
    edge: tuple[float, ...] | None = None
    width: float = 0.0
    dash: object = "-"
    snap: bool = True


class CellArtist:
    """One cell: a body, in padding a core or a pattern, a text. Asked twice, it changes once.

    Attributes
    ----------
    tensor, kind : what it stands for
    look, words : how it looks and what it says; its artists follow in `sync`
    classes : its style classes just now, under the stage's names
    resting : its classes when no step lights it
    """

    def __init__(
        self,
        picture: Still,
        box: Rectangle,
        tensor: str = "",
        kind: Kind = Kind.DATA,
        *,
        size: float = 1.0,
        align: str = "center",
        corner: float = CORNER,
    ) -> None:
        self.picture = picture
        self.box = box
        self.tensor = tensor
        self.kind = kind
        self.mark = ""
        self.classes: tuple[str, ...] = ()
        self.resting: tuple[str, ...] = ()
        self.corner = corner
        self.look, self.words = CellStyle(), ""
        self._drawn: CellStyle | None = None
        self._body: PathPatch | None = None
        self._inner: PathPatch | None = None
        self._strike: PathPatch | None = None
        self.align = align
        self.at = (
            box.x + (box.width / 2 if align == "center" else 0.0),
            box.y + box.height / 2 + 0.36 * size,
        )
        self.text = picture.write(*self.at, "", size=size, mono=True, align=align)
        picture.parts.append(self)

    @property
    def artists(self) -> list[Artist]:
        """What it is made of, from the bottom up."""
        parts = (self._body, self._inner, self.text, self._strike)
        return [part for part in parts if part is not None]

    def show(self, look: CellStyle, words: str | None = None) -> None:
        """CellStyle like this and, where they are given, say these words, when it is next drawn."""
        if (words is None or words == self.words) and look == self.look:
            return
        self.look = look
        self.words = self.words if words is None else words
        self.picture.changed[self] = None

    def sync(self) -> None:
        """Bring the artists up to what was last shown."""
        look = self.look
        if self.words != self.text.get_text():
            self.text.set_text(self.words)
        if look == self._drawn:
            return
        self._drawn = look
        self.text.set(color=look.ink, fontweight="bold" if look.bold else "normal")
        self.text.set_alpha(look.alpha)
        self._body = self._show_shape(self._body, body(look, self.box, self.corner), 1)
        self._inner = self._show_shape(self._inner, inner(look, self.box), 2)
        self._show_strike(look)

    def _show_shape(
        self, patch: PathPatch | None, shape: Shape | None, zorder: int
    ) -> PathPatch | None:
        """The patch for a shape: a new one, the one there is, or that one out of sight."""
        if shape is None:
            if patch is not None:
                patch.set_visible(False)
            return patch
        if patch is None:
            patch = self.picture.outline(EMPTY, zorder=zorder)
        patch.set(
            path=shape.path,
            facecolor=shape.face or "none",
            edgecolor=shape.edge or "none",
            linestyle=shape.dash,
            visible=True,
        )
        patch.set_snap(shape.snap)
        self.picture.fit.line(patch, shape.width)
        return patch

    def _show_strike(self, look: CellStyle) -> None:
        if self._strike is None and look.strike:
            self._strike = self.picture.outline(EMPTY, zorder=5)
            middle = self.box.y + self.box.height / 2
            half = LETTER * len(self.words) / 2 + 0.1
            centre = self.box.x + self.box.width / 2
            self._strike.set_path(Path([(centre - half, middle), (centre + half, middle)]))
            self.picture.fit.line(self._strike, 0.14)
        if self._strike is not None:
            self._strike.set(visible=look.strike, edgecolor=look.ink)


class Image:
    """A tensor of too many values to read, as tones; an output as far as it has been reached."""

    def __init__(self, picture: Still, spec: dict[str, object], box: Rectangle) -> None:
        self.picture, self.spec, self.box = picture, spec, box
        self.title = picture.write(box.x, box.y - 0.5, "", colour=picture.theme["quiet"])
        extent = (box.x, box.x + box.width, box.y + box.height, box.y)
        self._border = picture.outline(rectangle(box), LINE, 3)
        self._border.set_edgecolor(picture.theme["line"])
        image = AxesImage(picture.ax, extent=extent, interpolation="nearest", origin="upper")
        picture.ax.add_image(image)
        image.set_clip_path(None)
        image.set_zorder(2)
        self.image = image
        self.marks = [picture.outline(EMPTY, width, 6) for width in (0.3, 0.12)]
        for mark, colour in zip(self.marks, ("#ffffff", picture.theme["accent"]), strict=True):
            mark.set_edgecolor(colour)
        picture.parts.append(self)
        self._depth: int | None = None
        self._reached: list[int] = []

    @property
    def artists(self) -> list[Artist]:
        """What it is made of, from the bottom up."""
        return [self.image, self._border]

    def show(self, moment: Step) -> None:
        """The slice under the window, and a frame where the window stands."""
        scene, spec = moment.scene, self.spec
        *deep, high, wide = scene.geometry.axes
        *at, row, column = moment.position
        is_input = spec.tensor == "input"
        depth = 0
        if deep:
            depth = deep[0].table[at[0]][deep[0].kernel // 2] if is_input else at[0]
        self.title.set_text(", ".join(filter(None, [spec.title, f"depth {depth}" * bool(deep)])))
        reached = [self._count(moment, channel, depth, is_input) for channel in spec.channels]
        if depth != self._depth:
            self.picture.moved = True  # the title too
            self._paint(scene, depth)
        if (depth, reached) != (self._depth, self._reached):
            self.picture.changed[self] = None
            self._reveal(reached)
        self._depth, self._reached = depth, reached
        if is_input:
            window = (
                high.table[row][0],
                wide.table[column][0],
                high.effective_kernel,
                wide.effective_kernel,
            )
        else:
            window = (row, column, 1, 1)
        self._mark(window if is_input or moment.output_map in spec.channels else None)

    def sync(self) -> None:
        """A picture is never behind."""

    def _count(self, moment: Step, channel: int, depth: int, is_input: bool) -> int:
        """How many elements of a channel's slice have been reached."""
        area = self.spec.height * self.spec.width
        if is_input:
            return area
        depths = moment.scene.output.shape[1] if moment.scene.output.ndim == 4 else 1
        start = (channel * depths + depth) * area
        return int(np.clip(moment.index + 1 - start, 0, area))

    def _paint(self, scene: Scene, depth: int) -> None:
        tensor = self.spec.tensor
        values = scene.values if tensor == "input" else scene.output
        low, high = scene.value_ranges[tensor]
        size = (self.spec.height, self.spec.width, 3)
        self._tones = []
        for channel, tint in zip(self.spec.channels, TINTS[self.spec.tint], strict=True):
            plane = values[channel]
            if plane.ndim == 3:
                plane = plane[depth] if 0 <= depth < len(plane) else np.zeros(size[:2])
            scaled = (plane.astype(np.float64) - low) / (high - low or 1)
            tones = np.nan_to_num(np.clip(scaled, 0, 1), posinf=1)
            self._tones.append(np.rint(255 * tones[..., None] * np.array(tint)).astype(np.uint8))

    def _reveal(self, reached: Sequence[int]) -> None:
        height, width = self.spec.height, self.spec.width
        pixels = np.zeros((height * width, 4), np.uint8)
        for tones, count in zip(self._tones, reached, strict=True):
            pixels[:count, :3] += tones.reshape(-1, 3)[:count]
            pixels[:count, 3] = 255
        self.image.set_data(pixels.reshape(height, width, 4))

    def _mark(self, window: tuple[int, int, int, int] | None) -> None:
        for mark in self.marks:
            mark.set_visible(window is not None)
        if window is None:
            return
        row, column, rows, columns = window
        scale = self.box.width / self.spec.width
        least = 0.4  # a pixel of a large photograph would not be seen
        box = Rectangle(
            self.box.x + column * scale,
            self.box.y + row * scale,
            columns * scale,
            rows * scale,
        )
        grow = max(0.0, (least - min(box.width, box.height)) / 2)
        for mark in self.marks:
            mark.set_path(rectangle(grown(box, grow)))


Part = CellArtist | Image


class EmScale(Artist):
    """Keeps letters and lines at their size in em, whatever becomes of the axes.

    Artists are drawn by zorder: this one comes first and sets the sizes, in points, of the rest.
    """

    def __init__(self, picture: Still) -> None:
        super().__init__()
        self.set_zorder(-1)
        self._picture = picture
        self._sizes: dict[Text, float] = {}
        self._lines: dict[PathPatch, float] = {}
        self._em = mpl.rcParams["font.size"]

    def letters(self, text: Text, size: float) -> None:
        """Keep a text at ``size`` em."""
        self._sizes[text] = size
        text.set_fontsize(size * self._em)

    def line(self, patch: PathPatch, width: float) -> None:
        """Keep a line at ``width`` em."""
        self._lines[patch] = width
        patch.set_linewidth(width * self._em)

    def draw(self, renderer: object) -> None:
        """Set all sizes, where the scale is no longer what it was."""
        transform = self._picture.ax.transData
        (_, top), (_, bottom) = transform.transform([(0, 0), (0, 1)])
        em = abs(top - bottom) * 72 / self._picture.figure.dpi
        if abs(em - self._em) < 1e-6:
            return
        self._em = em
        for text, size in self._sizes.items():
            text.set_fontsize(size * em)
        for patch, width in self._lines.items():
            patch.set_linewidth(width * em)


# Shapes


def body(look: CellStyle, box: Rectangle, corner: float) -> Shape | None:
    """A cell's ground and its border, which keeps within the box."""
    if look.fill is None and look.edge is None:
        return None
    path = rounded(grown(box, -look.line / 2), corner)
    face = to_rgba(look.fill, look.alpha) if look.fill else None
    edge = to_rgba(look.edge, look.alpha) if look.edge else None
    return Shape(path, face, edge, look.line, look.dash)


def inner(look: CellStyle, box: Rectangle) -> Shape | None:
    """What lies on the ground of a padding cell: a core in a weight's colour, or a pattern."""
    if look.core:
        return Shape(rounded(grown(box, -0.2), 0.12), to_rgba(look.core))
    if look.hatch is None:
        return None
    path = pattern(look.hatch, box)
    if look.hatch is Kind.BEYOND:
        return Shape(path, to_rgba(look.edge, 0.6 * look.alpha), snap=False)
    return Shape(path, None, to_rgba(look.edge, 0.38 * look.alpha), LINE, snap=False)


EMPTY = Path(np.zeros((1, 2)))


def grown(box: Rectangle, by: float) -> Rectangle:
    """The box with its sides moved out by ``by``."""
    return Rectangle(box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by)


def rectangle(box: Rectangle) -> Path:
    """The outline of a box."""
    x, y, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    return Path([(x, y), (right, y), (right, bottom), (x, bottom), (x, y)], closed=True)


def rounded(box: Rectangle, corner: float) -> Path:
    """The outline of a box with round corners."""
    unit = _rounded_unit(round(box.width, 6), round(box.height, 6), corner)
    return Path(unit.vertices + np.array((box.x, box.y)), unit.codes)


@cache
def _rounded_unit(width: float, height: float, corner: float) -> Path:
    r = min(corner, width / 2, height / 2)
    points = [(r, 0), (width - r, 0), (width, 0), (width, r), (width, height - r)]
    points += [(width, height), (width - r, height), (r, height), (0, height), (0, height - r)]
    points += [(0, r), (0, 0), (r, 0), (r, 0)]
    line, curve = Path.LINETO, Path.CURVE3
    codes = [Path.MOVETO, line, curve, curve, line, curve, curve, line, curve, curve, line]
    return Path(points, [*codes, curve, curve, Path.CLOSEPOLY])


def pattern(kind: Kind, box: Rectangle) -> Path:
    """The strokes or dots of a padding cell: real paths, so that no renderer makes a raster."""
    unit = _pattern_unit(kind, round(box.width, 6), round(box.height, 6))
    return Path(unit.vertices + np.array((box.x, box.y)), unit.codes)


@cache
def _pattern_unit(kind: Kind, width: float, height: float) -> Path:
    if kind is Kind.BEYOND:
        return Path.make_compound_path(*_dots(width, height))
    strokes = list(_strokes(width, height))
    if kind is Kind.POST:
        strokes = [[(x, height - y) for x, y in stroke] for stroke in strokes]
    points = [point for stroke in strokes for point in stroke]
    return Path(points, [Path.MOVETO, Path.LINETO] * len(strokes))


def _strokes(width: float, height: float, apart: float = 0.6) -> Iterator[list]:
    """Lines x + y = c through a box, cut at its edges."""
    for n in range(1, int((width + height) / apart) + 1):
        c = n * apart
        yield [(min(c, width), max(0.0, c - width)), (max(0.0, c - height), min(c, height))]


def _dots(width: float, height: float, apart: float = 0.5) -> Iterator[Path]:
    for x in np.arange(apart / 2, width, apart):
        for y in np.arange(apart / 2, height, apart):
            yield Path.circle((x, y), 0.075)
