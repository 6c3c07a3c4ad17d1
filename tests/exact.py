"""A convolution written out from its definition, one exact fused multiply-add at a time.

Slow and independent on purpose: it shares no rule with convviz. The tests of the numbers hold
NumPy's and the GPU's bits to it.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

SMALLEST = -149  # every float32 is a whole number of 2⁻¹⁴⁹; a product of two, of 2⁻²⁹⁸
PRECISION = 24  # bits of a float32's significand
OVERFLOW = 2.0**128


def whole(x: float) -> int:
    """A float32 as a number of 2⁻¹⁴⁹."""
    return int(math.ldexp(x, -SMALLEST))


def round_to_float32(number: int) -> float:
    """The float32 nearest to ``number`` · 2⁻²⁹⁸, ties to even, as a Python float."""
    size = abs(number)
    excess = max(size.bit_length() - PRECISION, -SMALLEST)  # bits that float32 has no room for
    kept, lost = divmod(size, 1 << excess)
    half = 1 << (excess - 1)
    kept += lost > half or (lost == half and kept % 2)
    rounded = math.ldexp(kept, excess + 2 * SMALLEST)
    return math.copysign(math.inf if rounded >= OVERFLOW else rounded, number)


def fmaf(x: float, w: float, total: float) -> float:
    """Return x · w + total, rounded once to float32; all finite but perhaps ``total``."""
    if not math.isfinite(total):
        return total
    exact = whole(x) * whole(w) + (whole(total) << -SMALLEST)
    if exact == 0:
        product = math.copysign(0.0, math.copysign(1, x) * math.copysign(1, w))
        return product + total if x == 0 or w == 0 else 0.0
    return round_to_float32(exact)


@dataclass
class Layer:
    """The parameters of `convviz.convolve` other than its arrays."""

    stride_nd: tuple[int, ...]
    pre_padding: tuple[int, ...]
    post_padding: tuple[int, ...]
    dilation_nd: tuple[int, ...]
    padding_mode: str = "EXPLICIT_ROUND_DOWN"
    num_groups: int = 1

    def parameters(self) -> dict[str, object]:
        return dict(vars(self))


def axis(size: int, taps: int, stride: int, dilation: int, pre: int, post: int, mode: str):
    """The output size and the zeros before the data along one axis, by TensorRT's words."""
    effective = 1 + dilation * (taps - 1)
    if mode.startswith("SAME"):
        zeros = max(0, (size - 1) // stride * stride + effective - size)
        before = zeros // 2 if mode == "SAME_UPPER" else zeros - zeros // 2
        return math.ceil(size / stride), before
    if mode.startswith("CAFFE"):
        post = pre
    steps = Fraction(size + pre + post - effective, stride)
    return (math.ceil(steps) if mode.endswith("UP") else math.floor(steps)) + 1, pre


def running_sums(layer: Layer, input: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """Every output's sum after each tap, without bias: shape (batch, K, *spatial, taps)."""
    rank = kernel.ndim - 2
    data = input.reshape(-1, *input.shape[-rank - 1 :])
    maps, channels, *taps = kernel.shape
    axes = [
        axis(*numbers, layer.padding_mode)
        for numbers in zip(
            data.shape[2:],
            taps,
            layer.stride_nd,
            layer.dilation_nd,
            layer.pre_padding,
            layer.post_padding,
            strict=True,
        )
    ]
    spatial = [size for size, _ in axes]
    is_float = input.dtype == np.float32
    sums = np.empty((len(data), maps, *spatial, channels * math.prod(taps)), np.float64)
    offsets = list(np.ndindex(*taps))
    for item, map_, *place in np.ndindex(*sums.shape[:-1]):
        first = map_ // (maps // layer.num_groups) * channels
        total = 0.0 if is_float else 0
        for n, (channel, offset) in enumerate(itertools.product(range(channels), offsets)):
            cell = tuple(
                p * s - pre + o * d
                for p, o, s, d, (_, pre) in zip(
                    place, offset, layer.stride_nd, layer.dilation_nd, axes, strict=True
                )
            )
            inside = all(0 <= c < size for c, size in zip(cell, data.shape[2:], strict=True))
            x = data[(item, first + channel, *cell)].item() if inside else 0
            w = kernel[(map_, channel, *offset)].item()
            total = fmaf(x, w, total) if is_float else total + x * w
            sums[(item, map_, *place, n)] = total
    return sums.astype(np.float32 if is_float else np.int32)


def convolve(
    layer: Layer, input: np.ndarray, kernel: np.ndarray, bias: np.ndarray | None
) -> np.ndarray:
    """The output: the last of `running_sums`, then the bias in one addition."""
    output = running_sums(layer, input, kernel)[..., -1]
    if bias is not None:
        with np.errstate(over="ignore"):
            output = output + bias.reshape(-1, *(1,) * (kernel.ndim - 2))
    return output.reshape(*input.shape[: 1 - kernel.ndim], *output.shape[1:])


@dataclass
class Case:
    """A layer with its arrays."""

    layer: Layer
    input: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray | None
    note: str = field(default="")


MODES = (
    "EXPLICIT_ROUND_DOWN",
    "EXPLICIT_ROUND_UP",
    "SAME_UPPER",
    "SAME_LOWER",
    "CAFFE_ROUND_DOWN",
    "CAFFE_ROUND_UP",
)


def random_case(seed: int) -> Case:
    """A small layer with every parameter drawn at random, the values' kind too."""
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(2, 4))
    is_float = rng.random() < 0.7
    groups = int(rng.integers(1, 4))
    unit = 1 if is_float or groups == 1 else 4  # int8 groups are whole fours
    channels, maps = unit * rng.integers(1, 3, 2)
    few = rank == 3 or unit == 4
    taps = rng.integers(1, 3 if few else 4, rank)
    stride, dilation = rng.integers(1, 4, rank), rng.integers(1, 3, rank)
    pre, post = rng.integers(0, 3, rank), rng.integers(0, 3, rank)
    mode = MODES[rng.integers(len(MODES))]
    effective = 1 + dilation * (taps - 1)
    padding = 0 if mode.startswith("SAME") else pre + (pre if mode.startswith("CAFFE") else post)
    size = np.maximum(1, effective - padding) + rng.integers(0, 3 if few else 5, rank)
    batch = rng.integers(1, 3, rng.integers(1, 3))
    draw = _floats if is_float else _int8
    layer = Layer(
        *(tuple(map(int, numbers)) for numbers in (stride, pre, post, dilation)), mode, groups
    )
    bias = None
    if rng.random() < 0.5:
        bias = _floats(rng, (maps * groups,))
        if not is_float:
            bias = rng.integers(-(2**20), 2**20, maps * groups).astype(np.int32)
    return Case(
        layer,
        draw(rng, (*batch, channels * groups, *size)),
        draw(rng, (maps * groups, channels, *taps)),
        bias,
        f"seed {seed}",
    )


def _int8(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.integers(-128, 128, shape).astype(np.int8)


def _floats(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Values that cancel, round, underflow or come to zeros of either sign."""
    values = rng.standard_normal(shape)
    kind = rng.integers(5)
    if kind == 1:
        values = np.rint(3 * values) * 10.0 ** rng.integers(-4, 5, shape)
    elif kind == 2:
        values = np.ldexp(values, rng.integers(-30, 30, shape))
    elif kind == 3:  # products around the smallest normal and subnormal numbers
        values = np.ldexp(values, rng.integers(-78, -60, shape))
    elif kind == 4:
        values = np.rint(values) * np.ldexp(1.0, rng.integers(-100, -50, shape))
    return values.astype(np.float32)
