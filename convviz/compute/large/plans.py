"""What is known about a way to compute a large layer before it is compiled: a `Plan`.

There are two sorts, for two CUDA sources: `tiling.Tiling` for tiled.cu, `unfolding.Unfolding` for
unfolded.cu. Each works out sizes as its source does, and estimates its time; ``cuda.best`` takes
the plans that promise most. The estimates were fitted to measurements on an NVIDIA H200; a poor one
costs time, never a bit.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property

from convviz.geometry import FLAT, Axis, Geometry

# What an H200 has; other GPUs differ by less than the estimates err.
PROCESSORS = 132
SHARED_BYTES = 227 * 1024  # of one multiprocessor, 1 KiB of which each block takes for itself
REGISTERS = 65536  # of one multiprocessor
CYCLES = 1.93e9  # a second
BYTES = 4.25e12  # a second, from and to memory
CACHED_BYTES = 5.5e12  # a second, from the cache that the multiprocessors share

SQUARE = 32  # words and maps that a block brings into order at a time (``side`` in common.cu)


@dataclass(frozen=True)
class Layer:
    """A layer as the sources see it: three axes, channels in words of one float or four int8."""

    batch: int
    groups: int
    channels: int
    maps: int
    axes: tuple[Axis, Axis, Axis]
    itemsize: int

    @classmethod
    def of(cls, geometry: Geometry, itemsize: int) -> Layer:
        """Take over a geometry; ``itemsize`` is 4 for float32 and 1 for int8."""
        depth, height, width = (FLAT, *geometry.axes)[-3:]
        if _is_plain(width) and _is_plain(height):  # 1×1: an image is one long row
            width = _join(height, width)
            height = FLAT
            if _is_plain(depth):
                width = _join(depth, width)
                depth = FLAT
        return cls(
            math.prod(geometry.batch),
            geometry.groups,
            geometry.group_channels,
            geometry.group_maps,
            (depth, height, width),
            itemsize,
        )

    @property
    def words(self) -> int:
        """The channels of one group, in words."""
        return -(-self.channels * self.itemsize // 4)

    @property
    def taps(self) -> int:
        """The weights of one channel."""
        return math.prod(axis.kernel for axis in self.axes)

    @cached_property
    def plane(self) -> int:
        """The cells of an input channel."""
        return math.prod(axis.size for axis in self.axes)

    @cached_property
    def output_plane(self) -> int:
        """The elements of an output map."""
        return math.prod(axis.output for axis in self.axes)

    @cached_property
    def bytes(self) -> int:
        """What must be read and written at least."""
        planes = self.batch * self.groups
        inputs = planes * self.channels * self.plane
        outputs = planes * self.maps * self.output_plane
        return inputs * self.itemsize + outputs * 4

    def constants(self) -> list[str]:
        """The layer's constants for the sources, lines of C++."""
        value, total = ("float", "float") if self.itemsize == 4 else ("signed char", "int")
        lines = [f"using Value = {value};", f"using Sum = {total};"]
        for a, name in zip(self.axes, ("depth", "height", "width"), strict=True):
            numbers = f"{a.size}, {a.kernel}, {a.stride}, {a.dilation}, {a.pre}, {a.output}"
            lines.append(f"__device__ constexpr Axis {name} = {{{numbers}}};")
        counts = ("batch", "groups", "channels", "maps")
        return lines + [f"constexpr int {name} = {getattr(self, name)};" for name in counts]


class Plan(ABC):
    """A layer cut into tiles. Each block of threads computes one.

    Attributes
    ----------
    layer : Layer
    tile : dataclass of integers, the constants of the source
    source : name of the file and of its kernel
    vector : words of the input that are copied at once, where it begins at a multiple of them
    """

    layer: Layer
    tile: Tile
    source: str
    vector: int

    @property
    @abstractmethod
    def blocks(self) -> int:
        """Blocks that cover the output."""

    @property
    @abstractmethod
    def stage_words(self) -> int:
        """Words of one chunk in shared memory."""

    @property
    @abstractmethod
    def registers(self) -> int:
        """About what a thread needs."""

    @property
    @abstractmethod
    def fits(self) -> bool:
        """Whether it can run: memory on the chip, and offsets within a tile in 32 bits."""

    @property
    @abstractmethod
    def seconds(self) -> float:
        """An estimate of the time."""

    @property
    def chunks(self) -> int:
        """How often a block copies."""
        return self.layer.words // self.tile.chunk

    @cached_property
    def weights(self) -> int:
        """Words of a chunk's weights."""
        return self.tile.chunk * self.layer.taps * self.tile.maps

    @cached_property
    def map_tiles(self) -> int:
        """Tiles that cover the maps of one group."""
        return -(-self.layer.maps // self.tile.maps)

    @cached_property
    def prepared_words(self) -> int:
        """Words of all weights as the blocks copy them."""
        layer = self.layer
        return layer.groups * self.map_tiles * self.tile.maps * layer.words * layer.taps

    @property
    def is_prepared(self) -> bool:
        """Whether the weights lie in that order from the start."""
        return self.layer.itemsize == 4 and self.layer.maps == self.tile.maps == 1

    @property
    def prepare_blocks(self) -> int:
        """Blocks that bring the weights into order."""
        maps, words = self.map_tiles * self.tile.maps, self.layer.words * self.layer.taps
        return self.layer.groups * -(-maps // SQUARE) * -(-words // SQUARE)

    @cached_property
    def shared_bytes(self) -> int:
        """Shared memory of one block: for a chunk to compute with, and the next."""
        return 4 * self.stage_words * (2 if self.chunks > 1 else 1)

    @cached_property
    def blocks_at_once(self) -> int:
        """Blocks that fit on one multiprocessor."""
        threads = round_up(self.tile.threads, 32)
        return min(
            REGISTERS // (self.registers * threads),
            SHARED_BYTES // (self.shared_bytes + 1024),
            2048 // threads,
            32,
        )

    def constants(self) -> str:
        """All constants for the source, in C++."""
        integers = vars(self.tile) | {"blocks_at_once": self.blocks_at_once}
        lines = [f"constexpr int {name} = {number};" for name, number in integers.items()]
        return "\n".join((*self.layer.constants(), *lines)) + "\n"


class Tile(ABC):
    """What one thread computes, and how many threads a block has along each axis.

    ``chunk`` is how many channels (in words) are copied to shared memory at a time.
    """

    thread_maps: int
    map_threads: int
    chunk: int

    @property
    @abstractmethod
    def threads(self) -> int:
        """Threads of one block."""

    @property
    @abstractmethod
    def box(self) -> int:
        """Sums of one thread."""

    @property
    def maps(self) -> int:
        """Output maps of one block."""
        return self.map_threads * self.thread_maps


def _is_plain(axis: Axis) -> bool:
    """Whether the axis is only walked along: no window, no step, no padding."""
    return axis.kernel == axis.stride == 1 and axis.size == axis.output


def _join(outer: Axis, inner: Axis) -> Axis:
    size = outer.size * inner.size
    return replace(inner, size=size, output=size)


def divisor(number: int) -> int:
    """The largest of 4, 2 and 1 that divides."""
    return 4 if number % 4 == 0 else 2 if number % 2 == 0 else 1


def reads(count: int) -> int:
    """Reads for ``count`` words that are read four at once, then two, and one."""
    return count // 4 + count % 4 // 2 + count % 2


def round_up(number: int, unit: int) -> int:
    """The next multiple of a unit."""
    return -(-number // unit) * unit


def power_of_two(number: int) -> int:
    """The next power of two."""
    return 1 << (number - 1).bit_length()
