"""Which theme a picture has: the one that is asked for, or what goes with matplotlib's settings."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure

from convviz.checks import check_choice
from convviz.plot.theme import Theme
from convviz.scene import palette

DARK_LUMINANCE = 0.18  # below which a page is dark


def theme_for(name: str | None, ax: Axes | None) -> Theme:
    """The theme of this name; for None, the one that suits the page.

    Parameters
    ----------
    ax : where to draw; None for a new figure

    Raises
    ------
    ArgumentError
        For another name.
    """
    if name is not None:
        return Theme.of(check_choice("theme", name, palette.THEMES))
    page = _page_colour(ax)
    name = "dark" if palette.luminance(page) < DARK_LUMINANCE else "light"
    ink = to_hex(mpl.rcParams["text.color"])
    return Theme.of(name, page, ink if palette.contrast(ink, page) >= palette.READABLE else None)


def root_figure(ax: Axes) -> Figure:
    """The figure of axes, also of those in a subfigure."""
    figure = ax.figure
    return figure if isinstance(figure, Figure) else figure.figure


def _page_colour(ax: Axes | None) -> str:
    """The first colour behind the axes that is not transparent; else that of white paper."""
    colours = [mpl.rcParams["figure.facecolor"]]
    if ax is not None:
        colours = [ax.figure.get_facecolor(), root_figure(ax).get_facecolor()]
    opaque = (to_hex(colour) for colour in colours if to_rgba(colour)[3])
    return next(opaque, palette.THEMES["light"]["page"])
