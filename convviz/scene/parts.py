"""What each channel adds to the outputs of a map, for layers of too many weights to send all.

A block holds the weights of one map, how what each channel adds varies over it and, for some of its
rows, the float32 sum after each channel; with the outputs and the inputs themselves, where the
whole tensor goes in 8 bits (coarse.py). What a channel adds is the difference of two of those sums,
so that the parts add up, in order, to the output that is shown: `convviz.network.facts.parts`. A
renderer asks for the block that it needs.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from convviz.arrays import Array
from convviz.network import facts
from convviz.scene.coarse import coarse_message

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

MOST_SUMS = 160_000  # and inputs of one block, 640 kB: all of 512 channels over 14×14
MOST_OUTPUTS = 65_536  # of one block, 262 kB; of a larger map the rows of the sums


class PartsMessage(TypedDict):
    """Which outputs a block is of: some rows of one map, in 3-D at one depth.

    ``outputs`` and ``inputs`` are the rows of those tensors that go along, from one to before
    another; the inputs are of the slice ``inputDepth``. None go of a tensor that goes in float32.
    """

    map: int
    depth: int
    row: int
    rows: int
    outputs: tuple[int, int]
    inputs: tuple[int, int]
    inputDepth: int


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
        *_, high, _ = scene.geometry.axes
        count = _rows_of_block(scene)
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

    @property
    def outputs(self) -> range:
        """The rows of the map whose outputs go along: all, where they are not too many."""
        *_, high, wide = self.scene.geometry.axes
        if coarse_message(self.scene.geometry)["output"] is None:
            return range(0)
        return range(high.output) if high.output * wide.output <= MOST_OUTPUTS else self.rows

    @property
    def input_depth(self) -> int:
        """The slice in the middle of the window, which may be padding; in two dimensions 0."""
        *deep, _, _ = self.scene.geometry.axes
        return deep[0].table[self.depth][deep[0].kernel // 2] if deep else 0

    @property
    def inputs(self) -> range:
        """The rows of the input that the block's outputs read and that go along."""
        *deep, high, _ = self.scene.geometry.axes
        whole = coarse_message(self.scene.geometry)["input"] is None
        if whole or (deep and not 0 <= self.input_depth < deep[0].size):
            return range(0)
        read = [row for output in self.rows for row in high.table[output]]
        inside = [row for row in read if 0 <= row < high.size]
        return range(min(inside), max(inside) + 1) if inside else range(0)

    def _of_inputs(self, values: Array) -> Array:
        """Those of the group's channels, of an array like the input."""
        rows = slice(self.inputs.start, self.inputs.stop)
        channels = self.scene.geometry.channels_of(self.output_map)
        own = values[channels.start : channels.stop]
        if len(self.scene.geometry.axes) == 2:
            return own[:, rows]
        inside = 0 <= self.input_depth < own.shape[1]
        return own[:, self.input_depth, rows] if inside else own[:0, 0, rows]

    def _output_values(self) -> Array:
        own: Array = self.scene.output[self.output_map]
        plane = own if own.ndim == 2 else own[self.depth]
        return plane[self.outputs.start : self.outputs.stop]

    def _input_flags(self) -> bytes:
        """A letter for what int8 did to each input that goes along; none without int8."""
        flags = np.frombuffer(self.scene.flags["input"].encode(), np.uint8)
        if not flags.size or not self.inputs:
            return b""
        return self._of_inputs(flags.reshape(self.scene.values.shape)).tobytes()

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
            "outputs": (self.outputs.start, self.outputs.stop),
            "inputs": (self.inputs.start, self.inputs.stop),
            "inputDepth": self.input_depth,
        }

    @property
    def buffers(self) -> list[bytes]:
        """What the browser's blocks.js takes.

        The weights, the sums, the spread, the outputs and the inputs as float32 in memory order; a
        letter for what int8 did to each weight, and to each of the inputs.
        """
        arrays = (
            self.weights,
            self.sums,
            self.spread,
            self._output_values(),
            self._of_inputs(self.scene.values),
        )
        numbers = [_float32(array) for array in arrays]
        return [*numbers, self.flags.encode(), self._input_flags()]

    def saved(self) -> SavedParts:
        """As JSON for a page, which has all outputs and inputs."""
        arrays = (self.weights, self.sums, self.spread)
        weights, sums, spread = (base64.b64encode(_float32(array)).decode() for array in arrays)
        return {
            **self.message(),
            "outputs": (0, 0), "inputs": (0, 0),
            "weights": weights, "sums": sums, "spread": spread, "flags": self.flags,
        }  # fmt: skip


def _float32(array: Array) -> bytes:
    return np.ascontiguousarray(array, "<f4").tobytes()


def _rows_of_block(scene: Scene) -> int:
    """How many rows of outputs a block has at most: at least one."""
    *_, high, wide = scene.geometry.axes
    sums, inputs = wide.output, 0
    rest = 0  # rows of the input beside those of the strides
    if coarse_message(scene.geometry)["input"] is not None:
        inputs = high.stride * wide.size
        rest = max(0, high.effective_kernel - high.stride) * wide.size
    room = MOST_SUMS // scene.geometry.group_channels - rest
    return max(1, room // (sums + inputs))


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
