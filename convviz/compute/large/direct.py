"""How a layer is cut into tiles for tiled.cu: boxes of maps, rows and columns.

`tilings` goes through some hundred ways. The estimate was fitted to 900 measurements on an NVIDIA
H200, of which it finds one within a tenth of the fastest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from convviz.compute.large.plans import (
    BYTES,
    CACHED_BYTES,
    CYCLES,
    PROCESSORS,
    Layer,
    Plan,
    Tile,
    divisor,
    power_of_two,
    reads,
    round_up,
)
from convviz.geometry import Axis

# Boxes of sums (maps, rows, columns) that proved good: the larger reuse more, the smaller spread a
# small layer over more threads.
BOXES = [
    *[(8, 1, 8), (4, 2, 8), (4, 4, 4), (2, 4, 8)],
    *[(8, 1, 7), (4, 1, 14), (4, 7, 2), (2, 7, 4)],
    *[(8, 1, 4), (4, 1, 8), (2, 2, 8), (4, 1, 7), (2, 7, 2)],
    *[(1, 1, 8), (2, 2, 2), (2, 1, 4), (1, 1, 4), (2, 1, 2), (2, 1, 1), (1, 1, 1)],
]


@dataclass(frozen=True)
class BoxTile(Tile):
    """A thread's box of sums, and a block's threads along each axis."""

    thread_maps: int
    thread_rows: int
    thread_columns: int
    map_threads: int
    column_threads: int
    row_threads: int
    slice_threads: int
    image_threads: int
    chunk: int

    @property
    def threads(self) -> int:
        """Threads of one block."""
        places = self.column_threads * self.row_threads * self.slice_threads * self.image_threads
        return self.map_threads * places

    @property
    def box(self) -> int:
        """Sums of one thread."""
        return self.thread_maps * self.thread_rows * self.thread_columns


@dataclass(frozen=True)
class Tiling(Plan):
    """A layer cut into tiles for tiled.cu."""

    layer: Layer
    tile: BoxTile
    source = "tiled"

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Outputs of one block along depth, height and width."""
        t = self.tile
        return (t.slice_threads, t.row_threads * t.thread_rows, t.column_threads * t.thread_columns)

    @cached_property
    def blocks(self) -> int:
        """Blocks that cover the output."""
        layer, t = self.layer, self.tile
        tiles = (-(-axis.output // size) for axis, size in zip(layer.axes, self.shape, strict=True))
        return math.prod(tiles) * self.map_tiles * -(-layer.batch // t.image_threads) * layer.groups

    @cached_property
    def vector(self) -> int:
        """Columns copied at once."""
        width, columns = self.layer.axes[2], self.shape[2]
        alone = columns >= width.output
        return divisor(width.size if alone else width.size | columns * width.stride)

    @cached_property
    def margin(self) -> int:
        """Columns before the first needed one: copies begin at a multiple of `vector`."""
        return -self.layer.axes[2].pre % self.vector

    @cached_property
    def patch(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the input that a block needs of one channel and image."""
        slices, rows, columns = (
            _reach(axis, size) for axis, size in zip(self.layer.axes, self.shape, strict=True)
        )
        return slices, rows, round_up(self.margin + columns, self.vector)

    @cached_property
    def pitch(self) -> int:
        """Words from one line of the patch to the next."""
        return round_up(self.patch[2], 4)

    @cached_property
    def lines(self) -> int:
        """Lines of the patch for one channel."""
        return self.tile.image_threads * self.patch[0] * self.patch[1]

    @cached_property
    def stage_words(self) -> int:
        """Words of one chunk in shared memory: a patch and weights."""
        return self.tile.chunk * self.lines * self.pitch + round_up(self.weights, 4)

    @cached_property
    def line(self) -> int:
        """Words that a thread reads of one line."""
        return self.margin % self.at_once + _reach(self.layer.axes[2], self.tile.thread_columns)

    @cached_property
    def at_once(self) -> int:
        """Words that a thread reads at once."""
        return divisor(self.tile.thread_columns * self.layer.axes[2].stride)

    @cached_property
    def copies(self) -> tuple[int, int]:
        """Copies that a thread starts for one chunk: of lines, and of vectors in each line."""
        vectors = self.patch[2] // self.vector
        lanes = 32 if vectors > 16 else 16 if vectors > 8 else 8 if vectors > 4 else 4
        return -(-self.tile.chunk * self.lines // max(1, self.tile.threads // lanes)), -(
            -vectors // lanes
        )

    @cached_property
    def registers(self) -> int:
        """About what a thread needs."""
        return min(255, round_up(self.tile.box + self.line + self.tile.thread_maps + 36, 8))

    @property
    def fits(self) -> bool:
        """Whether it can run: memory on the chip, and offsets within a chunk in 32 bits."""
        layer, t = self.layer, self.tile
        span = (t.image_threads * layer.groups * layer.channels + 4 * t.chunk) * layer.plane
        planes = layer.batch * layer.groups * max(layer.channels, layer.maps)
        counts = (span, planes, self.blocks, self.prepared_words)
        return self.blocks_at_once > 0 and max(counts) < 2**31

    @cached_property
    def seconds(self) -> float:
        """An estimate of the time: the slower of arithmetic and memory, and some of the other."""
        layer, t = self.layer, self.tile
        depth, height, width = layer.axes
        warps = -(-t.threads // 32)
        rows = {
            y * height.stride + r * height.dilation
            for y in range(t.thread_rows)
            for r in range(height.kernel)
        }
        line_reads = (
            depth.kernel * len(rows) * (self.line // self.at_once + self.line % self.at_once)
        )
        weight_reads = layer.taps * reads(t.thread_maps)
        passes, vectors = self.copies
        weight_passes = -(-self.weights // (divisor(self.weights) * t.threads))
        # Instructions of one thread: products, reads from shared memory, copies, the rest.
        steps = layer.words * (t.box * layer.taps + line_reads + weight_reads + 4)
        steps += self.chunks * (3 * passes * vectors + 2 * weight_passes + 18)
        steps += passes * (25 + 6 * vectors) + 4 * t.box + 120
        # Cycles in which shared memory, the path to all memory, is busy with one warp.
        side = 1 if width.output % divisor(t.thread_columns) else divisor(t.thread_columns)
        scattered = side if t.map_threads == 1 and side == t.thread_columns else 8
        weight_cycles = weight_reads * (1.4 if t.map_threads < 16 else 2.8)
        shared = layer.words * (line_reads * self._wavefronts() + weight_cycles)
        shared += self.chunks * (passes * vectors * self.vector + weight_passes * 4)
        shared += t.box // side * 6 * scattered
        # The busiest multiprocessor. Its four schedulers issue in 7 of 10 cycles, fewer where
        # threads wait for many others or for code.
        most = -(-self.blocks // PROCESSORS)
        busy = most * warps / 4
        if most <= self.blocks_at_once:
            busy = math.ceil(busy)
        long_code = max(0, t.box * height.kernel * width.kernel - 1200) / 5000
        issue = busy * steps * (1 + long_code + 0.3e-3 * t.threads) / 0.7
        computing = max(issue, most * warps * shared) / CYCLES
        # What the blocks read, overlaps included.
        slices, lines, columns = self.patch
        patch = t.image_threads * slices * lines * min(columns, width.size) * layer.itemsize
        cached = self.blocks * layer.words * (patch + 4 * layer.taps * t.maps) / CACHED_BYTES
        moving = max(layer.bytes / BYTES, cached)
        return max(computing, moving) + 0.4 * min(computing, moving)

    def _wavefronts(self) -> int:
        """Cycles that shared memory needs for one read of a line by a warp."""
        t, v = self.tile, self.at_once
        _, height, width = self.layer.axes
        starts = []
        for lane in range(32):
            rest, _ = divmod(lane, t.map_threads)
            rest, column = divmod(rest, t.column_threads)
            rest, row = divmod(rest, t.row_threads)
            rest, _ = divmod(rest, t.slice_threads)
            line = (rest * self.patch[0]) * self.patch[1] + row * t.thread_rows * height.stride
            starts.append(line * self.pitch + column * t.thread_columns * width.stride)
        cycles = 0
        for first in range(0, 32, 32 // v):  # as many lanes at a time as 128 bytes hold
            banks: dict[int, set[int]] = {}
            for start in starts[first : first + 32 // v]:
                for word in range(start, start + v):
                    banks.setdefault(word % 32, set()).add(word)
            cycles += max(map(len, banks.values()))
        return cycles


def tilings(layer: Layer) -> Iterator[Tiling]:
    """Tilings worth estimating."""
    seen = set()
    for maps, rows, columns in _boxes(layer):
        map_threads = min(32, power_of_two(-(-min(layer.maps, 64) // maps)))
        for threads in (64, 128, 256) if layer.maps > 1 else (64, 128):
            for places in _arrangements(layer, rows, columns, threads // map_threads):
                for chunk in _chunks(layer):
                    tile = BoxTile(maps, rows, columns, map_threads, *places, chunk)
                    if tile not in seen and tile.threads >= 32:
                        seen.add(tile)
                        yield Tiling(layer, tile)


def _boxes(layer: Layer) -> Iterator[tuple[int, int, int]]:
    """Boxes of maps, rows and columns for one thread."""
    _, height, width = layer.axes
    if layer.maps == 1:  # neighbours lie side by side, and rows share what they read
        columns = max(1, 4 // width.stride)
        for rows in (1, 2, 4, 5, 7, 8):
            if rows == 1 or rows <= height.output:
                yield 1, rows, min(columns, width.output)
        return
    for maps, rows, columns in BOXES:
        too_large = maps > layer.maps or rows > height.output or columns > width.output
        if not too_large and (rows == 1 or height.dilation == 1):
            yield maps, rows, columns


def _arrangements(
    layer: Layer, rows: int, columns: int, threads: int
) -> Iterator[tuple[int, int, int, int]]:
    """Ways to lay about ``threads`` threads over columns, rows, slices and images."""
    depth, height, width = layer.axes
    across = -(-width.output // columns)
    down = -(-height.output // rows)
    if layer.maps > 1:
        shares = _shares(across, threads)[-3:]
    else:  # nearly square tiles overlap least
        shares = [_shares(across, min(most, threads))[-1] for most in (32, 64)]
    for column_threads in sorted(set(shares)):
        left = threads // column_threads
        for slice_threads in {_shares(depth.output, n)[-1] for n in (1, 2, 4) if n <= left}:
            row_threads = _shares(down, left // slice_threads)[-1]
            whole = column_threads >= across and row_threads >= down and depth.output == 1
            images = min(layer.batch, left // row_threads) if whole else 1
            yield column_threads, row_threads, slice_threads, images


def _shares(count: int, most: int) -> list[int]:
    """Numbers up to ``most`` that cut ``count`` into equal parts with little left over."""
    shares = sorted({-(-count // parts) for parts in range(1, count + 1)} | {1})
    return [share for share in shares if share <= most]


def _chunks(layer: Layer) -> list[int]:
    """Numbers of channels to copy at a time: divisors of all, two sizes that proved good."""
    divisors = [n for n in range(1, min(layer.words, 64) + 1) if layer.words % n == 0]
    return sorted(
        {max(n for n in divisors if n == 1 or n * layer.taps <= most) for most in (16, 36)}
    )


def _reach(axis: Axis, outputs: int) -> int:
    """Input cells that ``outputs`` neighbouring windows reach over."""
    return (outputs - 1) * axis.stride + axis.effective_kernel
