"""How a cell looks: stage.css said again for matplotlib, in the palette's colours.

A look depends on a cell's kind and classes alone; lengths are in em, as in the style sheet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from convviz.geometry import Kind
from convviz.scene import palette

PADDING = (Kind.PRE, Kind.POST, Kind.BEYOND)
LINE = 0.075  # a hairline
CORNER = 0.22


@dataclass(frozen=True)
class CellStyle:
    """How one cell is drawn. Colours are ``#rrggbb``; None draws nothing.

    Attributes
    ----------
    edge, line, dash : the border's colour, width, and matplotlib's line style
    core : a fill within a ring of ``fill``: a padding cell under the window
    hatch : the padding whose pattern fills the cell
    strike : whether the text is struck through
    """

    fill: str | None = None
    ink: str = "#000000"
    edge: str | None = None
    line: float = 0.0
    dash: object = "-"
    core: str | None = None
    hatch: Kind | None = None
    bold: bool = False
    strike: bool = False
    alpha: float = 1.0


class Theme:
    """The palette's colours for light or dark, on the page and in the ink of a style sheet."""

    def __init__(self, name: str, colours: dict[str, str]) -> None:
        self.name, self._colours = name, colours
        self._words: dict[str, str] = {}

    @staticmethod
    @cache
    def of(name: str, page: str | None = None, ink: str | None = None) -> Theme:
        """The theme ``name``; ``page`` and ``ink`` stand in for its own."""
        own = {key: colour for key, colour in (("page", page), ("ink", ink)) if colour}
        return Theme(name, {**palette.THEMES[name], **own})

    def __getitem__(self, name: str) -> str:
        return self._colours[name]

    def fill(self, weight_class: str) -> str:
        """The colour of a weight of this style class."""
        row_column = weight_class.removeprefix("cv-w")
        if row_column == "x":
            return palette.WINDOW_HUE
        return palette.weight_colour(int(row_column[0]), int(row_column[1]))

    def word(self, weight_class: str | None) -> str:
        """The colour of a digit that a weight of this class wrote."""
        if weight_class is None:
            return self["ink"]
        if weight_class not in self._words:
            self._words[weight_class] = palette.word_colour(self.fill(weight_class), self.name)
        return self._words[weight_class]


def weight_style(theme: Theme, weight_class: str) -> CellStyle:
    """The look of a weight in a sum."""
    return cell_style(theme, "kernel", Kind.DATA, ("cv-tint", weight_class))


def digit_style(theme: Theme, weight_class: str | None) -> CellStyle:
    """The look of a digit that a weight of this class wrote."""
    return CellStyle(ink=theme.word(weight_class), bold=True)


@cache
def cell_style(
    theme: Theme,
    tensor: str,
    kind: Kind,
    classes: tuple[str, ...] = (),
    mark: str = "",
) -> CellStyle:
    """The look of a cell of ``tensor``; ``mark`` is s or v for what int8 did to it."""
    look = _output(theme, classes) if tensor == "output" else _plain(theme, kind)
    if "cv-tint" in classes:
        look = _tinted(theme, look, kind, classes[-1])
    if mark == "s":
        look = replace(look, edge=theme["pre"], line=0.14, dash="-")
    return replace(
        look,
        strike=mark == "v",
        alpha=0.38 if "is-unread" in classes else 1.0,
    )


def _plain(theme: Theme, kind: Kind) -> CellStyle:
    if kind in PADDING:
        colour = theme[kind.value]
        dash = (0, (1, 1.6)) if kind is Kind.BEYOND else (0, (3, 2))
        return CellStyle(ink=colour, edge=colour, line=LINE, dash=dash, hatch=kind)
    if kind is Kind.GAP:
        return CellStyle(ink=theme["line"], edge=theme["line"], line=LINE, dash=(0, (1, 1.6)))
    return CellStyle(fill=theme["cell"], ink=theme["ink"])


def _output(theme: Theme, classes: tuple[str, ...]) -> CellStyle:
    if "is-current" in classes:
        return CellStyle(theme["current"], theme["ink"], theme["accent"], 0.14, bold=True)
    if "is-done" in classes:
        return CellStyle(theme["done"], theme["ink"])
    return CellStyle(ink=theme["quiet"], edge=theme["line"], line=LINE)


def _tinted(theme: Theme, look: CellStyle, kind: Kind, weight_class: str) -> CellStyle:
    fill = theme.fill(weight_class)
    ink = palette.ink_on(fill)
    if kind in PADDING:
        return replace(look, fill=theme["page"], core=fill, ink=ink, bold=True, hatch=None)
    return CellStyle(fill, ink, bold=True)
