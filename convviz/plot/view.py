"""What a way to draw a scene has to offer. views.py lists those that there are."""

from __future__ import annotations

from abc import ABC, abstractmethod

from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.scene.scene import Scene
from convviz.scene.step import Key, Step


class View(ABC):
    """One way to draw a scene: laid out first, then drawn on a canvas, then shown step by step.

    Attributes
    ----------
    scene : Scene
    width, height : of all that it draws, in em
    value_characters : the most that a value of the input has in a sum
    cells : dict
        The cells that it has drawn, by (tensor, channel, depth, row, column), as in `Step.lit`.
    """

    width: float
    height: float
    value_characters: int

    def __init__(self, scene: Scene, shape: tuple[float, float]) -> None:
        """Lay out, on a page of this (width, height) in any unit, without a canvas as yet."""
        self.scene = scene
        self.cells: dict[Key, CellArtist] = {}

    @abstractmethod
    def draw(self, canvas: Canvas) -> None:
        """Make the artists, in em from (0, 0) on; what moves may wait for `show`."""

    @abstractmethod
    def show(self, step: Step) -> None:
        """Show a step, whichever was shown before; artists of cells wait for `Canvas.sync`."""
