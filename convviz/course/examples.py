"""Arrays to try things on: the notebooks' numbers, a photograph, a volume, and kernels for them.

Every function returns a new float32 array in a tensor's own shape: (N, C, H, W), or (N, C, D, H, W)
for a volume; kernels are (K, C/groups, R, S). Only `photograph` reads a file, which comes with
matplotlib. `star_finder` alone is no array but a whole model.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from convviz import matplotlib_data
from convviz.checks import check_switch
from convviz.course import star_finder as _star_finder
from convviz.errors import ArgumentError
from convviz.network import kernels
from convviz.parameters import check_integer, check_kernel_size

__all__ = [
    "blur",
    "counting",
    "decades",
    "echo",
    "edges",
    "edges_3d",
    "filters",
    "identity",
    "impulse",
    "ones",
    "opposites",
    "photograph",
    "powers_of_ten",
    "random",
    "relief",
    "sharpen",
    "sphere",
    "star_finder",
]

MOST_VALUES = 16_000_000  # of an array to try things on
MOST_ACROSS = 251  # of a volume: the cube root of these

Float32: TypeAlias = NDArray[np.float32]


def counting(channels: int = 1) -> Float32:
    """The digits 1 … 9 in blocks of 3×3, tiled to 6×9: shape (1, channels, 6, 9).

    Every 3×3 window holds each digit once, so a window can be told by its digits.
    """
    channels = check_integer("channels", channels, least=1, most=MOST_VALUES // 54)
    block = np.arange(1, 10, dtype=np.float32).reshape(3, 3)
    return np.tile(block, (1, channels, 2, 3))


def powers_of_ten(size: tuple[int, ...] = (3, 3)) -> Float32:
    """A kernel of 10⁴, 10³ … 10⁻⁴ in memory order, more or fewer of another size.

    On `counting` each weight writes one digit of the output: the output spells its window. Shape
    (1, 1, *size).
    """
    return kernels.powers_of_ten(_shape(1, 1, size))


def opposites() -> Float32:
    """`powers_of_ten` and the same with a minus, one after the other: shape (2, 1, 3, 3).

    Two kernels for two groups, or reshaped to (1, 1, 2, 3, 3) one kernel of two depths.
    """
    return np.concatenate([powers_of_ten(), -powers_of_ten()])


def photograph(*, colour: bool = False) -> Float32:
    """Grace Hopper, by the US Navy: whole numbers from 0 (black) to 255, shape (1, 1, 300, 256).

    With ``colour`` three channels, red, green and blue: (1, 3, 300, 256). It is matplotlib's sample
    image, every second pixel of it.
    """
    from PIL import Image

    check_switch("colour", colour)
    with Image.open(matplotlib_data.place("sample_data/grace_hopper.jpg")) as image:
        pixels = np.asarray(image)[::2, ::2].astype(np.float32)
    if colour:
        return np.ascontiguousarray(pixels.transpose(2, 0, 1)[None])
    luma = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
    grey: Float32 = np.rint(pixels @ luma)
    return grey[None, None]


def blur(size: int = 3, maps: int = 1) -> Float32:
    """The mean of a window: equal weights that sum to 1, shape (maps, 1, size, size)."""
    size = check_integer("size", size, least=1, most=math.isqrt(MOST_VALUES))
    maps = check_integer("maps", maps, least=1, most=MOST_VALUES // size**2)
    return kernels.blur((maps, 1, size, size))


def identity(maps: int = 1, channels: int = 1, size: tuple[int, ...] = (3, 3)) -> Float32:
    """A kernel that changes nothing: map m repeats channel m, shape (maps, channels, *size).

    Where there are more maps than channels, they begin with channel 0 again.
    """
    return kernels.identity(_shape(maps, channels, size))


def edges(size: tuple[int, ...] = (3, 3)) -> Float32:
    """How far a cell stands out from its neighbours: weights that sum to 0, (1, 1, *size)."""
    return kernels.edges(_shape(1, 1, size))


def sharpen(size: tuple[int, ...] = (3, 3)) -> Float32:
    """A cell, and what it has more than its direct neighbours added: weights that sum to 1.

    Shape (1, 1, *size).
    """
    return kernels.sharpen(_shape(1, 1, size))


def relief(size: tuple[int, ...] = (3, 3)) -> Float32:
    """Light from the top left: weights that sum to 1, shape (1, 1, *size)."""
    return kernels.relief(_shape(1, 1, size))


def random(
    maps: int = 1, channels: int = 1, size: tuple[int, ...] = (3, 3), *, seed: int = 0
) -> Float32:
    """Whole numbers from −9 to 9, shape (maps, channels, *size); one seed, one kernel."""
    seed = check_integer("seed", seed, least=0, most=2**63 - 1)
    return kernels.random(_shape(maps, channels, size), seed)


def filters() -> Float32:
    """`blur`, `edges`, `sharpen` and `relief` as four output maps: shape (4, 1, 3, 3)."""
    return np.concatenate([blur(), edges(), sharpen(), relief()])


def ones(maps: int = 1, channels: int = 1, size: tuple[int, ...] = (3, 3)) -> Float32:
    """A kernel of ones, which adds up what it sees: shape (maps, channels, *size)."""
    return kernels.ones(_shape(maps, channels, size))


def _shape(maps: int, channels: int, size: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of a kernel, or an ArgumentError."""
    sizes = check_kernel_size(size)
    maps = check_integer("maps", maps, least=1)
    channels = check_integer("channels", channels, least=1)
    shape = (maps, channels, *sizes)
    if math.prod(shape) > MOST_VALUES:
        allowed = f"at most {MOST_VALUES:,} weights"
        raise ArgumentError("size", f"weights of shape {shape}", allowed, "Make fewer.")
    return shape


def decades(channels: int = 4) -> Float32:
    """Channel c is 10ᶜ everywhere: a sum spells its channels. Shape (1, channels, 3, 4)."""
    channels = check_integer("channels", channels, least=1, most=kernels.LARGEST_POWER + 1)
    values = np.power(10.0, range(channels)).astype(np.float32)
    return np.tile(values[:, None, None], (1, 1, 3, 4))


def impulse(length: int = 12, at: int = 4) -> Float32:
    """A signal of zeros with a single 1: shape (1, 1, 1, length)."""
    length = check_integer("length", length, least=1, most=MOST_VALUES)
    at = check_integer("at", at, least=-length, most=length - 1)
    signal = np.zeros((1, 1, 1, length), np.float32)
    signal[..., at] = 1
    return signal


def echo() -> Float32:
    """A 1-D kernel of three: now counts 1, one step ago 1/2, two ago 1/4; shape (1, 1, 1, 3)."""
    return np.array([0.25, 0.5, 1], np.float32).reshape(1, 1, 1, 3)


def sphere(size: int = 9) -> Float32:
    """A volume: 1 inside a ball and 0 outside, shape (1, 1, size, size, size)."""
    size = check_integer("size", size, least=1, most=MOST_ACROSS)
    centre = (size - 1) / 2
    squares = (np.arange(size) - centre) ** 2
    distance = squares[:, None, None] + squares[:, None] + squares
    ball: Float32 = (distance <= (0.38 * size) ** 2).astype(np.float32)
    return ball[None, None]


def edges_3d() -> Float32:
    """How far a cell stands out from its 26 neighbours: weights that sum to 0, (1, 1, 3, 3, 3)."""
    return edges((3, 3, 3))


def star_finder() -> bytes:
    """An ONNX model of three convolutions that finds the stars in `photograph`, for `from_onnx`.

    Raises
    ------
    ArgumentError
        Where the package onnx is missing.
    """
    return _star_finder.model(photograph())
