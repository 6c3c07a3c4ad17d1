"""How a cell looks: what stage.css says, for matplotlib.

A style depends only on a cell's kind and classes. Colours are the theme's; lengths are in em.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypeAlias

from convviz.geometry import Kind
from convviz.plot.theme import Theme
from convviz.scene import palette
from convviz.scene.int8 import SATURATED, VANISHED
from convviz.scene.metrics import METRICS

PADDING = (Kind.PRE, Kind.POST, Kind.BEYOND)
HAIRLINE = 0.075
GAP_TEXT = "·"  # of a gap between the weights of a dilated kernel

Dash: TypeAlias = Literal["-"] | tuple[float, tuple[float, ...]]  # as matplotlib's line styles
DASHED: Dash = (0, (3, 2))
DOTTED: Dash = (0, (1, 1.6))


@dataclass(frozen=True)
class CellStyle:
    """How one cell is drawn. Colours are ``#rrggbb``; None draws nothing.

    Attributes
    ----------
    ink : of the text
    edge, edge_width, dash : of the border
    inset_fill : a second fill, within a ring of ``fill``: padding under the window
    hatch : the padding whose hatching fills the cell
    strike : whether the text is struck through
    """

    fill: str | None = None
    ink: str | None = None
    edge: str | None = None
    edge_width: float = 0.0
    dash: Dash = "-"
    inset_fill: str | None = None
    hatch: Kind | None = None
    bold: bool = False
    strike: bool = False
    alpha: float = 1.0


@cache
def cell_style(
    theme: Theme,
    tensor: str,
    kind: Kind,
    classes: tuple[str, ...] = (),
    flag: str = "",
) -> CellStyle:
    """The style of a cell of ``tensor``.

    Parameters
    ----------
    classes : style classes, as on the stage; the weight's comes last, after ``cv-tint``
    flag : what int8 did to the value, as in `Panel.flags`
    """
    style = _output(theme, classes) if tensor == "output" else _resting(theme, kind)
    if "cv-tint" in classes:
        style = _tinted(theme, style, kind, classes[-1])
    if "is-adding" in classes:
        style = replace(style, edge=theme["ink"], edge_width=METRICS.ring_width, dash="-")
    if flag == SATURATED:
        style = replace(style, edge=theme["pre"], edge_width=METRICS.ring_width, dash="-")
    return replace(
        style,
        strike=flag == VANISHED,
        alpha=METRICS.unread_opacity if "is-unread" in classes else 1.0,
    )


def plain_style(theme: Theme) -> CellStyle:
    """The style of a data cell, a value over its weight, and the bias under the kernel."""
    return CellStyle(theme["cell"], theme["ink"])


def empty_style(theme: Theme) -> CellStyle:
    """The style of the place over a weight where no value has come yet."""
    return CellStyle(edge=theme["line"], edge_width=HAIRLINE)


def digit_style(theme: Theme, weight_class: str | None) -> CellStyle:
    """The style of a digit that a weight of this class wrote."""
    return CellStyle(ink=theme.digit_colour(weight_class), bold=True)


def _resting(theme: Theme, kind: Kind) -> CellStyle:
    """A cell of the input or the kernel that no step lights."""
    if kind in PADDING:
        colour = theme[kind.value]
        dash = DOTTED if kind is Kind.BEYOND else DASHED
        return CellStyle(ink=colour, edge=colour, edge_width=HAIRLINE, dash=dash, hatch=kind)
    if kind is Kind.GAP:
        return CellStyle(ink=theme["line"], edge=theme["line"], edge_width=HAIRLINE, dash=DOTTED)
    return plain_style(theme)


def _output(theme: Theme, classes: tuple[str, ...]) -> CellStyle:
    if "is-current" in classes:
        return CellStyle(
            theme["current"], theme["ink"], theme["accent"], METRICS.ring_width, bold=True
        )
    if "is-done" in classes:
        return CellStyle(theme["done"], theme["ink"])
    return CellStyle(ink=theme["quiet"], edge=theme["line"], edge_width=HAIRLINE)


def _tinted(theme: Theme, style: CellStyle, kind: Kind, weight_class: str) -> CellStyle:
    """A cell under the window, or of the kernel, in its weight's colour."""
    fill = theme.weight_fill(weight_class)
    ink = palette.ink_on(fill)
    if kind in PADDING:
        page = theme["page"]
        return replace(style, fill=page, inset_fill=fill, ink=ink, bold=True, hatch=None)
    return CellStyle(fill, ink, bold=True)
