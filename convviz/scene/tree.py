"""A stack of layers as a tree: which inputs reach one output, and by how many paths.

Every layer is an `Axis` of the geometry; what a stack reads is its tables, one after the other.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from convviz.arrays import Array
from convviz.errors import ArgumentError, short
from convviz.geometry import Axis, make_axis
from convviz.language.catalogue import say
from convviz.parameters import PaddingMode, as_integers, check_integer
from convviz.scene.diagram import LABELS, WIDTH, Diagram, Light, Link, Node, height_of, row_places

MOST_LAYERS = 6
MOST_LENGTH = 96  # cells in a row
MOST_NODES, MOST_LINKS = 320, 1_000
OUTPUTS = 5  # of a tree whose length nobody chose
ROW_STEP = 66.0


@dataclass(frozen=True, eq=False)
class Tree:
    """A stack of layers along one axis.

    Attributes
    ----------
    axes : one a layer, the first that reads the input first
    """

    axes: tuple[Axis, ...]

    @classmethod
    def of(
        cls,
        kernels: object,
        dilations: object = None,
        strides: object = None,
        length: object = None,
    ) -> Tree:
        """The stack with these kernel sizes, dilations and strides, a number each a layer.

        Raises
        ------
        ArgumentError
            Naming what cannot be, or is too much to draw.
        """
        sizes = _check_layers("kernels", kernels, None)
        steps = _check_layers("strides", strides, len(sizes))
        gaps = _check_layers("dilations", dilations, len(sizes))
        layers = list(zip(sizes, steps, gaps, strict=True))
        reach, jump = _field(layers)
        if reach > MOST_LENGTH:
            got, allowed = f"a receptive field of {reach:,} cells", f"at most {MOST_LENGTH} cells"
            raise ArgumentError("kernels", got, allowed, "Draw fewer layers, or smaller dilations.")
        cells = min(reach + (OUTPUTS - 1) * jump, reach + (MOST_LENGTH - reach) // jump * jump)
        if length is not None:
            cells = check_integer("length", length, least=reach, most=MOST_LENGTH)
        axes = []
        for kernel, stride, dilation in layers:
            mode = PaddingMode.EXPLICIT_ROUND_DOWN
            axes.append(make_axis("width", cells, kernel, stride, dilation, 0, 0, mode))
            cells = axes[-1].output
        tree = cls(tuple(axes))
        tree._check_size()
        return tree

    def _check_size(self) -> None:
        links = sum(axis.output * axis.kernel for axis in self.axes)
        if sum(self.sizes) > MOST_NODES or links > MOST_LINKS:
            got = f"{sum(self.sizes):,} dots joined by {links:,} lines"
            allowed = f"at most {MOST_NODES} dots and {MOST_LINKS:,} lines"
            raise ArgumentError("length", got, allowed, "Draw fewer layers, or a shorter length.")

    @property
    def sizes(self) -> list[int]:
        """How many cells each row has: the input's, then what each layer makes."""
        return [self.axes[0].size, *(axis.output for axis in self.axes)]

    @property
    def field(self) -> int:
        """The receptive field: from the first input that an output may read to the last."""
        return _field([(axis.kernel, axis.stride, axis.dilation) for axis in self.axes])[0]

    @property
    def jump(self) -> int:
        """How many inputs lie between the fields of one output and the next."""
        return math.prod(axis.stride for axis in self.axes)

    @cached_property
    def ways(self) -> Array:
        """By output and input, in how many ways the one reads the other: (outputs, inputs)."""
        return self.ways_between(len(self.axes), 0)

    def ways_between(self, later: int, earlier: int) -> Array:
        """The same between two rows, of which 0 is the input: (later row's, earlier row's)."""
        counts = np.eye(self.sizes[later], dtype=np.int64)
        for axis in reversed(self.axes[earlier:later]):
            spread = np.zeros((len(counts), axis.size), np.int64)
            for output, cells in enumerate(axis.table):
                for cell in cells:
                    spread[:, cell] += counts[:, output]
            counts = spread
        return counts

    # The drawing

    def diagram(self) -> Diagram:
        """It as rows of dots; the output in the middle is lit at rest."""
        return _TreeDrawing(self).diagram()


class _TreeDrawing:
    """The dots, lines and lights of one tree."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        sizes = tree.sizes
        self.firsts = [sum(sizes[:row]) for row in range(len(sizes))]  # number of a row's first dot
        self.rows = row_places([self._row_name(row) for row in range(len(sizes))], ROW_STEP)
        self.spacing = min(40.0, (WIDTH - LABELS - 24) / sizes[0])
        self.ways = {
            (later, earlier): tree.ways_between(later, earlier)
            for later in range(len(sizes))
            for earlier in range(later + 1)
        }
        self.links = [
            Link(self.firsts[row] + cell, self.firsts[row + 1] + output)
            for row, axis in enumerate(tree.axes)
            for output, cells in enumerate(axis.table)
            for cell in cells
        ]

    def _row_name(self, row: int) -> str:
        if row == 0:
            return say("diagram.tree.input", count=self.tree.sizes[0])
        axis = self.tree.axes[row - 1]
        parts = [say("diagram.tree.layer", number=row, kernel=axis.kernel)]
        if axis.dilation > 1:
            parts.append(say("diagram.tree.dilation", dilation=axis.dilation))
        if axis.stride > 1:
            parts.append(say("diagram.tree.stride", stride=axis.stride))
        return ", ".join(parts)

    def diagram(self) -> Diagram:
        sizes, last = self.tree.sizes, len(self.tree.axes)
        places = [(row, cell) for row, size in enumerate(sizes) for cell in range(size)]
        lights = [self._light(row, cell) for row, cell in places]
        return Diagram(
            title=self._title(),
            height=height_of(self.rows),
            rows=self.rows,
            nodes=[self._node(row, cell) for row, cell in places],
            links=self.links,
            lights=lights,
            rest=lights[self.firsts[last] + sizes[last] // 2],
            radius=min(7.0, 0.3 * self.spacing),
        )

    def _title(self) -> str:
        axes = self.tree.axes
        return say(
            "diagram.tree.title",
            count=len(axes),
            kernels=_listed(axis.kernel for axis in axes),
            dilations=_listed(axis.dilation for axis in axes),
            strides=_listed(axis.stride for axis in axes),
            field=self.tree.field,
        )

    def _node(self, row: int, cell: int) -> Node:
        """A dot over the middle of what it reads."""
        read = np.flatnonzero(self.ways[row, 0][cell])
        middle = (int(read[0]) + int(read[-1])) / 2
        unread = not self.ways[len(self.tree.axes), row][:, cell].any()
        return Node(row, LABELS + (middle + 0.5) * self.spacing, self.rows[row][1], unread=unread)

    def _light(self, row: int, cell: int) -> Light:
        """What a cell reads, what it reaches, and what it passes over."""
        weights = self._weights(row, cell)
        lit = {number for number, ways in weights.items() if ways}
        links = [n for n, link in enumerate(self.links) if link.start in lit and link.end in lit]
        read = self.ways[row, 0][cell]
        found = np.flatnonzero(read)
        missed = [int(i) for i in range(found[0], found[-1] + 1) if not read[i]] if row else []
        ends = [number for number in lit if self._row_of(number) in (0, len(self.tree.axes))]
        own = self.firsts[row] + cell
        texts = {number: str(weights[number]) for number in sorted(ends) if number != own}
        return Light(self._words(row, cell), sorted(lit), links, missed, texts)

    def _weights(self, row: int, cell: int) -> dict[int, int]:
        """By dot, in how many ways it reads this cell or is read by it."""
        found: dict[int, int] = {}
        for other, first in enumerate(self.firsts):
            ways = self.ways[row, other][cell] if other <= row else self.ways[other, row][:, cell]
            found |= {first + n: int(count) for n, count in enumerate(ways)}
        return found

    def _row_of(self, number: int) -> int:
        return sum(number >= first for first in self.firsts) - 1

    def _words(self, row: int, cell: int) -> str:
        last = len(self.tree.axes)
        reads, reaches = self.ways[row, 0][cell], self.ways[last, row][:, cell]
        parts = []
        if row:
            name = "output" if row == last else "cell"
            values = {"cell": cell, "number": row, **_span(reads), "count": int(reads.sum())}
            parts.append(say(f"diagram.tree.{name}_reads", **values))
            missed = int(values["width"]) - int(np.count_nonzero(reads))
            parts += [say("diagram.tree.missed", count=missed)] if missed else []
        if row < last:
            name = "input" if row == 0 else "it"
            if not reaches.any():
                nowhere = say("diagram.tree.it_unread")
                nowhere = say("diagram.tree.input_unread", cell=cell) if row == 0 else nowhere
                return " ".join([*parts, nowhere])
            outputs = {"cell": cell, **_span(reaches), "paths": int(reaches.sum())}
            count = int(np.count_nonzero(reaches))
            parts.append(say(f"diagram.tree.{name}_reaches", count=count, **outputs))
        return " ".join(parts)


def _span(counts: Array) -> dict[str, int]:
    """The first and the last cell that counts, and how many lie from the one to the other."""
    found = np.flatnonzero(counts)
    first, last = int(found[0]), int(found[-1])
    return {"first": first, "last": last, "width": last - first + 1}


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _field(layers: Sequence[tuple[int, int, int]]) -> tuple[int, int]:
    """The receptive field of (kernel, stride, dilation) layers, and the jump to the next."""
    size = jump = 1
    for kernel, stride, dilation in layers:
        size += dilation * (kernel - 1) * jump
        jump *= stride
    return size, jump


def _check_layers(name: str, value: object, count: int | None) -> tuple[int, ...]:
    """A number for each layer; ones where ``value`` is None and their count is known."""
    if value is None and count is not None:
        return (1,) * count
    numbers = as_integers(value)
    wanted = f"{count}" if count else f"1 to {MOST_LAYERS}"
    fits = numbers is not None and (
        len(numbers) == count if count else 1 <= len(numbers) <= MOST_LAYERS
    )
    if numbers is None or not fits or not all(1 <= n <= MOST_LENGTH for n in numbers):
        allowed = f"{wanted} integers from 1 to {MOST_LENGTH}, one for each layer"
        raise ArgumentError(name, short(value), allowed, f"Write {name}=(3, 3, 3), for example.")
    return numbers
