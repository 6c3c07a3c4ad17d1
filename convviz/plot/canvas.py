"""The axes of a picture, in em, and the artists on them.

Keeps track of the artists that change from step to step, so that a film draws the rest only once.
The views and the footer decide what is drawn, and where.
"""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias, TypeVar

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from convviz.plot import shapes
from convviz.plot.page_theme import root_figure
from convviz.plot.rectangle import Rectangle
from convviz.plot.theme import Theme

MARGIN = 0.8  # around everything: (0, 0) is within it
# What lies over what, from the bottom up
BACKGROUND, FILLING, BORDER, TEXT, STRIKE, OVERLAY, TOP_OVERLAY = range(1, 8)

Align: TypeAlias = Literal["left", "center"]
AnyArtist = TypeVar("AnyArtist", bound=Artist)


class Composite(Protocol):
    """Several artists that change in place, as one, from step to step."""

    @property
    def rectangle(self) -> Rectangle:
        """Where they are, in em."""
        ...

    @property
    def artists(self) -> list[Artist]:
        """The artists, from the bottom up."""
        ...

    def sync(self) -> None:
        """Bring the artists up to date."""
        ...


class Canvas:
    """Axes whose data coordinates are em, and what is drawn on them.

    Attributes
    ----------
    ax, figure : matplotlib's
    theme : Theme
    em : EmSizes
    composites : list of Composite
        Everything that changes in place from step to step.
    changed : dict
        The composites that the last step changed, as keys.
    static_changed : bool
        Whether the last step changed anything else, such as a heading.
    """

    def __init__(self, ax: Axes, theme: Theme, size: tuple[float, float], *, anchor: str) -> None:
        self.ax, self.figure, self.theme = ax, root_figure(ax), theme
        self.em = EmSizes(ax)
        self.composites: list[Composite] = []
        # Sets that keep their order, so that the same picture is the same file.
        self.changed: dict[Composite, None] = {}
        self._outdated: dict[Composite, None] = {}
        self.static_changed = False
        self._overlays: list[PathPatch] = []
        width, height = size
        ax.set_axis_off()
        ax.set(xlim=(-MARGIN, width - MARGIN), ylim=(height - MARGIN, -MARGIN))
        ax.set_aspect("equal", anchor=anchor)
        ax.autoscale(False)
        ax.add_artist(self.em)

    # Artists

    def add(self, artist: AnyArtist, zorder: int) -> AnyArtist:
        """Put an artist on the axes, unclipped."""
        artist.set_zorder(zorder)
        self.ax.add_artist(artist)
        artist.set_clip_path(None)
        artist.set_clip_on(False)
        return artist

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 1.0,
        colour: str | None = None,
        mono: bool = False,
        align: Align = "left",
    ) -> Text:
        """A line of text on a baseline through (x, y), in a font of ``size`` em."""
        artist = Text(
            x,
            y,
            text,
            color=colour or self.theme["ink"],
            fontfamily=["monospace"] if mono else _font_families(),
            fontweight="normal",
            horizontalalignment=align,
            verticalalignment="baseline",
            parse_math=False,
            usetex=False,
        )
        self.em.set_font_size(artist, size)
        return self.add(artist, TEXT)

    def patch(self, path: Path, line_width: float = 0.0, zorder: int = BACKGROUND) -> PathPatch:
        """A path, not coloured yet, which snaps to whole pixels."""
        patch = PathPatch(path, facecolor="none", edgecolor="none", snap=True)
        self.em.set_line_width(patch, line_width)
        return self.add(patch, zorder)

    def overlay(self, line_width: float = 0.0) -> PathPatch:
        """A patch above the composites, without a path yet; it may move from step to step."""
        patch = self.patch(shapes.EMPTY, line_width, OVERLAY)
        self._overlays.append(patch)
        return patch

    @property
    def overlays(self) -> list[PathPatch]:
        """The visible overlays, from the bottom up."""
        visible = (patch for patch in self._overlays if patch.get_visible())
        return sorted(visible, key=lambda patch: patch.get_zorder())

    # Steps

    def begin_step(self) -> None:
        """Start to record what a step changes; artists still out of date stay so until `sync`."""
        self._outdated |= self.changed
        self.changed, self.static_changed = {}, False

    def sync(self) -> list[Artist]:
        """Bring all artists up to date; returns those that may have changed."""
        outdated = list(self._outdated | self.changed)
        for composite in outdated:
            composite.sync()
        self._outdated, self.changed = {}, {}
        return [artist for each in outdated for artist in each.artists] + self.overlays


class EmSizes(Artist):
    """Keeps font sizes and line widths in em, however the axes are scaled.

    Artists are drawn by zorder: this one comes first and sets the sizes of the others, in points.
    """

    def __init__(self, ax: Axes) -> None:
        super().__init__()
        self.set_zorder(-1)
        self._ax = ax
        self._font_sizes: dict[Text, float] = {}
        self._line_widths: dict[PathPatch, float] = {}
        self._points: float = mpl.rcParams["font.size"]  # of one em

    def set_font_size(self, text: Text, size: float) -> None:
        """Keep a text's font at ``size`` em."""
        self._font_sizes[text] = size
        text.set_fontsize(size * self._points)

    def set_line_width(self, patch: PathPatch, width: float) -> None:
        """Keep a patch's line at ``width`` em."""
        self._line_widths[patch] = width
        patch.set_linewidth(width * self._points)

    def draw(self, renderer: RendererBase) -> None:
        """Set all sizes again if the length of an em has changed."""
        (_, top), (_, bottom) = self._ax.transData.transform([(0, 0), (0, 1)])
        points = abs(top - bottom) * 72 / root_figure(self._ax).dpi
        if abs(points - self._points) < 1e-6:
            return
        self._points = points
        for text, size in self._font_sizes.items():
            text.set_fontsize(size * points)
        for patch, width in self._line_widths.items():
            patch.set_linewidth(width * points)


def new_axes(theme: Theme, size: tuple[float, float], figsize: tuple[float, float] | None) -> Axes:
    """Axes that fill a new figure, which pyplot does not know of.

    Parameters
    ----------
    size : (width, height) in em, which the figure gets if ``figsize``, in inches, is None
    """
    em = mpl.rcParams["font.size"] / 72
    width, height = figsize or (size[0] * em, size[1] * em)
    figure = Figure(figsize=(width, height), facecolor=theme["page"])
    FigureCanvasAgg(figure)
    return figure.add_axes((0, 0, 1, 1))


def _font_families() -> list[str]:
    """The configured fonts, then one that has every sign in the formulas."""
    return [*mpl.rcParams["font.family"], "DejaVu Sans"]
