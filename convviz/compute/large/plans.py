"""What is known about a way to compute a large layer before it is compiled: a `Plan`.

There is a subclass for each CUDA source: `direct.DirectTiling` and `implicit_gemm.ImplicitGemm`.
Each works out the same sizes as its source and estimates its time; ``autotune`` tries the plans
that promise most. The estimates were fitted to measurements on an NVIDIA H200; a poor one costs
time, never a bit.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Generic, TypeAlias, TypeVar

from convviz.geometry import FLAT, Axis, Geometry

# What an H200 has; other GPUs differ from it by less than the estimates err.
MULTIPROCESSORS = 132
SHARED_BYTES = 227 * 1024  # per multiprocessor; each resident block takes RESERVED_BYTES for itself
RESERVED_BYTES = 1024
REGISTERS = 65536  # per multiprocessor
RESIDENT_THREADS = 2048  # per multiprocessor, at most
RESIDENT_BLOCKS = 32  # per multiprocessor, at most
CLOCK_RATE = 1.93e9  # Hz
MEMORY_BANDWIDTH = 4.25e12  # bytes per second
L2_BANDWIDTH = 5.5e12  # bytes per second

MOST_INT32 = 2**31 - 1
REORDER_SIDE = 32  # words and maps that a block transposes (``side`` in reorder_weights)


@dataclass(frozen=True)
class LayerShape:
    """A layer as the CUDA sources see it: three axes, and channels counted in words.

    Attributes
    ----------
    batch, groups : int
    channels, maps : int
        Input channels and output maps per group.
    axes : tuple of Axis
        Depth, height and width.
    itemsize : int
        Bytes of an input value: 4 for float32, 1 for int8.
    """

    batch: int
    groups: int
    channels: int
    maps: int
    axes: tuple[Axis, Axis, Axis]
    itemsize: int

    @classmethod
    def of(cls, geometry: Geometry, itemsize: int) -> LayerShape:
        """The shape of a geometry; pointwise axes are merged, so that 1×1 has one long row."""
        depth, height, width = (FLAT, *geometry.axes)[-3:]
        if _is_pointwise(width) and _is_pointwise(height):
            width = _merge(height, width)
            height = FLAT
            if _is_pointwise(depth):
                width = _merge(depth, width)
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
        """The channels of one group, in words of one float32 or four int8."""
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
    def least_bytes(self) -> int:
        """The bytes of input and output: the least that must be read and written."""
        planes = self.batch * self.groups
        inputs = planes * self.channels * self.plane
        outputs = planes * self.maps * self.output_plane
        return inputs * self.itemsize + outputs * 4

    def constants(self) -> list[str]:
        """The layer's constants for the sources, as lines of C++."""
        value, total = ("float", "float") if self.itemsize == 4 else ("signed char", "int")
        lines = [f"using Value = {value};", f"using Sum = {total};"]
        for a, name in zip(self.axes, ("depth", "height", "width"), strict=True):
            numbers = f"{a.size}, {a.kernel}, {a.stride}, {a.dilation}, {a.pre}, {a.output}"
            lines.append(f"__device__ constexpr Axis {name} = {{{numbers}}};")
        counts = ("batch", "groups", "channels", "maps")
        return lines + [f"constexpr int {name} = {getattr(self, name)};" for name in counts]


class RegisterTile(ABC):
    """The outputs of one thread, and the threads of a block along each axis.

    A subclass is a dataclass of integers: the constants of its source.

    Attributes
    ----------
    thread_maps : int
        Output maps of one thread.
    map_threads : int
        Threads of a block along the output maps.
    chunk : int
        Channels, in words, that are copied to shared memory at a time.
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
    def thread_outputs(self) -> int:
        """Outputs of one thread, each a sum in a register."""

    @property
    def maps(self) -> int:
        """Output maps of one block."""
        return self.map_threads * self.thread_maps


Tile = TypeVar("Tile", bound=RegisterTile, covariant=True)


@dataclass(frozen=True)
class Plan(ABC, Generic[Tile]):
    """A layer cut into tiles, each computed by one block of threads.

    Attributes
    ----------
    layer : LayerShape
    tile : RegisterTile
        What one thread and one block compute.
    source : str
        The name of the CUDA source, without ``.cu``, and of its kernel.
    """

    source: ClassVar[str]

    layer: LayerShape
    tile: Tile

    @property
    @abstractmethod
    def vector(self) -> int:
        """Words of the input copied at once; the input must be aligned to as many."""

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
        """An estimate of what a thread needs."""

    @property
    @abstractmethod
    def fits(self) -> bool:
        """Whether it can run: on-chip memory suffices, and offsets within a tile fit 32 bits."""

    @property
    @abstractmethod
    def estimated_seconds(self) -> float:
        """An estimate of the time."""

    @property
    def chunks(self) -> int:
        """How many chunks a block copies."""
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
    def reordered_words(self) -> int:
        """Words of all weights in the order in which blocks copy them."""
        layer = self.layer
        return layer.groups * self.map_tiles * self.tile.maps * layer.words * layer.taps

    @property
    def needs_reordering(self) -> bool:
        """Whether the weights are not in that order from the start."""
        return self.layer.itemsize != 4 or self.layer.maps > 1 or self.tile.maps > 1

    @property
    def reorder_blocks(self) -> int:
        """Blocks that reorder the weights."""
        maps, words = self.map_tiles * self.tile.maps, self.layer.words * self.layer.taps
        return self.layer.groups * -(-maps // REORDER_SIDE) * -(-words // REORDER_SIDE)

    @cached_property
    def shared_bytes(self) -> int:
        """Shared memory of one block: for the chunk being computed, and for the next."""
        return 4 * self.stage_words * (2 if self.chunks > 1 else 1)

    @cached_property
    def resident_blocks(self) -> int:
        """Blocks that fit on one multiprocessor at a time."""
        threads = round_up(self.tile.threads, 32)
        return min(
            REGISTERS // (self.registers * threads),
            SHARED_BYTES // (self.shared_bytes + RESERVED_BYTES),
            RESIDENT_THREADS // threads,
            RESIDENT_BLOCKS,
        )

    def constants(self) -> str:
        """All constants for the source, in C++."""
        integers = vars(self.tile) | {"resident_blocks": self.resident_blocks}
        lines = [f"constexpr int {name} = {number};" for name, number in integers.items()]
        return "\n".join((*self.layer.constants(), *lines)) + "\n"


AnyPlan: TypeAlias = Plan[RegisterTile]


def _is_pointwise(axis: Axis) -> bool:
    """Whether each output reads the one input at its own index."""
    return axis.kernel == axis.stride == 1 and axis.size == axis.output


def _merge(outer: Axis, inner: Axis) -> Axis:
    size = outer.size * inner.size
    return replace(inner, size=size, output=size)


def vector_width(count: int) -> int:
    """The largest of 4, 2 and 1 that divides ``count``."""
    return 4 if count % 4 == 0 else 2 if count % 2 == 0 else 1


def vector_reads(count: int) -> int:
    """Reads of ``count`` words, taken four at a time, then two, then one."""
    return count // 4 + count % 4 // 2 + count % 2


def divisors(number: int, most: int) -> list[int]:
    """The divisors of ``number`` up to ``most``, in ascending order."""
    return [n for n in range(1, min(number, most) + 1) if number % n == 0]


def round_up(number: int, unit: int) -> int:
    """The next multiple of ``unit``, or ``number`` itself if it is one."""
    return -(-number // unit) * unit


def power_of_two(number: int) -> int:
    """The next power of two, or ``number`` itself if it is one."""
    return 1 << (number - 1).bit_length()
