"""How a layer is cut into tiles for direct.cu: register tiles of maps, rows and columns.

`direct_tilings` proposes some hundred ways. The estimate of their time was fitted to 900
measurements on an NVIDIA H200, for which it finds a tiling within a tenth of the fastest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from convviz.compute.large.plans import (
    CLOCK_RATE,
    L2_BANDWIDTH,
    MEMORY_BANDWIDTH,
    MOST_INT32,
    MULTIPROCESSORS,
    LayerShape,
    Plan,
    RegisterTile,
    divisors,
    power_of_two,
    round_up,
    vector_reads,
    vector_width,
)
from convviz.geometry import Axis

# Register tiles (maps, rows, columns) that proved good: large ones reuse more, small ones spread a
# small layer over more threads.
REGISTER_TILES = [
    *[(8, 1, 8), (4, 2, 8), (4, 4, 4), (2, 4, 8)],
    *[(8, 1, 7), (4, 1, 14), (4, 7, 2), (2, 7, 4)],
    *[(8, 1, 4), (4, 1, 8), (2, 2, 8), (4, 1, 7), (2, 7, 2)],
    *[(1, 1, 8), (2, 2, 2), (2, 1, 4), (1, 1, 4), (2, 1, 2), (2, 1, 1), (1, 1, 1)],
]
CHUNK_TAPS = (16, 36)  # taps, over all channels, that a chunk should have at most
MOST_CHUNK = 64  # words of channels that a chunk has at most


@dataclass(frozen=True)
class DirectTile(RegisterTile):
    """The outputs of one thread, and the threads of a block along each axis."""

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
    def thread_outputs(self) -> int:
        """Outputs of one thread, each a sum in a register."""
        return self.thread_maps * self.thread_rows * self.thread_columns


@dataclass(frozen=True)
class DirectTiling(Plan[DirectTile]):
    """A layer cut into tiles for direct.cu."""

    source = "direct"

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Outputs of one block along depth, height and width."""
        t = self.tile
        return (t.slice_threads, t.row_threads * t.thread_rows, t.column_threads * t.thread_columns)

    @property
    def blocks(self) -> int:
        """Blocks that cover the output."""
        layer, t = self.layer, self.tile
        tiles = (-(-axis.output // size) for axis, size in zip(layer.axes, self.shape, strict=True))
        return math.prod(tiles) * self.map_tiles * -(-layer.batch // t.image_threads) * layer.groups

    @property
    def vector(self) -> int:
        """Columns copied at once; the input must be aligned to as many."""
        width, columns = self.layer.axes[2], self.shape[2]
        alone = columns >= width.output
        return vector_width(width.size if alone else width.size | columns * width.stride)

    @cached_property
    def margin(self) -> int:
        """Columns before the first that is needed: copies begin at a multiple of `vector`."""
        return -self.layer.axes[2].pre % self.vector

    @cached_property
    def patch(self) -> tuple[int, int, int]:
        """Slices, rows and columns of the input that a block needs of one channel and image."""
        slices, rows, columns = (
            _footprint(axis, size) for axis, size in zip(self.layer.axes, self.shape, strict=True)
        )
        return slices, rows, round_up(self.margin + columns, self.vector)

    @cached_property
    def pitch(self) -> int:
        """Words from one line of the patch to the next."""
        return round_up(self.patch[2], 4)

    @cached_property
    def patch_lines(self) -> int:
        """Lines of the patch for one channel."""
        return self.tile.image_threads * self.patch[0] * self.patch[1]

    @property
    def stage_words(self) -> int:
        """Words of one chunk in shared memory: a patch and weights."""
        return self.tile.chunk * self.patch_lines * self.pitch + round_up(self.weights, 4)

    @cached_property
    def line(self) -> int:
        """Words that a thread reads of one line."""
        lead = self.margin % self.read_at_once
        return lead + _footprint(self.layer.axes[2], self.tile.thread_columns)

    @cached_property
    def read_at_once(self) -> int:
        """Words of a line that a thread reads at once."""
        return vector_width(self.tile.thread_columns * self.layer.axes[2].stride)

    @cached_property
    def copies(self) -> tuple[int, int]:
        """Copies that a thread starts for one chunk: of lines, and of vectors in each line."""
        vectors = self.patch[2] // self.vector
        lanes = 32 if vectors > 16 else 16 if vectors > 8 else 8 if vectors > 4 else 4
        lines_at_once = max(1, self.tile.threads // lanes)
        return -(-self.tile.chunk * self.patch_lines // lines_at_once), -(-vectors // lanes)

    @property
    def registers(self) -> int:
        """An estimate of what a thread needs."""
        t = self.tile
        return min(255, round_up(t.thread_outputs + self.line + t.thread_maps + 36, 8))

    @property
    def fits(self) -> bool:
        """Whether it can run: on-chip memory suffices, and offsets within a chunk fit 32 bits."""
        layer, t = self.layer, self.tile
        offsets = (t.image_threads * layer.groups * layer.channels + 4 * t.chunk) * layer.plane
        planes = layer.batch * layer.groups * max(layer.channels, layer.maps)
        counts = (offsets, planes, self.blocks, self.reordered_words)
        return self.resident_blocks > 0 and max(counts) <= MOST_INT32

    @property
    def estimated_seconds(self) -> float:
        """An estimate of the time: the slower of computing and moving, and some of the other."""
        computing = max(self._issue_cycles(), self._shared_cycles()) / CLOCK_RATE
        moving = self._moving_seconds()
        return max(computing, moving) + 0.4 * min(computing, moving)

    @cached_property
    def _busiest(self) -> int:
        """Blocks of the busiest multiprocessor."""
        return -(-self.blocks // MULTIPROCESSORS)

    @cached_property
    def _warps(self) -> int:
        """Warps of one block."""
        return -(-self.tile.threads // 32)

    @cached_property
    def _line_reads(self) -> int:
        """Reads of the patch by one thread, for one word of channels."""
        depth, height, _ = self.layer.axes
        rows = {
            y * height.stride + r * height.dilation
            for y in range(self.tile.thread_rows)
            for r in range(height.kernel)
        }
        line_reads = self.line // self.read_at_once + self.line % self.read_at_once
        return depth.kernel * len(rows) * line_reads

    @cached_property
    def _weight_reads(self) -> int:
        """Reads of weights by one thread, for one word of channels."""
        return self.layer.taps * vector_reads(self.tile.thread_maps)

    @cached_property
    def _weight_copies(self) -> int:
        """Copies of weights that a thread starts for one chunk."""
        return -(-self.weights // (vector_width(self.weights) * self.tile.threads))

    def _issue_cycles(self) -> float:
        """Cycles in which the schedulers of the busiest multiprocessor issue instructions."""
        layer, t = self.layer, self.tile
        lines, vectors = self.copies
        # Instructions of one thread: products, reads from shared memory, copies, the rest.
        steps = layer.words * (
            t.thread_outputs * layer.taps + self._line_reads + self._weight_reads + 4
        )
        steps += self.chunks * (3 * lines * vectors + 2 * self._weight_copies + 18)
        steps += lines * (25 + 6 * vectors) + 4 * t.thread_outputs + 120
        busy = self._busiest * self._warps / 4  # there are four schedulers
        if self._busiest <= self.resident_blocks:
            busy = math.ceil(busy)
        # They issue in 7 of 10 cycles; in fewer where threads wait for many others, or for code.
        taps = layer.axes[1].kernel * layer.axes[2].kernel
        long_code = max(0, t.thread_outputs * taps - 1200) / 5000
        return busy * steps * (1 + long_code + 0.3e-3 * t.threads) / 0.7

    def _shared_cycles(self) -> float:
        """Cycles in which the path to shared and global memory is busy, likewise."""
        t = self.tile
        lines, vectors = self.copies
        widest = vector_width(t.thread_columns)
        written = 1 if self.layer.axes[2].output % widest else widest  # outputs at once
        scattered = written if t.map_threads == 1 and written == t.thread_columns else 8
        weight_cycles = self._weight_reads * (1.4 if t.map_threads < 16 else 2.8)
        cycles = self.layer.words * (self._line_reads * self._wavefronts() + weight_cycles)
        cycles += self.chunks * (lines * vectors * self.vector + self._weight_copies * 4)
        cycles += t.thread_outputs // written * 6 * scattered
        return self._busiest * self._warps * cycles

    def _moving_seconds(self) -> float:
        """The time of memory, or of the L2 cache, which serves overlapping patches repeatedly."""
        layer, t = self.layer, self.tile
        slices, rows, columns = self.patch
        patch = t.image_threads * slices * rows * min(columns, layer.axes[2].size) * layer.itemsize
        cached = self.blocks * layer.words * (patch + 4 * layer.taps * t.maps)
        return max(layer.least_bytes / MEMORY_BANDWIDTH, cached / L2_BANDWIDTH)

    def _wavefronts(self) -> int:
        """Cycles that shared memory needs for one read of a line by a warp."""
        width = self.read_at_once
        starts = [self._line_start(lane) for lane in range(32)]
        cycles = 0
        for first in range(0, 32, 32 // width):  # as many lanes at a time as 128 bytes serve
            banks: dict[int, set[int]] = {}
            for start in starts[first : first + 32 // width]:
                for word in range(start, start + width):
                    banks.setdefault(word % 32, set()).add(word)
            cycles += max(map(len, banks.values()))
        return cycles

    def _line_start(self, lane: int) -> int:
        """Where in the patch a lane of the first warp begins to read."""
        t = self.tile
        _, height, width = self.layer.axes
        rest = lane // t.map_threads
        rest, column = divmod(rest, t.column_threads)
        rest, row = divmod(rest, t.row_threads)
        rest //= t.slice_threads
        line = rest * self.patch[0] * self.patch[1] + row * t.thread_rows * height.stride
        return line * self.pitch + column * t.thread_columns * width.stride


def direct_tilings(layer: LayerShape) -> Iterator[DirectTiling]:
    """The tilings of a layer that are worth estimating."""
    seen: set[DirectTile] = set()
    for maps, rows, columns in _register_tiles(layer):
        map_threads = min(32, power_of_two(-(-min(layer.maps, 64) // maps)))
        for threads in (64, 128, 256) if layer.maps > 1 else (64, 128):
            for places in _arrangements(layer, rows, columns, threads // map_threads):
                for chunk in _chunks(layer):
                    tile = DirectTile(maps, rows, columns, map_threads, *places, chunk)
                    if tile not in seen and tile.threads >= 32:
                        seen.add(tile)
                        yield DirectTiling(layer, tile)


def _register_tiles(layer: LayerShape) -> Iterator[tuple[int, int, int]]:
    """Maps, rows and columns of one thread."""
    _, height, width = layer.axes
    if layer.maps == 1:  # adjacent windows, and rows, share what they read
        columns = max(1, 4 // width.stride)
        for rows in (1, 2, 4, 5, 7, 8):
            if rows == 1 or rows <= height.output:
                yield 1, rows, min(columns, width.output)
        return
    for maps, rows, columns in REGISTER_TILES:
        too_large = maps > layer.maps or rows > height.output or columns > width.output
        if not too_large and (rows == 1 or height.dilation == 1):
            yield maps, rows, columns


def _arrangements(
    layer: LayerShape, rows: int, columns: int, threads: int
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
    """Numbers up to ``most`` that cut ``count`` into nearly equal parts, in ascending order."""
    shares = sorted({-(-count // parts) for parts in range(1, count + 1)} | {1})
    return [share for share in shares if share <= most]


def _chunks(layer: LayerShape) -> list[int]:
    """Numbers of channels to copy at a time: divisors of all, of two sizes that proved good."""
    possible = divisors(layer.words, MOST_CHUNK)
    return sorted({max(n for n in possible if n == 1 or n * layer.taps <= t) for t in CHUNK_TAPS})


def _footprint(axis: Axis, outputs: int) -> int:
    """Input cells from the first to the last that ``outputs`` adjacent windows read."""
    return (outputs - 1) * axis.stride + axis.effective_kernel
