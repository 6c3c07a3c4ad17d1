"""What every view, a way to draw a scene, has to implement. views.py lists the views."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.layout import Area
from convviz.scene.metrics import METRICS
from convviz.scene.scene import Scene
from convviz.scene.step import Key, Step

STILL = Area(METRICS.board_width, METRICS.board_height)


@dataclass(frozen=True)
class Page:
    """What a view is laid out for.

    Attributes
    ----------
    room : Area
        In em; where there is more, nothing is larger.
    captions : whether there is more to read than the cells
    slow : whether outputs come about product by product
    """

    room: Area = STILL
    captions: bool = True
    slow: bool = False


class View(ABC):
    """A way to draw a scene: laid out first, then drawn on a canvas, then shown step by step.

    Attributes
    ----------
    scene : Scene
    width, height : of everything that it draws, in em
    has_captions : bool
        Whether the size formulas, the legend and the notes can stand below it.
    has_facts : bool
        Whether the legend and the notes stand in it.
    painted : {kind: colour}
        What it marks by a colour of whole pixels, where cells have an edge or a dot.
    cells : dict
        The cells by (tensor, channel, depth, row, column), as in `Step.lit`; empty without cells.
    """

    width: float
    height: float
    has_captions: bool = True
    has_facts: bool = False
    painted: ClassVar[Mapping[str, str]] = {}

    def __init__(self, scene: Scene, page: Page) -> None:
        """Lay out for a page."""
        self.scene, self.page = scene, page
        self.cells: dict[Key, CellArtist] = {}

    def alt(self, step: Step) -> str:
        """What it shows of a step in words, for readers who cannot see it."""
        return step.alt

    @abstractmethod
    def draw(self, canvas: Canvas) -> None:
        """Make the artists, in em, from (0, 0) to (width, height)."""

    @abstractmethod
    def show(self, step: Step) -> None:
        """Show a step, whatever was shown before."""
