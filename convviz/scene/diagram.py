"""Rows of dots joined by lines: which cells of one row come from which of another.

A `Diagram` is data: where the dots are, which are joined, and what lights up, with which words,
when one of them is pointed at. tree.py and wires.py make diagrams; plot/diagram.py and the browser
draw any of them alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict

WIDTH = 920.0
LABELS = 168.0  # of the width, for the names of the rows
TOP, BOTTOM = 46.0, 40.0
Shape = Literal["dot", "square"]


class LightMessage(TypedDict):
    """What lights up, by number; ``texts`` stand at dots, ``missed`` are passed over."""

    nodes: list[int]
    links: list[int]
    missed: list[int]
    texts: dict[int, str]
    words: str


class NodeMessage(TypedDict):
    """What the keyboard needs to know of a dot."""

    row: int
    x: float


class DiagramMessage(TypedDict):
    """A diagram, whose dots and lines are in an SVG with the same numbers."""

    title: str
    nodes: list[NodeMessage]
    lights: list[LightMessage]
    rest: LightMessage


@dataclass(frozen=True)
class Node:
    """A dot or a square.

    Attributes
    ----------
    row : which row it is in, from the top
    x, y : its middle
    label : what stands in it, if anything
    group : its colour's number; None for the accent
    unread : whether nothing comes of it, whatever is pointed at
    """

    row: int
    x: float
    y: float
    shape: Shape = "dot"
    label: str = ""
    group: int | None = None
    unread: bool = False


@dataclass(frozen=True)
class Link:
    """A line from one dot to another, by their numbers."""

    start: int
    end: int
    group: int | None = None


@dataclass(frozen=True, eq=False)
class Light:
    """What lights up together."""

    words: str
    nodes: Sequence[int] = ()
    links: Sequence[int] = ()
    missed: Sequence[int] = ()
    texts: Mapping[int, str] = field(default_factory=dict[int, str])

    def message(self) -> LightMessage:
        """It as JSON."""
        return {
            "nodes": list(self.nodes),
            "links": list(self.links),
            "missed": list(self.missed),
            "texts": dict(self.texts),
            "words": self.words,
        }


@dataclass(frozen=True)
class Diagram:
    """Rows of dots joined by lines.

    Attributes
    ----------
    title : what it is, in a sentence
    height : with `WIDTH`, the size of the drawing
    rows : the name of each row, and its y
    nodes, links : from the bottom up
    lights : by dot, what lights up when it is pointed at
    rest : what is lit when none is
    radius : of a dot
    """

    title: str
    height: float
    rows: Sequence[tuple[str, float]]
    nodes: Sequence[Node]
    links: Sequence[Link]
    lights: Sequence[Light]
    rest: Light
    radius: float

    def message(self) -> DiagramMessage:
        """It as JSON, but for what the SVG has."""
        return {
            "title": self.title,
            "nodes": [{"row": node.row, "x": round(node.x, 2)} for node in self.nodes],
            "lights": [light.message() for light in self.lights],
            "rest": self.rest.message(),
        }


def row_places(names: Sequence[str], step: float) -> list[tuple[str, float]]:
    """The rows under one another, ``step`` apart."""
    return [(name, TOP + n * step) for n, name in enumerate(names)]


def height_of(rows: Sequence[tuple[str, float]]) -> float:
    """The height of a drawing of these rows."""
    return rows[-1][1] + BOTTOM
