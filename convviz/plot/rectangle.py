"""Points and rectangles in em: x goes right, y goes down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True)
class Rectangle:
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    def expanded(self, distance: float) -> Rectangle:
        """The rectangle with each side moved outwards, or inwards by a negative distance."""
        return Rectangle(
            self.x - distance,
            self.y - distance,
            self.width + 2 * distance,
            self.height + 2 * distance,
        )

    def halves(self) -> tuple[Rectangle, Rectangle]:
        """The upper half and the lower one."""
        half = self.height / 2
        upper = Rectangle(self.x, self.y, self.width, half)
        return upper, Rectangle(self.x, self.y + half, self.width, half)

    def split(self, width: float) -> tuple[Rectangle, Rectangle]:
        """A left part of this width, and what is right of it."""
        left = Rectangle(self.x, self.y, width, self.height)
        return left, Rectangle(self.x + width, self.y, self.width - width, self.height)
