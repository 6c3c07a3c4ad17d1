"""One cell as matplotlib artists: its background, what marks it as padding, and its text.

A cell remembers what it shows and updates its artists only when they are drawn, so that a film need
not touch artists at all. style.py decides what a cell looks like.
"""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.colors import to_rgba
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from convviz.geometry import Kind
from convviz.plot import shapes
from convviz.plot.canvas import BACKGROUND, FILLING, STRIKE, Align, Canvas
from convviz.plot.rectangle import Point, Rectangle
from convviz.plot.style import HAIRLINE, CellStyle, Dash, cell_style
from convviz.scene.metrics import METRICS

BASELINE = 0.36  # below the middle of a line, in em of its font
INSET = 0.2  # from a padding cell's edge to its inner fill
INSET_CORNER = 0.12

RGBA = tuple[float, float, float, float]
Corners = tuple[float, float]  # radius of the upper ones, and of the lower ones
ROUND: Corners = (METRICS.cell_corner, METRICS.cell_corner)


class CellArtist:
    """A cell on a canvas.

    Attributes
    ----------
    rectangle : Rectangle
    tensor, kind : what the cell stands for
    flag : what int8 did to its value, as in `Panel.flags`
    classes : its style classes at this step, named as on the stage
    resting_classes : its style classes when no step lights it
    style, text : what it shows; its artists follow in `sync`
    text_artist : matplotlib's
    anchor : the start of the text's baseline, or its middle where the text is centred
    """

    def __init__(
        self,
        canvas: Canvas,
        rectangle: Rectangle,
        tensor: str = "",
        kind: Kind = Kind.DATA,
        *,
        font_size: float = 1.0,
        align: Align = "center",
        corners: Corners = ROUND,
    ) -> None:
        self.canvas, self.rectangle = canvas, rectangle
        self.tensor, self.kind, self.flag = tensor, kind, ""
        self.classes: tuple[str, ...] = ()
        self.resting_classes: tuple[str, ...] = ()
        self.style, self.text = CellStyle(), ""
        self.align, self.corners = align, corners
        middle = rectangle.width / 2 if align == "center" else 0.0
        baseline = rectangle.y + rectangle.height / 2 + BASELINE * font_size
        self.anchor: Point = (rectangle.x + middle, baseline)
        self.text_artist = canvas.text(*self.anchor, "", size=font_size, mono=True, align=align)
        self._drawn: CellStyle | None = None
        self._background: PathPatch | None = None
        self._padding: PathPatch | None = None
        self._strike: PathPatch | None = None
        canvas.composites.append(self)

    @property
    def artists(self) -> list[Artist]:
        """The artists, from the bottom up."""
        artists = (self._background, self._padding, self.text_artist, self._strike)
        return [artist for artist in artists if artist is not None]

    def light(self, classes: tuple[str, ...], text: str | None = None) -> None:
        """Style the cell by these classes and, if given, change its text."""
        self.classes = classes
        style = cell_style(self.canvas.theme, self.tensor, self.kind, classes, self.flag)
        self.show(style, text)

    def rest(self) -> None:
        """Style the cell as when no step lights it."""
        self.light(self.resting_classes)

    def show(self, style: CellStyle, text: str | None = None) -> None:
        """Change the style and, if given, the text."""
        if text in (None, self.text) and style == self.style:
            return
        self.style = style
        self.text = self.text if text is None else text
        self.canvas.changed[self] = None

    def sync(self) -> None:
        """Bring the artists up to date."""
        style = self.style
        if self.text != self.text_artist.get_text():
            self.text_artist.set_text(self.text)
        if style == self._drawn:
            return
        self._drawn = style
        self.text_artist.set_color(style.ink or "none")
        self.text_artist.set_fontweight("bold" if style.bold else "normal")
        self.text_artist.set_alpha(style.alpha)
        background = background_shape(style, self.rectangle, self.corners)
        padding = padding_shape(style, self.rectangle)
        self._background = self._draw_shape(self._background, background, BACKGROUND)
        self._padding = self._draw_shape(self._padding, padding, FILLING)
        self._draw_strike(style)

    def _draw_shape(
        self, patch: PathPatch | None, shape: Shape | None, zorder: int
    ) -> PathPatch | None:
        """Show a shape by the patch, made if there is none yet; None hides the patch."""
        if shape is None:
            if patch is not None:
                patch.set_visible(False)
            return patch
        if patch is None:
            patch = self.canvas.patch(shapes.EMPTY, zorder=zorder)
        patch.set(
            path=shape.path,
            facecolor=shape.fill or "none",
            edgecolor=shape.edge or "none",
            linestyle=shape.dash,
            visible=True,
        )
        patch.set_snap(shape.snap)
        self.canvas.em.set_line_width(patch, shape.edge_width)
        return patch

    def _draw_strike(self, style: CellStyle) -> None:
        if self._strike is None and style.strike:
            self._strike = self.canvas.patch(self._strike_path(), METRICS.strike_width, STRIKE)
        if self._strike is not None:
            self._strike.set(visible=style.strike, edgecolor=style.ink)

    def _strike_path(self) -> Path:
        """A line through the text."""
        place = self.rectangle
        y, centre = place.y + place.height / 2, place.x + place.width / 2
        half = METRICS.character_width * len(self.text) / 2 + 0.1
        return Path([(centre - half, y), (centre + half, y)])


# Shapes


@dataclass(frozen=True)
class Shape:
    """A path in em with its colours, None for none; ``snap`` aligns it to whole pixels."""

    path: Path
    fill: RGBA | None
    edge: RGBA | None = None
    edge_width: float = 0.0
    dash: Dash = "-"
    snap: bool = True


def background_shape(style: CellStyle, rectangle: Rectangle, corners: Corners) -> Shape | None:
    """A cell's fill and its border, which stays within the rectangle."""
    if style.fill is None and style.edge is None:
        return None
    path = shapes.rounded_outline(rectangle.expanded(-style.edge_width / 2), *corners)
    fill = to_rgba(style.fill, style.alpha) if style.fill else None
    edge = to_rgba(style.edge, style.alpha) if style.edge else None
    return Shape(path, fill, edge, style.edge_width, style.dash)


def padding_shape(style: CellStyle, rectangle: Rectangle) -> Shape | None:
    """What a padding cell has on its background: hatching, or a fill in a weight's colour."""
    if style.inset_fill:
        path = shapes.rounded_outline(rectangle.expanded(-INSET), INSET_CORNER)
        return Shape(path, to_rgba(style.inset_fill))
    if style.hatch is None or style.edge is None:
        return None
    path = shapes.hatching(style.hatch, rectangle)
    if style.hatch is Kind.BEYOND:
        return Shape(path, to_rgba(style.edge, 0.6 * style.alpha), snap=False)
    edge = to_rgba(style.edge, 0.38 * style.alpha)
    return Shape(path, None, edge, HAIRLINE, snap=False)
