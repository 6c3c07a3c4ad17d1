"""How a layer is cut into tiles for implicit_gemm.cu: register tiles of maps and positions.

`implicit_gemms` proposes some hundred ways. The estimate of their time was fitted to measurements
on an NVIDIA H200.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from convviz.compute.large.plans import (
    CLOCK_RATE,
    MEMORY_BANDWIDTH,
    MOST_INT32,
    MULTIPROCESSORS,
    LayerShape,
    Plan,
    RegisterTile,
    divisors,
    round_up,
    vector_reads,
    vector_width,
)

# Register tiles (maps, positions) that proved good: large ones reuse more, small ones spread a
# small layer over more threads.
REGISTER_TILES = [(10, 10), (5, 10), (8, 8), (8, 6), (8, 4), (4, 8), (4, 4), (2, 4), (2, 2)]
MAP_THREADS = (8, 16, 32)
POSITION_THREADS = (8, 16, 32)
CHUNK_ROWS = (20, 36)  # of the matrix that a chunk should have at most
MOST_CHUNK = 64  # channels that a chunk has at most: a thread keeps its copies in registers


@dataclass(frozen=True)
class GemmTile(RegisterTile):
    """The outputs of one thread, and the threads of a block along maps and positions."""

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
    def thread_outputs(self) -> int:
        """Outputs of one thread, each a sum in a register."""
        return self.thread_maps * self.thread_positions

    @property
    def positions(self) -> int:
        """Positions of one block."""
        return self.position_threads * self.thread_positions


@dataclass(frozen=True)
class ImplicitGemm(Plan[GemmTile]):
    """A layer cut into tiles for implicit_gemm.cu."""

    source = "implicit_gemm"

    @property
    def vector(self) -> int:
        """Words of the input copied at once."""
        return 1

    @property
    def positions(self) -> int:
        """Elements of one map in all images."""
        return self.layer.batch * self.layer.output_plane

    @property
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
        return -(-self.cells // threads), -(-self.weights // (vector_width(self.weights) * threads))

    @property
    def registers(self) -> int:
        """An estimate of what a thread needs."""
        t = self.tile
        fragments = t.thread_maps + t.thread_positions
        return min(255, round_up(t.thread_outputs + fragments + self.copies[0] + 30, 8))

    @property
    def fits(self) -> bool:
        """Whether it can run: on-chip memory suffices, and offsets within a tile fit 32 bits."""
        layer, t = self.layer, self.tile
        images = t.positions // layer.output_plane + 2
        offsets = images * layer.groups * layer.channels * layer.plane
        planes = layer.batch * layer.groups * max(layer.channels, layer.maps)
        positions = self.positions + t.positions
        counts = (offsets, planes, positions, self.blocks, self.reordered_words)
        overlaps = self.rows > 1 or self.chunks == 1  # a chunk is copied while rows are added
        return overlaps and self.resident_blocks > 0 and max(counts) <= MOST_INT32

    @property
    def estimated_seconds(self) -> float:
        """An estimate of the time: the slower of computing and moving, and some of the other."""
        computing = (self._issue_cycles() + self._wait_cycles()) / CLOCK_RATE
        moving = self.layer.least_bytes / MEMORY_BANDWIDTH
        return max(computing, moving) + 0.2 * min(computing, moving)

    @cached_property
    def _busiest(self) -> int:
        """Blocks of the busiest multiprocessor."""
        return -(-self.blocks // MULTIPROCESSORS)

    def _issue_cycles(self) -> float:
        """Cycles in which the schedulers of the busiest multiprocessor issue instructions."""
        layer, t = self.layer, self.tile
        cells, weights = self.copies
        # Instructions of one warp: products, reads from shared memory, copies, the rest.
        reads = vector_reads(t.thread_maps) + vector_reads(t.thread_positions)
        steps: float = layer.words * layer.taps * (t.thread_outputs + reads)
        steps += self.chunks * (5 * cells + 5 * weights + 25)
        steps += 25 * cells + 6 * t.thread_outputs + 200
        steps *= 1 + max(0, t.thread_outputs * self.rows - 1200) / 10000  # long code is fetched
        warps = t.threads / 32 / 4  # of one block, for each of the four schedulers
        resident_warps = min(self._busiest, self.resident_blocks) * warps
        issued = 0.86 * resident_warps / (resident_warps + 0.1)  # share of the cycles
        return self._busiest * warps * steps / issued

    def _wait_cycles(self) -> float:
        """Cycles in which blocks wait: in each chunk for a barrier and the first words."""
        waves = -(-self._busiest // self.resident_blocks)
        return waves * self.chunks * 150 + waves * 3000


def implicit_gemms(layer: LayerShape) -> Iterator[ImplicitGemm]:
    """The plans of a layer that are worth estimating: for float32 and several maps."""
    if layer.itemsize != 4 or layer.maps < 8:
        return
    for maps, positions in REGISTER_TILES:
        for map_threads in MAP_THREADS:
            for position_threads in POSITION_THREADS:
                threads = map_threads * position_threads
                if maps * map_threads <= 2 * layer.maps and 64 <= threads <= 256:
                    for chunk in _chunks(layer):
                        tile = GemmTile(maps, positions, map_threads, position_threads, chunk)
                        yield ImplicitGemm(layer, tile)


def _chunks(layer: LayerShape) -> list[int]:
    """Numbers of channels to copy at a time: divisors of all."""
    possible = divisors(layer.words, MOST_CHUNK)
    fitting = [[n for n in possible if n * layer.taps <= most] for most in CHUNK_ROWS]
    return sorted({max(some) for some in fitting if some})
