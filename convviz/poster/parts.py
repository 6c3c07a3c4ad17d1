"""What a still is put together from: parts that know their size, and rows and columns of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from convviz.plot.rectangle import Point
from convviz.poster.pen import Face, Pen
from convviz.scene.metrics import METRICS

CHARACTER = 0.58  # em, on average; what is too wide is cut
LINE = 1.5


class Part(Protocol):
    """Something to draw, whose upper left corner is chosen by whoever holds it."""

    @property
    def width(self) -> float:
        """In em."""
        ...

    @property
    def height(self) -> float:
        """In em."""
        ...

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw it at (x, y), in em."""
        ...


@dataclass(frozen=True)
class Line:
    """A line of text."""

    text: str
    quiet: bool = False
    size: float = 1.0
    face: Face = "Sans"

    @property
    def width(self) -> float:
        """About what it takes."""
        return CHARACTER * self.size * len(self.text)

    @property
    def height(self) -> float:
        """Of the line."""
        return LINE * self.size

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Write it."""
        colour = pen.theme["quiet"] if self.quiet else None
        pen.text(x, y + 1.1 * self.size, self.text, size=self.size, colour=colour, face=self.face)


@dataclass(frozen=True)
class Under:
    """Parts under each other."""

    parts: Sequence[Part]
    gap: float = METRICS.tensor_gap_down

    @property
    def width(self) -> float:
        """Of the widest."""
        return max((part.width for part in self.parts), default=0.0)

    @property
    def height(self) -> float:
        """Of all."""
        gaps = self.gap * max(0, len(self.parts) - 1)
        return sum(part.height for part in self.parts) + gaps

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw all of them."""
        for part in self.parts:
            part.draw(pen, x, y)
            y += part.height + self.gap


@dataclass(frozen=True)
class Beside:
    """Parts in a row, their upper edges level."""

    parts: Sequence[Part]
    gap: float = METRICS.tensor_gap_across

    @property
    def width(self) -> float:
        """Of all."""
        gaps = self.gap * max(0, len(self.parts) - 1)
        return sum(part.width for part in self.parts) + gaps

    @property
    def height(self) -> float:
        """Of the highest."""
        return max((part.height for part in self.parts), default=0.0)

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw all of them."""
        for part in self.parts:
            part.draw(pen, x, y)
            x += part.width + self.gap


@dataclass(frozen=True, eq=False)
class Placed:
    """Parts, each where a layout has it."""

    width: float
    height: float
    parts: Sequence[tuple[Point, Part]]

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw all of them."""
        for (left, top), part in self.parts:
            part.draw(pen, x + left, y + top)


def in_columns(parts: Sequence[Part], columns: int, across: float, down: float) -> Part:
    """Parts in rows of so many."""
    rows = [parts[n : n + columns] for n in range(0, len(parts), columns)]
    return Under([Beside(row, across) for row in rows], down)
