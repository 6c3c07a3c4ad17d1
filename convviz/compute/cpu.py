"""The sums of conv.cu in NumPy: the same order, the same bits.

Everything but the taps is vectorized: the weights are walked once in memory order, and each step
adds one product to every output of a block that stays in the cache. Which input cell a weight meets
is for `geometry.Axis` to say. Checks and the choice of a device are left to ``convolve``.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from convviz.compute.operands import FLOAT32, SUM_TYPES
from convviz.geometry import FLAT, Axis, Geometry

BLOCK = 1 << 15  # outputs summed at a time, so that their sums and products stay in the cache


def convolve(
    geometry: Geometry, input: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None
) -> np.ndarray:
    """The output of a layer: float32 from float32, int32 from int8.

    Parameters
    ----------
    input : array of ``geometry.input_shape``
    kernel : array of ``geometry.weight_count`` weights in memory order
    bias : array of one value per map, or None
    """
    layer = _PaddedLayer.of(geometry, input, kernel)
    output: np.ndarray = np.empty(layer.output_shape, layer.sum_type)
    for block in _blocks(layer.output_shape, BLOCK):
        *_, total = layer.running_sums(block)
        output[block] = total
    output = output.reshape(geometry.output_shape)
    if bias is not None:
        with np.errstate(over="ignore", invalid="ignore"):
            output += bias.reshape(-1, *(1,) * len(geometry.axes))
    return output


def sums_in_float64(geometry: Geometry, input: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """The sums in float64 and in whatever order is fastest, without bias: to compare with.

    Never what is shown, which has one order; but in a tenth of the time and less.
    """
    layer = _PaddedLayer.of(geometry, input, kernel)
    total = np.zeros(layer.output_shape)
    everywhere = slice(None)
    for z, y, x in itertools.product(*(range(axis.kernel) for axis in layer.axes)):
        windows = (
            _window(axis, everywhere, tap) for axis, tap in zip(layer.axes, (z, y, x), strict=True)
        )
        cells = layer.padded[:, :, :, *windows]
        with np.errstate(over="ignore", invalid="ignore"):
            products = layer.weights[..., z, y, x] @ cells.reshape(*cells.shape[:3], -1)
        total += products.reshape(total.shape)
    return total.reshape(geometry.output_shape)


def partial_sums(
    geometry: Geometry, input: np.ndarray, kernel: np.ndarray, output_map: int, item: int = 0
) -> np.ndarray:
    """The running sum after each tap, for every position of one output map, without bias.

    ``item`` counts through the batch axes in memory order. The result has the shape
    (*spatial output, taps); its last column is the output before the bias.
    """
    layer = _PaddedLayer.of(geometry, input, kernel)
    block = _one_map(geometry, output_map, item)
    sums = np.stack([total.copy() for total in layer.running_sums(block)], axis=-1)
    return sums.reshape(*(axis.output for axis in geometry.axes), geometry.tap_count)


def channel_sums(
    geometry: Geometry,
    input: np.ndarray,
    kernel: np.ndarray,
    output_map: int,
    item: int = 0,
    part: Sequence[slice] = (),
) -> Iterator[np.ndarray]:
    """The running sum after each channel of a map's group, at every position, without bias.

    As `partial_sums` with only the last tap of each channel kept; one array of the spatial output
    at a time. ``part`` cuts a part out of it, a slice for each spatial axis.
    """
    layer = _PaddedLayer.of(geometry, input, kernel)
    taps = math.prod(geometry.kernel_shape[2:])
    cuts = tuple(part) or (slice(None),) * len(geometry.axes)
    shape = [len(range(axis.output)[cut]) for axis, cut in zip(geometry.axes, cuts, strict=True)]
    block = _one_map(geometry, output_map, item, cuts)
    for count, total in enumerate(layer.running_sums(block), 1):
        if count % taps == 0:
            yield total.reshape(shape).copy()


def needed_bytes(geometry: Geometry, dtype: np.dtype) -> int:
    """The memory that `convolve` takes, in bytes, including its output."""
    width = 8 if dtype == FLOAT32 else 4
    planes = math.prod(geometry.input_shape[: -len(geometry.axes)])
    cells = planes * math.prod(len(axis.cells) for axis in geometry.axes)
    return width * (cells + geometry.weight_count) + 4 * math.prod(geometry.output_shape)


@dataclass(frozen=True, eq=False)
class _PaddedLayer:
    """A layer with its input padded, as six axes.

    The axes are batch, group, map or channel within the group, depth, height and width. ``padded``
    is the input with its zeros around it and ``weights`` the kernel, both in a type that holds a
    product exactly: float64 for float32, int32 for int8.
    """

    axes: tuple[Axis, Axis, Axis]
    output_shape: tuple[int, ...]
    padded: np.ndarray
    weights: np.ndarray
    sum_type: np.dtype
    tiny: bool  # whether a float64 sum below float32's normal range may be inexact

    @classmethod
    def of(cls, geometry: Geometry, input: np.ndarray, kernel: np.ndarray) -> _PaddedLayer:
        depth, height, width = axes = (FLAT, *geometry.axes)[-3:]
        groups, channels, maps = geometry.groups, geometry.group_channels, geometry.group_maps
        sizes = [axis.size for axis in axes]
        is_float = input.dtype == FLOAT32
        wide = np.float64 if is_float else np.int32
        data = input.reshape(-1, groups, channels, *sizes)
        padded = np.zeros((*data.shape[:3], *(len(axis.cells) for axis in axes)), wide)
        inner = [slice(axis.pre, axis.pre + axis.size) for axis in axes]
        padded[:, :, :, *inner] = data
        weights = kernel.reshape(groups, maps, channels, *(axis.kernel for axis in axes))
        return cls(
            axes=(depth, height, width),
            output_shape=(len(data), groups, maps, *(axis.output for axis in axes)),
            padded=padded,
            weights=weights.astype(wide),
            sum_type=SUM_TYPES[input.dtype],
            tiny=is_float and _smallest(input) * _smallest(kernel) < 2.0**-132,
        )

    def running_sums(self, block: tuple[slice, ...]) -> Iterator[np.ndarray]:
        """The sums of a block of outputs after each tap: one array, overwritten at each step."""
        batch, groups, maps, *places = block
        inputs = self.padded[batch, groups, None]
        weights = self.weights[groups, maps, ..., None, None, None]
        windows = [
            [_window(axis, place, tap) for tap in range(axis.kernel)]
            for axis, place in zip(self.axes, places, strict=True)
        ]
        shape = tuple(len(range(n)[cut]) for n, cut in zip(self.output_shape, block, strict=True))
        sums = _FloatSums(shape, self.tiny) if self.sum_type == FLOAT32 else _IntegerSums(shape)
        for channel in range(self.weights.shape[2]):
            for z, y, x in itertools.product(*(range(axis.kernel) for axis in self.axes)):
                cells = inputs[:, :, :, channel, windows[0][z], windows[1][y], windows[2][x]]
                sums.add(cells, weights[:, :, channel, z, y, x])
                yield sums.total


class _FloatSums:
    """float32 sums that grow by one product at a time, bit for bit as CUDA's fmaf adds it.

    The product of two float32 is exact in float64. Its sum with a float32 is not always: rounded to
    float64 it may land on the midpoint of two float32, and the second rounding then no longer knows
    on which side of it the sum was. Those few sums are repaired by `_round_to_odd`.
    """

    MIDPOINT = np.int64(-(2**63))  # of the 29 bits that float32 lacks, only the highest is set

    def __init__(self, shape: tuple[int, ...], tiny: bool) -> None:
        self.total = np.zeros(shape, np.float32)
        self._tiny = tiny
        self._wide = np.zeros(shape)  # `total` in float64
        self._sum = np.empty(shape)
        self._low_bits = np.empty(shape, np.int64)
        self._suspect = np.empty(shape, bool)

    def add(self, cells: np.ndarray, weights: np.ndarray) -> None:
        """Add ``cells * weights`` to every sum; both float64, of shapes that broadcast."""
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            np.multiply(cells, weights, out=self._sum)
            np.add(self._sum, self._wide, out=self._sum)
            np.left_shift(self._sum.view(np.int64), 35, out=self._low_bits)
            np.equal(self._low_bits, self.MIDPOINT, out=self._suspect)
            if self._tiny:  # below the normal range the midpoints are elsewhere
                self._suspect |= np.abs(self._sum) < 2.0**-126
            if self._suspect.any():
                self._repair(cells, weights)
            self.total[...] = self._sum
        self._wide[...] = self.total

    def _repair(self, cells: np.ndarray, weights: np.ndarray) -> None:
        where = self._suspect
        cells, weights = (np.broadcast_to(a, where.shape)[where] for a in (cells, weights))
        self._sum[where] = _round_to_odd(self._wide[where], cells * weights)


class _IntegerSums:
    """int32 sums that grow by one product at a time and wrap around as the GPU's do."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.total = np.zeros(shape, np.int32)
        self._product = np.empty(shape, np.int32)

    def add(self, cells: np.ndarray, weights: np.ndarray) -> None:
        """Add ``cells * weights`` to every sum; both int32, of shapes that broadcast."""
        np.multiply(cells, weights, out=self._product)
        self.total += self._product


def _one_map(
    geometry: Geometry, output_map: int, item: int, part: tuple[slice, ...] = ()
) -> tuple[slice, ...]:
    """The block of outputs that is one map, or a part of it."""
    group, within = divmod(output_map, geometry.group_maps)
    places = (slice(None),) * (3 - len(part)) + part
    return (*(slice(i, i + 1) for i in (item, group, within)), *places)


def _round_to_odd(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return a + b in float64, rounded to the neighbour with the odd last bit where it is inexact.

    Rounded once more, to float32, such a sum comes out as if it had been rounded only once:
    Boldo and Melquiond, "Emulation of FMA and correctly rounded sums" (2008). The error of the
    sum is Knuth's TwoSum.
    """
    total = a + b
    part = total - a
    error = (a - (total - part)) + (b - part)
    even = total.view(np.int64) & 1 == 0
    odd = np.nextafter(total, np.copysign(np.inf, error))
    rounded: np.ndarray = np.where(even & (error != 0), odd, total)
    return rounded


def _smallest(values: np.ndarray) -> float:
    """The smallest magnitude in a float32 array other than zero (infinite if all are zero).

    Where the smallest input times the smallest weight is 2⁻¹³² or more, every product is a multiple
    of 2⁻¹⁷⁹, so a sum below 2⁻¹²⁶ has at most 53 bits: float64 holds it, and it is rounded once.
    """
    magnitudes = np.ascontiguousarray(values).view(np.uint32) & np.uint32(0x7FFFFFFF)
    magnitudes -= np.uint32(1)  # zero becomes the largest
    least = int(magnitudes.min()) + 1
    return float(np.uint32(least).view(np.float32)) if least < 0x7F800000 else np.inf


def _window(axis: Axis, place: slice, tap: int) -> slice:
    """The slice of the padded input in which weight ``tap`` meets the outputs of ``place``."""
    first, stop, _ = place.indices(axis.output)
    start = axis.index(first, tap) + axis.pre
    return slice(start, axis.index(stop - 1, tap) + axis.pre + 1, axis.stride)


def _blocks(shape: tuple[int, ...], limit: int) -> Iterator[tuple[slice, ...]]:
    """Cut an array into blocks of about ``limit`` elements, whole in their last axes."""
    whole = len(shape) - 1
    inner = 1
    while whole > 0 and inner * shape[whole] <= limit:
        inner *= shape[whole]
        whole -= 1
    length = max(1, limit // inner)
    cuts = [[slice(i, i + 1) for i in range(n)] for n in shape[:whole]]
    cuts.append([slice(i, i + length) for i in range(0, shape[whole], length)])
    rest = (slice(None),) * (len(shape) - whole - 1)
    for cut in itertools.product(*cuts):
        yield (*cut, *rest)
