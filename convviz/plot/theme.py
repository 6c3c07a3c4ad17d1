"""The palette's colours, light or dark, with the page and the ink of matplotlib's settings."""

from __future__ import annotations

from functools import cache

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure

from convviz.checks import check_choice
from convviz.scene import palette

DARK_LUMINANCE = 0.18  # below which a page is dark


class Theme:
    """The colours of one picture, ``#rrggbb`` by the palette's names.

    Attributes
    ----------
    name : "light" or "dark"
    """

    def __init__(self, name: str, colours: dict[str, str]) -> None:
        self.name, self._colours = name, colours
        self._digit_colours: dict[str, str] = {}

    @staticmethod
    @cache
    def of(name: str, page: str | None = None, ink: str | None = None) -> Theme:
        """The palette's theme of this name, with another page or ink if given."""
        colours = dict(palette.THEMES[name])
        if page:
            colours["page"] = page
        if ink:
            colours["ink"] = ink
        return Theme(name, colours)

    def __getitem__(self, name: str) -> str:
        return self._colours[name]

    def weight_fill(self, weight_class: str) -> str:
        """The colour of a weight of this style class."""
        row_column = weight_class.removeprefix("cv-w")
        if row_column == "x":
            return palette.WINDOW_HUE
        return palette.weight_colour(int(row_column[0]), int(row_column[1]))

    def digit_colour(self, weight_class: str | None) -> str:
        """The colour of a digit that a weight of this class wrote; the ink for None."""
        if weight_class is None:
            return self["ink"]
        if weight_class not in self._digit_colours:
            fill = self.weight_fill(weight_class)
            self._digit_colours[weight_class] = palette.word_colour(fill, self.name)
        return self._digit_colours[weight_class]


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
