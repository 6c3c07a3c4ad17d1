"""Paths in em: x goes right, y goes down. Knows no colours and no scene."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from matplotlib.path import Path

from convviz.geometry import Kind
from convviz.plot.rectangle import Point, Rectangle

STROKE_DISTANCE = 0.6  # along an edge
DOT_DISTANCE = 0.5
DOT_RADIUS = 0.075

EMPTY = Path(np.zeros((1, 2)))


def outline(rectangle: Rectangle) -> Path:
    """The outline of a rectangle."""
    left, top = rectangle.x, rectangle.y
    right, bottom = left + rectangle.width, top + rectangle.height
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    return Path(corners, closed=True)


def rounded_outline(rectangle: Rectangle, upper: float, lower: float | None = None) -> Path:
    """The outline of a rectangle with rounded corners; the lower ones may have another radius."""
    size = round(rectangle.width, 6), round(rectangle.height, 6)
    return _moved(_rounded_at_origin(*size, upper, upper if lower is None else lower), rectangle)


def hatching(kind: Kind, rectangle: Rectangle) -> Path:
    """The strokes or dots of a padding cell, as a path, so that no renderer rasterizes them."""
    path = _hatching_at_origin(kind, round(rectangle.width, 6), round(rectangle.height, 6))
    return _moved(path, rectangle)


def _moved(path: Path, rectangle: Rectangle) -> Path:
    """A path with its origin moved to the rectangle's corner."""
    return Path(np.asarray(path.vertices) + np.array((rectangle.x, rectangle.y)), path.codes)


@cache
def _rounded_at_origin(width: float, height: float, upper: float, lower: float) -> Path:
    top, low = (min(radius, width / 2, height / 2) for radius in (upper, lower))
    points = [(top, 0), (width - top, 0), (width, 0), (width, top), (width, height - low)]
    points += [(width, height), (width - low, height), (low, height), (0, height)]
    points += [(0, height - low), (0, top), (0, 0), (top, 0), (top, 0)]
    line, curve = Path.LINETO, Path.CURVE3
    codes = [Path.MOVETO, line, curve, curve, line, curve, curve, line, curve, curve, line]
    return Path(points, [*codes, curve, curve, Path.CLOSEPOLY])


@cache
def _hatching_at_origin(kind: Kind, width: float, height: float) -> Path:
    if kind is Kind.BEYOND:
        return Path.make_compound_path(*_dots(width, height))
    strokes = list(_strokes(width, height))
    if kind is Kind.POST:
        strokes = [[(x, height - y) for x, y in stroke] for stroke in strokes]
    points = [point for stroke in strokes for point in stroke]
    return Path(points, [Path.MOVETO, Path.LINETO] * len(strokes))


def _strokes(width: float, height: float) -> Iterator[list[Point]]:
    """Lines x + y = c through a rectangle, cut at its edges."""
    for n in range(1, int((width + height) / STROKE_DISTANCE) + 1):
        c = n * STROKE_DISTANCE
        yield [(min(c, width), max(0.0, c - width)), (max(0.0, c - height), min(c, height))]


def _dots(width: float, height: float) -> Iterator[Path]:
    for x in np.arange(DOT_DISTANCE / 2, width, DOT_DISTANCE):
        for y in np.arange(DOT_DISTANCE / 2, height, DOT_DISTANCE):
            yield Path.circle((x, y), DOT_RADIUS)
