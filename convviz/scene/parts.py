"""What each channel adds to the outputs of a map, for layers of too many weights to send all.

A block holds the weights of one map, how what each channel adds varies over it and, for some of its
rows, the float32 sum after each channel.
What a channel adds is the difference of two of them, so that the parts add up, in order, to the
output that is shown: `convviz.network.facts.parts`. A renderer asks for the block that it needs.
"""

from __future__ import annotations

import base64
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from convviz.arrays import Array
from convviz.network import facts

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

MOST_SUMS = 160_000  # of one block, 640 kB: all of 512 channels over 14×14
MOST_SAVED = 250_000  # sums and weights that a page is written with, 1.3 MB


class PartsMessage(TypedDict):
    """Which outputs a block is of: some rows of one map, in 3-D at one depth."""

    map: int
    depth: int
    row: int
    rows: int


class SavedParts(PartsMessage):
    """A block whose numbers go along, as a page has them: little-endian float32 in base64."""

    weights: str
    sums: str
    spread: str
    flags: str


@dataclass(frozen=True, eq=False)
class Parts:
    """A block of one map's outputs.

    Attributes
    ----------
    scene : Scene
    output_map, depth : int
    rows : range
        Of the output.
    """

    scene: Scene
    output_map: int
    depth: int
    rows: range

    @classmethod
    def at(cls, scene: Scene, step: int) -> Parts:
        """The block that holds the output element ``step``, with as many rows as fit."""
        output_map, *deep, row, _ = scene.step(step).place
        *_, high, wide = scene.geometry.axes
        count = max(1, MOST_SUMS // (scene.geometry.group_channels * wide.output))
        first = row // count * count
        rows = range(first, min(first + count, high.output))
        return cls(scene, output_map, deep[0] if deep else 0, rows)

    def holds(self, place: tuple[int, ...]) -> bool:
        """Whether the block has the output at (map, [depth,] row, column)."""
        output_map, *deep, row, _ = place
        return (output_map, deep[0] if deep else 0) == (self.output_map, self.depth) and (
            row in self.rows
        )

    @property
    def weights(self) -> Array:
        """The map's weights (C/groups, [T,] R, S), as they are multiplied."""
        weights: Array = self.scene.kernel[self.output_map]
        return weights

    @cached_property
    def sums(self) -> Array:
        """The float32 sum after each channel (rows, W, C/groups), without the bias.

        Of an int8 layer, the int32 sums times the scales.
        """
        rows = slice(self.rows.start, self.rows.stop)
        deep = [slice(self.depth, self.depth + 1)] * (len(self.scene.geometry.axes) - 2)
        part = (*deep, rows, slice(None))
        sums = facts.channel_sums(self.scene.run, self.output_map, self.scene.item, part)
        shape = (len(self.rows), self.scene.geometry.axes[-1].output)
        found: Array = np.stack([total.reshape(shape) for total in sums], axis=-1)
        return found

    @cached_property
    def spread(self) -> Array:
        """How what each channel adds varies over the whole map; float64 (C/groups,)."""
        *deep, high, _ = self.scene.geometry.axes
        if deep or len(self.rows) < high.output:
            return facts.part_spread(self.scene.run, self.output_map, self.scene.item)
        added = np.diff(self.sums.astype(np.float64), axis=-1, prepend=0)
        spread: Array = added.std(axis=(0, 1))
        return spread

    @property
    def flags(self) -> str:
        """A letter for what int8 did to each of the map's weights; "" without int8."""
        flags, size = self.scene.flags["kernel"], self.scene.geometry.tap_count
        return flags[self.output_map * size : (self.output_map + 1) * size]

    def of(self, place: tuple[int, ...]) -> Array:
        """What each channel adds to the output at ([depth,] row, column), and last the bias.

        As `convviz.network.facts.parts`, which sums one output alone.
        """
        *_, row, column = place
        running = self.sums[row - self.rows.start, column].astype(np.float64)
        output = float(self.scene.output[self.output_map, *place])
        return np.diff(np.concatenate([[0.0], running, [output]]))

    def message(self) -> PartsMessage:
        """Which outputs these are."""
        return {
            "map": self.output_map,
            "depth": self.depth,
            "row": self.rows.start,
            "rows": len(self.rows),
        }

    @property
    def buffers(self) -> list[bytes]:
        """The weights, the sums and the spread as float32 in memory order, and the flags."""
        arrays = (self.weights, self.sums, self.spread)
        numbers = [np.ascontiguousarray(array, "<f4").tobytes() for array in arrays]
        return [*numbers, self.flags.encode()]

    def saved(self) -> SavedParts:
        """All of it as JSON."""
        texts = [base64.b64encode(buffer).decode() for buffer in self.buffers[:-1]]
        weights, sums, spread = texts
        return {
            **self.message(),
            "weights": weights, "sums": sums, "spread": spread, "flags": self.flags,
        }  # fmt: skip


# What is said of the parts


def largest(parts: Array, count: int) -> list[int]:
    """The channels that add most or take away most, the largest part first."""
    return [int(n) for n in np.argsort(-np.abs(parts), kind="stable")[:count]]


def gross(parts: Array) -> tuple[float, float]:
    """What the channels that add come to, and those that take away."""
    return float(parts[parts > 0].sum()), float(parts[parts < 0].sum())


def share(parts: Array, channels: Sequence[int]) -> int:
    """Which part of the gross some channels are, in percent."""
    adds, takes = gross(parts)
    whole = adds - takes
    return (
        math.floor(100 * float(np.abs(parts[list(channels)]).sum()) / whole + 0.5) if whole else 0
    )


# For a page


def with_saved_parts(message: Mapping[str, object], scene: Scene, step: int) -> dict[str, object]:
    """A scene's message for a page, which can ask nobody: with the blocks from ``step`` on.

    As many as a page should be large; of a scene without blocks, the message as it is.
    """
    layer = message.get("layer")
    if not isinstance(layer, dict):
        return {**message}
    saved: list[SavedParts] = []
    size = 0
    for parts in _blocks(scene, step):
        size += parts.weights.size + parts.sums.size
        if saved and size > MOST_SAVED:
            break
        saved.append(parts.saved())
    return {**message, "layer": {**layer, "saved": saved}}


def _blocks(scene: Scene, step: int) -> Iterator[Parts]:
    """The blocks of all outputs, from the one that holds ``step`` on, and round to those before."""
    first = Parts.at(scene, step)
    *deep, high, wide = scene.geometry.axes
    depths = deep[0].output if deep else 1
    rows = range(0, high.output, len(Parts.at(scene, 0).rows))
    places = list(itertools.product(range(scene.geometry.maps), range(depths), rows))
    start = places.index((first.output_map, first.depth, first.rows.start))
    for output_map, depth, row in [*places[start:], *places[:start]]:
        yield Parts.at(scene, ((output_map * depths + depth) * high.output + row) * wide.output)
