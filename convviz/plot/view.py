"""What every view, a way to draw a scene, has to implement. views.py lists the views."""

from __future__ import annotations

from abc import ABC, abstractmethod

from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.scene.scene import Scene
from convviz.scene.step import Key, Step


class View(ABC):
    """A way to draw a scene: laid out first, then drawn on a canvas, then shown step by step.

    Attributes
    ----------
    scene : Scene
    width, height : of everything that it draws, in em
    value_characters : length of the longest input value in a sum
    has_captions : bool
        Whether the sum, the size formulas and the notes can stand below it.
    sums_itself : whether it shows the sum, which then is not among the captions
    cells : dict
        The cells by (tensor, channel, depth, row, column), as in `Step.lit`; empty without cells.
    """

    width: float
    height: float
    value_characters: int
    has_captions: bool = True
    sums_itself = False

    def __init__(self, scene: Scene, shape: tuple[float, float]) -> None:
        """Lay out for a page of this shape: (width, height) in any unit."""
        self.scene = scene
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
