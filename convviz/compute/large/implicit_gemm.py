"""How a layer is cut into tiles for unfolded.cu: maps times positions, with no ragged ends.

`unfoldings` goes through some hundred ways. The estimate was fitted to measurements on an NVIDIA
H200.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from convviz.compute.large.plans import (
    BYTES,
    CYCLES,
    PROCESSORS,
    Layer,
    Plan,
    Tile,
    divisor,
    reads,
    round_up,
)

# Boxes of sums (maps, positions) of one thread: the larger reuse more, the smaller spread a small
# layer over more threads.
BOXES = [(10, 10), (5, 10), (8, 8), (8, 6), (8, 4), (4, 8), (4, 4), (2, 4), (2, 2)]
MAP_THREADS = (8, 16, 32)
POSITION_THREADS = (8, 16, 32)
CHUNK_ROWS = (20, 36)  # of the matrix that a chunk should have, at most
MOST_ROWS = 64  # that a thread can keep its copies in registers for


@dataclass(frozen=True)
class FlatTile(Tile):
    """A thread's box and a block's threads."""

    thread_maps: int
    thread_positions: int
    map_threads: int
    position_threads: int
    chunk: int

    @property
    def threads(self) -> int:
        """Threads of one block."""
        return self.map_threads * self.position_threads

    @property
    def box(self) -> int:
        """Sums of one thread."""
        return self.thread_maps * self.thread_positions

    @property
    def positions(self) -> int:
        """Positions of one block."""
        return self.position_threads * self.thread_positions


@dataclass(frozen=True)
class Unfolding(Plan):
    """A layer cut into tiles for unfolded.cu."""

    layer: Layer
    tile: FlatTile
    source = "unfolded"
    vector = 1

    @property
    def positions(self) -> int:
        """Elements of one map in all images."""
        return self.layer.batch * self.layer.output_plane

    @cached_property
    def blocks(self) -> int:
        """Blocks that cover the output."""
        return self.layer.groups * self.map_tiles * -(-self.positions // self.tile.positions)

    @property
    def rows(self) -> int:
        """Rows of the matrix in a chunk."""
        return self.tile.chunk * self.layer.taps

    @property
    def cells(self) -> int:
        """Cells of the matrix in a chunk."""
        return self.rows * self.tile.positions

    @property
    def stage_words(self) -> int:
        """Words of one chunk in shared memory: cells and weights."""
        return round_up(self.cells, 4) + round_up(self.weights, 4)

    @property
    def copies(self) -> tuple[int, int]:
        """Copies that a thread starts for one chunk: of cells, and of vectors of weights."""
        threads = self.tile.threads
        return -(-self.cells // threads), -(-self.weights // (divisor(self.weights) * threads))

    @cached_property
    def registers(self) -> int:
        """About what a thread needs."""
        t = self.tile
        fragments = t.thread_maps + t.thread_positions
        return min(255, round_up(t.box + fragments + self.copies[0] + 30, 8))

    @property
    def fits(self) -> bool:
        """Whether it can run: memory on the chip, and offsets within a tile in 32 bits."""
        layer, t = self.layer, self.tile
        images = t.positions // layer.output_plane + 2
        span = images * layer.groups * layer.channels * layer.plane
        planes = layer.batch * layer.groups * max(layer.channels, layer.maps)
        counts = (span, planes, self.positions + t.positions, self.blocks, self.prepared_words)
        enough = self.rows > 1 or self.chunks == 1  # a chunk comes while another's rows are added
        return enough and self.blocks_at_once > 0 and max(counts) < 2**31

    @cached_property
    def seconds(self) -> float:
        """An estimate of the time: that of the busiest multiprocessor's arithmetic, or memory's."""
        layer, t = self.layer, self.tile
        cells, weights = self.copies
        # Instructions of one warp: products, reads from shared memory, copies, the rest.
        steps = (
            layer.words * layer.taps * (t.box + reads(t.thread_maps) + reads(t.thread_positions))
        )
        steps += self.chunks * (5 * cells + 5 * weights + 25) + 25 * cells + 6 * t.box + 200
        steps *= 1 + max(0, t.box * self.rows - 1200) / 10000  # long code must be fetched
        most = -(-self.blocks // PROCESSORS)
        warps = min(most, self.blocks_at_once) * t.threads / 32 / 4  # of one scheduler, at once
        issued = 0.86 * warps / (warps + 0.1)  # of the cycles
        issue = most * t.threads / 32 / 4 * steps / issued
        # Each chunk waits for a barrier, and for the first words from shared memory.
        turns = -(-most // self.blocks_at_once)
        waits = turns * self.chunks * 150 + turns * 3000
        moving = layer.bytes / BYTES
        computing = (issue + waits) / CYCLES
        return max(computing, moving) + 0.2 * min(computing, moving)


def unfoldings(layer: Layer) -> Iterator[Unfolding]:
    """Unfoldings worth estimating: of float32 layers with several maps."""
    if layer.itemsize != 4 or layer.maps < 8:
        return
    for maps, positions in BOXES:
        for map_threads in MAP_THREADS:
            for position_threads in POSITION_THREADS:
                threads = map_threads * position_threads
                if maps * map_threads <= 2 * layer.maps and 64 <= threads <= 256:
                    for chunk in _chunks(layer):
                        tile = FlatTile(maps, positions, map_threads, position_threads, chunk)
                        yield Unfolding(layer, tile)


def _chunks(layer: Layer) -> list[int]:
    """Numbers of channels to copy at a time: divisors of all."""
    divisors = [n for n in range(1, min(layer.words, MOST_ROWS) + 1) if layer.words % n == 0]
    fitting = [[n for n in divisors if n * layer.taps <= most] for most in CHUNK_ROWS]
    return sorted({max(some) for some in fitting if some})
